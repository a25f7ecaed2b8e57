/**
 * Every page of the dashboard on a simulated fleet: by day and by night, on a desk and on a phone,
 * with nothing to complain of.
 */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeServer, type RunningServer } from './world/candor-server.ts'
import {
  launch,
  overflow,
  readWhole,
  seriousFindings,
  settled,
  startDemo,
  startWalk,
  type Walk
} from './world/dashboard-browser.ts'

const pages = [
  '/products',
  '/overview?product=timescaledb&since=7d&compare=previous',
  '/overview?product=dlt',
  '/overview?product=readyset',
  '/explore?product=readyset&question=query-shapes',
  '/explore?product=readyset&question=events&unit=day',
  '/explore?product=dlt&question=funnel&records=pipeline_extract,pipeline_normalize,pipeline_load',
  '/explore?product=timescaledb&question=retention&unit=day',
  '/explore?product=dlt&question=sql',
  '/explore?product=timescaledb&question=fleet',
  '/versions?product=timescaledb',
  '/versions?product=dlt&since=7d',
  '/live?product=dblab',
  '/contract?product=dlt',
  '/contract?product=dlt&tab=drift',
  '/contract?product=dlt&tab=page',
  '/contract?product=dlt&tab=about',
  '/boards?product=dlt',
  '/health?product=dblab'
]
/** What is looked at most, and on every kind of screen. */
const everywhere = [
  '/products',
  '/overview?product=dlt&since=7d',
  '/explore?product=timescaledb&question=versions',
  '/boards?product=dlt',
  '/health?product=dlt'
]

