/**
 * What a maintainer does with the dashboard: reads numbers that are those of the command line,
 * shares a view, watches, takes answers along, deletes.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  eventually,
  query,
  removeServer,
  root,
  runCandor,
  startServer,
  type Answered,
  type RunningServer
} from './world/candor-server.ts'
import {
  launch,
  readWhole,
  seriousFindings,
  settled,
  startDemo,
  startWalk,
  type Walk
} from './world/dashboard-browser.ts'

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

/** Runs a line as it stands on the page. */
async function inTerminal(line: string): Promise<Answered> {
  const words = line.replace(/^npx candor /, '').split(' ')
  const { code, out, error } = await runCandor(server, [...words, '--format', 'json'])
  if (code !== 0) throw new Error(`${line}: ${error}`)
  return JSON.parse(out) as Answered
}

/** A few at once: each is a process of its own. */
async function allInTerminal(lines: readonly string[]): Promise<ReadonlyMap<string, Answered>> {
  const waiting = [...new Set(lines)]
  const printed = new Map<string, Answered>()
  const worker = async (): Promise<void> => {
    for (let line = waiting.shift(); line !== undefined; line = waiting.shift())
      printed.set(line, await inTerminal(line))
  }
  await Promise.all([worker(), worker(), worker()])
  return printed
}

/** As the browser shows it in English. */
function shown(value: unknown, type: string): string {
  if (value === null || value === undefined) return '–'
  if (type === 'integer') return Number(value).toLocaleString('en-US')
  if (type === 'share') {
    const share = Number(value)
    return share > 0 && share < 0.0005
      ? '< 0.1%'
      : share.toLocaleString('en-US', { style: 'percent', maximumFractionDigits: 1 })
  }
  if (type === 'date')
    return new Date(`${String(value)}T00:00:00Z`).toLocaleDateString('en-US', {
      dateStyle: 'medium',
      timeZone: 'UTC'
    })
  // ClickHouse writes it without a zone, and means UTC; the page tells it in its reader's own.
  if (type === 'timestamp')
    return new Date(`${String(value).replace(' ', 'T')}Z`).toLocaleString('en-US', {
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      hour: 'numeric',
      minute: '2-digit',
      timeZoneName: 'short'
    })
  if (type === 'boolean') return value === true ? 'yes' : 'no'
  if (type === 'trend') return trendInWords(value as readonly (number | null)[])
  return String(value)
}

/** What the bars show, for those who do not see them. */
function trendInWords(trend: readonly (number | null)[]): string {
  const known = trend.flatMap((value) => value ?? [])
  const [first, last] = [known[0] ?? 0, known.at(-1) ?? 0]
  return known.length === 0
    ? 'no trend is known'
    : `from ${first}, highest ${Math.max(...known)}, latest ${last}, ` +
        `over ${known.length} times 7 days`
}

interface Card {
  readonly title: string
  readonly line: string
  readonly cells: readonly (readonly string[])[]
}

/** Every card with an answer, as a table, and the line that asks the same in a terminal. */
async function cardsAsTables(page: Page): Promise<readonly Card[]> {
  const cards: Card[] = []
  for (const card of await page.locator('main [data-question]').all()) {
    const title = (await card.locator('h2, h3').first().textContent()) ?? ''
    await card.scrollIntoViewIfNeeded()
    await card.getByRole('button', { name: `${title}: what this counts` }).click()
    const line = (await card.getByLabel('The same in a terminal').textContent()) ?? ''
    const toTable = card.getByRole('button', { name: `${title}: show the table` })
    if ((await toTable.count()) > 0 && (await toTable.isEnabled())) await toTable.click()
    const cells = await card
      .locator('tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) => [...row.children].map((cell) => cell.textContent ?? ''))
      )
    cards.push({ title, line, cells })
  }
  return cards
}

