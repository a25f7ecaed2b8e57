/**
 * Segment's official clients are understood and answered, limits cost only the event that breaks
 * them, and nothing makes decoding fail.
 */
import { readdirSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Answer,
  type Decoded,
  type Outcome,
  type Protocol,
  type WireRequest,
  faults
} from '../protocol.ts'
import { segmentLimits } from './read-events.ts'
import { createSegment, type SegmentServices } from './segment.ts'

const receivedAt = Date.UTC(2026, 10, 20, 12, 0, 0)
const kept: Outcome = { is: 'kept', dropped: [] }
const services: SegmentServices = {
  scheme: 'http',
  resolveKey: (key) => (key === 'acme-cli' ? 'acme' : key === 'dlt' ? 'dlt' : undefined),
  readingOf: (product) =>
    product === 'dlt'
      ? {
          read: (event) => ({
            source: { installation: event.anonymousId },
            name: event.event,
            fields: { properties: event.properties }
          }),
          duplicates: (body) => ({ by: 'request', ttlMs: 300_000, key: body, scope: 'dlt' }),
          overload: 'drop'
        }
      : undefined,
  declares: (_product, name) => name.startsWith('build_')
}
const segment = createSegment(services)

function protocolOf(path: string): Protocol {
  const route = segment.routes.find((route) => route.path === path)
  if (route === undefined) throw new Error(`no route ${path}`)
  return route.protocol
}

function request(
  path: string,
  body: Buffer | string,
  headers: Record<string, string> = {}
): WireRequest {
  return { path, query: '', headers, body: Buffer.from(body), receivedAt }
}

function post(path: string, body: unknown, headers?: Record<string, string>): Decoded {
  return protocolOf(path).decode(
    request(path, typeof body === 'string' ? body : JSON.stringify(body), headers)
  )
}

function records(decoded: Decoded): Decoded & { is: 'records' } {
  if (decoded.is !== 'records') throw new Error(`not records but ${decoded.is}`)
  return decoded
}

const basic = (credentials: string): { authorization: string } => ({
  authorization: `Basic ${Buffer.from(credentials).toString('base64')}`
})
const track = (more: object = {}): object => ({
  type: 'track',
  event: 'build_started',
  anonymousId: 'a',
  ...more
})
const batch = (events: readonly unknown[], more: object = {}): object => ({
  writeKey: 'acme-cli',
  batch: events,
  ...more
})

const fieldsOf = (event: object): unknown =>
  records(post('/v1/batch', batch([event]))).records[0]?.fields
const ids = (...events: object[]): (string | undefined)[] =>
  records(post('/v1/batch', batch(events))).records.map((record) => record.duplicateOf)
const message = (sender: object): object => ({
  type: 'track',
  event: 'e',
  messageId: 'm',
  ...sender
})
const pad = (bytes: number): object => {
  const empty = JSON.stringify(track({ properties: { pad: '' } })).length
  return track({ properties: { pad: 'x'.repeat(bytes - empty) } })
}
const timeOf = (event: object, more: object = {}): unknown => {
  const [record] = records(post('/v1/batch', batch([track(event)], more))).records
  return [
    record?.occurredAt === undefined ? undefined : record.occurredAt - receivedAt,
    record?.skewApplied
  ]
}
const at = (offsetMs: number): string => new Date(receivedAt + offsetMs).toISOString()
const isHarmless = (
  path: string,
  body: Buffer | string,
  headers: Record<string, string> = {}
): void => {
  const protocol = protocolOf(path)
  const decoded = protocol.decode(request(path, body, headers))
  const answer =
    decoded.is === 'records'
      ? protocol.accepted(
          decoded,
          decoded.records.map(() => kept)
        )
      : decoded.answer
  expect(answer.status).toBeLessThan(500)
  if (decoded.is === 'records')
    expect(decoded.records.every((record) => typeof record.name === 'string')).toBe(true)
}

