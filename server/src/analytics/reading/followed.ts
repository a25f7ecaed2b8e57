/**
 * Where does a question that follows installations from day to day read from, and since when can
 * it?
 */
import { DAY_MS, dayOf } from '#values/days'
import { quoteText } from '../../storage/tables/column-types.ts'
import { environmentDaysTable, installationsTable } from '../../storage/tables/tables.ts'
import type { Asked } from '../asking/question.ts'
import { filterConditions } from './source.ts'
import { addPeriods, type Span, type Unit } from './span.ts'

/**
 * On the days of a span, with the filters: one row or more for each installation, day, version and
 * environment.
 */
export function reportsFrom(
  { product, chosen }: Asked,
  { first, last }: Span,
  isShown = false
): string {
  const where = [
    `product = ${quoteText(product.contract.product)}`,
    `day BETWEEN ${quoteText(first)} AND ${quoteText(last)}`,
    ...filterConditions(chosen.filters, '')
  ]
  // The view merges rows of one day first, which costs time and changes nothing for what is asked
  // here.
  return `FROM ${isShown ? 'installation_reports' : environmentDaysTable.name} WHERE ${where.join(' AND ')}`
}

/** Each installation with the day of its first sight, whatever the filters. */
export function firstSights({ product }: Asked, isShown = false): string {
  return `SELECT installation, toDate(min(first_seen)) AS first_day FROM ${isShown ? 'installations' : installationsTable.name} WHERE product = ${quoteText(product.contract.product)} GROUP BY installation`
}

/** The first day whose records are all still there. */
export function firstKeptDay({ product, now }: Pick<Asked, 'product' | 'now'>): string {
  return dayOf(now - product.contract.retention.recordsDays * DAY_MS)
}

/** Periods that begin before anything expired, with as many before them as are needed. */
export function areKept(asked: Asked, period: string, unit: Unit, before = 0): boolean {
  return addPeriods(period, unit, -before) >= firstKeptDay(asked)
}

export function expiredNote(asked: Asked): string {
  return `${lifetime(asked)}: what needs days before ${firstKeptDay(asked)} is left out.`
}

/**
 * What every question must say of a span that reaches behind what is kept, unless it left that out
 * itself.
 */
export function cutNote(asked: Asked): string {
  return `${lifetime(asked)}: of days before ${firstKeptDay(asked)} nothing is left but what arrived late, and the plain counts of whole periods where a question has them.`
}

function lifetime({ product }: Asked): string {
  return `Records live for ${product.contract.retention.recordsDays} days`
}
