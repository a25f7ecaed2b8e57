import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bothSides, ordinary } from './contract.test-support.ts'
import { createCounts } from './count.ts'
import { compileFields } from './validate.ts'

const { collector, form } = bothSides(`${ordinary}counters:
  load:
    when: It loads.
    fields:
      lengths: { type: distribution, buckets: [0, 1, 10, 100], unit: ms, says: how long }
      ways: { type: labelled-counter, labels: [fast, slow], says: which way }
      loads: { type: integer, min: 0, says: how many }
`)
const read = compileFields(form.records['load']?.fields ?? {}, {
  allows: () => true,
  hashName: (_field, value) => value
})
const sentOf = (fields: Record<string, unknown>): Record<string, unknown> => read(fields, () => {})

describe('what a program counts', () => {
  it('is told by label and bucket, however it is handed over', () => {
    expect(sentOf({ lengths: 7, ways: 'fast' })).toEqual({ lengths: { 1: 1 }, ways: { fast: 1 } })
    expect(
      sentOf({ lengths: [0.2, 5, 9, 5_000], ways: ['slow', 'slow', 'sideways', 'fast'] })
    ).toEqual({ lengths: { 0: 1, 1: 2, 100: 1 }, ways: { slow: 2, fast: 1, other: 1 } })
    expect(sentOf({ lengths: { 1: 3, 50: 2 }, ways: { slow: 4, odd: 1, even: 2 } })).toEqual({
      lengths: { 1: 3, 10: 2 },
      ways: { slow: 4, other: 3 }
    })
  })

  it('stays home where it is neither number nor label', () => {
    const lost: string[] = []
    for (const lengths of ['7', Number.NaN, [1, 'x'], { a: 1 }, true])
      expect(read({ lengths }, (cause) => lost.push(cause))['lengths'] ?? {}).toEqual({})
    expect(lost).toHaveLength(5)
  })

  it('is added up by the hour, label by label and bucket by bucket', () => {
    const lost: string[] = []
    const counts = createCounts(form, (cause) => lost.push(cause))
    counts.add('load', { loads: 1, lengths: 7, ways: 'fast' })
    counts.add('load', { loads: 1, lengths: [3, 200], ways: { fast: 2, slow: 1 } })
    counts.add('load', { lengths: 'seven' })
    const [record] = counts.take()
    expect(sentOf(record?.fields ?? {})).toEqual({
      loads: 2,
      lengths: { 1: 2, 100: 1 },
      ways: { fast: 3, slow: 1 }
    })
    expect(lost).toEqual(['invalid_value'])
  })

  it('is kept by the collector just as it was sent, whatever was handed over', () => {
    const label = fc.oneof(fc.constantFrom('fast', 'slow', 'other', 'toString'), fc.string())
    const amount = fc.integer({ min: 0, max: 1_000 })
    fc.assert(
      fc.property(
        fc.oneof(fc.double(), fc.array(fc.double()), fc.dictionary(fc.string(), amount)),
        fc.oneof(label, fc.array(label), fc.dictionary(label, amount)),
        (lengths, ways) => {
          const fields = sentOf({ lengths, ways })
          const kept = collector.validate({
            name: 'load',
            wire: 'native',
            fields,
            level: 'more',
            rekey: ({ value }) => value
          })
          expect(kept).toMatchObject({ is: 'kept', violations: [] })
          if (kept.is === 'kept') expect(kept.fields).toMatchObject(fields)
        }
      ),
      { numRuns: 2_000 }
    )
  })
})