describe('the dashboard', () => {
  let server: RunningServer
  let browser: Browser
  beforeAll(async () => {
    server = await startDemo()
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    await removeServer(server)
  })

  for (const [device, width] of [
    ['a desk', 1440],
    ['a phone', 390]
  ] as const) {
    for (const scheme of ['light', 'dark'] as const) {
      describe(`on ${device}, ${scheme}`, () => {
        let walk: Walk
        beforeAll(async () => {
          walk = await startWalk({ server, browser, width, scheme })
        })
        afterAll(() => walk?.context.close())

        for (const address of pages) {
          it(`shows ${address} whole, readable and without a complaint`, async () => {
            await walk.open(address)
            await readWhole(walk.page)
            expect(walk.complaints).toEqual([])
            expect(await overflow(walk.page)).toBe(0)
            expect(await seriousFindings(walk.page)).toEqual([])
          })
        }

        it('has the same colours before the first paint as after it', async () => {
          await walk.open('/overview?product=dlt')
          expect(
            await walk.page.evaluate('document.documentElement.dataset.mantineColorScheme')
          ).toBe(scheme)
        })
      })
    }
  }

  it('needs no sideways scrolling at 320 px, the width of a page zoomed to 400 %', async () => {
    const walk = await startWalk({ server, browser, width: 320 })
    for (const address of pages) {
      await walk.open(address)
      await readWhole(walk.page)
      expect(await overflow(walk.page), address).toBe(0)
    }
    expect(walk.complaints).toEqual([])
    await walk.context.close()
  })

  for (const width of [320, 768, 1280, 1920])
    for (const scheme of ['light', 'dark'] as const)
      it(`fits a screen of ${width} px, ${scheme}, and is readable there`, async () => {
        const { page, open, complaints, context } = await startWalk({
          server,
          browser,
          width,
          scheme
        })
        for (const address of everywhere) {
          await open(address)
          await readWhole(page)
          expect(await overflow(page), address).toBe(0)
          expect(await seriousFindings(page), address).toEqual([])
        }
        expect(complaints).toEqual([])
        await context.close()
      }, 180_000)

  it('prints a page whole, with its day and time, also what nobody scrolled to, and no control', async () => {
    const { page, open, complaints, context } = await startWalk({ server, browser, scheme: 'dark' })
    await open('/overview?product=timescaledb&since=7d')
    const asked = page.locator('main [data-question][aria-busy="false"]')
    await page.evaluate(
      `window.print = () => document.documentElement.setAttribute('data-printed', '')`
    )
    await page.getByRole('button', { name: 'Print this page' }).click()
    await page.locator('html[data-printed]').waitFor({ timeout: 60_000 })
    expect(await asked.count()).toBe(await page.locator('main [data-question]').count())
    expect(await asked.count()).toBeGreaterThan(6)
    await page.emulateMedia({ media: 'print' })
    expect(await page.getByText('Not asked yet').count()).toBe(0)
    expect(await page.getByText(/^as of .+; days are UTC$/).isVisible()).toBe(true)
    expect(await page.getByText(/^Since 7d, until today/).isVisible()).toBe(true)
    for (const name of ['Print this page', /: show the table$/, 'Filter', 'Saved'])
      expect(await page.getByRole('button', { name }).first().isVisible(), String(name)).toBe(false)
    const charts = page.locator('main [role="img"][data-drawn="true"] canvas')
    const paper = await page.locator('main').boundingBox()
    for (const chart of await charts.all())
      expect((await chart.boundingBox())?.width ?? 0).toBeLessThanOrEqual(paper?.width ?? 0)
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(50_000)
    expect(complaints).toEqual([])
    await context.close()
  }, 120_000)

  it('prints whole from a phone too, whose head has no room for a printer', async () => {
    const { page, open, context } = await startWalk({ server, browser, width: 360 })
    await open('/overview?product=dlt&since=7d')
    await page.evaluate(
      `window.print = () => document.documentElement.setAttribute('data-printed', '')`
    )
    expect(await page.getByRole('button', { name: 'Print this page' }).isVisible()).toBe(false)
    await page.getByRole('button', { name: /^Signed in as/ }).click()
    await page.getByRole('menuitem', { name: 'Print this page' }).click()
    await page.locator('html[data-printed]').waitFor({ timeout: 60_000 })
    await page.emulateMedia({ media: 'print' })
    expect(await page.getByText('Not asked yet').count()).toBe(0)
    await context.close()
  }, 120_000)

  it('says what each chart shows, and has every number of it in a table', async () => {
    const { page, open, context } = await startWalk({ server, browser })
    await open('/overview?product=timescaledb')
    const chart = page.getByRole('img', { name: /^Active installations/ })
    expect(await chart.getAttribute('aria-label')).toMatch(
      /highest \d+ at .+, latest \d+\. The table has every number\.$/
    )
    await page.getByRole('button', { name: 'Active installations: show the table' }).click()
    expect(
      await page
        .getByRole('region', { name: 'Active installations, table' })
        .locator('tbody tr')
        .count()
      // Each day of the span is a row, also those before the first record.
    ).toBe(30)
    await context.close()
  })

  it('is signed out of everything but the sign-in page until somebody signs in, and after they sign out', async () => {
    const stranger = await browser.newContext({ locale: 'en-US' })
    const page = await stranger.newPage()
    await page.goto(`${server.adminUrl}/versions?product=dlt`)
    await page.getByRole('heading', { name: 'Sign in to Candor' }).waitFor()
    expect(await seriousFindings(page)).toEqual([])
    await page.getByLabel('Or with a token', { exact: true }).fill('not-a-token')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Not signed in').waitFor()
    await page.getByLabel('Or with a token', { exact: true }).fill(server.token)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(/\/versions\?product=dlt/)
    await settled(page)
    await page.getByRole('button', { name: /^Signed in as/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in to Candor' }).waitFor()
    await page.goto(`${server.adminUrl}/overview?product=dlt`)
    await page.getByRole('heading', { name: 'Sign in to Candor' }).waitFor()
    await stranger.close()
  })

  it('draws its first view from less than 250 KiB, and the charts after it', async () => {
    const { page, open, context } = await startWalk({ server, browser })
    await open('/overview?product=dlt')
    const loaded = await page.evaluate<{ readonly name: string; readonly bytes: number }[]>(
      `performance.getEntriesByType('resource').filter(({ name }) => name.includes('/assets/'))
        .map(({ name, encodedBodySize }) => ({ name: name.split('/').at(-1), bytes: encodedBodySize }))`
    )
    const engine = loaded.filter(({ name }) => name.startsWith('engine-'))
    const rest = loaded.filter(({ name }) => !name.startsWith('engine-'))
    expect(engine).toHaveLength(1)
    expect(rest.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(250 * 1024)
    await context.close()
  })
})