describe('the overview', () => {
  for (const product of ['dlt', 'timescaledb', 'readyset', 'dblab']) {
    it(`of ${product} shows the numbers that candor ask prints, each of them`, async () => {
      const walk = await startWalk({ server, browser })
      await walk.open(`/overview?product=${product}&since=7d&compare=previous`)
      await readWhole(walk.page)

      // They are full days, whether the reader compares or not.
      const whole = await inTerminal(
        `npx candor ask active-installations --product ${product} --since 7d --compare ` +
          'previous --unit all'
      )
      const headline = walk.page.getByLabel('Over full days')
      for (const name of ['installations', 'records']) {
        const text = await headline.locator(`[data-number="${name}"] [data-value]`).textContent()
        const value = whole.rows[0]?.[name]
        expect(text, name).toBe(value === null ? 'not told' : shown(value, 'integer'))
      }
      const upToDate = await inTerminal(`npx candor ask up-to-date --product ${product}`)
      const newest = upToDate.rows.find(({ state }) => state === 'newest')
      expect(await headline.locator('[data-number="newest"] [data-value]').textContent()).toBe(
        shown(newest?.['share'], 'share')
      )

      const cards = await cardsAsTables(walk.page)
      expect(cards.length).toBeGreaterThan(6)
      const printed = await allInTerminal(cards.map(({ line }) => line))
      for (const { title, line, cells } of cards) {
        const { columns, rows, partial = [] } = printed.get(line) as Answered
        const why = (name: string, value: unknown): string => {
          if (!/^(?:day|week|month|start)$/.test(name)) return ''
          const found = partial.find(({ period }) => period === value)?.because
          return found === undefined ? '' : ` (${found === 'unfinished' ? 'not over' : found})`
        }
        const exact = columns.flatMap(({ name, type }, index) =>
          type === 'number' ? [] : [{ name, type, index }]
        )
        expect(
          cells.map((row) => exact.map(({ index }) => row[index])),
          `${title}: ${line}`
        ).toEqual(
          rows
            .slice(0, 100)
            .map((row) =>
              exact.map(({ name, type }) => shown(row[name], type) + why(name, row[name]))
            )
        )
      }
      expect(walk.complaints).toEqual([])
      await walk.context.close()
    }, 240_000)
  }

  it('filters everything by a press on a bar, and the address then is that view', async () => {
    const walk = await startWalk({ server, browser })
    await walk.open('/overview?product=dlt')
    const versions = walk.page.locator('section', {
      has: walk.page.getByRole('heading', { name: 'Versions', exact: true })
    })
    await versions.getByRole('button', { name: /^1\.26\.0/ }).click()
    await walk.page.waitForURL(/version=1\.26\.0/)
    await walk.page.getByText('90 days', { exact: true }).click()
    await walk.page.waitForURL(/since=90d/)
    await settled(walk.page)
    const before = await walk.page.getByLabel('Over full days').textContent()

    const other = await startWalk({ server, browser })
    await other.page.goto(walk.page.url())
    await settled(other.page)
    expect(await other.page.getByLabel('Over full days').textContent()).toBe(before)
    expect(await other.page.getByRole('list', { name: 'Filters' }).textContent()).toContain(
      'Version: 1.26.0'
    )
    expect(await other.page.getByRole('radio', { name: '90 days' }).isChecked()).toBe(true)
    await other.page.getByRole('button', { name: 'Remove the filter Version 1.26.0' }).click()
    await settled(other.page)
    expect(other.page.url()).not.toContain('version=')
    await other.page.goBack()
    expect(other.page.url()).toContain('version=1.26.0')
    await walk.context.close()
    await other.context.close()
  })

  it('is reached and used with the keyboard alone', async () => {
    const { page, open, context } = await startWalk({ server, browser })
    await open('/overview?product=dlt')
    const focused = (): Promise<string> =>
      page.evaluate<string>(
        "document.activeElement.getAttribute('aria-label') ?? " +
          "document.activeElement.textContent ?? ''"
      )
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Skip to the content')
    const seen: string[] = []
    for (let presses = 0; presses < 40; presses += 1) {
      await page.keyboard.press('Tab')
      seen.push(await focused())
    }
    for (const wanted of [
      'Product',
      'Explore',
      'Health',
      'Use dark colours',
      'Filter',
      'Active installations: show the table'
    ])
      expect(seen, wanted).toContain(wanted)
    // The filter opens, is filled and closes without a mouse.
    await page.getByRole('button', { name: 'Filter', exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('checkbox', { name: '1.26.0' }).waitFor()
    await page.getByRole('checkbox', { name: '1.26.0' }).focus()
    await page.keyboard.press('Space')
    await page.waitForURL(/version=1\.26\.0/)
    await page.keyboard.press('Escape')
    await page.getByRole('checkbox', { name: '1.26.0' }).waitFor({ state: 'hidden' })
    await context.close()
  })
})

describe('Explore', () => {
  let walk: Walk
  beforeAll(async () => {
    walk = await startWalk({ server, browser })
    await walk.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  })
  afterAll(() => walk?.context.close())

  it('answers every question of every product, or says what else to choose', async () => {
    for (const product of ['dlt', 'timescaledb']) {
      await walk.open(`/explore?product=${product}`)
      const links = await walk.page
        .getByRole('navigation', { name: 'Questions' })
        .getByRole('link')
        .evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''))
      expect(links.length).toBeGreaterThan(15)
      for (const link of links) {
        await walk.open(link)
        const problems = await walk.page.getByText('This could not be answered').count()
        expect(problems, link).toBe(0)
      }
    }
    // A question that a contract can't answer as asked is refused by the server with what to
    // choose, and shown as that.
    expect(walk.complaints.filter((text) => !text.includes('400'))).toEqual([])
    walk.complaints.length = 0
  }, 240_000)

  it('gives the answer away as a link, CSV, SQL and a line for the terminal, all of the same numbers', async () => {
    const { page, open } = walk
    await open('/explore?product=dlt&question=breakdown&field=destination_type&since=7d')
    const copied = async (name: string): Promise<string> => {
      await page.getByRole('button', { name }).click()
      await page.getByRole('button', { name: 'Copied' }).waitFor()
      return page.evaluate<string>('navigator.clipboard.readText()')
    }
    expect(await copied('Copy link')).toBe(page.url())
    const { rows } = await inTerminal(await copied('Copy candor ask'))
    expect(rows.length).toBeGreaterThan(3)
    const sql = await copied('Copy SQL')
    expect((await runCandor(server, ['query', sql, '--format', 'json'])).code).toBe(0)
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'CSV' }).click()
    const csv = readFileSync(await (await download).path(), 'utf8')
    expect(csv.trim().split('\n').length).toBe(rows.length + 1)
    await page.getByText('Table', { exact: true }).click()
    const first = await page.locator('tbody tr').first().locator('td').first().textContent()
    expect(first).toBe(rows[0]?.['value'])
    expect(page.url()).toContain('view=table')
  })

  it('runs SQL over the documented views, and shows why a statement is refused', async () => {
    const { page, open } = walk
    await open('/explore?product=dlt&question=sql')
    await page.getByLabel('Statement').fill('SELECT count() AS records FROM dlt')
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByRole('region', { name: 'Rows, table' }).waitFor()
    await page.getByLabel('Statement').fill('DROP TABLE dlt')
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByText(/QUERY_/).waitFor()
    walk.complaints.length = 0
  })
})

