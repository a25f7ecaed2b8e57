/**
 * What is left of periods whose ids are forgotten: plain counts by one dimension, frozen when their
 * records expired.
 */
import { date, list, raw, sql } from '../../storage/sql.ts'
import { frozenSums, importSource } from '../../storage/tables/frozen-sums.ts'
import { frozenTable } from '../../storage/tables/side-tables.ts'
import type { DailyDimension, Dimension } from '../asking/parameter.ts'
import type { Asked } from '../asking/question.ts'
import { areDaily, dailyOf, fits } from '../reading/conditions.ts'
import { find } from '../reading/find.ts'
import type { Counted } from '../reading/per.ts'
import type { Span, Unit } from '../reading/span.ts'

interface FrozenRow {
  readonly period: string
  readonly dimension: string
  readonly value: string | null
  readonly late: number
  readonly records: number
  readonly installations: number
}

/** A count beside the others that values of one dimension tell; the first that was frozen does. */
export interface FrozenPart {
  readonly name: string
  readonly from: readonly { readonly dimension: string; readonly values: readonly string[] }[]
  /** Where several values may be put together: their installations are not distinct. */
  readonly adds?: boolean
}

export interface Frozen {
  /** Periods that were frozen, and those before the last that was, of which nothing had come. */
  readonly isTold: (period: string) => boolean
  /** As they were asked for; installations are null where values were put together. */
  readonly rows: readonly Counted[]
  /** Periods of which records came after they were frozen. */
  readonly late: ReadonlySet<string>
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
    names,
    beside = []
  }: {
    readonly by: readonly Dimension[]
    readonly names?: readonly string[] | undefined
    readonly beside?: readonly FrozenPart[] | undefined
  }
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
  // What stands beside is told by one dimension already.
  const told = needed.size === 0 ? beside : []
  const parts = told.flatMap(({ from }) => from.map((each) => each.dimension))
  const { product } = asked.product.contract
  const [[last], found] = await Promise.all([
    // Everything that expires is frozen in one run: what has no count before the last has none.
    find<{ start: string | null }>(
      asked,
      sql`
      SELECT toString(maxOrNull(f.start)) AS start
      FROM ${raw(frozenTable.name)} AS f
      WHERE f.product = ${product} AND f.period = ${unit} AND f.dimension = 'all'
        AND NOT startsWith(f.source, ${importSource})`
    ),
    find<FrozenRow>(
      asked,
      sql`
      SELECT toString(h.start) AS period, h.dimension AS dimension, h.value AS value,
        h.records AS records, h.installations AS installations, h.late_records AS late
      FROM (${frozenSums}) AS h
      WHERE h.product = ${product} AND h.period = ${unit}
        AND h.dimension IN (${list([...new Set([dimension, 'all', ...parts])])})
        AND h.start BETWEEN ${date(span.first)} AND ${date(span.last)}
      ORDER BY period, installations DESC, value`
    )
  ])
  const periods = new Set(found.map(({ period }) => period))
  const counted = found.filter(
    (row) =>
      row.dimension === dimension &&
      filters.every((filter) => fits(filter, row.value)) &&
      (names === undefined || names.includes(row.value ?? ''))
  )
  return {
    isTold: (period) => periods.has(period) || period < (last?.start ?? ''),
    late: new Set(counted.flatMap(({ period, late }) => (Number(late) > 0 ? [period] : []))),
    rows: merged(counted, by).map((row) => ({
      ...row,
      ...Object.fromEntries(told.map((part) => [part.name, partOf(part, row, found)]))
    }))
  }
}

/** Null where it was not frozen, or where several values would have to be put together. */
function partOf(
  { from, adds = false }: FrozenPart,
  { period }: Counted,
  found: readonly FrozenRow[]
): number | null {
  for (const { dimension, values } of from) {
    const rows = found.filter((row) => row.period === period && row.dimension === dimension)
    if (rows.length === 0) continue
    const counts = rows.flatMap(({ value, installations }) =>
      values.includes(value ?? '') && Number(installations) > 0 ? [Number(installations)] : []
    )
    return counts.length > 1 && !adds ? null : counts.reduce((sum, count) => sum + count, 0)
  }
  return null
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
