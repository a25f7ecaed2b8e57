import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { binsFor } from './bins.ts'

function bins(values: readonly number[]): readonly number[] {
  const positive = values.filter((value) => value > 0)
  return binsFor({
    min: Math.min(...values),
    max: Math.max(...values),
    smallest: positive.length === 0 ? undefined : Math.min(...positive)
  })
}

it('puts every number into one of at most 101 ascending bins, none of them empty by its bounds', () => {
  const number = fc.oneof(
    fc.integer({ min: -1000, max: 1000 }),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
    fc.constant(0)
  )
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 20 }), (values) => {
      const bounds = bins(values)
      expect(bounds.length).toBeGreaterThan(0)
      expect(bounds.length).toBeLessThanOrEqual(101)
      expect(bounds[0]).toBeLessThanOrEqual(Math.min(...values))
      expect(bounds.at(-1)).toBeLessThanOrEqual(Math.max(...values))
      for (const [index, bound] of bounds.slice(1).entries())
        expect(bound).toBeGreaterThan(bounds[index] ?? 0)
    })
  )
})

it('has round bounds, linear or by powers of ten', () => {
  expect(bins([0, 10])).toEqual([
    0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5, 10
  ])
  expect(bins([0, 3, 40_000])).toEqual([
    0, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000
  ])
  expect(bins([7, 7])).toEqual([7])
  expect(bins([-3, -1])[0]).toBe(-3)
})