describe('the requests of official clients', () => {
  const folder = new URL('fixtures/', import.meta.url)
  const names = readdirSync(folder).flatMap((file) =>
    file.endsWith('.http') ? [file.slice(0, -5)] : []
  )
  it.each(names)('%s is read as its page of records says', (name) => {
    const recorded = readFileSync(new URL(`${name}.http`, folder))
    const end = recorded.indexOf('\r\n\r\n')
    const [first = '', ...lines] = recorded.subarray(0, end).toString().split('\r\n')
    const headers = Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 2)
      ])
    )
    const path = first.split(' ')[1] ?? ''
    const body = recorded.subarray(end + 4)
    expect(body.length).toBe(Number(headers['content-length']))
    const decoded = records(protocolOf(path).decode(request(path, body, headers)))
    expect(decoded.dropped).toEqual([])
    const readable = decoded.records.map(({ occurredAt, ...record }) => ({
      ...record,
      occurredAt: occurredAt === undefined ? undefined : new Date(occurredAt).toISOString()
    }))
    const expected: unknown = JSON.parse(
      readFileSync(new URL(`${name}.records.json`, folder), 'utf8')
    )
    expect(JSON.parse(JSON.stringify(readable))).toEqual(expected)
    const answer = protocolOf(path).accepted(
      decoded,
      decoded.records.map(() => kept)
    )
    expect(answer).toEqual({
      status: 200,
      headers: { 'Content-Type': 'application/json' },
      body: '{"success":true}'
    })
  })
})

describe('write keys', () => {
  it.each([
    ['as the Basic user name', track(), basic('acme-cli:')],
    ['as the Basic user name with a password', track(), basic('acme-cli:secret')],
    ['without the colon', track(), basic('acme-cli')],
    ['in the body', track({ writeKey: 'acme-cli' }), {}],
    [
      'in the body beside a Bearer token',
      track({ writeKey: 'acme-cli' }),
      { authorization: 'Bearer token' }
    ],
    [
      'in the body when a proxy added credentials of its own',
      track({ writeKey: 'acme-cli' }),
      basic('proxy:password')
    ]
  ])('are found %s', (_where, body, headers) => {
    expect(records(post('/v1/track', body, headers)).records[0]?.source.product).toBe('acme')
  })
  it.each([
    ['an unknown key', track({ writeKey: 'nobody' }), {}],
    ['no key', track(), {}],
    ['a key that is no text', track({ writeKey: ['acme-cli'] }), {}],
    ['an unreadable header', track(), { authorization: 'Basic %%%' }]
  ])('%s is answered as success, marked, and nothing is kept', (_what, body, headers) => {
    expect(post('/v1/track', body, headers)).toEqual({
      is: 'answered',
      because: 'unknown-key',
      answer: {
        status: 200,
        headers: { 'Content-Type': 'application/json', 'Candor-Dropped': 'unknown-key' },
        body: '{"success":true}'
      }
    })
  })
})

describe('routes', () => {
  it('are all calls, batch, import, and the short paths of the browser library', () => {
    const paths = 'track identify page screen group alias batch import t i p s g a b m'
      .split(' ')
      .map((name) => `/v1/${name}`)
    const posted = segment.routes.filter(({ method }) => method === 'POST')
    expect(posted.map((route) => route.path)).toEqual(paths)
  })
  it.each(['identify', 'page', 'screen', 'group', 'alias'])(
    'the path says what kind of call a body without a type is: %s',
    (name) => {
      expect(
        records(post(`/v1/${name}`, { writeKey: 'acme-cli', userId: 'u' })).records.map(
          (record) => record.name
        )
      ).toEqual([name])
    }
  )
  it('acknowledge the browser library’s own metrics and keep nothing of them', () => {
    expect(post('/v1/m', '{"series":[]}')).toMatchObject({
      is: 'answered',
      because: 'constant',
      answer: { status: 200, body: '{"success":true}' }
    })
  })
  it('with a fixed product take one event or a batch without any key, and can answer with nothing', () => {
    const protocol = segment.forProduct('acme', { answer: 'no-content' })
    const one = records(
      protocol.decode(
        request(
          '/in/acme',
          JSON.stringify({ anonymousId: 'a', event: 'build_started' }),
          basic('someone:else')
        )
      )
    )
    expect(one.records).toMatchObject([
      { name: 'build_started', source: { product: 'acme', installation: 'a' } }
    ])
    expect(protocol.accepted(one, [kept])).toEqual({ status: 204, headers: {}, body: '' })
    const many = records(
      protocol.decode(request('/in/acme', JSON.stringify({ batch: [track(), track()] })))
    )
    expect(many.records).toHaveLength(2)
  })
})

