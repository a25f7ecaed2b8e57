/**
 * Where do the numbers of a field come from: the records that have them, or counts of each number
 * by day?
 */
import { all, date, raw, type Sql, sql } from '../../storage/sql.ts'
import { countedNumbers } from '../../storage/tables/product-schema.ts'
import { fieldColumn } from '../../storage/tables/rows.ts'
import { numberStatesTable } from '../../storage/tables/tables.ts'
import type { Asked } from '../asking/question.ts'
import { among } from './conditions.ts'
import type { AskableField } from './fields.ts'
import { find } from './find.ts'
import { valueSource, who } from './source.ts'

/** Pieces of SQL over the records that have the number, or over counts of each number. */
export interface Numbers {
  /** `FROM … WHERE …` */
  readonly from: Sql
  readonly number: Sql
  /** How many records have the number, and how many there are at all. */
  readonly given: Sql
  readonly total: Sql
  readonly mean: Sql
}

/** Of what holds a number for each key, each of these, or those of some keys. */
export function numbersOf(field: AskableField, from: Sql, keys: readonly string[] = []): Numbers {
  if (field.pairs === undefined) {
    const number = sql`toFloat64(${field.sql})`
    return {
      from,
      number,
      given: sql`count(${number})`,
      total: raw('count()'),
      mean: sql`avg(${number})`
    }
  }
  const chosen =
    keys.length === 0
      ? field.pairs
      : sql`arrayFilter(p -> ${among(raw('p.1'), keys)}, ${field.pairs})`
  return {
    from: sql`
      FROM (
        SELECT ${raw(who)}, toFloat64(arrayJoin(${chosen}).2) AS number
        ${from}
      ) AS n
      WHERE true`,
    number: raw('n.number'),
    given: raw('count()'),
    total: raw('count()'),
    mean: raw('avg(n.number)')
  }
}

/**
 * Undefined where numbers are not counted by day: they are too many, or a filter tells records
 * apart.
 */
export function numbersByDay(
  asked: Asked,
  field: AskableField,
  records: readonly string[]
): Numbers | undefined {
  const named = valueSource(asked, { span: asked.span, names: records, areNamed: true })
  const counted = countedNumbers([asked.product]).get(field.name) ?? []
  if (named === undefined || !records.every((record) => counted.includes(record))) return undefined
  const { first, last } = asked.span
  return {
    from: sql`
      FROM ${raw(numberStatesTable.name)} AS n
      WHERE ${all([
        sql`n.product = ${asked.product.contract.product}`,
        sql`n.field = ${fieldColumn(field.name)}`,
        among(raw('n.record'), records),
        sql`n.day BETWEEN ${date(first)} AND ${date(last)}`
      ])}`,
    number: raw('n.number'),
    given: raw('sum(n.records)'),
    // Counted by day as well, under its name.
    total: sql`(SELECT ${named.records} ${named.from})`,
    mean: raw('sum(n.number * n.records) / sum(n.records)')
  }
}

/**
 * As `quantilesExactInclusive` says it: between the two neighbours of the place (n − 1) × p, in
 * proportion.
 */
export async function countedQuantiles(
  asked: Asked,
  counted: Numbers,
  { total, quantiles }: { readonly total: number; readonly quantiles: readonly number[] }
): Promise<readonly number[]> {
  const rows = await find<{ number: number; upTo: number }>(
    asked,
    sql`
      SELECT number, sum(records) OVER (ORDER BY number) AS upTo
      FROM (
        SELECT ${counted.number} AS number, ${counted.given} AS records
        ${counted.from}
        GROUP BY number
      )
      ORDER BY number`
  )
  const at = (place: number): number =>
    rows.find(({ upTo }) => Number(upTo) > place)?.number ?? Number.NaN
  return quantiles.map((quantile) => {
    const place = (total - 1) * quantile
    const [low, high] = [at(Math.floor(place)), at(Math.ceil(place))]
    return low + (high - low) * (place - Math.floor(place))
  })
}
