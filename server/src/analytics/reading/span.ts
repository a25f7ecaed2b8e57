/** Which UTC days does a question look at, and how do they fall into periods? */
import { addDays, DAY_MS, dayOf, mondayOf, startOfDay } from '#values/days'
import { daysOf } from '#values/spans'

export { addDays, dayOf }

export type Unit = 'day' | 'week' | 'month'
export const units: readonly Unit[] = ['day', 'week', 'month']

/** Whole UTC days, both included, as `2026-11-20`. */
export interface Span {
  readonly first: string
  readonly last: string
}

function daysBetween(first: string, last: string): number {
  return Math.round((startOfDay(last) - startOfDay(first)) / DAY_MS)
}

/** The first day of the period that a day falls into. Weeks begin on Mondays (ISO 8601). */
export function periodOf(day: string, unit: Unit): string {
  if (unit === 'day') return day
  if (unit === 'month') return `${day.slice(0, 7)}-01`
  return mondayOf(day)
}

/** The first day of the period that is so many periods later. */
export function addPeriods(period: string, unit: Unit, count: number): string {
  if (unit !== 'month') return addDays(period, unit === 'day' ? count : 7 * count)
  const months = Number(period.slice(0, 4)) * 12 + Number(period.slice(5, 7)) - 1 + count
  const [year, month] = [Math.floor(months / 12), (months % 12) + 1]
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-01`
}

export function periodsBetween(first: string, last: string, unit: Unit): number {
  if (unit !== 'month') return Math.round(daysBetween(first, last) / (unit === 'day' ? 1 : 7))
  return (
    (Number(last.slice(0, 4)) - Number(first.slice(0, 4))) * 12 +
    Number(last.slice(5, 7)) -
    Number(first.slice(5, 7))
  )
}

/** All periods that a span touches, as their first days. */
export function periodsIn({ first, last }: Span, unit: Unit): readonly string[] {
  const start = periodOf(first, unit)
  const count = periodsBetween(start, periodOf(last, unit), unit) + 1
  return Array.from({ length: Math.max(0, count) }, (_, index) => addPeriods(start, unit, index))
}

/** From the first day of the first period, so that only the last one may be cut. */
export function wholePeriods(span: Span, unit: Unit): Span {
  return { first: periodOf(span.first, unit), last: span.last }
}

/** As many periods directly before. */
export function previousSpan(span: Span, unit: Unit | undefined): Span {
  if (unit === undefined) {
    const days = daysBetween(span.first, span.last) + 1
    return { first: addDays(span.first, -days), last: addDays(span.first, -1) }
  }
  const periods = periodsIn(span, unit).length
  return {
    first: addPeriods(periodOf(span.first, unit), unit, -periods),
    last: addDays(periodOf(span.first, unit), -1)
  }
}

/**
 * `90d`, `12w`, `6m`, `1y`, or a day: the first day that counts, with `last` as the last one.
 * Undefined: neither.
 */
export function readSince(text: string, last: string): string | undefined {
  if (isDay(text)) return text
  const days = daysOf(text)
  return days === undefined ? undefined : addDays(last, 1 - days)
}

/** A day that exists: `2027-02-29` is none. Years that the store's dates can hold. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < '1971-01-01' || text > '2148-12-31') return false
  const instant = startOfDay(text)
  return !Number.isNaN(instant) && dayOf(instant) === text
}