describe('what an event says', () => {
  it('is its properties, and the traits of identify and group', () => {
    expect(fieldsOf(track({ properties: { cores: 2 }, traits: { plan: 'x' } }))).toEqual({
      cores: 2
    })
    expect(fieldsOf({ type: 'identify', properties: { cores: 2 }, traits: { plan: 'x' } })).toEqual(
      { plan: 'x' }
    )
    expect(fieldsOf({ type: 'group', groupId: 'g', traits: { plan: 'x' } })).toEqual({
      groupId: 'g',
      plan: 'x'
    })
    expect(fieldsOf({ type: 'alias', previousId: 'p' })).toEqual({ previousId: 'p' })
    expect(fieldsOf(track({ properties: null }))).toEqual({})
  })
  it('includes the name and category of a page, where its properties do not say them', () => {
    expect(
      fieldsOf({ type: 'page', name: 'Docs', category: 'Guide', properties: { name: 'Mine' } })
    ).toEqual({
      name: 'Mine',
      category: 'Guide'
    })
    expect(fieldsOf({ type: 'screen', name: 'Main' })).toEqual({ name: 'Main' })
  })
  it('includes only those keys of its context that are no part of Segment’s format', () => {
    expect(
      fieldsOf(
        track({
          properties: { cores: 2 },
          context: { ip: '192.0.2.1', edition: 'free', locale: 'en' }
        })
      )
    ).toEqual({
      cores: 2,
      context: { edition: 'free' }
    })
  })
  it('has the batch’s context under its own, key by key', () => {
    const body = batch([track({ context: { app: { version: '2' } } }), track()], {
      context: {
        app: { name: 'acme', version: '1' },
        os: { name: 'linux', version: '6' },
        edition: 'free'
      }
    })
    const [own, inherited] = records(post('/v1/batch', body)).records
    expect(own).toMatchObject({
      source: { version: '2', environment: { os: 'linux', os_version: '6' } },
      fields: { context: { edition: 'free' } }
    })
    expect(inherited?.source.version).toBe('1')
  })
  it('may lack every id, and is then kept without one', () => {
    const [record] = records(
      post('/v1/batch', batch([{ type: 'track', event: 'build_started' }]))
    ).records
    expect(record?.source).toMatchObject({ installation: undefined, account: undefined })
    expect(record?.duplicateOf).toBeUndefined()
  })
  it('is read by the product’s own reading where there is one', () => {
    const decoded = records(
      post('/v1/track', { anonymousId: 'a', event: 'x', properties: { y: 1 } }, basic('dlt:'))
    )
    expect(decoded.records[0]).toMatchObject({
      fields: { properties: { y: 1 } },
      source: { product: 'dlt', installation: 'a' }
    })
    expect(decoded.duplicates).toMatchObject({ by: 'request', ttlMs: 300_000 })
  })
})