describe('Boards', () => {
  it('are made of what was asked, and shown to whoever has a link, without a token and to the end', async () => {
    const { page, open, context, complaints } = await startWalk({ server, browser })
    await open('/explore?product=dlt&question=breakdown&field=destination_type&since=7d')
    await page.getByRole('button', { name: 'Add to a board' }).click()
    await page.getByLabel('Its title').fill('Monday morning')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('button', { name: 'On the board' }).waitFor()

    await open('/boards?product=dlt&since=7d')
    const [card] = await cardsAsTables(page)
    expect(card?.cells.length).toBeGreaterThan(3)
    expect(await seriousFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Make a link for 30 days' }).click()
    const link = await page.getByLabel('A link that shows this board').textContent()

    const stranger = await browser.newContext({ locale: 'en-US', timezoneId: 'UTC' })
    const seen = await stranger.newPage()
    await seen.goto(link ?? '')
    await seen.getByRole('heading', { name: /Monday morning/ }).waitFor()
    await seen.getByText(card?.cells[0]?.[0] ?? 'no first row', { exact: true }).waitFor()
    expect(await seriousFindings(seen)).toEqual([])
    await page.getByRole('button', { name: 'Remove this board' }).click()
    await page.getByText('No board of this product yet').waitFor()
    await seen.reload()
    await seen.getByText('This link shows nothing').waitFor()
    await stranger.close()
    expect(complaints).toEqual([])
    await context.close()
  }, 120_000)
})

describe('filters', () => {
  it('count people alone with one switch, and are saved under a name for everybody', async () => {
    const { page, open, context, complaints } = await startWalk({ server, browser })
    await open('/overview?product=dlt&since=7d')
    const all = await page.locator('[data-number="people"] [data-value]').textContent()
    await page.getByText('People', { exact: true }).click()
    await page.waitForURL(/automation=(?:!|%21)ci,agent,test/)
    await settled(page)
    const shown = page.locator('[data-number="installations"] [data-value]')
    await expect.poll(() => shown.textContent()).toBe(all)
    await page.getByRole('button', { name: 'Saved' }).click()
    await page.getByLabel('A name for these filters').fill('People alone')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('button', { name: 'Saved (1)' }).waitFor()

    const other = await startWalk({ server, browser })
    await other.open('/versions?product=dlt')
    await other.page.getByRole('button', { name: 'Saved (1)' }).click()
    await other.page.getByRole('button', { name: 'People alone', exact: true }).click()
    await other.page.waitForURL(/automation=(?:!|%21)ci,agent,test/)
    await settled(other.page)
    expect(await seriousFindings(other.page)).toEqual([])
    expect([...complaints, ...other.complaints]).toEqual([])
    await other.context.close()
    await context.close()
  }, 120_000)
})

describe('the page of all products', () => {
  it('tells of each who is alive and what fails, and leads to it', async () => {
    const { page, open, context, complaints } = await startWalk({ server, browser })
    await open('/products')
    for (const product of ['dblab', 'dlt', 'readyset', 'timescaledb']) {
      const card = page.locator(`[data-product="${product}"]`)
      await card.locator('[data-number="installations"]').waitFor()
      const { rows } = await inTerminal(
        `npx candor ask active-installations --product ${product} --since 7d --compare ` +
          'previous --unit all'
      )
      expect(
        await card.locator('[data-number="installations"] dd').first().textContent()
      ).toContain(shown(rows[0]?.['installations'], 'integer'))
    }
    await page.getByRole('link', { name: 'dlt, the data load tool' }).click()
    await page.waitForURL(/\/overview\?product=dlt&since=7d/)
    expect(complaints).toEqual([])
    await context.close()
  }, 120_000)
})

describe('Versions', () => {
  it('tells how many installations an advisory concerns, and shows them alone', async () => {
    const { page, open, context, complaints } = await startWalk({ server, browser })
    await open('/versions?product=dlt')
    const { rows } = await inTerminal(
      'npx candor ask active-installations --product dlt --since 30d --until yesterday ' +
        '--unit all --version 1.21.0,1.16.0'
    )
    const count = Number(rows[0]?.['installations'])
    expect(count).toBeGreaterThan(0)
    await page
      .getByText(`${count} installations run an affected version: 1.21.0, 1.16.0.`)
      .waitFor()
    await page.getByRole('button', { name: 'Show only these' }).click()
    await page.waitForURL(/version=1\.21\.0,1\.16\.0/)
    await settled(page)
    const table = page.getByRole('region', { name: 'Versions, table' })
    expect(await table.getByRole('cell', { name: 'DLT-2026-1' }).count()).toBe(2)
    expect(await table.getByRole('row').count()).toBe(3)
    await open('/overview?product=dlt')
    const share = await page.locator('[data-number="newest"] [data-value]').textContent()
    const { rows: states } = await inTerminal('npx candor ask up-to-date --product dlt')
    expect(share).toBe(shown(states.find(({ state }) => state === 'newest')?.['share'], 'share'))
    expect(complaints).toEqual([])
    await context.close()
  })
})

describe('Live', () => {
  it('shows a record as it is kept, and by name alone what was dropped from it', async () => {
    const { page, open, context, complaints } = await startWalk({ server, browser })
    await open('/live?product=dlt')
    await page.getByText('Watching').waitFor()
    const secret = 'db1.internal.example'
    await fetch(`${server.url}/v1/track`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('dlt:')}` },
      body: JSON.stringify({
        anonymousId: 'someone-live',
        event: 'pipeline_load',
        context: { ci_run: true, library: { name: 'dlt', version: '1.26.0' } },
        properties: {
          elapsed: 2.2,
          success: true,
          destination_type: 'dlt.destinations.postgres',
          hostname: secret
        }
      })
    })
    const row = page.getByRole('button', { name: /pipeline_load.*dropped/ })
    await row.waitFor()
    await row.click()
    await page.getByText('the contract has no such field').waitFor()
    expect(await page.content()).not.toContain(secret)
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('Paused').waitFor()
    expect(complaints).toEqual([])
    await context.close()
  })
})

describe('Contract and Health', () => {
  it('find a field, tell all about it, and lead to its numbers', async () => {
    const { page, open, context } = await startWalk({ server, browser })
    await open('/contract?product=dlt')
    await page.getByLabel('Search records and fields').fill('destination_type')
    const field = page.getByRole('button', { name: /^destination_type/ }).first()
    await field.click()
    await page.getByText('Which destinations deserve our next month?').first().waitFor()
    await page.getByRole('link', { name: 'Break it down in Explore' }).first().click()
    await page.waitForURL(/question=breakdown/)
    await page.getByText('duckdb').waitFor()
    expect(await page.getByLabel('Field', { exact: true }).first().inputValue()).toMatch(
      /\.destination_type$/
    )
    await context.close()
  })

  it('delete an installation, say what will happen, and show afterwards that nothing is left', async () => {
    const id = 'journey-to-be-deleted'
    const body = JSON.stringify({
      anonymousId: id,
      event: 'pipeline_run',
      properties: { success: true }
    })
    await fetch(`${server.url}/in/dlt`, { method: 'POST', body })
    const { page, open, context, complaints } = await startWalk({ server, browser })
    await open('/health?product=dlt')
    const look = async (on: Page): Promise<string> => {
      await on.getByLabel('Id, as its user sees it').fill(id)
      await on.getByRole('button', { name: 'Look', exact: true }).click()
      return (
        (await on.getByText(/1 record, from|Nothing is kept about this id/).textContent()) ?? ''
      )
    }
    expect(
      await eventually(
        () => look(page),
        (text) => text.startsWith('1 record')
      )
    ).toContain('1 record')
    await page.getByRole('button', { name: 'Delete these records…' }).click()
    await page.getByRole('dialog').getByText('within 72 hours').waitFor()
    await page.getByRole('button', { name: 'Delete it' }).click()
    await page.getByText('The deletion is requested').waitFor()
    await page.getByRole('cell', { name: 'installation delete' }).first().waitFor()
    expect(complaints).toEqual([])
    await context.close()

    // What is to be erased is erased each hour, and whenever a server starts.
    const { folder } = server
    await server.kill('SIGTERM')
    server = await startServer({ folder })
    const later = await startWalk({ server, browser })
    await later.open('/health?product=dlt')
    expect(
      await eventually(
        () => look(later.page),
        (text) => text.startsWith('Nothing')
      )
    ).toContain('Nothing is kept about this id')
    expect(await later.page.content()).not.toContain(`<td>${id}`)
    await later.context.close()
  }, 120_000)
})

describe('a product from which nothing has arrived', () => {
  it('teaches the very next command, and that command works as it stands there', async () => {
    const empty = await startServer()
    const { page, open, context, complaints } = await startWalk({ server: empty, browser })
    for (const product of ['dlt', 'dblab', 'timescaledb', 'readyset']) {
      await open(`/overview?product=${product}`)
      await page.getByText(/^Nothing from .* yet$/).waitFor()
      expect(await seriousFindings(page)).toEqual([])
      const line = (await page.getByLabel('How to send the first record').textContent()) ?? ''
      expect(
        spawnSync('bash', ['-c', `set -o pipefail; ${line} --fail`], { cwd: root }).status,
        line
      ).toBe(0)
    }
    const { rows } = await eventually(
      () =>
        query(
          empty,
          'SELECT product, count() AS records FROM records GROUP BY product ORDER BY product'
        ),
      ({ rows: found }) => found.length === 4
    )
    expect(rows.map(({ product }) => product)).toEqual(['dblab', 'dlt', 'readyset', 'timescaledb'])
    expect(complaints).toEqual([])

    // While the server is away, the page says so once, and goes on by itself.
    await open('/explore?product=dlt&question=events')
    await context.setOffline(true)
    await page.getByText('7 days', { exact: true }).click()
    const banner = page.getByRole('alert')
    await banner.getByText('The server does not answer').waitFor()
    expect(await banner.count()).toBe(1)
    await context.setOffline(false)
    await banner.waitFor({ state: 'detached' })
    await page.getByText('What this counts').waitFor()

    // A server that starts again still knows who was signed in: the page goes on by itself.
    await empty.kill('SIGKILL')
    await page.getByText('30 days', { exact: true }).click()
    await banner.getByText('The server does not answer').waitFor()
    const again = await startServer({
      folder: empty.folder,
      port: empty.port,
      flags: ['--admin-port', String(empty.adminPort)]
    })
    await banner.waitFor({ state: 'detached' })
    await page.getByText('What this counts').waitFor()
    expect(new URL(page.url()).pathname).toBe('/explore')
    await context.close()
    await removeServer(again)
  }, 120_000)
})
