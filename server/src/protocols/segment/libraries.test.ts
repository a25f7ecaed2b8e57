/** Whether what libraries of Segment's family do beyond Segment's own page is understood. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Answer, Decoded, IngestRoute, Outcome } from '../protocol.ts'
import { parseLenientJson } from './bare-numbers.ts'
import { createSegment } from './segment.ts'

const receivedAt = Date.UTC(2026, 10, 20, 12)
const segment = createSegment({
  resolveKey: (key) => (key === 'acme key' ? 'acme' : undefined),
  readingOf: () => undefined,
  declares: () => false,
  scheme: 'http'
})
const below = segment.below('acme', { answer: 'success' })

function routeAt(method: 'GET' | 'POST', path: string): IngestRoute {
  const route = [...segment.routes, ...below].find(
    (route) =>
      route.method === method &&
      (route.path === path ||
        (route.path.endsWith('*') && path.startsWith(route.path.slice(0, -1))))
  )
  if (route === undefined) throw new Error(`no route ${method} ${path}`)
  return route
}

function asked(
  path: string,
  { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {}
): Decoded {
  return routeAt('GET', path).protocol.decode({
    path,
    query,
    headers,
    body: Buffer.alloc(0),
    receivedAt
  })
}

function posted(body: string, path = '/in/acme/v1/batch'): Decoded & { is: 'records' } {
  const decoded = routeAt('POST', path).protocol.decode({
    path,
    query: '',
    headers: {},
    body: Buffer.from(body),
    receivedAt
  })
  if (decoded.is !== 'records') throw new Error(`not records but ${decoded.is}`)
  return decoded
}

const one = (event: object): ReturnType<typeof posted>['records'][number] => {
  const [record] = posted(JSON.stringify({ batch: [event] })).records
  if (record === undefined) throw new Error('no record')
  return record
}

function answerOf(decoded: Decoded): Answer {
  if (decoded.is === 'records') throw new Error('records')
  return decoded.answer
}

describe('what a library asks before it sends', () => {
  const told = (answer: Answer): unknown =>
    (JSON.parse(String(answer.body)) as { integrations: Record<string, unknown> }).integrations[
      'Segment.io'
    ]

  it('is answered with where it was asked, for the keys that were given out', () => {
    const headers = { host: 'telemetry.acme.example:8443' }
    const path = '/v1/projects/acme%20key/settings'
    expect(told(answerOf(asked(path, { headers })))).toMatchObject({
      apiKey: 'acme key',
      apiHost: 'telemetry.acme.example:8443/v1',
      protocol: 'http'
    })
    expect(
      told(answerOf(asked(path, { headers: { 'x-forwarded-proto': 'https' } })))
    ).toMatchObject({ protocol: 'https' })
    // Some versions double the folder.
    expect(answerOf(asked('/v1/projects/projects/acme%20key/settings')).status).toBe(200)
    expect(answerOf(asked('/v1/projects/nobodys/settings'))).toMatchObject({ status: 404 })
    expect(answerOf(asked('/v1/projects/acme%20key/else')).status).toBe(404)
  })

  it('leads back below a product’s base, where no key is needed', () => {
    const answer = answerOf(
      asked('/in/acme/v1/projects/any/settings', { headers: { host: '127.0.0.1:4700' } })
    )
    expect(told(answer)).toMatchObject({ apiHost: '127.0.0.1:4700/in/acme/v1' })
    expect(answer.headers).toMatchObject({ 'Cache-Control': 'no-store' })
  })

  it('never repeats a host that is none', () => {
    const path = '/in/acme/v1/projects/any/settings'
    const answer = answerOf(asked(path, { headers: { host: '<script>' } }))
    expect(JSON.stringify(answer)).not.toContain('script')
    expect(told(answer)).not.toHaveProperty('apiHost')
  })
})

describe('a call as a picture’s address', () => {
  const call = { writeKey: 'acme key', userId: 'u', event: 'opened', properties: { n: 1 } }
  const data = (value: unknown): string =>
    `data=${encodeURIComponent(Buffer.from(JSON.stringify(value)).toString('base64'))}`

  it('is a record, and answered with a picture', () => {
    const { protocol } = routeAt('GET', '/v1/pixel/track')
    const decoded = asked('/v1/pixel/track', { query: data(call) })
    if (decoded.is !== 'records') throw new Error(decoded.is)
    expect(decoded.records).toMatchObject([{ name: 'opened', fields: { n: 1 } }])
    const { status, headers, body } = protocol.accepted(decoded, [{ is: 'kept', dropped: [] }])
    expect([status, headers['Content-Type'], body.slice(0, 6).toString()]).toEqual([
      200,
      'image/gif',
      'GIF89a'
    ])
  })

  it('of an unknown key is a picture too, and of no data a coded refusal', () => {
    const unknown = asked('/v1/pixel/track', { query: data({ ...call, writeKey: 'x' }) })
    expect(answerOf(unknown)).toMatchObject({
      status: 200,
      headers: { 'Content-Type': 'image/gif', 'Candor-Dropped': 'unknown-key' }
    })
    for (const query of ['', 'data=', 'data=%%%', 'data=e30', 'other=1'])
      expect(answerOf(asked('/v1/pixel/track', { query })).status).toBeLessThan(500)
  })
})

describe('values that are no JSON', () => {
  it('are null, and the batch is read', () => {
    const body =
      '{"batch":[{"type":"track","event":"a",' +
      '"properties":{"n":NaN,"i":Infinity,"m":[-Infinity,1]}},' +
      '{"type":"track","event":"b","properties":{"said":"NaN, \\"Infinity\\" and -Infinity"}}]}'
    expect(posted(body).records.map(({ fields }) => fields)).toEqual([
      { n: null, i: null, m: [null, 1] },
      { said: 'NaN, "Infinity" and -Infinity' }
    ])
  })

  it('inside texts are left alone, whatever stands around them', () => {
    const text = fc
      .array(fc.constantFrom('NaN', '"', '\\', 'Infinity', '-', '\n', ',', 'x'))
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, text, (key, value) => {
        const body = `{${JSON.stringify(key)}:[NaN,${JSON.stringify(value)}]}`
        expect(parseLenientJson(body)).toEqual({ [key]: [null, value] })
      })
    )
  })

  it('and other faults stay faults', () => {
    for (const body of ['{"a":NaNa}', '{NaN:1}', '[Infinity', '{"a":nan}', 'NaN NaN'])
      expect(parseLenientJson(body)).toBeUndefined()
  })
})

describe('what stands elsewhere than Segment’s page says', () => {
  it('is found: traits in the context, groupId and previousId beside the properties', () => {
    expect(
      one({ type: 'identify', userId: 'u', context: { traits: { plan: 'pro' } } })
    ).toMatchObject({ fields: { plan: 'pro' } })
    expect(one({ type: 'group', userId: 'u', groupId: 'g', traits: { seats: 3 } }).fields).toEqual({
      groupId: 'g',
      seats: 3
    })
    expect(one({ type: 'alias', userId: 'u', previousId: 'p' }).fields).toEqual({ previousId: 'p' })
    expect(one({ type: 'track', event: 'e', userId: 'u', groupId: 'g' }).fields).toEqual({})
  })

  it.each([
    ['seconds', receivedAt / 1000, receivedAt],
    ['seconds with a fraction', receivedAt / 1000 + 0.25, receivedAt + 250],
    ['milliseconds', receivedAt, receivedAt],
    ['a text of seconds', String(receivedAt / 1000), receivedAt],
    ['a text of milliseconds', String(receivedAt), receivedAt],
    ['too long ago to be a time', 0, undefined],
    ['no time at all', Number.MAX_SAFE_INTEGER, undefined]
  ])('is read as a time: %s', (_name, timestamp, expected) => {
    expect(one({ type: 'track', event: 'e', userId: 'u', timestamp }).occurredAt).toBe(expected)
  })
})

describe('an answer', () => {
  const dropped: Outcome = { is: 'dropped', dropped: [{ code: 'RECORD_UNKNOWN' as never }] }
  const kept: Outcome = { is: 'kept', dropped: [] }
  const answered = (events: readonly unknown[], outcomes: readonly Outcome[]): unknown => {
    const decoded = posted(JSON.stringify({ batch: events }))
    const { protocol } = routeAt('POST', '/in/acme/v1/batch')
    return JSON.parse(String(protocol.accepted(decoded, outcomes).body))
  }
  const event = { type: 'track', event: 'e', userId: 'u' }

  it('says which events were not kept, by their place in the batch', () => {
    const large = { ...event, properties: { pad: 'x'.repeat(40_000) } }
    expect(answered([7, event, large, event, event], [kept, dropped, kept])).toEqual({
      success: true,
      kept: 2,
      dropped: [
        { index: 0, code: 'EVENT_MALFORMED' },
        { index: 2, code: 'EVENT_TOO_LARGE' },
        { index: 3, code: 'RECORD_UNKNOWN' }
      ]
    })
  })

  it('is Segment’s own where all were kept, and short where thousands were not', () => {
    expect(answered([event], [kept])).toEqual({ success: true })
    const many = Array.from({ length: 2_600 }, () => event)
    const told = answered(
      many,
      many.slice(0, 2_500).map(() => dropped)
    ) as { dropped: unknown[] }
    expect(told.dropped).toHaveLength(100)
  })
})
