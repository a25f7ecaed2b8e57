import type { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { CandorError } from '../errors.ts'
import { everywhere, nobody } from './access/scope.ts'
import {
  startTestApi,
  type Call,
  type TestApi,
  type TestApiOptions,
  type Told
} from './api.test-support.ts'
import { tailEndpoint, type TailServices } from './endpoints/tail.ts'

let api: TestApi
afterEach(async () => {
  const faults = [...api.faults]
  await api.close()
  expect(faults).toEqual([])
})

async function start(options: TestApiOptions = {}): Promise<TestApi> {
  api = await startTestApi(options)
  return api
}

/** A server whose store answers any SQL so. */
function failing(failure: unknown): Promise<TestApi> {
  const userQuery = async (): Promise<never> => {
    throw failure
  }
  return start({
    changes: {
      storage: {
        userQuery,
        query: userQuery,
        state: () => ({ is: 'unreachable', engine: 'embedded', since: 0 })
      } as never
    }
  })
}

const brief = ({ status, code }: Told): unknown => [status, code]
const post = (body: unknown): Call => ({ method: 'POST', body })

describe('the API', () => {
  it('answers a question as a table', async () => {
    const { ask } = await start()
    const answer = await ask('/api/v1/questions/versions?product=dlt&since=7d')
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      question: 'versions',
      parameters: { product: 'dlt' },
      rows: []
    })
  })

  it('lists each question with its own parameters, and once the filters that many take', async () => {
    const { ask } = await start()
    const { questions, filters, dimensionsOf } = (await ask('/api/v1/questions?product=dlt'))
      .body as {
      questions: readonly {
        name: string
        parameters: readonly { name: string }[]
        common: readonly string[]
      }[]
      filters: readonly { name: string }[]
      dimensionsOf: object
    }
    const names = filters.map(({ name }) => name)
    expect(names).toContain('since')
    for (const { name, parameters, common } of questions) {
      expect(names, name).toEqual(expect.arrayContaining([...common]))
      for (const parameter of parameters) expect(names, name).not.toContain(parameter.name)
    }
    expect(dimensionsOf).toMatchObject({
      dlt: { dimensions: expect.arrayContaining(['os']), records: [{ name: 'load' }, {}] }
    })
  })

  it('says what is wrong with a question, and names the nearest', async () => {
    const { ask } = await start()
    const wrong = async (path: string): Promise<unknown> => {
      const told = await ask(`/api/v1/questions/${path}`)
      return [
        told.status,
        told.code,
        /did you mean "(.*?)"/.exec(String(told.body['message']))?.[1]
      ]
    }
    expect(await wrong('vershions?product=dlt')).toEqual([404, 'QUESTION_UNKNOWN', 'versions'])
    expect(await wrong('versions')).toEqual([400, 'PARAMETER_INVALID', undefined])
    expect(await wrong('versions?product=dltt')).toEqual([404, 'PRODUCT_UNKNOWN', 'dlt'])
    expect(await wrong('versions?product=dlt&sinze=7d')).toEqual([
      400,
      'PARAMETER_INVALID',
      'since'
    ])
    expect(await wrong('versions?product=dlt&since=ever')).toEqual([
      400,
      'PARAMETER_INVALID',
      undefined
    ])
    expect(await wrong('versions?product=dlt&since=7d&since=8d')).toEqual([
      400,
      'PARAMETER_INVALID',
      undefined
    ])
    expect(await wrong('versions?product=dlt&format=cvs')).toEqual([
      400,
      'PARAMETER_INVALID',
      'csv'
    ])
    expect(await wrong('%E0%A4%A')).toEqual([404, 'ROUTE_UNKNOWN', undefined])
    expect(await wrong('a/b')).toEqual([404, 'ROUTE_UNKNOWN', undefined])
  })

  it('answers SQL as a table like any other, and says when rows were left out; or as CSV', async () => {
    const { ask } = await start()
    const answer = await ask('/api/v1/query', post({ sql: 'SELECT 1', rowsMax: 1 }))
    expect(answer.body).toMatchObject({
      question: 'query',
      rows: [{ n: 1 }],
      notes: [expect.stringContaining('first 1 rows')]
    })
    const csv = await ask('/api/v1/query', post({ sql: 'SELECT 1', format: 'csv' }))
    expect([csv.status, csv.headers['content-type'], csv.headers['candor-cut']]).toEqual([
      200,
      'text/csv; charset=utf-8; header=present',
      'rows'
    ])
    // What was cut says so in the file, too.
    expect(csv.text).toMatch(/^n\r\n1\r\n# Only the first 1000 rows.*\r\n$/)
  })

  it('refuses a body that it can not read, and keys that it does not know', async () => {
    const { ask } = await start()
    const wrong = async (body: unknown): Promise<unknown> =>
      brief(await ask('/api/v1/query', post(body)))
    for (const rowsMax of [0, -1, 1.5, '10', 100_001, null])
      expect(await wrong({ sql: 'SELECT 1', rowsMax })).toEqual([400, 'PARAMETER_INVALID'])
    for (const body of [
      '',
      '[]',
      'null',
      '{',
      '"x"',
      { sql: 'SELECT 1', rows: 1 },
      { __proto__: null, sql: 7 }
    ])
      expect(await wrong(body)).toEqual([400, 'PARAMETER_INVALID'])
    expect(await wrong(`{"sql":"${'x'.repeat(1_048_576)}"}`)).toEqual([413, 'PARAMETER_INVALID'])
  })

  it('refuses another method, another encoding, and a body where there is none', async () => {
    const { ask } = await start()
    expect(brief(await ask('/api/v1/products', { method: 'DELETE' }))).toEqual([
      405,
      'PARAMETER_INVALID'
    ])
    expect(
      brief(await ask('/api/v1/query', { ...post('{}'), headers: { 'content-encoding': 'br' } }))
    ).toEqual([415, 'PARAMETER_INVALID'])
    expect(
      brief(
        await ask('/api/v1/health', {
          method: 'GET',
          body: 'x',
          headers: { 'content-length': '1' }
        })
      )
    ).toEqual([413, 'PARAMETER_INVALID'])
  })

  it('tells a coded error of the store', async () => {
    const { ask } = await failing(new CandorError('STORAGE_UNAVAILABLE', 'away'))
    expect(brief(await ask('/api/v1/query', post({ sql: 'SELECT 1' })))).toEqual([
      503,
      'STORAGE_UNAVAILABLE'
    ])
    expect(brief(await ask('/api/v1/questions/versions?product=dlt'))).toEqual([
      503,
      'STORAGE_UNAVAILABLE'
    ])
    expect(brief(await ask('/api/v1/products/dlt'))).toEqual([503, 'STORAGE_UNAVAILABLE'])
    // Health is asked for most just then.
    expect((await ask('/api/v1/health')).body).toMatchObject({
      ingest: { last24h: null },
      storage: [],
      quarantine: null
    })
  })

  it('leaves a mistake of ours to whoever logs it, and tells nothing of it', async () => {
    const { ask, faults } = await failing(new TypeError('a secret of ours'))
    const { status, text } = await ask('/api/v1/query', post({ sql: 'SELECT 1' }))
    expect([status, text.includes('secret')]).toEqual([500, false])
    expect(faults.splice(0)).toEqual([new TypeError('a secret of ours')])
  })

  it('looks at an installation only for a reason that it knows', async () => {
    const { ask } = await start()
    const body = { product: 'dlt', action: 'show', id: 'x', reason: 'curiosity' }
    expect(brief(await ask('/api/v1/installation', post(body)))).toEqual([400, 'PARAMETER_INVALID'])
  })

  it('shows the page that users read, in a frame of its own server and with no script', async () => {
    const { ask } = await start()
    const { status, headers, text } = await ask('/api/v1/products/dlt/disclosure')
    expect([status, headers['content-type'], headers['content-security-policy']]).toEqual([
      200,
      'text/html; charset=utf-8',
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    ])
    expect(text).toContain('Telemetry of A test')
  })

  it('sends every answer with headers that tell a browser to do nothing with it', async () => {
    const { ask, bare } = await start()
    for (const { headers } of [
      await ask('/api/v1/questions'),
      await bare('/api/v1/questions'),
      await ask('/api/v1/none')
    ]) {
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'"
      })
      expect(headers).not.toHaveProperty('access-control-allow-origin')
    }
  })
})

