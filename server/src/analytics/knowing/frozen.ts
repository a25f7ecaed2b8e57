/**
 * What is left of periods whose ids are forgotten: plain counts by one dimension, frozen when their
 * records expired.
 */
import { date, raw, sql } from '../../storage/sql.ts'
import { frozenTable } from '../../storage/tables/side-tables.ts'
import type { DailyDimension, Dimension } from '../asking/parameter.ts'
import type { Asked } from '../asking/question.ts'
import { areDaily, dailyOf, fits } from '../reading/conditions.ts'
import { find } from '../reading/find.ts'
import type { Counted } from '../reading/per.ts'
import type { Span, Unit } from '../reading/span.ts'

interface FrozenRow {
  readonly period: string
  readonly value: string | null
  readonly records: number
  readonly installations: number
}

export interface Frozen {
  /** Periods that were frozen at all. */
  readonly periods: ReadonlySet<string>
  /** As they were asked for; installations are null where values were put together. */
  readonly rows: readonly Counted[]
}

/**
 * Undefined where frozen counts can't tell: by a field, or by two things at once, also where one of
 * them is a filter.
 */
export async function frozenCounts(
  asked: Asked,
  span: Span,
  unit: Unit,
  {
    by,
    names
  }: { readonly by: readonly Dimension[]; readonly names?: readonly string[] | undefined }
): Promise<Frozen | undefined> {
  const { filters } = asked.chosen
  if (!areDaily(filters) || by.some(({ daily }) => daily === undefined)) return undefined
  const needed = new Set<DailyDimension>([
    ...dailyOf(filters),
    ...by.flatMap(({ daily }) => daily ?? []),
    ...(names === undefined ? [] : (['name'] as const))
  ])
  if (needed.size > 1) return undefined
  const [dimension = 'all'] = needed
  const found = await find<FrozenRow & { readonly dimension: string }>(
    asked,
    sql`
      SELECT toString(f.start) AS period, f.dimension AS dimension, f.value AS value,
        f.records AS records, f.installations AS installations
      FROM ${raw(frozenTable.name)} AS f FINAL
      WHERE f.product = ${asked.product.contract.product} AND f.period = ${unit}
        AND f.dimension IN (${dimension}, 'all')
        AND f.start BETWEEN ${date(span.first)} AND ${date(span.last)}
      ORDER BY period, installations DESC, value`
  )
  const counted = found.filter(
    (row) =>
      row.dimension === dimension &&
      filters.every((filter) => fits(filter, row.value)) &&
      (names === undefined || names.includes(row.value ?? ''))
  )
  return { periods: new Set(found.map(({ period }) => period)), rows: merged(counted, by) }
}

/**
 * Values that are one by what is asked (a minor line, all that a filter lets through) have one row:
 * their records add up, distinct installations don't.
 */
function merged(rows: readonly FrozenRow[], by: readonly Dimension[]): readonly Counted[] {
  const found = new Map<
    string,
    { period: string; keys: readonly unknown[]; records: number; installations: number | null }
  >()
  for (const { period, value, records, installations } of rows) {
    const keys = by.map(({ ofValue }) => ofValue(value))
    const key = JSON.stringify([period, ...keys])
    const known = found.get(key)
    found.set(
      key,
      known === undefined
        ? { period, keys, records: Number(records), installations: Number(installations) }
        : { ...known, records: known.records + Number(records), installations: null }
    )
  }
  return [...found.values()].map(({ period, keys, ...counts }) => ({
    period,
    ...Object.fromEntries(keys.map((key, index) => [`by_${index}`, key])),
    ...counts
  }))
}
