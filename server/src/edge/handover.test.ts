import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WireRecord, WireSource } from '../record.ts'
import { readHandover, writeHandover, type Handover } from './handover.ts'

const text = fc.string({ minLength: 1 })
const optional = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(arbitrary, { nil: undefined })
const source: fc.Arbitrary<WireSource> = fc.record({
  product: text,
  installation: optional(text),
  account: optional(text),
  session: optional(text),
  version: optional(text),
  level: optional(text),
  acceptedTerms: optional(text),
  deletion: optional(text),
  scope: optional(text),
  sdk: optional(fc.record({ name: text, version: fc.string() })),
  environment: optional(fc.dictionary(text, text, { noNullPrototype: true })),
  lost: optional(fc.nat())
})
const record = fc.record({
  name: text,
  occurredAt: optional(fc.integer()),
  skewApplied: fc.boolean(),
  fields: fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean())),
  seq: optional(fc.nat()),
  duplicateOf: optional(text)
})
const handover: fc.Arbitrary<Handover> = fc
  .record({
    id: text,
    protocol: text,
    receivedAt: fc.nat(),
    saidAt: optional(fc.nat()),
    batches: fc.array(fc.record({ source, records: fc.array(record, { maxLength: 3 }) }), {
      maxLength: 3
    })
  })
  .map(({ saidAt, batches, ...handed }) => ({
    ...handed,
    decoded: {
      is: 'records',
      records: batches.flatMap(({ source: of, records }) =>
        records.map((each): WireRecord => ({ ...each, source: of, wire: 'kept', found: [] }))
      ),
      dropped: [{ product: 'sample', code: 'EVENT_TOO_LARGE', bytes: 7, events: 2 }],
      duplicates: { by: 'record', ttlMs: 1_000 },
      saidAt
    }
  }))

/** Without what is absent, which JSON does not say. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

function handed(of: Partial<WireSource>, more: Partial<WireRecord> = {}): Handover {
  return {
    id: 'an id',
    protocol: 'segment',
    receivedAt: 0,
    decoded: {
      is: 'records',
      records: [
        { source: { product: 'sample', ...of }, wire: 'kept', name: 'load', fields: {}, ...more }
      ],
      dropped: [],
      duplicates: { by: 'record', ttlMs: 1 }
    }
  }
}

describe('what an edge hands on', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(handover, (one) => {
        expect(plain(readHandover(writeHandover(one)))).toEqual(plain(one))
      })
    )
  })

  it('is read whatever anybody writes, or is none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (anything) => {
        expect(readHandover(anything)).toBeUndefined()
      })
    )
    fc.assert(
      fc.property(handover, fc.nat(), fc.json(), (one, at, json) => {
        const written = writeHandover(one)
        const cut = at % written.length
        readHandover(written.slice(0, cut) + json + written.slice(cut))
      })
    )
  })

  it.each([
    ['an id', handed({ installation: 'a'.repeat(100_000) })],
    ['a session', handed({ session: 'a'.repeat(100_000) })],
    ['the id of a message', handed({}, { duplicateOf: 'a'.repeat(100_000) })]
  ])('may have %s as long as its client makes it', (_, one) => {
    expect(readHandover(writeHandover(one))?.decoded.records).toHaveLength(1)
  })

  it.each([-1, 0.5, 2 ** 32, 1e300])('has no count of %d', (count) => {
    const one = (more: object): Handover => {
      const { decoded, ...rest } = handed({})
      const dropped = [{ product: 'sample', code: 'EVENT_TOO_LARGE', bytes: 1, ...more }] as const
      return { ...rest, decoded: { ...decoded, dropped } }
    }
    expect(readHandover(writeHandover(one({ bytes: count })))).toBeUndefined()
    expect(readHandover(writeHandover(one({ events: count })))?.decoded.dropped).toEqual([
      { product: 'sample', code: 'EVENT_TOO_LARGE', bytes: 1 }
    ])
  })
})
