import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, DAY_MS, dayOf, mondayOf } from './days.ts'
import { isoWeekOf, windowOf } from './windows.ts'

describe('a window', () => {
  it.each([
    ['2026-11-20T11:00:00Z', 7, '2026-W47'],
    ['2024-12-30T00:00:00Z', 7, '2025-W01'],
    ['2021-01-03T23:59:59Z', 7, '2020-W53'],
    ['1970-01-01T00:00:00Z', 7, '1970-W01'],
    ['2027-01-01T12:00:00Z', 7, '2026-W53'],
    ['2026-11-20T23:59:59Z', 1, '2026-11-20'],
    ['2026-11-20T00:00:00Z', 30, '2026-11-03'],
    ['2026-11-22T23:59:59Z', 14, '2026-11-09'],
    ['2026-11-23T00:00:00Z', 14, '2026-11-23']
  ])('at %s of %i days is called %s', (at, days, name) => {
    expect(windowOf(Date.parse(at), days)).toBe(name)
  })

  const at = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) })

  it('changes exactly once in its days, never goes back, and begins on Monday if it has weeks', () => {
    fc.assert(
      fc.property(at, fc.integer({ min: 1, max: 366 }), (time, days) => {
        const [now, later] = [windowOf(time, days), windowOf(time + days * DAY_MS, days)]
        expect(now).toMatch(/^\d{4}-(W\d{2}|\d{2}(-\d{2})?)$/)
        expect(later > now).toBe(true)
        expect([now, later]).toContain(windowOf(time + days * DAY_MS - 1, days))
        if (days % 7 === 0 && days !== 7) expect(mondayOf(now)).toBe(now)
      })
    )
  })

  it('is one week for its seven days', () => {
    fc.assert(
      fc.property(at, (time) => {
        const monday = mondayOf(dayOf(time))
        const names = [0, 1, 2, 3, 4, 5, 6].map((days) => isoWeekOf(addDays(monday, days)))
        expect(new Set(names).size).toBe(1)
        expect(isoWeekOf(addDays(monday, 7))).not.toBe(names[0])
      })
    )
  })
})
