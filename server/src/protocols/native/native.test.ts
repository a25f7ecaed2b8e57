/**
 * A report comes out as the records that went in, is refused whole only for its shape, and is
 * answered record by record.
 */
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Answer, type Decoded, type Outcome, type WireRequest, faults } from '../protocol.ts'
import { createNative } from './native.ts'

const receivedAt = Date.UTC(2026, 10, 20, 12, 0, 0)
const kept: Outcome = { is: 'kept', dropped: [] }
const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
const route = createNative({
  productOf: (name) =>
    name === 'acme' ? { retired: false } : name === 'gone' ? { retired: true } : undefined,
  newest: { newest: (product) => (product === 'acme' ? '1.27.0' : undefined) }
})
const { protocol } = route

function request(body: Buffer | string, headers: Record<string, string> = {}): WireRequest {
  return { path: route.path, query: '', headers, body: Buffer.from(body), receivedAt }
}

function records(decoded: Decoded): Decoded & { is: 'records' } {
  if (decoded.is !== 'records')
    throw new Error(`not records but ${decoded.is}: ${decoded.answer.body}`)
  return decoded
}

const record = (more: object = {}): object => ({
  seq: 0,
  name: 'start',
  at: '2026-11-20T11:59:00.000Z',
  fields: {},
  ...more
})
const run = (more: object = {}): object => ({
  session: 's',
  version: '1.0.0',
  records: [record()],
  ...more
})
const report = (more: object = {}): object => ({
  candor: 1,
  product: 'acme',
  report: '3f2b6c1e-8d4a-4c7b-9e1f-5a6b7c8d9e0f',
  runs: [run()],
  ...more
})
const decode = (body: unknown, headers?: Record<string, string>): Decoded =>
  protocol.decode(request(JSON.stringify(body), headers))

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined })
const isHarmless = (body: Buffer | string): void => {
  const decoded = protocol.decode(request(body))
  if (decoded.is === 'records')
    expect(
      protocol.accepted(
        decoded,
        decoded.records.map(() => kept)
      ).status
    ).toBe(200)
  else expect(decoded.answer.status).toBeLessThan(500)
}
const isoOf = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : new Date(at).toISOString()

function refusal(decoded: Decoded): { status: number; code: string; message: string } {
  if (decoded.is !== 'refused') throw new Error(`not refused but ${decoded.is}`)
  const { code, message } = JSON.parse(String(decoded.answer.body)) as {
    code: string
    message: string
  }
  expect(decoded.code).toBe(code)
  return { status: decoded.answer.status, code, message }
}

function recorded(name: string): { headers: Record<string, string>; body: Buffer } {
  const bytes = readFileSync(new URL(`fixtures/${name}.http`, import.meta.url))
  const end = bytes.indexOf('\r\n\r\n')
  const lines = bytes.subarray(0, end).toString().split('\r\n').slice(1)
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 2)
    ])
  )
  expect(bytes.length - end - 4).toBe(Number(headers['content-length']))
  return { headers, body: bytes.subarray(end + 4) }
}