describe('the live view', () => {
  async function open(
    services: Partial<TailServices>,
    who = nobody,
    options?: { readonly beatMs: number }
  ): Promise<Readable> {
    const all = {
      subscribe: () => () => undefined,
      productNamed: (_reach: unknown, product: string) => ({ product }),
      ...services
    }
    const endpoint = tailEndpoint(all, options)
    const answer = await endpoint.answer({
      path: {},
      query: 'product=dlt',
      body: Buffer.alloc(0),
      headers: {},
      who,
      reach: everywhere,
      signal: new AbortController().signal
    })
    return answer.body as Readable
  }

  it('hands lines on as they come, and stops listening when its reader leaves', async () => {
    await start()
    const listeners = new Set<(line: object) => void>()
    const stream = await open({
      subscribe: ({ shows }, listener) => {
        expect(['dlt', 'readyset'].map(shows)).toEqual([true, false])
        listeners.add(listener)
        return () => listeners.delete(listener)
      }
    })
    for (const listener of listeners) listener({ is: 'kept' })
    expect(String(stream.read())).toBe('{"is":"kept"}\n')
    const closed = new Promise((resolve) => stream.once('close', resolve))
    stream.destroy()
    await closed
    expect(listeners.size).toBe(0)
  })

  it('tells a reader that is too slow how much it missed, and holds no more than it can', async () => {
    await start()
    const listeners = new Set<(line: object) => void>()
    const stream = await open({
      subscribe: (_filter, listener) => (listeners.add(listener), () => undefined)
    })
    const line = { is: 'kept', fields: 'x'.repeat(10_000) }
    for (let times = 0; times < 5_000; times += 1) for (const listener of listeners) listener(line)
    expect(stream.readableLength).toBeLessThan(16_000_000)
    stream.read()
    await new Promise((resolve) => setImmediate(resolve))
    for (const listener of listeners) listener(line)
    expect(String(stream.read())).toMatch(/"is":"missed","count":\d+/)
  })

  it('ends at once when the token that opened it is revoked', async () => {
    await start()
    let tell: (line: object) => void = () => undefined
    let isLive = true
    const services: Partial<TailServices> = {
      subscribe: (_filter, listener) => ((tell = listener), () => undefined)
    }
    const stream = await open(services, { ...nobody, isLive: () => isLive })
    isLive = false
    tell({ is: 'kept', name: 'unseen' })
    expect([stream.destroyed, stream.read()]).toEqual([true, null])
  })

  it('stays open while nothing comes, and still ends when the token that opened it is revoked', async () => {
    await start()
    let isLive = true
    const stream = await open({}, { ...nobody, isLive: () => isLive }, { beatMs: 1 })
    await new Promise((resolve) => stream.once('readable', resolve))
    expect(String(stream.read())).toMatch(/^\n+$/)
    const closed = new Promise((resolve) => stream.once('close', resolve))
    isLive = false
    await closed
  })

  it('of a product that nobody knows is refused', async () => {
    const { ask } = await start()
    expect(brief(await ask('/api/v1/tail?product=dltt'))).toEqual([404, 'PRODUCT_UNKNOWN'])
  })
})
