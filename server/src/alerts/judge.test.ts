/** Which mornings are told, and which are ordinary? */
import { describe, expect, it } from 'vitest'
import { usualThresholds } from './finding.ts'
import type { Day, ProductFacts } from './facts.ts'
import { judgeCollector, judgeProduct } from './judge.ts'

/** A Monday, 06:00. */
const now = Date.parse('2026-11-30T06:00:00Z')
const DAY_MS = 86_400_000

/** The last 15 full days, oldest first, each with so many records. */
function days(records: (back: number) => number, failed = (_back: number): number => 0): Day[] {
  return Array.from({ length: 15 }, (_, index) => 15 - index).map((back) => ({
    day: new Date(now - back * DAY_MS).toISOString().slice(0, 10),
    records: records(back),
    failed: failed(back)
  }))
}

function facts(some: Partial<ProductFacts> = {}): ProductFacts {
  return {
    product: 'acme',
    records: days(() => 1000),
    outcomes: days(
      () => 1000,
      () => 20
    ),
    versions: [{ version: '1.0.0', firstDay: '2026-11-15' }],
    drift: [],
    lastReceivedAt: now - 60_000,
    ...some
  }
}

const judged = (some: Partial<ProductFacts>, off: (typeof usualThresholds)['off'] = []) =>
  judgeProduct(facts(some), { now, thresholds: { ...usualThresholds, off } })

describe('an ordinary Monday', () => {
  it('is not told', () => {
    expect(judged({})).toEqual([])
  })

  it('is not told of a weekend that is always quiet: a Sunday is held against Sundays', () => {
    const quiet = days((back) => ([1, 2, 8, 9, 15].includes(back) ? 300 : 1000))
    expect(judged({ records: quiet })).toEqual([])
  })

  it('is not told of few records, which fall by chance', () => {
    expect(judged({ records: days((back) => (back === 1 ? 1 : 20)) })).toEqual([])
  })
})

describe('a fall of records', () => {
  it('is told from a third on, with both numbers and the day', () => {
    const [finding, ...others] = judged({ records: days((back) => (back === 1 ? 600 : 1000)) })
    expect(others).toEqual([])
    expect(finding?.says).toBe(
      'acme: 600 records on 2026-11-29, 40 % fewer than the 1,000 usual on a Sunday.'
    )
  })

  it('is told of a day that has no row at all', () => {
    const found = judged({ records: days(() => 1000).slice(0, -1) })
    expect(found.map(({ rule }) => rule)).toEqual(['records-fall'])
  })

  it('is not told when it is smaller', () => {
    expect(judged({ records: days((back) => (back === 1 ? 701 : 1000)) })).toEqual([])
  })

  it('is not told before there is the same weekday to hold it against', () => {
    expect(judged({ records: days(() => 1000).slice(-6) })).toEqual([])
  })
})

describe('other rules', () => {
  it('tell a rise of failures by points, not by a factor of a small number', () => {
    const rising = (yesterday: number): readonly string[] =>
      judged({
        outcomes: days(
          () => 1000,
          (back) => (back === 1 ? yesterday : 20)
        )
      }).map(({ rule }) => rule)
    expect(rising(69)).toEqual([])
    expect(rising(70)).toEqual(['failures-rise'])
  })

  it('tell a new version once it reports, and none of those that were there all along', () => {
    const found = judged({
      versions: [
        { version: '1.0.0', firstDay: '2026-11-15' },
        { version: '1.1.0', firstDay: '2026-11-29' },
        { version: '1.2.0', firstDay: '2026-11-30' }
      ]
    })
    expect(found.map(({ key }) => key)).toEqual([
      'new-version acme 1.1.0',
      'new-version acme 1.2.0'
    ])
    expect(judged({ versions: [{ version: '0.1.0', firstDay: '2026-11-30' }] })).toEqual([])
  })

  it('tell a silence of a day, but not of a product that nobody used in the week before', () => {
    const silent = now - 25 * 3_600_000
    expect(judged({ lastReceivedAt: silent }).map(({ rule }) => rule)).toEqual(['silence'])
    expect(judged({ lastReceivedAt: silent, records: days(() => 0) })).toEqual([])
    expect(judged({ lastReceivedAt: undefined })).toEqual([])
  })

  it('are silent where they are switched off', () => {
    expect(judged({ lastReceivedAt: now - 25 * 3_600_000 }, ['silence'])).toEqual([])
  })

  it('tell quarantine and a store that falls behind', () => {
    const thresholds = usualThresholds
    const well = { quarantined: 0, oldestWaitingAt: now - 1000 }
    expect(judgeCollector(well, { now, thresholds })).toEqual([])
    const ill = { quarantined: 3, oldestWaitingAt: now - 301_000 }
    expect(judgeCollector(ill, { now, thresholds }).map(({ rule }) => rule)).toEqual([
      'quarantine',
      'lag'
    ])
  })
})