describe('a report', () => {
  const { headers, body } = recorded('report')
  const decoded = records(protocol.decode(request(body, headers)))

  it('says who sent it, once for each run', () => {
    const [first, second, third] = decoded.records.map((read) => read.source)
    expect(first).toEqual({
      product: 'acme',
      installation: 'q0bX7m2V',
      window: '2026-W47',
      account: 'team-7',
      deletion: digest,
      sdk: { name: 'candor-ts', version: '0.1.0' },
      lost: 3,
      session: 's-1',
      version: '1.26.0',
      contract: digest,
      level: 'pipelines',
      acceptedTerms: digest,
      environment: {
        class: 'interactive',
        automation: 'none',
        container: false,
        os: 'linux',
        arch: 'x64',
        runtime: 'node 20'
      }
    })
    expect(second).toBe(first)
    expect(third).toMatchObject({
      session: 's-2',
      version: '1.27.0',
      installation: 'q0bX7m2V',
      level: undefined
    })
  })
  it('counts what its client lost once, not once for each run', () =>
    expect(decoded.records[2]?.source.lost).toBeUndefined())
  it('has its times corrected by the header that says when it was sent', () => {
    const iso = decoded.records.map((read) =>
      read.occurredAt === undefined ? undefined : new Date(read.occurredAt).toISOString()
    )
    expect(iso).toEqual(['2026-11-20T11:01:00.000Z', undefined, '2026-11-20T11:31:00.000Z'])
    expect(decoded.records.map((read) => read.skewApplied)).toEqual([true, false, true])
  })
  it('keeps names, numbers and fields as they were', () => {
    expect(
      decoded.records.map(({ wire, name, seq, fields }) => ({ wire, name, seq, fields }))
    ).toEqual([
      { wire: 'native', name: 'pipeline_load', seq: 12, fields: { elapsed: 2.2, hostname: 'db1' } },
      { wire: 'native', name: 'command_init', seq: 13, fields: {} },
      { wire: 'native', name: 'pipeline_load', seq: 0, fields: {} }
    ])
  })
  it('is known again by its id for thirty days, however the id is spelled', () => {
    const rule = {
      by: 'request',
      ttlMs: 30 * 86_400_000,
      key: '3f2b6c1e-8d4a-4c7b-9e1f-5a6b7c8d9e0f',
      scope: 'acme'
    }
    expect(decoded.duplicates).toEqual(rule)
  })
  it('is answered with what was kept, what was not and why, when to come again, and the newest version', () => {
    const outcomes: Outcome[] = [
      { is: 'kept', dropped: [{ code: 'FIELD_NOT_IN_CONTRACT', field: 'hostname' }] },
      { is: 'dropped', dropped: [{ code: 'RECORD_NOT_IN_CONTRACT' }] },
      kept
    ]
    const answer = protocol.accepted(decoded, outcomes)
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'Content-Type': 'application/json', 'Candor-Dropped': 'contract' }
    })
    expect(answer.body).toBe(
      '{"accepted":2,"dropped":[{"run":0,"seq":12,"code":"FIELD_NOT_IN_CONTRACT","field":"hostname"},' +
        '{"run":0,"seq":13,"code":"RECORD_NOT_IN_CONTRACT"}],"next":{"afterSeconds":86400},"newest":"1.27.0"}'
    )
    expect(protocol.accepted(decoded, [kept, kept, kept]).headers).not.toHaveProperty(
      'Candor-Dropped'
    )
  })
  it('is asked for less where the operator says so, and never for more than once a day', () => {
    const paces = new Map<string, { every?: number; sample?: number }>([
      ['acme', { every: 3 * 86_400_000, sample: 0.1 }]
    ])
    const steering = createNative({
      productOf: () => ({ retired: false }),
      newest: { newest: () => undefined },
      paceOf: (name) => paces.get(name)
    })
    const smallest = recorded('report-smallest')
    const next = (): unknown => {
      const empty = records(steering.protocol.decode(request(smallest.body, smallest.headers)))
      const { body } = steering.protocol.accepted(empty, [])
      return (JSON.parse(String(body)) as { readonly next: unknown }).next
    }
    expect(next()).toEqual({ afterSeconds: 259_200, sample: 0.1 })
    paces.set('acme', { every: 1_000 })
    const other = createNative({
      productOf: () => ({ retired: false }),
      newest: { newest: () => undefined },
      paceOf: (name) => paces.get(name)
    })
    const decoded = records(other.protocol.decode(request(smallest.body, smallest.headers)))
    expect(String(other.protocol.accepted(decoded, []).body)).toContain('"afterSeconds":86400}')
  })
  it('may say nothing at all', () => {
    const smallest = recorded('report-smallest')
    const empty = records(protocol.decode(request(smallest.body, smallest.headers)))
    expect(empty.records).toEqual([])
    expect(JSON.parse(String(protocol.accepted(empty, []).body))).toEqual({
      accepted: 0,
      dropped: [],
      next: { afterSeconds: 86_400 },
      newest: '1.27.0'
    })
  })
  it('gets an answer of bounded size, whatever names it sent', () => {
    const dropped = Array.from(
      { length: 5_000 },
      () => ({ code: 'FIELD_NOT_IN_CONTRACT', field: 'x'.repeat(10_000) }) as const
    )
    const answer = protocol.accepted(records(decode(report())), [{ is: 'kept', dropped }])
    const { dropped: shown } = JSON.parse(String(answer.body)) as { dropped: { field: string }[] }
    expect(shown).toHaveLength(500)
    expect(shown[0]?.field).toHaveLength(128)
  })
})

