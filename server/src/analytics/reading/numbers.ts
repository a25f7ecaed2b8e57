/**
 * Where do the numbers of a field come from: the records that have them, or counts of each number
 * by day?
 */
import { quoteText } from '../../storage/tables/column-types.ts'
import { countedNumbers } from '../../storage/tables/product-schema.ts'
import { fieldColumn } from '../../storage/tables/rows.ts'
import { numberStatesTable } from '../../storage/tables/tables.ts'
import type { AskableField } from './fields.ts'
import { type Asked, questionDeadlineMs } from '../asking/question.ts'
import { among, valueSource } from './source.ts'

/** Pieces of SQL over the records that have the number, or over counts of each number. */
export interface Numbers {
  /** `FROM … WHERE …` */
  readonly from: string
  readonly number: string
  /** How many records have the number, and how many there are at all. */
  readonly given: string
  readonly total: string
  readonly mean: string
}

export function numbersOf(field: AskableField, from: string): Numbers {
  const number = `toFloat64(${field.sql})`
  return { from, number, given: `count(${number})`, total: 'count()', mean: `avg(${number})` }
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
  const where = [
    `n.product = ${quoteText(asked.product.contract.product)}`,
    `n.field = ${quoteText(fieldColumn(field.name))}`,
    among('n.record', records),
    `n.day BETWEEN ${quoteText(first)} AND ${quoteText(last)}`
  ]
  return {
    from: `FROM ${numberStatesTable.name} AS n WHERE ${where.join(' AND ')}`,
    number: 'n.number',
    given: 'sum(n.records)',
    // Counted by day as well, under its name.
    total: `(SELECT ${named.records} ${named.from})`,
    mean: 'sum(n.number * n.records) / sum(n.records)'
  }
}

/**
 * As `quantilesExactInclusive` says it: between the two neighbours of the place (n − 1) × p, in
 * proportion.
 */
export async function countedQuantiles(
  { storage }: Asked,
  counted: Numbers,
  { total, quantiles }: { readonly total: number; readonly quantiles: readonly number[] }
): Promise<readonly number[]> {
  const rows = await storage.query<{ number: number; upTo: number }>({
    sql: `SELECT number, sum(records) OVER (ORDER BY number) AS upTo FROM (SELECT ${counted.number} AS number, ${counted.given} AS records ${counted.from} GROUP BY number) ORDER BY number`,
    deadlineMs: questionDeadlineMs
  })
  const at = (place: number): number =>
    rows.find(({ upTo }) => Number(upTo) > place)?.number ?? Number.NaN
  return quantiles.map((quantile) => {
    const place = (total - 1) * quantile
    const [low, high] = [at(Math.floor(place)), at(Math.ceil(place))]
    return low + (high - low) * (place - Math.floor(place))
  })
}
