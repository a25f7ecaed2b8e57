/**
 * A real browser on the dashboard: what it complains of, whom else it asks, and what axe finds, all
 * noted while a test walks.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { eventually, root, runCandor, startServer, type RunningServer } from './candor-server.ts'

const demoDays = 12
const axe = readFileSync(join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8')

/** Debian's, or the one that CHROMIUM names. */
function chromiumPath(): string {
  const path = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
  if (!existsSync(path))
    throw new Error(`no browser at ${path}: apt-get install chromium, or name one in CHROMIUM`)
  return path
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] })
}

/**
 * What `candor release add` would write: days that the demonstration covers, and an advisory for
 * its oldest versions.
 */
const day = (daysAgo: number): string =>
  new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10)
const releases = `releases:
  - { version: 1.26.0, date: ${day(6)} }
  - { version: 1.24.0, date: ${day(9)} }
  - { version: 1.21.0, date: ${day(200)} }
advisories:
  - id: DLT-2026-1
    date: ${day(3)}
    level: high
    title: Loads may be written twice
    url: https://example.com/DLT-2026-1
    affected: <1.24.0
    fixed: 1.24.0
`

/** A collector with the simulated fleet, whose questions answer. */
export async function startDemo(): Promise<RunningServer> {
  const server = await startServer({
    flags: ['--demo', '--demo-days', String(demoDays), '--releases', '.'],
    files: { 'dlt.yaml': releases }
  })
  await eventually(
    () => Promise.resolve(server.printed()),
    (text) => /simulated fleet over/.test(text),
    90
  )
  return server
}

/** As `candor dashboard` prints it: works once. */
async function signInLink(server: RunningServer): Promise<string> {
  const { out, error } = await runCandor(server, ['dashboard'])
  const link = /http:\S+\/sign-in#\S+/.exec(out)?.[0]
  if (link === undefined) throw new Error(`no link was printed: ${out}${error}`)
  return link
}

export interface Walk {
  readonly page: Page
  readonly context: BrowserContext
  /**
   * Whatever no page may do: console errors, refused policies, other hosts, failed scripts, answers
   * that failed.
   */
  readonly complaints: string[]
  /** Opens a page of the dashboard and waits until it stands. */
  open(address: string): Promise<void>
}

export interface WalkOptions {
  readonly server: RunningServer
  readonly browser: Browser
  readonly width?: number
  readonly scheme?: 'light' | 'dark'
}

/** Signed in by a link, as a maintainer would. */
export async function startWalk({
  server,
  browser,
  width = 1440,
  scheme = 'light'
}: WalkOptions): Promise<Walk> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    reducedMotion: 'reduce',
    locale: 'en-US',
    timezoneId: 'UTC'
  })
  const page = await context.newPage()
  const complaints = watch(page, server.adminUrl)
  await page.goto(await signInLink(server))
  await page.waitForURL(/\/(?:products|overview)/)
  return {
    page,
    context,
    complaints,
    async open(address) {
      await page.goto(`${server.adminUrl}${address}`)
      await settled(page)
    }
  }
}

function watch(page: Page, url: string): string[] {
  const complaints: string[] = []
  const origin = new URL(url).origin
  page.on('console', (message) => {
    // Chromium reports a refused policy here as well.
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`script: ${error.message}`))
  page.on('request', (request) => {
    const asked = new URL(request.url())
    if (asked.protocol !== 'data:' && asked.protocol !== 'blob:' && asked.origin !== origin)
      complaints.push(`another host: ${asked.href}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`status ${response.status()}: ${response.url()}`)
  })
  return complaints
}

/** Everything that is in sight is answered and drawn. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor()
  const unsettled = page.locator(
    '[aria-busy="true"], [data-stale="true"], [data-drawn="false"], ' +
      '.mantine-Skeleton-root:not(section *)'
  )
  await eventually(
    () => unsettled.filter({ visible: true }).count(),
    (count) => count === 0
  )
}

/** Cards are asked when they come into sight: brings each there, and waits for it. */
export async function readWhole(page: Page): Promise<void> {
  for (let index = 0; ; index += 1) {
    const cards = page.locator('main [data-question]')
    if (index >= (await cards.count())) break
    await cards.nth(index).scrollIntoViewIfNeeded()
    await settled(page)
  }
  await page.evaluate('scrollTo(0, 0)')
}

export interface Finding {
  readonly id: string
  readonly impact: string
  readonly where: readonly string[]
}

/** Serious and critical findings of axe against WCAG 2.2 A and AA. */
export async function seriousFindings(page: Page): Promise<readonly Finding[]> {
  // Evaluated by the debugger, not by the page: its policy allows no script of ours, and shall not.
  await page.evaluate(axe)
  return page.evaluate(async () => {
    interface Result {
      readonly id: string
      readonly impact: string | null
      readonly nodes: readonly {
        readonly target: readonly unknown[]
        readonly failureSummary?: string
      }[]
    }
    const engine = (
      globalThis as unknown as {
        axe: { run(options: object): Promise<{ violations: readonly Result[] }> }
      }
    ).axe
    const { violations } = await engine.run({
      // The one frame of the dashboard can run nothing, so that it hears no question.
      iframes: false,
      runOnly: {
        type: 'tag',
        values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
      }
    })
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, impact, nodes }) => ({
        id,
        impact: String(impact),
        where: nodes
          .slice(0, 3)
          .map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary ?? ''}`)
      }))
  })
}

/**
 * How many pixels the page is wider than the window; 0 when nothing has to be scrolled sideways.
 */
export function overflow(page: Page): Promise<number> {
  return page.evaluate<number>('Math.max(0, document.documentElement.scrollWidth - innerWidth)')
}