describe('a product', () => {
  it('that is not known is final, and its name is not repeated', () => {
    const { status, code, message } = refusal(decode(report({ product: 'nobody-here' })))
    expect([status, code]).toEqual([404, 'PRODUCT_UNKNOWN'])
    expect(message).not.toContain('nobody')
  })
  it('that is retired is answered 410 with exactly what makes its clients fall silent', () => {
    const answer: Answer = {
      status: 410,
      headers: { 'Content-Type': 'application/json' },
      body: '{"candor":1,"product":"gone","retired":true}'
    }
    expect(decode(report({ product: 'gone' }))).toEqual({
      is: 'answered',
      answer,
      because: 'retired'
    })
  })
})

describe('a report is refused, with the place that is meant,', () => {
  it.each<[string, object]>([
    ['`product`', report({ product: 7 })],
    ['`report`', report({ report: undefined })],
    ['`report`', report({ report: '3f2b6c1e-8d4a-1c7b-9e1f-5a6b7c8d9e0f' })],
    ['`installation`', report({ installation: '' })],
    ['`installation`', report({ installation: 'x'.repeat(129) })],
    ['`window`', report({ window: '2026-W47,2026-W48' })],
    ['`window`', report({ window: ['2026-W47', '2026-W48'] })],
    ['`deletion`', report({ deletion: 'sha256:00' })],
    ['`sdk`', report({ sdk: 'candor-ts' })],
    ['`sdk.version`', report({ sdk: { name: 'candor-ts' } })],
    ['`lost`', report({ lost: { spool: -1 } })],
    ['`lost`', report({ lost: 3 })],
    [
      '`runs[0].records[0].others`',
      report({ runs: [{ records: [{ seq: 0, name: 'load', others: 3 }] }] })
    ],
    ['`runs`', report({ runs: {} })],
    ['`runs[1]`', report({ runs: [run(), null] })],
    ['`runs[0].window`', report({ runs: [run({ window: '2026-W48' })] })],
    ['`runs[0].installation`', report({ runs: [run({ installation: 'other' })] })],
    ['`runs[0].contract`', report({ runs: [run({ contract: 'abc' })] })],
    ['`runs[0].consent`', report({ runs: [run({ consent: 'all' })] })],
    ['`runs[0].consent.level`', report({ runs: [run({ consent: { level: 3 } })] })],
    ['`runs[0].environment`', report({ runs: [run({ environment: [] })] })],
    ['`runs[0].records`', report({ runs: [run({ records: undefined })] })],
    ['`runs[0].records[1]`', report({ runs: [run({ records: [record(), 1] })] })],
    ['`runs[0].records[0].seq`', report({ runs: [run({ records: [record({ seq: 1.5 })] })] })],
    [
      '`runs[0].records[0].seq`',
      report({ runs: [run({ records: [record({ seq: undefined })] })] })
    ],
    ['`runs[0].records[0].name`', report({ runs: [run({ records: [record({ name: '' })] })] })],
    [
      '`runs[0].records[0].at`',
      report({ runs: [run({ records: [record({ at: 'yesterday' })] })] })
    ],
    [
      '`runs[0].records[0].at`',
      report({ runs: [run({ records: [record({ at: 1_795_000_000_000 })] })] })
    ],
    ['`runs[0].records[0].fields`', report({ runs: [run({ records: [record({ fields: [] })] })] })]
  ])('%s', (path, body) => {
    const { status, code, message } = refusal(decode(body))
    expect([status, code]).toEqual([400, 'REQUEST_MALFORMED'])
    expect(message).toContain(` ${path} must `)
  })
  it.each<[string, number, string, Buffer | string, Record<string, string>?]>([
    ['when it is no JSON', 400, 'BODY_NOT_JSON', '{'],
    ['when it is empty', 400, 'BODY_NOT_JSON', ''],
    ['when it is no object', 400, 'BODY_NOT_JSON', '[]'],
    ['when it is no UTF-8', 400, 'BODY_NOT_UTF8', Buffer.from([0x22, 0xff, 0x22])],
    ['when it is of another version', 400, 'VERSION_UNSUPPORTED', '{"candor":2}'],
    ['when it says no version', 400, 'VERSION_UNSUPPORTED', '{}'],
    [
      'when its version comes from a prototype',
      400,
      'VERSION_UNSUPPORTED',
      '{"__proto__":{"candor":1,"product":"acme"}}'
    ],
    [
      'when it is said to be something else than JSON',
      415,
      'CONTENT_TYPE_UNSUPPORTED',
      '{}',
      { 'content-type': 'text/plain' }
    ],
    [
      'when it has 51 runs',
      413,
      'TOO_MANY_RUNS',
      JSON.stringify(report({ runs: Array.from({ length: 51 }, () => ({ records: [] })) }))
    ],
    [
      'when it has 501 records',
      413,
      'TOO_MANY_RECORDS',
      JSON.stringify(
        report({
          runs: [
            run({ records: Array.from({ length: 250 }, () => record()) }),
            run({ records: Array.from({ length: 251 }, () => record()) })
          ]
        })
      )
    ]
  ])('%s', (_when, status, code, body, headers) => {
    expect(refusal(protocol.decode(request(body, headers)))).toMatchObject({ status, code })
  })
})

