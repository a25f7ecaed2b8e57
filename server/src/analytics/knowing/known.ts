/**
 * What can be known of each period: before the product's first record nothing, of what expired only
 * what was frozen.
 */
import { raw, sql } from '../../storage/sql.ts'
import { frozenTable, retentionRunsTable } from '../../storage/tables/side-tables.ts'
import { valueStatesTable } from '../../storage/tables/tables.ts'
import type { Asked, PartialPeriod } from '../asking/question.ts'
import { find } from '../reading/find.ts'
import { firstKeptDay } from './kept.ts'
import { addDays, addPeriods, dayOf, periodsIn, type Span, type Unit } from '../reading/span.ts'

export interface Known {
  /**
   * The day of the product's first record, of which at least a count is left; undefined: there is
   * none.
   */
  readonly firstDay: string | undefined
  /** The first day whose records are all still there. */
  readonly keptFrom: string
  /** Whether what lies before has gone, and does not only lie there beyond its time. */
  readonly hasForgotten: boolean
  readonly today: string
}

export async function knownOf(asked: Asked): Promise<Known> {
  const look = (): Promise<Counted | undefined> => countedSince(asked)
  const { product } = asked.product.contract
  // Where there was nothing a moment ago, the first record may have come.
  const counted = (await asked.facts.of(`first day of ${product}`, look)) ?? (await look())
  return {
    firstDay: counted?.firstDay,
    // What has lived its time is there until it is frozen, and counted from there until then.
    keptFrom: counted?.frozenBefore ?? firstKeptDay(asked),
    hasForgotten: counted?.frozenBefore !== undefined,
    today: dayOf(asked.now)
  }
}

interface Counted {
  readonly firstDay: string
  /** Undefined: nothing was ever frozen. */
  readonly frozenBefore: string | undefined
}

/** Undefined: nothing is left, or nothing came yet. */
async function countedSince(asked: Asked): Promise<Counted | undefined> {
  const { product } = asked.product.contract
  const [row] = await find<{ day: string | null; frozen: string | null }>(
    asked,
    sql`
      SELECT toString(minOrNull(day)) AS day, (
        SELECT toString(maxOrNullIf(r.cutoff, r.cutoff > toDate(0)))
        FROM ${raw(retentionRunsTable.name)} AS r FINAL
        WHERE r.product = ${product}
      ) AS frozen
      FROM (
        SELECT minOrNull(v.day) AS day
        FROM ${raw(valueStatesTable.name)} AS v
        WHERE v.product = ${product} AND v.dimension = 'all' AND v.record IS NULL
        UNION ALL
        SELECT minOrNull(f.start) AS day
        FROM ${raw(frozenTable.name)} AS f
        WHERE f.product = ${product} AND f.period = 'day' AND f.dimension = 'all'
      )`
  )
  if (row?.day === undefined || row.day === null) return undefined
  return { firstDay: row.day, frozenBefore: row.frozen ?? undefined }
}

/**
 * empty: before the first record, or still to come. lost: it began before what is kept, and only
 * frozen counts can tell.
 */
export function stateOf(
  { firstDay, keptFrom, today }: Known,
  { first, last }: Span
): 'empty' | 'lost' | 'kept' {
  if (firstDay === undefined || last < firstDay || first > today) return 'empty'
  return first < keptFrom && firstDay < keptFrom ? 'lost' : 'kept'
}

export function spanOf(period: string, unit: Unit): Span {
  return { first: period, last: addDays(addPeriods(period, unit, 1), -1) }
}

/** The whole periods that still live; all that lives where the span is one period. */
export function livingSpan(
  { firstDay, keptFrom }: Known,
  { first, last }: Span,
  unit: Unit | undefined
): Span {
  const isCut = first < keptFrom && firstDay !== undefined && firstDay < keptFrom
  if (!isCut) return { first, last }
  const kept =
    unit === undefined
      ? keptFrom
      : (periodsIn({ first, last }, unit).find((period) => period >= keptFrom) ?? last)
  return { first: kept > last ? last : kept, last }
}

/** Periods that are not whole. `lost`: those of which nothing could be said. */
export function partialPeriods(
  { span, now }: Pick<Asked, 'span' | 'now'>,
  unit: Unit | undefined,
  lost: ReadonlySet<string> = new Set()
): readonly PartialPeriod[] {
  if (unit === undefined) return []
  const today = dayOf(now)
  return periodsIn(span, unit).flatMap((period): readonly PartialPeriod[] => {
    const { last } = spanOf(period, unit)
    if (lost.has(period)) return [{ period, because: 'expired' }]
    if (last >= today) return [{ period, because: 'unfinished' }]
    return last > span.last ? [{ period, because: 'cut' }] : []
  })
}

/** A period that is not over grows until it is; compared with a whole one it would always fall. */
export function isWhole(
  { span, now }: Pick<Asked, 'span' | 'now'>,
  unit: Unit,
  period: string
): boolean {
  const { last } = spanOf(period, unit)
  return last < dayOf(now) && last <= span.last
}
