/** Where does a question read from: the daily aggregates where they have all that is asked, else the records themselves? */
import { quoteText } from '../storage/column-types.ts'
import { dailyTable } from '../storage/tables.ts'
import { productView } from '../storage/views.ts'
import type { Dimension, Filter } from './parameter.ts'
import type { Asked } from './question.ts'
import { addDays, type Span, type Unit } from './span.ts'

/** Pieces of SQL that mean the same over either. */
export interface Source {
  /** `FROM … WHERE …` */
  readonly from: string
  readonly day: string
  readonly records: string
  readonly installations: string
  /** Distinct installations of the rows for which a condition holds. */
  readonly installationsIf: (condition: string) => string
  readonly version: string
  readonly dimension: (dimension: Dimension) => string
}

export interface Wanted {
  readonly span: Span
  /** Only these records. */
  readonly names?: readonly string[] | undefined
  readonly condition?: string | undefined
}

/** Counts by day, name and environment, with sketches of installations: exact up to 2,000, then within about 1 %. */
export function dailySource({ product, chosen }: Asked, { span, names }: Wanted): Source {
  const where = [
    `s.product = ${quoteText(product.contract.product)}`,
    `s.day BETWEEN ${quoteText(span.first)} AND ${quoteText(span.last)}`,
    ...(names === undefined ? [] : [among('s.name', names)]),
    ...filterConditions(chosen.filters, 's.')
  ]
  return {
    from: `FROM ${dailyTable.name} AS s WHERE ${where.join(' AND ')}`,
    day: 's.day',
    records: 'sum(s.records)',
    installations: 'uniqCombined64Merge(s.installations)',
    installationsIf: (condition) => `uniqCombined64MergeIf(s.installations, ${condition})`,
    version: 's.version',
    dimension: ({ sql }) => `s.${sql}`
  }
}

/** The product's documented view, so that a reader can run the same. */
export function recordSource(asked: Asked, wanted: Wanted): Source {
  return {
    from: `FROM ${productView(asked.product.contract.product)} AS r WHERE ${recordConditions(asked, wanted).join(' AND ')}`,
    day: 'toDate(occurred_at)',
    records: 'count()',
    // Of no id at all the sketch would say NULL.
    installations: 'ifNull(uniqCombined64(installation), 0)',
    installationsIf: (condition) => `ifNull(uniqCombined64If(installation, ${condition}), 0)`,
    version: 'version',
    dimension: ({ sql, isList }) => (isList ? `arrayJoin(${sql})` : sql)
  }
}

function recordConditions({ chosen }: Asked, { span, names, condition }: Wanted): readonly string[] {
  return [
    `toDate(occurred_at) BETWEEN ${quoteText(span.first)} AND ${quoteText(span.last)}`,
    // occurred_at lies within [−30 days, +5 minutes] of receipt, and partitions are days of receipt.
    `toDate(received_at) BETWEEN ${quoteText(addDays(span.first, -1))} AND ${quoteText(addDays(span.last, 31))}`,
    ...(names === undefined ? [] : [among('name', names)]),
    ...filterConditions(chosen.filters, ''),
    ...(condition === undefined ? [] : [condition])
  ]
}

export function periodSql(day: string, unit: Unit): string {
  return unit === 'day' ? day : unit === 'week' ? `toMonday(${day})` : `toStartOfMonth(${day})`
}

/** `unknown` stands for what was not sent, where a column can be empty. */
export function filterConditions(filters: readonly Filter[], prefix: string): readonly string[] {
  return filters.map(({ name, values }) => {
    const column = `${prefix}${name}`
    const isNullable = name === 'version' || name === 'os' || name === 'level'
    if (!isNullable || !values.includes('unknown')) return among(column, values)
    const known = values.filter((value) => value !== 'unknown')
    return known.length === 0 ? `${column} IS NULL` : `(${column} IS NULL OR ${among(column, known)})`
  })
}

export function among(column: string, values: readonly string[]): string {
  return values.length === 0 ? 'false' : `${column} IN (${values.map(quoteText).join(', ')})`
}