describe('the ceilings', () => {
  it('are 64 KiB, 50 runs and 500 records, and these still go', () => {
    expect(protocol.bodyBytesMax).toBe(65_536)
    const full = report({
      runs: Array.from({ length: 50 }, () =>
        run({ records: Array.from({ length: 10 }, () => ({ seq: 1, name: 'start' })) })
      )
    })
    expect(records(decode(full)).records).toHaveLength(500)
  })
})

describe('null and unknown keys', () => {
  it('are as good as absent, so that a newer client can be understood', () => {
    const body = report({
      account: null,
      sdk: null,
      lost: null,
      tomorrow: { a: 1 },
      runs: [
        run({
          consent: null,
          environment: null,
          records: [record({ at: null, fields: null, extra: 1 })]
        })
      ]
    })
    expect(records(decode(body)).records).toMatchObject([{ occurredAt: undefined, fields: {} }])
  })
})

describe('a sender’s clock', () => {
  it('that cannot be read or believed changes nothing', () => {
    for (const sentAt of ['soon', '1999-01-01T00:00:00Z', '']) {
      const [read] = records(decode(report(), { 'candor-sent-at': sentAt })).records
      expect([read?.occurredAt, read?.skewApplied]).toEqual([receivedAt - 60_000, false])
    }
  })
})

describe('faults found before decoding', () => {
  it('are coded and final, and overload says when to come again', () => {
    const statuses = faults.map((fault) => {
      const answer = protocol.refusals[fault]
      expect(JSON.parse(String(answer.body))).toEqual({
        code: expect.stringMatching(/^[A-Z0-9_]+$/),
        message: expect.any(String)
      })
      return answer.status
    })
    expect(statuses).toEqual([413, 400, 415, 404, 405, 400])
    expect(protocol.overloaded('storage')).toMatchObject({
      status: 503,
      headers: { 'Retry-After': '60' }
    })
  })
})

