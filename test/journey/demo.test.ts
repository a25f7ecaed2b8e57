/**
 * `--demo`: a fleet that is believable, sent through the real routes, over days that are past; and
 * the real clock afterwards.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describedBy } from '../../server/src/api/describe/described.test-support.ts'
import type { OpenApi, Operation } from '../../server/src/api/describe/openapi.ts'
import {
  ask,
  eventually,
  query,
  removeServer,
  runCandor,
  startServer,
  type RunningServer
} from './world/candor-server.ts'

function needsProduct({ parameters = [] }: Operation): boolean {
  return parameters.some(({ name, required }) => name === 'product' && required)
}

const days = 12
const products = ['dblab', 'readyset', 'timescaledb', 'dlt']
const flags = ['--demo', '--demo-days', String(days)]

describe('a demonstration', () => {
  let server: RunningServer
  let printed: string
  let firstDay: string
  beforeAll(async () => {
    firstDay = new Date(Date.now() - (days - 1) * 86_400_000).toISOString().slice(0, 10)
    server = await startServer({ flags })
    printed = await eventually(
      () => Promise.resolve(server.printed()),
      (text) => /simulated fleet|not added/.test(text),
      90
    )
  })
  afterAll(() => removeServer(server))

  it('tells how much it sent, that none of it is real, and that all of it was kept', async () => {
    const sent = /(\d+) reports of a simulated fleet over 12 days; none of it is real/.exec(
      printed
    )?.[1]
    const { rows } = await query(server, 'SELECT count() AS records FROM records')
    expect(Number(sent)).toBeGreaterThan(3000)
    expect(rows).toEqual([{ records: Number(sent) }])
  })

  it('shows no progress bar where nobody watches', () => {
    expect(printed).not.toContain('█')
  })

  it('is spread over its days, received and occurred, and none of it lies in the future', async () => {
    for (const column of ['received_at', 'occurred_at']) {
      const { rows } = await query(
        server,
        `SELECT product, uniqExact(toDate(${column})) AS days, ` +
          `toString(toDate(min(${column}))) AS first, max(${column}) <= now64(3) AS past FROM ` +
          'records GROUP BY product ORDER BY product'
      )
      expect(rows.map((row) => [row['product'], row['first'], Number(row['past'])])).toEqual(
        products.toSorted().map((product) => [product, firstDay, 1])
      )
      // Shortly after midnight the last day has hardly begun.
      for (const row of rows) expect(Number(row['days'])).toBeGreaterThanOrEqual(days - 1)
    }
  })

  it('has several hundred installations, new ids from CI, and clones that share one', async () => {
    const { rows } = await query(
      server,
      'SELECT product, count() AS installations, countIf(shared) AS shared, ' +
        "countIf(automation = 'ci') AS ci FROM installations GROUP BY product ORDER BY product"
    )
    const of = (product: string): Readonly<Record<string, number>> =>
      Object.fromEntries(
        Object.entries(rows.find((row) => row['product'] === product) ?? {}).map(([key, value]) => [
          key,
          Number(value)
        ])
      )
    expect(rows.reduce((sum, row) => sum + Number(row['installations']), 0)).toBeGreaterThan(300)
    expect(of('dlt')['ci']).toBeGreaterThan(50)
    expect(of('timescaledb')['shared']).toBe(1)
    expect(of('dblab')['shared']).toBe(0)
  })

  it('has several versions alive at once, the newest of them on the way up', async () => {
    for (const product of products) {
      const { rows } = await ask(server, 'versions', product)
      expect(rows.filter(({ version }) => version !== null).length, product).toBeGreaterThan(2)
    }
  })

  it('keeps its contracts: nothing drifts and nothing is quarantined', async () => {
    for (const product of products)
      expect((await ask(server, 'drift', product)).rows, product).toEqual([])
    expect((await query(server, 'SELECT count() AS rows FROM quarantine')).rows).toEqual([
      { rows: 0 }
    ])
  })

  it(
    'answers every question and every other look as its own description says',
    {
      timeout: 180_000
    },
    async () => {
      const headers = { authorization: `Bearer ${server.token}` }
      const told = async (path: string): Promise<{ status: number; body: unknown }> => {
        const answer = await fetch(`${server.adminUrl}${path}`, { headers })
        return { status: answer.status, body: await answer.json() }
      }
      const { body } = await told('/api/v1/openapi.json')
      const document = body as OpenApi
      const problemsOf = describedBy(document)
      const looks = Object.entries(document.paths).flatMap(([path, { get }]) =>
        get?.responses['200']?.content['application/json'] === undefined ||
        get.security.length === 0
          ? []
          : [{ path, isOfProduct: /\{product\}/.test(path) || needsProduct(get) }]
      )
      expect(looks.length).toBeGreaterThan(30)
      let answered = 0
      for (const [index, { path, isOfProduct }] of looks.entries()) {
        // One product after the other: each question once is enough to see its shape.
        const product = products[index % products.length] ?? ''
        const query = isOfProduct && !path.includes('{product}') ? `?product=${product}` : ''
        const asked = `${path.replace('{product}', product)}${query}`
        const { status, body: answer } = await told(asked)
        expect(problemsOf({ method: 'GET', path: asked, status, body: answer })).toEqual([])
        if (status === 200) answered += 1
        // Some questions need to know which field, and say so; nobody keeps accounts here, and
        // what is published of so few days differs from product to product.
        else
          expect([asked, status]).toEqual([
            asked,
            /\/(?:accounts|publication)$/.test(path) ? 404 : 400
          ])
      }
      expect(answered).toBeGreaterThan(looks.length / 2)
    }
  )

  it('gives the server its own clock back', async () => {
    const before = Date.now()
    const body = JSON.stringify({
      anonymousId: 'after-the-demo',
      event: 'pipeline_run',
      properties: { success: true }
    })
    await fetch(`${server.url}/in/dlt`, { method: 'POST', body })
    const sql =
      'SELECT count() AS records FROM dlt WHERE toUnixTimestamp64Milli(received_at) BETWEEN ' +
      `${before} AND ${Date.now() + 1000}`
    const { rows } = await eventually(
      () => query(server, sql),
      ({ rows: found }) => Number(found[0]?.['records']) > 0
    )
    expect(rows).toEqual([{ records: 1 }])
  })

  it('is not added to records that are there already', async () => {
    const count = async (): Promise<unknown> =>
      (await query(server, 'SELECT count() AS records FROM records')).rows
    const before = await count()
    const { folder } = server
    await server.kill('SIGTERM')
    server = await startServer({ folder, flags })
    await eventually(
      () => Promise.resolve(server.printed()),
      (text) => /simulated fleet|not added/.test(text)
    )
    expect(server.printed()).toContain('not added: this collector has records already')
    expect(await count()).toEqual(before)
  })

  it('answers every question that a contract itself asks, by its own name', async () => {
    for (const product of products) {
      const listed = (await (
        await fetch(`${server.adminUrl}/api/v1/questions?product=${product}`, {
          headers: { authorization: `Bearer ${server.token}` }
        })
      ).json()) as {
        dimensionsOf: Record<
          string,
          { questions: { name: string; says: string; asks: { title: string }[] }[] }
        >
      }
      const questions = listed.dimensionsOf[product]?.questions ?? []
      expect(questions.length, product).toBeGreaterThan(4)
      for (const { name, says, asks } of questions) {
        const { out, code } = await runCandor(
          server,
          `ask --question ${name} --product ${product} --since ${days}d --format table`.split(' ')
        )
        expect(code, `${product} ${name}: ${out}`).toBe(0)
        expect(out).toContain(says)
        for (const { title } of asks) expect(out).toContain(title)
        // Nothing that is empty from end to end: at least one answer has rows.
        expect(out.includes('┌') || out.includes('─ row 1'), `${product} ${name}`).toBe(true)
      }
    }
  })
})
