/** Which window does an instant belong to, and what is it called? */
import { DAY_MS, dayOf, startOfDay } from './days.ts'

/** 1970-01-05, the first Monday. */
const firstMonday = 4

/**
 * Seven days are an ISO week, `2026-W47`; any other length is named by its first day. Whole weeks
 * begin on Monday, all else is counted from 1970-01-01. All of it is in UTC.
 */
export function windowOf(at: number, days: number): string {
  if (days === 7) return isoWeekAt(at)
  const from = days % 7 === 0 ? firstMonday : 0
  return dayOf((Math.floor((Math.floor(at / DAY_MS) - from) / days) * days + from) * DAY_MS)
}

/** `2026-W47`, of a day. */
export function isoWeekOf(day: string): string {
  return isoWeekAt(startOfDay(day))
}

/** A week belongs to the year that its Thursday lies in. */
function isoWeekAt(instant: number): string {
  const thursday = instant + (3 - ((new Date(instant).getUTCDay() + 6) % 7)) * DAY_MS
  const year = new Date(thursday).getUTCFullYear()
  const week = Math.floor((thursday - Date.UTC(year, 0, 1)) / (7 * DAY_MS)) + 1
  return `${String(year).padStart(4, '0')}-W${String(week).padStart(2, '0')}`
}
