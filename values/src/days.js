/**
 * How long is a day, and which day and which period does an instant lie in? All days are UTC days.
 */
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000
/** `2026-11-20`, of milliseconds since 1970. */
export function dayOf(instant) {
  return new Date(instant).toISOString().slice(0, 10)
}
/** Milliseconds since 1970 at which a day (`2026-11-20`) begins. */
export function startOfDay(day) {
  return Date.parse(`${day}T00:00:00.000Z`)
}
/** The day that is so many days later; earlier, for a negative number. */
export function addDays(day, days) {
  return dayOf(startOfDay(day) + days * DAY_MS)
}
/** The Monday that a day's week begins with (ISO 8601). */
export function mondayOf(day) {
  return addDays(day, -((new Date(startOfDay(day)).getUTCDay() + 6) % 7))
}
//# sourceMappingURL=days.js.map
