/**
 * What anybody sees of the demonstration: each number is what `candor ask` says under the rules,
 * nothing leaks, nothing runs, and the pages can be read by everybody.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duePeriods } from '../../server/src/publication/periods.ts'
import type { PublishedTable } from '../../server/src/publication/published.ts'
import { eventually, removeServer, runCandor, startServer } from './world/candor-server.ts'
import type { RunningServer } from './world/candor-server.ts'
import { seriousFindings } from './world/dashboard-browser.ts'

const products = ['dblab', 'readyset', 'timescaledb', 'dlt']
/** Enough that the last period that is due has a fortnight of records. */
const days = (() => {
  const [period] = duePeriods(Date.now(), 'month', 1)
  return Math.ceil((Date.now() - Date.parse(period?.last ?? '')) / 86_400_000) + 14
})()

describe('published numbers of a demonstration', () => {
  let server: RunningServer
  let base: string
  let folder: string
  let browser: Browser
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'candor-public-'))
    server = await startServer({ flags: ['--demo', '--demo-days', String(days)] })
    base = await eventually(
      () => Promise.resolve(/numbers {4}(\S+)\/public/.exec(server.printed())?.[1] ?? ''),
      (url) => url !== '',
      30
    )
    for (const product of products)
      await eventually(
        async () => (await fetch(`${base}/public/${product}/index.json`)).status,
        (status) => status === 200,
        240
      )
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox']
    })
  }, 300_000)
  afterAll(async () => {
    await browser.close()
    await removeServer(server)
    rmSync(folder, { recursive: true, force: true })
  })

  async function tablesOf(product: string): Promise<readonly PublishedTable[]> {
    const url = `${base}/public/${product}`
    const index = (await (await fetch(`${url}/index.json`)).json()) as {
      readonly files: readonly { readonly path: string }[]
    }
    return Promise.all(
      index.files.map(async ({ path }) => {
        const answer = await fetch(`${url}/${path}`)
        return (await answer.json()) as PublishedTable
      })
    )
  }

  it('are within a step of what `candor ask` counts, and of none that are few', async () => {
    let compared = 0
    for (const product of products) {
      const tables = await tablesOf(product)
      expect(tables.length, product).toBeGreaterThan(3)
      for (const table of tables.filter(({ order }) => order === 'nominal')) {
        const { question, parameters } = table.asked
        const query = new URLSearchParams({ ...parameters, product })
        const answer = await fetch(`${server.adminUrl}/api/v1/questions/${question}?${query}`, {
          headers: { authorization: `Bearer ${server.token}` }
        })
        const { rows } = (await answer.json()) as {
          readonly rows: readonly Readonly<Record<string, unknown>>[]
        }
        for (const cell of table.cells) {
          if (!('value' in cell) || cell.at.some((value) => /^[*(]/.test(value))) continue
          const row = rows.find((each) =>
            cell.at.every((value) => Object.values(each).some((own) => String(own) === value))
          )
          const counted = Number(
            table.measure === 'records' ? row?.['records'] : (row?.['installations'] ?? 0)
          )
          const own = question === 'adoption' ? Number(row?.['users']) : counted
          expect(Math.abs(cell.value - own), `${product} ${table.table} ${cell.at}`).toBeLessThan(5)
          if (cell.value > 0) expect(cell.value).toBeGreaterThanOrEqual(10)
          compared += 1
        }
      }
    }
    expect(compared).toBeGreaterThan(50)
  })

  it('are copied once, and stand up to an attack', async () => {
    const out = join(folder, 'dlt')
    const flags = ['publish', '--product', 'dlt', '--out', out]
    const first = await runCandor(server, flags)
    expect(first.out).toMatch(/\d+ files written/)
    const sums = readFileSync(join(out, 'SHA256SUMS'), 'utf8')
    expect((await runCandor(server, flags)).out).toContain('is as it was')
    expect(readFileSync(join(out, 'SHA256SUMS'), 'utf8')).toBe(sums)
    expect((await runCandor(server, ['publish', '--attack', out])).out).toContain('nothing leaks')
  })

  it('stand on pages that run nothing, ask nobody and shut nobody out', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ colorScheme, javaScriptEnabled: true })
      const page = await context.newPage()
      const asked: string[] = []
      page.on('request', (request) => asked.push(request.url()))
      for (const product of products) {
        await page.goto(`${base}/public/${product}/`)
        expect(await page.locator('script').count()).toBe(0)
        expect(await seriousFindings(page)).toEqual([])
      }
      expect(asked.filter((url) => !url.startsWith(base))).toEqual([])
      expect(await context.cookies()).toEqual([])
      await context.close()
    }
  })

  it('may stand in another page as single charts alone', async () => {
    const policy = async (path: string): Promise<string> =>
      (await fetch(`${base}/public/dlt/${path}`)).headers.get('content-security-policy') ?? ''
    expect(await policy('embed/versions.html')).toContain('frame-ancestors *')
    expect(await policy('')).toContain("frame-ancestors 'none'")
    const badge = await fetch(`${base}/public/dlt/badge.svg`)
    expect(await badge.text()).toMatch(/at least [\d,]+ in 30 days/)
    const again = await fetch(`${base}/public/dlt/badge.svg`, {
      headers: { 'if-none-match': badge.headers.get('etag') ?? '' }
    })
    expect(again.status).toBe(304)
  })
})
