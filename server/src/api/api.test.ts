import type { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import type { HttpAnswer, HttpRequest } from '../http/route.ts'
import { testContract } from '../storage/contract.test-support.ts'
import { createApi, type ApiServices } from './api.ts'

const token = 'a-token-of-this-server'

interface Call {
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly query?: string
  readonly body?: unknown
  readonly authorization?: string | undefined
}

function server(changes: Partial<ApiServices> = {}): (call: Call) => Promise<HttpAnswer> {
  const routes = createApi({
    token,
    effects: systemEffects,
    storage: {
      query: () => Promise.resolve([]),
      userQuery: () => Promise.resolve({ columns: [{ name: 'n', type: 'UInt64' }], rows: [{ n: 1 }], truncated: true })
    } as never,
    contracts: () => new Map([['dlt', testContract()]]),
    installations: { audit: () => Promise.resolve(), tokensOf: () => [], requestErasure: () => Promise.resolve() },
    subscribe: () => () => undefined,
    checks: () => Promise.resolve([]),
    ...changes
  })
  return async ({ method = 'GET', path, query = '', body, authorization = `Bearer ${token}` }) => {
    const route = routes.find((candidate) => candidate.method === method && candidate.path === path)
    if (route === undefined) throw new Error(`no route ${method} ${path}`)
    const text = typeof body === 'string' ? body : JSON.stringify(body ?? {})
    const request: HttpRequest = { path, query, headers: { authorization }, body: Buffer.from(text), receivedAt: 0 }
    return route.handle(request, { onAnswered: () => undefined })
  }
}

/** A server whose store answers any SQL so. */
function failing(failure: unknown): ReturnType<typeof server> {
  const userQuery = async (): Promise<never> => {
    throw failure
  }
  return server({ storage: { userQuery } as never })
}

function told({ status, body }: HttpAnswer): unknown {
  const { code } = JSON.parse(String(body)) as { code?: string }
  return [status, code]
}

describe('the API', () => {
  it('opens no route without its token', async () => {
    const call = server()
    const posts = ['/api/v1/query', '/api/v1/installation'].map((path) => ({ path, method: 'POST' as const }))
    for (const route of [...posts, ...['/api/v1/ask', '/api/v1/tail', '/api/v1/doctor'].map((path) => ({ path }))]) {
      expect(told(await call({ ...route, authorization: '' })), route.path).toEqual([403, 'TOKEN_WRONG'])
      expect(told(await call({ ...route, authorization: 'Bearer x' })), route.path).toEqual([403, 'TOKEN_WRONG'])
    }
  })

  it('answers a question as a table', async () => {
    const answer = await server()({ path: '/api/v1/ask', query: 'question=versions&product=dlt&since=7d' })
    expect(answer.status).toBe(200)
    expect(JSON.parse(String(answer.body))).toMatchObject({ question: 'versions', parameters: { product: 'dlt' }, rows: [] })
  })

  it('says what is wrong with a question', async () => {
    const call = server()
    const wrong = async (query: string): Promise<unknown> => told(await call({ path: '/api/v1/ask', query }))
    expect(await wrong('')).toEqual([400, 'PARAMETER_INVALID'])
    expect(await wrong('question=vershions&product=dlt')).toEqual([404, 'QUESTION_UNKNOWN'])
    expect(await wrong('question=versions')).toEqual([400, 'PARAMETER_INVALID'])
    expect(await wrong('question=versions&product=nobody')).toEqual([404, 'PRODUCT_UNKNOWN'])
    expect(await wrong('question=versions&product=dlt&since=ever')).toEqual([400, 'PARAMETER_INVALID'])
    expect(await wrong('question=versions&product=dlt&by=colour')).toEqual([400, 'PARAMETER_INVALID'])
  })

  it('answers SQL as a table like any other, and says when rows were left out', async () => {
    const answer = await server()({ method: 'POST', path: '/api/v1/query', body: { sql: 'SELECT 1', rowsMax: 1 } })
    expect(JSON.parse(String(answer.body))).toEqual({
      question: 'query',
      parameters: {},
      columns: [{ name: 'n', type: 'UInt64' }],
      rows: [{ n: 1 }],
      notes: ['Only the first 1 rows are shown; --rows raises that.']
    })
  })

  it('refuses limits that are none, and bodies that are no object', async () => {
    const call = server()
    const wrong = async (body: unknown): Promise<unknown> => told(await call({ method: 'POST', path: '/api/v1/query', body }))
    for (const rowsMax of [0, -1, 1.5, '10', 100_001, null])
      expect(await wrong({ sql: 'SELECT 1', rowsMax })).toEqual([400, 'PARAMETER_INVALID'])
    for (const body of ['', '[]', 'null', '{', '"x"']) expect(await wrong(body)).toEqual([400, 'PARAMETER_INVALID'])
  })

  it('tells a coded error of the store, and leaves a mistake of ours to whoever logs it', async () => {
    const call = { method: 'POST', path: '/api/v1/query', body: { sql: 'SELECT 1' } } as const
    expect(told(await failing(new CandorError('STORAGE_UNAVAILABLE', 'away'))(call))).toEqual([503, 'STORAGE_UNAVAILABLE'])
    await expect(failing(new TypeError('ours'))(call)).rejects.toThrow('ours')
  })

  it('looks at an installation only for a reason that it knows', async () => {
    const call = server()
    const body = { product: 'dlt', action: 'show', id: 'x', reason: 'curiosity' }
    expect(told(await call({ method: 'POST', path: '/api/v1/installation', body }))).toEqual([400, 'PARAMETER_INVALID'])
  })
})

describe('the live view', () => {
  it('hands lines on as they come, and stops listening when its reader leaves', async () => {
    const listeners = new Set<(line: object) => void>()
    const call = server({
      subscribe: ({ product }, listener) => {
        expect(product).toBe('dlt')
        listeners.add(listener)
        return () => listeners.delete(listener)
      }
    })
    const { body } = await call({ path: '/api/v1/tail', query: 'product=dlt' })
    const stream = body as Readable
    for (const listener of listeners) listener({ is: 'kept' })
    expect(String(stream.read())).toBe('{"is":"kept"}\n')
    const closed = new Promise((resolve) => stream.once('close', resolve))
    stream.destroy()
    await closed
    expect(listeners.size).toBe(0)
  })

  it('tells a reader that is too slow how much it missed, and holds no more than it can', async () => {
    const listeners = new Set<(line: object) => void>()
    const call = server({ subscribe: (_filter, listener) => (listeners.add(listener), () => undefined) })
    const stream = (await call({ path: '/api/v1/tail' })).body as Readable
    const line = { is: 'kept', fields: 'x'.repeat(10_000) }
    for (let times = 0; times < 5_000; times += 1) for (const listener of listeners) listener(line)
    expect(stream.readableLength).toBeLessThan(16_000_000)
    stream.read()
    await new Promise((resolve) => setImmediate(resolve))
    for (const listener of listeners) listener(line)
    expect(String(stream.read())).toMatch(/"is":"missed","count":\d+/)
  })

  it('of a product that nobody knows is refused', async () => {
    expect(told(await server()({ path: '/api/v1/tail', query: 'product=dltt' }))).toEqual([404, 'PRODUCT_UNKNOWN'])
  })
})
