/** How long does a maintainer look at a page that is not there yet? */
import { chromium } from 'playwright-core'
import type { MeasuredServer } from '../processes.ts'

const runs = 12
const waitMsMax = 60_000
/** Within the window, nothing is waited for and every chart is drawn. */
const stands = `(() => {
  const inSight = (element) => { const { top, bottom, height } = element.getBoundingClientRect(); return height > 0 && bottom > 0 && top < innerHeight }
  const open = '[aria-busy="true"], [data-stale="true"], [data-drawn="false"], .mantine-Skeleton-root'
  return document.querySelector('main [data-number]') !== null && document.querySelector('main [data-question]') !== null && ![...document.querySelectorAll(open)].some(inSight)
})()`

/**
 * From the start of the navigation until the overview's first screen stands, on a desk's screen, in
 * a browser that has nothing of it in its cache.
 */
export async function firstViews({
  adminUrl: url,
  token
}: MeasuredServer): Promise<readonly number[]> {
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox']
  })
  try {
    const answer = await fetch(`${url}/api/v1/sign-in-links`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{}'
    })
    if (!answer.ok) throw new Error(`no sign-in link: ${answer.status} ${await answer.text()}`)
    const { path } = (await answer.json()) as { path: string }
    // The page's own policy lets nobody evaluate a condition in it.
    const look = { viewport: { width: 1440, height: 900 }, bypassCSP: true } as const
    const signedIn = await browser.newContext(look)
    const first = await signedIn.newPage()
    await first.goto(`${url}${path}`)
    await first.waitForURL(/\/(?:products|overview)/)
    const storageState = await signedIn.storageState()
    await signedIn.close()
    const times: number[] = []
    for (let run = 0; run < runs; run += 1) {
      const context = await browser.newContext({ ...look, storageState })
      const page = await context.newPage()
      await page.goto(`${url}/overview?product=dlt`, { waitUntil: 'commit' })
      await page.waitForFunction(stands, undefined, { timeout: waitMsMax })
      times.push(await page.evaluate<number>('performance.now()'))
      await context.close()
    }
    return times
  } finally {
    await browser.close()
  }
}