describe('any input', () => {
  const letters = fc.string({ minLength: 1, maxLength: 20 })
  const digests = fc.constant(digest)
  const instants = fc.integer({ min: receivedAt - 86_400_000, max: receivedAt })
  const fields = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true })
  const validRecord = fc.record({ seq: fc.nat(), name: letters, at: optional(instants), fields })
  const validRun = fc.record({
    session: optional(letters),
    version: optional(letters),
    contract: optional(digests),
    consent: optional(fc.record({ level: letters, accepted: optional(digests) })),
    environment: optional(fields),
    records: fc.array(validRecord, { maxLength: 4 })
  })
  const validReport = fc.record({
    report: fc.uuid({ version: 4 }),
    installation: optional(letters),
    account: optional(letters),
    deletion: optional(digests),
    sdk: optional(fc.record({ name: letters, version: letters })),
    runs: fc.array(validRun, { maxLength: 4 })
  })

  it('that is a report comes out as the records that went in', () => {
    fc.assert(
      fc.property(validReport, (valid) => {
        const runs = valid.runs.map((one) => ({
          ...one,
          records: one.records.map((each) => ({ ...each, at: isoOf(each.at) }))
        }))
        const decoded = records(decode({ candor: 1, product: 'acme', ...valid, runs }))
        const back = decoded.records.map(({ source, name, seq, occurredAt, fields }) => {
          const {
            installation,
            account,
            deletion,
            sdk,
            session,
            version,
            contract,
            level,
            acceptedTerms,
            environment
          } = source
          return [
            installation,
            account,
            deletion,
            sdk,
            session,
            version,
            contract,
            level,
            acceptedTerms,
            environment,
            name,
            seq,
            occurredAt,
            fields
          ]
        })
        const { installation, account, deletion, sdk } = valid
        const sent = valid.runs.flatMap(
          ({ session, version, contract, consent, environment, records }) => {
            const sender = [
              installation,
              account,
              deletion,
              sdk,
              session,
              version,
              contract,
              consent?.level,
              consent?.accepted,
              environment
            ]
            return records.map(({ name, seq, at, fields }) => [...sender, name, seq, at, fields])
          }
        )
        // JSON cannot write every value that fast-check makes (−0): what counts is that nothing
        // changes beyond that.
        expect(JSON.stringify(back)).toBe(JSON.stringify(sent))
        expect(
          JSON.parse(
            String(
              protocol.accepted(
                decoded,
                decoded.records.map(() => kept)
              ).body
            )
          )
        ).toMatchObject({ accepted: sent.length, dropped: [] })
      })
    )
  })

  it('made of bytes neither throws nor is answered 5xx', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => isHarmless(Buffer.from(bytes)))
    )
  })
  it('made of JSON neither throws nor is answered 5xx, wherever in a report it stands', () => {
    const keys = fc.constantFrom(
      'report',
      'installation',
      'window',
      'account',
      'deletion',
      'lost',
      'sdk',
      'runs',
      '__proto__',
      'constructor'
    )
    const runKeys = fc.constantFrom(
      'session',
      'version',
      'contract',
      'consent',
      'environment',
      'records',
      '__proto__'
    )
    const recordKeys = fc.constantFrom('seq', 'name', 'at', 'fields', '__proto__')
    fc.assert(
      fc.property(fc.jsonValue(), keys, runKeys, recordKeys, (value, key, runKey, recordKey) => {
        const own = (name: string): object =>
          JSON.parse(JSON.stringify({ x: value }).replace('"x"', JSON.stringify(name))) as object
        for (const body of [
          value,
          report(own(key)),
          report({ runs: [run(own(runKey))] }),
          report({ runs: [run({ records: [record(own(recordKey))] })] })
        ]) {
          isHarmless(JSON.stringify(body))
        }
      })
    )
  })
  it.each([
    ['deep arrays', '['.repeat(65_536)],
    [
      'deep objects',
      `{"candor":1,"product":"acme","lost":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`
    ],
    [
      'huge numbers',
      '{"candor":1,"product":"acme","report":"00000000-0000-4000-8000-000000000000","runs":[{"records":[{"seq":1e999,"name":"x"}]}]}'
    ]
  ])('of %s is harmless', (_what, body) => isHarmless(body))
})
