import { expect, it } from 'vitest'
import { addDays, DAY_MS, dayOf, HOUR_MS, mondayOf, startOfDay } from './days.ts'

it('finds the UTC day of an instant, and where a day begins', () => {
  expect(dayOf(startOfDay('2026-11-20') + DAY_MS - 1)).toBe('2026-11-20')
  expect(DAY_MS).toBe(24 * HOUR_MS)
})

it('counts days over months, leap days and years', () => {
  expect(addDays('2028-02-28', 2)).toBe('2028-03-01')
  expect(addDays('2027-01-01', -1)).toBe('2026-12-31')
})

it.each([
  ['2026-11-16', '2026-11-16'],
  ['2026-11-22', '2026-11-16'],
  ['2027-01-01', '2026-12-28'],
  ['1970-01-01', '1969-12-29']
])('begins the week of %s on Monday, %s', (day, monday) => {
  expect(mondayOf(day)).toBe(monday)
})
