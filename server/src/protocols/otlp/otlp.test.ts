/** Whether exporters of OpenTelemetry can send logs and metrics here, in both of its encodings. */
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import protobuf from 'protobufjs/light.js'
import { describe, expect, it } from 'vitest'
import type { Decoded, Outcome, Protocol } from '../protocol.ts'
import { otlpRoutes } from './otlp.ts'

const receivedAt = Date.UTC(2027, 0, 1)
const recorded = (name: string): Buffer =>
  readFileSync(new URL(`fixtures/${name}`, import.meta.url))
const types = { json: 'application/json', pb: 'application/x-protobuf' } as const

function protocolOf(signal: string): Protocol {
  const route = otlpRoutes('acme').find(({ path }) => path === `/in/acme/v1/${signal}`)
  if (route === undefined) throw new Error(signal)
  return route.protocol
}

function sent(signal: string, body: Buffer, type: string | undefined = types.json): Decoded {
  return protocolOf(signal).decode({
    path: '',
    query: '',
    headers: type === undefined ? {} : { 'content-type': type },
    body,
    receivedAt
  })
}

function records(decoded: Decoded): Decoded & { is: 'records' } {
  if (decoded.is !== 'records') throw new Error(`not records but ${decoded.is}`)
  return decoded
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const logs = (...logRecords: unknown[]): Buffer =>
  json({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
const text = (stringValue: string): object => ({ stringValue })
const kept: Outcome = { is: 'kept', dropped: [] }

describe('what a real exporter sent', () => {
  it.each(['logs', 'metrics'])('%s say the same in both encodings', (signal) => {
    const read = (['json', 'pb'] as const).map((form) =>
      records(sent(signal, recorded(`${signal}.${form}`), types[form])).records.map(
        ({ name, fields, source }) => ({ name, fields, source })
      )
    )
    expect(read[0]).toEqual(read[1])
  })

  it('as logs are events by name, with attributes by their whole names', () => {
    const { records: all } = records(sent('logs', recorded('logs.pb'), types.pb))
    expect(all.map(({ name }) => name)).toEqual([...Array(5).fill('cli_run'), 'cli_stop'])
    expect(all[1]).toMatchObject({
      fields: { command: 'up', n: 1, 'http.route': '/x' },
      source: {
        product: 'acme',
        installation: 'i-1',
        version: '2.1.0',
        environment: { os: 'linux' },
        sdk: { name: 'opentelemetry' }
      }
    })
    expect(new Date(all[0]?.occurredAt ?? 0).getUTCFullYear()).toBe(2026)
  })

  it('as metrics are a record for each point', () => {
    expect(records(sent('metrics', recorded('metrics.pb'), types.pb)).records).toMatchObject([
      { name: 'runs', fields: { command: 'up', value: 3 } },
      { name: 'took', fields: { command: 'up', count: 1, sum: 1.5, min: 1.5, max: 1.5 } }
    ])
  })
})

describe('a log record', () => {
  it('is named by its event, an attribute, or what its body says', () => {
    const { records: all } = records(
      sent(
        'logs',
        logs(
          { eventName: 'a', body: text('free text') },
          { attributes: [{ key: 'event.name', value: text('b') }] },
          { body: text('c') },
          {
            eventName: 'd',
            body: { kvlistValue: { values: [{ key: 'n', value: { intValue: '7' } }] } }
          }
        )
      )
    )
    expect(all.map(({ name, fields }) => [name, fields])).toEqual([
      ['a', { body: 'free text' }],
      ['b', {}],
      ['c', {}],
      ['d', { n: 7 }]
    ])
  })

  it('without any name is none, and counted', () => {
    expect(records(sent('logs', logs({ attributes: [] }, { eventName: 'a' })))).toMatchObject({
      records: [{ name: 'a' }],
      dropped: [{ code: 'EVENT_MALFORMED', events: 1 }]
    })
  })

  it('beyond the most that a request may have is counted as one of the rest', () => {
    const each = Array.from({ length: 2_600 }, () => ({ eventName: 'a' }))
    const many = records(sent('logs', logs(...each)))
    expect([many.records.length, many.dropped]).toMatchObject([
      2_500,
      [{ code: 'TOO_MANY_EVENTS', events: 100 }]
    ])
  })

  it('sent again with the same bytes is the same', () => {
    const body = logs({ eventName: 'a' })
    expect(records(sent('logs', body)).duplicates).toMatchObject({ by: 'request', key: body })
  })
})

describe('an answer', () => {
  const answered = (form: 'json' | 'pb', outcomes: readonly Outcome[]): string | Buffer => {
    const decoded = records(sent('metrics', recorded(`metrics.${form}`), types[form]))
    const answer = protocolOf('metrics').accepted(decoded, outcomes)
    expect([answer.status, answer.headers['Content-Type']]).toEqual([200, types[form]])
    return answer.body
  }
  const dropped: Outcome = { is: 'dropped', dropped: [{ code: 'EVENT_MALFORMED' }] }

  it('is an empty success in the encoding of its request', () => {
    expect(answered('json', [kept, kept])).toBe('{"partialSuccess":{}}')
    expect(answered('pb', [kept, kept])).toHaveLength(0)
  })

  it('says how many were not kept, as exporters read it', () => {
    expect(JSON.parse(String(answered('json', [kept, dropped])))).toEqual({
      partialSuccess: { rejectedDataPoints: '1', errorMessage: 'not kept: EVENT_MALFORMED' }
    })
    const reader = protobuf.Reader.create(answered('pb', [kept, dropped]) as Buffer)
    expect(reader.uint32() >>> 3).toBe(1)
    const inner = reader.bytes()
    expect([inner[0], inner[1]]).toEqual([8, 1])
  })

  it('to what is no export is a coded refusal that no exporter repeats', () => {
    const cases: [Buffer, string | undefined, number][] = [
      [Buffer.from('{'), types.json, 400],
      [Buffer.from([0xff, 0xff, 0xff]), types.pb, 400],
      [Buffer.from('{}'), 'text/plain', 415],
      [Buffer.from('{}'), undefined, 415]
    ]
    for (const [body, type, status] of cases)
      expect(
        protocolOf('logs').decode({
          path: '',
          query: '',
          headers: type === undefined ? {} : { 'content-type': type },
          body,
          receivedAt
        })
      ).toMatchObject({ is: 'refused', answer: { status } })
  })

  /** A field of a message, whose bytes follow their length. */
  const field = (tag: number, body: Buffer): Buffer => {
    const writer = protobuf.Writer.create().uint32(tag).bytes(body)
    return Buffer.from(writer.finish())
  }

  it.each([
    ['empty records', field(0x0a, field(0x12, Buffer.alloc(1_000_000, Buffer.from([0x12, 0]))))],
    ['empty resources', Buffer.alloc(1_000_000, Buffer.from([0x0a, 0]))],
    [
      'empty attributes',
      field(
        0x0a,
        field(0x12, field(0x12, Buffer.alloc(1_000_000, Buffer.from([0x32, 2, 0x12, 0]))))
      )
    ]
  ])('refuses half a million %s that a kilobyte of gzip can hold', (_what, body) => {
    expect(sent('logs', body, types.pb)).toMatchObject({ is: 'refused', answer: { status: 400 } })
    // The next body has its own share.
    expect(sent('logs', recorded('logs.pb'), types.pb).is).toBe('records')
  })

  it('is given to batches as large as exporters send, with many attributes', () => {
    const value = field(0x12, field(0x0a, Buffer.from('some-value')))
    const attribute = field(
      0x32,
      Buffer.concat([field(0x0a, Buffer.from('http.request.method')), value])
    )
    const record = field(0x12, Buffer.concat(Array<Buffer>(45).fill(attribute)))
    const body = field(0x0a, field(0x12, Buffer.concat(Array<Buffer>(512).fill(record))))
    expect(body.length).toBeGreaterThan(800_000)
    expect(sent('logs', body, types.pb).is).toBe('records')
  })

  it('is given whatever the bytes, however deep they nest', () => {
    const deep = Buffer.alloc(200_000, Buffer.from([0x2a, 0x7f, 0x0a, 0x7d]))
    sent('logs', deep, types.pb)
    const [open, close] = ['{"arrayValue":{"values":[', ']}}'].map((part) => part.repeat(2_000))
    const nested = `{"eventName":"a","body":${open}{}${close}}`
    const message = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${nested}]}]}]}`
    expect(records(sent('logs', Buffer.from(message))).records).toHaveLength(1)
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc.jsonValue().map((value) => json({ resourceLogs: value })),
          fc.jsonValue().map((value) => logs(value))
        ),
        fc.constantFrom(types.json, types.pb),
        fc.constantFrom('logs', 'metrics'),
        (body, type, signal) => {
          const decoded = sent(signal, Buffer.from(body), type)
          if (decoded.is !== 'records') expect(decoded.answer.status).toBeLessThan(500)
        }
      )
    )
  })
})
