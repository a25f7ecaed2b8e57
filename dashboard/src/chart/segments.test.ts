import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { segmentsOf } from './segments.ts'

describe('the segments of a line', () => {
  it('are one where nothing changed and all is over', () => {
    expect(segmentsOf([1, 2, 3], { breaks: [], partialFrom: undefined })).toEqual([
      { values: [1, 2, 3], isDashed: false }
    ])
  })

  it('do not meet where a value means something else from a place on', () => {
    expect(segmentsOf([1, 2, 3, 4], { breaks: [2], partialFrom: undefined })).toEqual([
      { values: [1, 2, null, null], isDashed: false },
      { values: [null, null, 3, 4], isDashed: false }
    ])
  })

  it('are dashed to the period that is not over, from the one before', () => {
    expect(segmentsOf([1, 2, 3, 4], { breaks: [], partialFrom: 3 })).toEqual([
      { values: [1, 2, 3, null], isDashed: false },
      { values: [null, null, 3, 4], isDashed: true }
    ])
  })

  it('draw each place, whatever breaks and is not over', () => {
    const places = fc.integer({ min: 1, max: 12 })
    fc.assert(
      fc.property(places, fc.uniqueArray(places), fc.option(places), (count, some, from) => {
        const values = Array.from({ length: count }, (_, index) => index)
        const breaks = some.filter((one) => one < count).toSorted((a, b) => a - b)
        const partialFrom = from === null || from >= count ? undefined : from
        const segments = segmentsOf(values, { breaks, partialFrom })
        for (const value of values)
          expect(segments.some((segment) => segment.values[value] === value)).toBe(true)
        for (const place of breaks)
          for (const segment of segments)
            expect([segment.values[place - 1], segment.values[place]]).toContain(null)
      })
    )
  })
})
