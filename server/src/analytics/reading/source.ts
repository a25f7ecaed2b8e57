/**
 * Where does a question read from: the daily aggregates where they have all that is asked, else the
 * records themselves?
 */
import { all, date, raw, type Sql, sql } from '../../storage/sql.ts'
import { countedValues } from '../../storage/tables/product-schema.ts'
import { fieldColumn } from '../../storage/tables/rows.ts'
import { type dailyDimensions, dailyTable, valueStatesTable } from '../../storage/tables/tables.ts'
import { productView } from '../../storage/tables/views.ts'
import type { Dimension } from '../asking/parameter.ts'
import type { Asked } from '../asking/question.ts'
import { among, areDaily, dailyConditions, recordConditions } from './conditions.ts'
import { addDays, type Span, type Unit } from './span.ts'

/** Whom counts of installations count. */
export const who = 'sender'

/** Pieces of SQL that mean the same over each. */
export interface Source {
  /** `FROM … WHERE …` */
  readonly from: Sql
  readonly day: Sql
  readonly records: Sql
  readonly installations: Sql
  /** Records, or distinct installations, of the rows for which a condition holds. */
  readonly recordsIf: (condition: Sql) => Sql
  readonly installationsIf: (condition: Sql) => Sql
  /** The name of a record. */
  readonly name: Sql
  readonly value: (dimension: Dimension) => Sql
  /** A condition: one of the values of a part of the environment. */
  readonly is: (part: (typeof dailyDimensions)[number], values: readonly string[]) => Sql
}

export interface Wanted {
  readonly span: Span
  /** Only these records. */
  readonly names?: readonly string[] | undefined
  /** Over the columns of a record. */
  readonly condition?: Sql | undefined
  /** What they are told apart by. */
  readonly by?: readonly Dimension[]
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
  const { by = [] } = wanted
  const isDaily = by.every(({ daily }) => daily !== undefined) && areDaily(asked.chosen.filters)
  return (
    valueSource(asked, wanted) ??
    (isDaily ? dailySource(asked, wanted) : recordSource(asked, wanted))
  )
}

/**
 * Counts by day of one value at a time, with sketches of installations: exact up to 2,000, then
 * within about 1 %. Undefined where two things at once are asked: a filter, two groupings, or some
 * records of all by a part of the environment.
 */
export function valueSource(
  { product, chosen }: Asked,
  { span, names, by: groupings = [], areNamed = false, beside = [] }: Wanted
): Source | undefined {
  const [by, ...others] = groupings
  if (chosen.filters.length > 0 || others.length > 0) return undefined
  const where = [
    sql`v.product = ${product.contract.product}`,
    sql`v.day BETWEEN ${date(span.first)} AND ${date(span.last)}`
  ]
  if (by?.field !== undefined) {
    const records = names ?? by.field.records
    const counted = by.each === 'key' ? [] : countedValues([product]).get(by.field.name)
    if (!records.every((record) => counted?.includes(record))) return undefined
    const column = fieldColumn(by.field.name)
    where.push(sql`v.dimension = ${column}`, among(raw('v.record'), records))
  } else {
    const dimension = by === undefined ? (areNamed ? 'name' : 'all') : by.daily
    const isOne = dimension === 'name' || (!areNamed && names === undefined)
    if (!isOne || dimension === undefined) return undefined
    where.push(among(raw('v.dimension'), [dimension, ...beside]), raw('v.record IS NULL'))
    if (names !== undefined) where.push(among(raw('v.value'), names))
  }
  const isAll = raw(`v.dimension = 'all'`)
  const type = by?.field?.type.is === 'list' ? by.field.type.of : by?.field?.type
  const value = raw(type?.is === 'boolean' ? `CAST(v.value = 'true', 'Nullable(Bool)')` : 'v.value')
  return {
    from: sql`
      FROM ${raw(valueStatesTable.name)} AS v
      WHERE ${all(where)}`,
    day: raw('v.day'),
    records: beside.length === 0 ? raw('sum(v.records)') : sql`sumIf(v.records, ${isAll})`,
    installations:
      beside.length === 0
        ? raw('uniqCombined64Merge(v.installations)')
        : sql`uniqCombined64MergeIf(v.installations, ${isAll})`,
    recordsIf: (condition) => sql`sumIf(v.records, ${condition})`,
    installationsIf: (condition) => sql`uniqCombined64MergeIf(v.installations, ${condition})`,
    name: raw(by?.field === undefined ? 'v.value' : 'v.record'),
    value: ({ over }) => over(value),
    is: (part, values) => sql`v.dimension = ${part} AND ${among(raw('v.value'), values)}`
  }
}

