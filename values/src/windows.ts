/** Which window does an instant belong to, and what is it called? */
import { addDays, DAY_MS, dayOf, mondayOf } from './days.ts'

/** 1970-01-05, the first Monday. */
const firstMonday = 4

/**
 * Seven days are an ISO week, `2026-W47`; any other length is named by its first day. Whole weeks
 * begin on Monday, all else is counted from 1970-01-01. All of it is in UTC.
 */
export function windowOf(at: number, days: number): string {
  if (days === 7) return isoWeekOf(dayOf(at))
  const from = days % 7 === 0 ? firstMonday : 0
  return dayOf((Math.floor((Math.floor(at / DAY_MS) - from) / days) * days + from) * DAY_MS)
}

/** `2026-W47`, of a day. A week belongs to the year that its Thursday lies in. */
export function isoWeekOf(day: string): string {
  const thursday = addDays(mondayOf(day), 3)
  const year = thursday.slice(0, 4)
  const days = (Date.parse(thursday) - Date.parse(`${year}-01-01`)) / DAY_MS
  return `${year}-W${String(Math.floor(days / 7) + 1).padStart(2, '0')}`
}
