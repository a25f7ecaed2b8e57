/**
 * Where does a question read from: the daily aggregates where they have all that is asked, else the
 * records themselves?
 */
import { addDays } from '#values/days'
import { quoteText } from '../../storage/tables/column-types.ts'
import { countedValues } from '../../storage/tables/product-schema.ts'
import { fieldColumn } from '../../storage/tables/rows.ts'
import { type dailyDimensions, dailyTable, valueStatesTable } from '../../storage/tables/tables.ts'
import { productView } from '../../storage/tables/views.ts'
import type { Dimension, Filter } from '../asking/parameter.ts'
import type { Asked } from '../asking/question.ts'
import { type Span, type Unit } from './span.ts'

/** Pieces of SQL that mean the same over each. */
export interface Source {
  /** `FROM … WHERE …` */
  readonly from: string
  readonly day: string
  readonly records: string
  readonly installations: string
  /** Records, or distinct installations, of the rows for which a condition holds. */
  readonly recordsIf: (condition: string) => string
  readonly installationsIf: (condition: string) => string
  /** The name of a record. */
  readonly name: string
  readonly version: string
  readonly dimension: (dimension: Dimension) => string
  /** A condition: one of the values of a part of the environment. */
  readonly is: (part: (typeof dailyDimensions)[number], values: readonly string[]) => string
}

export interface Wanted {
  readonly span: Span
  /** Only these records. */
  readonly names?: readonly string[] | undefined
  /** Over the columns of a record. */
  readonly condition?: string | undefined
  /** What they are told apart by; undefined: nothing. */
  readonly by?: Dimension | undefined
  /** And by their names. */
  readonly areNamed?: boolean
  /**
   * Parts of the environment that are counted beside, each by itself. Only where nothing is told
   * apart.
   */
  readonly beside?: readonly (typeof dailyDimensions)[number][]
}

/**
 * The fewest rows that can tell: counts of one value at a time, counts of all that records are told
 * apart by, or the records.
 */
export function sourceFor(asked: Asked, wanted: Omit<Wanted, 'condition'>): Source {
  const { by } = wanted
  return (
    valueSource(asked, wanted) ??
    (by === undefined || by.isDaily ? dailySource(asked, wanted) : recordSource(asked, wanted))
  )
}

/**
 * Counts by day of one value at a time, with sketches of installations: exact up to 2,000, then
 * within about 1 %. Undefined where two
 * things at once are asked: a filter, or some records of all by a part of the environment.
 */
export function valueSource(
  { product, chosen }: Asked,
  { span, names, by, areNamed = false, beside = [] }: Wanted
): Source | undefined {
  if (chosen.filters.length > 0) return undefined
  const where = [
    `v.product = ${quoteText(product.contract.product)}`,
    `v.day BETWEEN ${quoteText(span.first)} AND ${quoteText(span.last)}`
  ]
  if (by?.field !== undefined) {
    const records = names ?? by.field.records
    const counted = countedValues([product]).get(by.field.name) ?? []
    if (!records.every((record) => counted.includes(record))) return undefined
    where.push(`v.dimension = ${quoteText(fieldColumn(by.field.name))}`, among('v.record', records))
  } else {
    const dimension = by?.name ?? (areNamed ? 'name' : 'all')
    const isOne = dimension === 'name' || (!areNamed && names === undefined)
    if (!isOne || by?.isDaily === false) return undefined
    where.push(among('v.dimension', [dimension, ...beside]), 'v.record IS NULL')
    if (names !== undefined) where.push(among('v.value', names))
  }
  const isAll = `v.dimension = 'all'`
  const isBoolean =
    by?.field?.type.is === 'boolean' ||
    (by?.field?.type.is === 'list' && by.field.type.of.is === 'boolean')
  return {
    from: `FROM ${valueStatesTable.name} AS v WHERE ${where.join(' AND ')}`,
    day: 'v.day',
    records: beside.length === 0 ? 'sum(v.records)' : `sumIf(v.records, ${isAll})`,
    installations:
      beside.length === 0
        ? 'uniqCombined64Merge(v.installations)'
        : `uniqCombined64MergeIf(v.installations, ${isAll})`,
    recordsIf: (condition) => `sumIf(v.records, ${condition})`,
    installationsIf: (condition) => `uniqCombined64MergeIf(v.installations, ${condition})`,
    name: by?.field === undefined ? 'v.value' : 'v.record',
    version: 'v.value',
    dimension: () => (isBoolean ? `CAST(v.value = 'true', 'Nullable(Bool)')` : 'v.value'),
    is: (part, values) => `v.dimension = ${quoteText(part)} AND ${among('v.value', values)}`
  }
}

/** Counts by day, name and environment, with such sketches. */
function dailySource({ product, chosen }: Asked, { span, names }: Wanted): Source {
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
    recordsIf: (condition) => `sumIf(s.records, ${condition})`,
    installationsIf: (condition) => `uniqCombined64MergeIf(s.installations, ${condition})`,
    name: 's.name',
    version: 's.version',
    dimension: ({ sql }) => `s.${sql}`,
    is: (part, values) => among(`s.${part}`, values)
  }
}

/** The product's documented view, so that a reader can run the same. */
export function recordSource(asked: Asked, wanted: Wanted): Source {
  return {
    from: `FROM ${productView(asked.product.contract.product)} AS r WHERE ${recordConditions(asked, wanted).join(' AND ')}`,
    day: 'toDate(occurred_at)',
    records: 'count()',
    // Of no id at all the sketch would say NULL.
    installations: 'ifNull(uniqCombined64(sender), 0)',
    recordsIf: (condition) => `countIf(${condition})`,
    installationsIf: (condition) => `ifNull(uniqCombined64If(sender, ${condition}), 0)`,
    name: 'name',
    version: 'version',
    dimension: ({ sql, isList }) => (isList ? `arrayJoin(${sql})` : sql),
    is: among
  }
}

function recordConditions(
  { chosen }: Asked,
  { span, names, condition }: Wanted
): readonly string[] {
  return [
    `toDate(occurred_at) BETWEEN ${quoteText(span.first)} AND ${quoteText(span.last)}`,
    // occurred_at lies within [−30 days, +5 minutes] of receipt, and partitions are days of
    // receipt.
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
    return known.length === 0
      ? `${column} IS NULL`
      : `(${column} IS NULL OR ${among(column, known)})`
  })
}

export function among(column: string, values: readonly string[]): string {
  return values.length === 0 ? 'false' : `${column} IN (${values.map(quoteText).join(', ')})`
}
