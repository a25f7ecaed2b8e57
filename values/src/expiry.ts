/** Is a declaration over? Both ends stop at the same instant: who sends, and who keeps. */
import { DAY_MS, startOfDay } from './days.ts'

/** What ends with a day: `2027-11-20`, which is the last one that counts; else it never ends. */
export interface Expiring {
  /** A day, or words that begin with `never`. Nothing: it has no end. */
  readonly expires?: string | undefined
}

/** The first instant at which it is over, in UTC; infinity where it has no end. */
export function endOf({ expires }: Expiring): number {
  if (expires === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(expires)) return Infinity
  const day = startOfDay(expires)
  // A day that no calendar has is no end; the grammar does not let one through.
  return Number.isNaN(day) ? Infinity : day + DAY_MS
}

/** Whether a record or field that says `expires` is no longer sent and no longer kept. */
export function isExpired(declaration: Expiring, instant: number): boolean {
  return instant >= endOf(declaration)
}
