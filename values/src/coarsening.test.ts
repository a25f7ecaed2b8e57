import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  coarsened,
  type Coarsening,
  revealsNoMore,
  roundedInstant,
  type TimeRounding,
  timeRevealsNoMore
} from './coarsening.ts'

const nearest = (step: number): Coarsening => ({ by: 'nearest', step })
const digits = (count: number): Coarsening => ({ by: 'digits', digits: count })
const bucket = (...bounds: number[]): Coarsening => ({ by: 'bucket', bounds })

it.each([
  [0.34, nearest(0.1), 0.3],
  [-4, nearest(10), 0],
  [15, nearest(10), 20],
  [1234, digits(2), 1200],
  [Number.MAX_VALUE, digits(1), Number.MAX_VALUE],
  [5, bucket(0, 10, 100), 0],
  [-5, bucket(0, 10, 100), 0],
  [10, bucket(0, 10, 100), 10],
  [1e9, bucket(0, 10, 100), 100]
])('%d, rounded by %j, is %d', (value, coarsening, expected) => {
  expect(Object.is(coarsened(value, coarsening), expected)).toBe(true)
})

describe('a rounding reveals no more than another', () => {
  it.each([
    [nearest(10), nearest(20), false],
    [nearest(10), nearest(30), true],
    [nearest(20), nearest(10), false],
    [nearest(0.1), nearest(0.3), false],
    [digits(3), digits(2), false],
    [digits(2), digits(2), true],
    [bucket(0, 10, 100), bucket(10, 100), true],
    [bucket(0, 10, 100), bucket(-7, 100), true],
    [bucket(0, 10, 100), bucket(0, 50), false],
    [bucket(0, 10), bucket(-10, 0), false],
    [undefined, nearest(10), true],
    [undefined, undefined, true],
    [nearest(10), undefined, false],
    [nearest(10), digits(1), false]
  ])('from %j to %j: %s', (before, after, no) => {
    expect(revealsNoMore(after, before)).toBe(no)
  })

  const coarsening: fc.Arbitrary<Coarsening> = fc.oneof(
    fc.constantFrom(1, 2, 3, 5, 9, 10, 15, 20, 30, 50, 0.1, 0.3, 0.5).map(nearest),
    fc.integer({ min: 1, max: 4 }).map(digits),
    fc
      .uniqueArray(fc.integer({ min: -20, max: 60 }), { minLength: 1, maxLength: 6 })
      .map((bounds) => bucket(...bounds.toSorted((one, other) => one - other)))
  )
  /** Beside the edges of all those roundings, where they would part. */
  const values = Array.from({ length: 401 }, (_, index) => (index - 200) / 2)
    .flatMap((value) => [value, value / 10])
    .flatMap((value) => [value - 1e-9, value * (1 - Number.EPSILON), value, value + 1e-9])

  it('exactly if values that were alike stay alike', () => {
    let yes = 0
    fc.assert(
      fc.property(coarsening, coarsening, (before, after) => {
        if (!revealsNoMore(after, before)) return
        yes += 1
        const known = new Map<number, number>()
        for (const value of values) {
          const [was, is] = [coarsened(value, before), coarsened(value, after)]
          expect(known.get(was) ?? is).toBe(is)
          known.set(was, is)
        }
      }),
      { numRuns: 600 }
    )
    expect(yes).toBeGreaterThan(20)
  })

  const round = fc.constantFrom<TimeRounding | undefined>(
    undefined,
    'second',
    'minute',
    'hour',
    'day'
  )
  it('of times too', () => {
    const instant = fc.integer({ min: -1e12, max: 4e12 })
    const near = fc.tuple(instant, fc.integer({ min: 0, max: 9e7 }))
    fc.assert(
      fc.property(round, round, near, (before, after, [one, later]) => {
        if (!timeRevealsNoMore(after, before)) return
        if (roundedInstant(one, before) === roundedInstant(one + later, before))
          expect(roundedInstant(one, after)).toBe(roundedInstant(one + later, after))
      })
    )
    expect(timeRevealsNoMore('hour', 'minute')).toBe(true)
    expect(timeRevealsNoMore('minute', 'hour')).toBe(false)
    expect(timeRevealsNoMore(undefined, 'second')).toBe(false)
    expect(new Date(roundedInstant(Date.UTC(1969, 11, 31, 23, 30), 'hour')).toISOString()).toBe(
      '1969-12-31T23:00:00.000Z'
    )
  })
})
