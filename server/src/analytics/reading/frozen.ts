/**
 * What is left of periods whose ids are forgotten: plain counts by one dimension, frozen when their
 * records expired.
 */
import { quoteText } from '../../storage/tables/column-types.ts'
import { frozenTable } from '../../storage/tables/tables.ts'
import { type Asked, questionDeadlineMs } from '../asking/question.ts'
import type { Span, Unit } from './span.ts'

export interface FrozenRow {
  readonly period: string
  readonly value: string | null
  readonly records: number
  readonly installations: number
}

/**
 * None where filters are asked: what was counted by one dimension cannot be told apart by another.
 */
export async function frozenCounts(
  asked: Asked,
  span: Span,
  unit: Unit,
  dimension: string
): Promise<readonly FrozenRow[]> {
  if (asked.chosen.filters.length > 0) return []
  return asked.storage.query<FrozenRow>({
    sql: `SELECT toString(f.start) AS period, f.value AS value, f.records AS records, f.installations AS installations FROM ${frozenTable.name} AS f FINAL
      WHERE f.product = ${quoteText(asked.product.contract.product)} AND f.period = ${quoteText(unit)} AND f.dimension = ${quoteText(dimension)}
        AND f.start BETWEEN ${quoteText(span.first)} AND ${quoteText(span.last)} ORDER BY period, installations DESC, value`,
    deadlineMs: questionDeadlineMs
  })
}

/**
 * Of each period, the rows that saw more records: what lives is cut where its days expire, what is
 * frozen knows nothing that came later.
 */
export function fuller<Row extends { readonly period: string; readonly records: number }>(
  live: readonly Row[],
  frozen: readonly Row[]
): readonly Row[] {
  if (frozen.length === 0) return live
  const total = (rows: readonly Row[], period: string): number =>
    rows.reduce((sum, row) => sum + (row.period === period ? Number(row.records) : 0), 0)
  const periods = [...new Set([...frozen, ...live].map(({ period }) => period))].sort()
  return periods.flatMap((period) => {
    const rows = total(frozen, period) > total(live, period) ? frozen : live
    return rows.filter((row) => row.period === period)
  })
}
