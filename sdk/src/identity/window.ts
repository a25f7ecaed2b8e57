/** Which window does a moment belong to, and what is it called? */

const DAY_MS = 86_400_000
/** 1970-01-05, the first Monday. */
const firstMonday = 4

/**
 * Seven days are an ISO week, `2026-W47`; any other length is named by its first day, counted from
 * 1970. All in UTC.
 */
export function windowOf(at: number, days: number): string {
  const day = Math.floor(at / DAY_MS)
  if (days !== 7) return new Date(Math.floor(day / days) * days * DAY_MS).toISOString().slice(0, 10)
  const monday = Math.floor((day - firstMonday) / 7) * 7 + firstMonday
  // A week belongs to the year that its Thursday lies in.
  const thursday = new Date((monday + 3) * DAY_MS)
  const year = thursday.getUTCFullYear()
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY_MS / 7) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}