/** Counts by day, name and environment, with such sketches. */
function dailySource({ product, chosen }: Asked, { span, names }: Wanted): Source {
  const where = [
    sql`s.product = ${product.contract.product}`,
    sql`s.day BETWEEN ${date(span.first)} AND ${date(span.last)}`,
    raw('NOT s.over_budget'),
    names === undefined ? undefined : among(raw('s.name'), names),
    ...dailyConditions(chosen.filters, 's.')
  ]
  return {
    from: sql`
      FROM ${raw(dailyTable.name)} AS s
      WHERE ${all(where)}`,
    day: raw('s.day'),
    records: raw('sum(s.records)'),
    installations: raw('uniqCombined64Merge(s.installations)'),
    recordsIf: (condition) => sql`sumIf(s.records, ${condition})`,
    installationsIf: (condition) => sql`uniqCombined64MergeIf(s.installations, ${condition})`,
    name: raw('s.name'),
    value: ({ over, daily }) => over(raw(`s.${daily ?? ''}`)),
    is: (part, values) => among(raw(`s.${part}`), values)
  }
}

/** The product's documented view, so that a reader can run the same. */
export function recordSource(asked: Asked, wanted: Wanted): Source {
  return {
    from: sql`
      FROM ${raw(productView(asked.product.contract.product))} AS r
      WHERE ${all(conditionsOf(asked, wanted))}`,
    day: raw('toDate(occurred_at)'),
    records: raw('count()'),
    // Of no id at all the sketch would say NULL.
    installations: raw(`ifNull(uniqCombined64(${who}), 0)`),
    recordsIf: (condition) => sql`countIf(${condition})`,
    installationsIf: (condition) => sql`ifNull(uniqCombined64If(${raw(who)}, ${condition}), 0)`,
    name: raw('name'),
    value: eachOf,
    is: (part, values) => among(raw(part), values)
  }
}

/** One row for each value of a record: each item of a list, each key of a map. */
export function eachOf({ sql: value, each }: Dimension): Sql {
  if (each === 'record') return value
  return sql`arrayJoin(${each === 'key' ? sql`mapKeys(${value})` : value})`
}

function conditionsOf(
  { chosen }: Asked,
  { span, names, condition }: Wanted
): readonly (Sql | undefined)[] {
  const received = { first: date(addDays(span.first, -1)), last: date(addDays(span.last, 31)) }
  return [
    sql`toDate(occurred_at) BETWEEN ${date(span.first)} AND ${date(span.last)}`,
    // occurred_at lies within [−30 days, +5 minutes] of receipt, and partitions are days of
    // receipt.
    sql`toDate(received_at) BETWEEN ${received.first} AND ${received.last}`,
    // What a network sent above its share is kept, and in no number.
    raw('NOT over_budget'),
    names === undefined ? undefined : among(raw('name'), names),
    ...recordConditions(chosen.filters),
    condition
  ]
}

export function periodSql(day: Sql, unit: Unit): Sql {
  if (unit === 'day') return day
  return unit === 'week' ? sql`toMonday(${day})` : sql`toStartOfMonth(${day})`
}