describe('senders', () => {
  it('of one request share one source, whatever order their events come in', () => {
    const { records: read } = records(
      post(
        '/v1/batch',
        batch([track(), track({ anonymousId: 'b' }), track(), track({ anonymousId: 'b' })])
      )
    )
    expect(read[2]?.source).toBe(read[0]?.source)
    expect(read[3]?.source).toBe(read[1]?.source)
    expect(read[1]?.source).not.toBe(read[0]?.source)
  })
  it('do not share it when anything about them differs', () => {
    const events = [
      track(),
      track({ userId: 'u' }),
      track({ context: { os: { name: 'linux' } } }),
      track({ context: { os: { name: 'darwin' } } })
    ]
    const { records: read } = records(post('/v1/batch', batch(events)))
    expect(new Set(read.map((record) => record.source)).size).toBe(4)
  })
  it('cannot make the comparison walk what they nest', () => {
    const nested = JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`) as unknown
    const body = batch([track(), track()], { context: { os: { name: nested } } })
    // The body is written by hand because JSON.stringify itself gives up at this depth.
    const text = JSON.stringify({ ...body, context: 0 }).replace(
      '"context":0',
      `"context":{"os":{"name":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}}`
    )
    expect(records(post('/v1/batch', text)).records).toHaveLength(2)
  })
})

describe('duplicates', () => {
  it('are found by messageId for a day', () => {
    expect(records(post('/v1/batch', batch([]))).duplicates).toEqual({
      by: 'record',
      ttlMs: 86_400_000
    })
    const [first, again, other] = ids(
      track({ messageId: 'm' }),
      track({ messageId: 'm', properties: { changed: true } }),
      track({ messageId: 'n' })
    )
    expect(first).toBe(again)
    expect(first).not.toBe(other)
  })
  it('are only those of the same sender', () => {
    const all = ids(
      message({ anonymousId: 'x' }),
      message({ anonymousId: 'y' }),
      message({ userId: 'x' }),
      message({}),
      message({ anonymousId: 'xm', messageId: '' })
    )
    expect(new Set(all).size).toBe(5)
    expect(ids(message({ anonymousId: 'x', userId: 'u' }))).toEqual(
      ids(message({ anonymousId: 'x' }))
    )
  })
  it('are not forged by ids that end where a message begins', () => {
    const sender = fc.record({
      anonymousId: fc.string({ minLength: 1 }),
      messageId: fc.string({ minLength: 1 })
    })
    fc.assert(
      fc.property(sender, sender, (one, other) => {
        const [first, second] = ids(track(one), track(other))
        expect(first === second).toBe(
          one.anonymousId === other.anonymousId && one.messageId === other.messageId
        )
      })
    )
  })
  it('are found even when the id is longer than Segment allows', () => {
    const [first, second] = ids(
      track({ messageId: `${'m'.repeat(200)}1` }),
      track({ messageId: `${'m'.repeat(200)}2` })
    )
    expect(first).toBeDefined()
    expect(first).not.toBe(second)
  })
})

describe('limits', () => {
  it('an event of 32 KiB is kept, one byte more is dropped by itself, and the answer says so', () => {
    const decoded = records(post('/v1/batch', batch([track(), pad(32_768), pad(32_769), track()])))
    expect(decoded.records).toHaveLength(3)
    expect(decoded.dropped).toEqual([
      { product: 'acme', code: 'EVENT_TOO_LARGE', name: 'build_started', bytes: 32_769, events: 1 }
    ])
    const answer = protocolOf('/v1/batch').accepted(decoded, [kept, kept, kept])
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'Candor-Dropped': 'contract' },
      body: '{"success":true,"kept":3,"dropped":[{"index":2,"code":"EVENT_TOO_LARGE"}]}'
    })
  })
  it('bytes are counted, not letters', () => {
    const decoded = records(
      post('/v1/batch', batch([track({ properties: { pad: 'é'.repeat(17_000) } }), track()]))
    )
    expect(decoded.records).toHaveLength(1)
  })
  it('a single event over the limit is dropped as well, with success', () => {
    const decoded = records(post('/v1/track', { writeKey: 'acme-cli', ...pad(40_000) }))
    expect(decoded.records).toEqual([])
    expect(decoded.dropped).toMatchObject([{ code: 'EVENT_TOO_LARGE', name: 'build_started' }])
  })
  it('a name that the contract does not have is not repeated', () => {
    const decoded = records(
      post('/v1/track', { writeKey: 'acme-cli', event: 'secret', properties: 'x'.repeat(40_000) })
    )
    expect(decoded.dropped).toEqual([
      { product: 'acme', code: 'EVENT_TOO_LARGE', bytes: expect.any(Number), events: 1 }
    ])
  })
  it('of a request over 500 KiB what fits is kept, and the rest is dropped event by event', () => {
    const decoded = records(post('/v1/batch', batch(Array.from({ length: 60 }, () => pad(10_240)))))
    expect(decoded.records).toHaveLength(50)
    expect(decoded.dropped).toHaveLength(10)
  })
  it('events after the first 2,500 are dropped and counted in one entry', () => {
    const decoded = records(post('/v1/batch', batch(Array.from({ length: 2_503 }, () => track()))))
    expect(decoded.records).toHaveLength(2_500)
    expect(decoded.dropped).toEqual([
      {
        product: 'acme',
        code: 'TOO_MANY_EVENTS',
        bytes: 3 * JSON.stringify(track()).length,
        events: 3
      }
    ])
  })
  it('what is no event is dropped, and its neighbours are kept', () => {
    const decoded = records(
      post(
        '/v1/batch',
        batch([
          1,
          null,
          [],
          'x',
          {},
          { type: 'other' },
          { type: 'track' },
          { type: 'track', event: 7 },
          track()
        ])
      )
    )
    expect(decoded.records).toHaveLength(1)
    expect(decoded.dropped.map((entry) => [entry.code, entry.bytes])).toEqual(
      [1, 4, 2, 3, 2, 16, 16, 26].map((bytes) => ['EVENT_MALFORMED', bytes])
    )
  })
  it('sizes are exact for any batch, small or large', () => {
    const events = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), {
      minLength: 1,
      maxLength: 20
    })
    fc.assert(
      fc.property(events, fc.boolean(), (properties, isLarge) => {
        const broken = properties.map((properties) => ({ properties }))
        const body = batch(broken, isLarge ? { pad: 'x'.repeat(40_000) } : {})
        const { dropped } = records(post('/v1/batch', body))
        expect(dropped.map((entry) => entry.bytes)).toEqual(
          broken.map((event) => Buffer.byteLength(JSON.stringify(event)))
        )
      })
    )
  })
})

describe('time', () => {
  it('is corrected by the time between sending and receipt', () => {
    expect(timeOf({ timestamp: at(-3_610_000) }, { sentAt: at(-3_600_000) })).toEqual([
      -10_000,
      true
    ])
  })
  it('is taken from the batch’s sentAt first', () => {
    expect(
      timeOf({ timestamp: at(-20_000), sentAt: at(-15_000) }, { sentAt: at(-10_000) })
    ).toEqual([-10_000, true])
    expect(timeOf({ timestamp: at(-20_000), sentAt: at(-15_000) })).toEqual([-5_000, true])
  })
  it('is left as it was when the clock cannot be believed', () => {
    expect(timeOf({ timestamp: at(-60_000) }, { sentAt: '1999-01-01T00:00:00Z' })).toEqual([
      -60_000,
      false
    ])
    expect(timeOf({ timestamp: at(600_000) }, { sentAt: at(-10_000) })).toEqual([600_000, false])
  })
  it('is unknown when it was not sent or cannot be read', () => {
    expect(timeOf({}, { sentAt: at(0) })).toEqual([undefined, false])
    expect(timeOf({ timestamp: 'yesterday' })).toEqual([undefined, false])
  })
  it('may be called originalTimestamp', () =>
    expect(timeOf({ originalTimestamp: at(-5) })).toEqual([-5, false]))
})

describe('answers', () => {
  it.each(['', '{', 'null', '[]', '"x"', '7', '{"batch":[}', '\u0000'])(
    '%j is refused with a code and a message',
    (body) => {
      const decoded = post('/v1/batch', body)
      expect(decoded).toMatchObject({
        is: 'refused',
        code: 'BODY_NOT_JSON',
        answer: { status: 400 }
      })
      expect(JSON.parse(String((decoded as { answer: Answer }).answer.body))).toEqual({
        code: 'BODY_NOT_JSON',
        message: expect.any(String),
        success: false
      })
    }
  )
  it('every fault found before decoding has a code and a message too, and is no 5xx', () => {
    for (const fault of faults) {
      const answer = protocolOf('/v1/track').refusals[fault]
      expect(answer.status).toBeLessThan(500)
      expect(JSON.parse(String(answer.body))).toEqual({
        code: expect.any(String),
        message: expect.any(String),
        success: false
      })
    }
    expect(protocolOf('/v1/track').refusals['too-large'].status).toBe(400)
  })
  it('overload is 429 with whole seconds to wait, unless the product’s clients bear something else', () => {
    const of = (decoded: Decoded): Answer =>
      protocolOf('/v1/track').overloaded('storage', records(decoded))
    expect(of(post('/v1/track', track({ writeKey: 'acme-cli' })))).toMatchObject({
      status: 429,
      headers: { 'Retry-After': expect.stringMatching(/^\d+$/) }
    })
    expect(of(post('/v1/track', track({ writeKey: 'dlt' })))).toEqual({
      status: 204,
      headers: { 'Candor-Dropped': 'overload' },
      body: ''
    })
    expect(protocolOf('/v1/track').overloaded('overload').status).toBe(429)
    const patient = segment
      .forProduct('acme', { answer: 'success', overload: 'no-retry' })
      .overloaded('overload')
    expect(patient.status).toBe(503)
    expect(patient.headers).not.toHaveProperty('Retry-After')
    expect(segment.forProduct('dlt', { answer: 'no-content' }).overloaded('overload').status).toBe(
      204
    )
  })
  it('are marked when the contract kept nothing of a record', () => {
    const decoded = records(post('/v1/track', track({ writeKey: 'acme-cli' })))
    const answer = protocolOf('/v1/track').accepted(decoded, [
      { is: 'dropped', dropped: [{ code: 'RECORD_NOT_IN_CONTRACT' }] }
    ])
    expect(answer).toMatchObject({ status: 200, headers: { 'Candor-Dropped': 'contract' } })
  })
})

describe('hostile input', () => {
  const paths = fc.constantFrom(...segment.routes.map((route) => route.path))
  it('no bytes make decoding throw or answer 5xx', () => {
    fc.assert(
      fc.property(
        paths,
        fc.uint8Array({ maxLength: 300 }),
        fc.string(),
        (path, bytes, authorization) => isHarmless(path, Buffer.from(bytes), { authorization })
      )
    )
  })
  it('no JSON makes decoding throw or answer 5xx', () => {
    const words = [
      'type',
      'event',
      'batch',
      'context',
      'properties',
      'traits',
      'os',
      'app',
      'library',
      'version',
      'name',
      'timestamp',
      'sentAt',
      'messageId'
    ]
    const key = fc.oneof(
      fc.constantFrom(
        ...words,
        'anonymousId',
        'userId',
        '__proto__',
        'constructor',
        'toString',
        'hasOwnProperty'
      ),
      fc.string()
    )
    const leaf = fc.oneof(
      fc.constantFrom('track', 'page', 'identify', '2026-11-20T12:00:00Z', 1e308, -0),
      fc.jsonValue({ maxDepth: 1 })
    )
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        tie('object')
      ),
      object: fc.dictionary(key, tie('value'), { maxKeys: 6, noNullPrototype: true })
    }))
    const body = fc
      .tuple(fc.dictionary(key, value), fc.array(value))
      .map(([more, events]) => JSON.stringify({ ...more, writeKey: 'acme-cli', batch: events }))
    fc.assert(
      fc.property(
        paths,
        fc.oneof(
          body,
          value.map((any) => JSON.stringify(any))
        ),
        (path, text) => isHarmless(path, text)
      )
    )
  })
  it.each([
    ['deep arrays', `{"writeKey":"acme-cli","batch":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    [
      'deep objects',
      `{"writeKey":"acme-cli","event":"e","properties":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`
    ],
    ['a prototype', '{"__proto__":{"writeKey":"acme-cli","batch":[{"type":"track","event":"e"}]}}'],
    ['huge numbers', '{"writeKey":"acme-cli","event":"e","userId":1e999,"messageId":-1e400}'],
    ['half a surrogate', '{"writeKey":"acme-cli","event":"\\ud800","anonymousId":"\\udfff"}'],
    ['a million empty events', `{"writeKey":"acme-cli","batch":[${'{},'.repeat(1_000_000)}{}]}`]
  ])('%s are harmless', (_what, body) => isHarmless('/v1/batch', body))
  it('a key reached through a prototype is no key', () => {
    expect(post('/v1/batch', '{"__proto__":{"writeKey":"acme-cli"}}')).toMatchObject({
      is: 'answered',
      because: 'unknown-key'
    })
  })
  it('bytes that are no UTF-8 cost one text, not the batch', () => {
    const body = Buffer.concat([
      Buffer.from(
        '{"writeKey":"acme-cli","batch":[{"type":"track","event":"build_started","properties":{"a":"'
      ),
      Buffer.from([0xff, 0xc3]),
      Buffer.from('"}}]}')
    ])
    const decoded = records(protocolOf('/v1/batch').decode(request('/v1/batch', body)))
    expect(decoded.records[0]?.fields).toEqual({ a: '\uFFFD\uFFFD' })
  })
  it('the body may be eight times what Segment allows, and no more', () =>
    expect(protocolOf('/v1/batch').bodyBytesMax).toBe(segmentLimits.bodyBytesMax))
})
