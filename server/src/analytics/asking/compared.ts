/** Puts the same numbers of the period before beside each, where there are any to compare with. */
import { type Counts, countsPer, type CountsWanted } from '../knowing/counts.ts'
import { isWhole, type Known, knownOf, livingSpan, spanOf, stateOf } from '../knowing/known.ts'
import { meaningsIn } from '../knowing/meanings.ts'
import { columnsPer, type Per } from '../reading/per.ts'
import { addPeriods, periodsBetween, previousSpan, type Span, type Unit } from '../reading/span.ts'
import type { AnswerColumn, AnswerRow, Asked } from './question.ts'

/**
 * What is counted of one span, and what a value has that is not among its rows: zero, or nothing
 * that is known.
 */
export interface Side {
  readonly rows: readonly AnswerRow[]
  readonly absent: (period: string | undefined) => 0 | null
}

export interface Compared {
  readonly rows: readonly AnswerRow[]
  readonly notes: readonly string[]
}

/**
 * Rows of a span, and with `compare=previous` of the one before; a row is found again by its keys,
 * a period by its place.
 */
export async function compared(
  asked: Asked,
  {
    per: { unit },
    keys,
    values,
    known
  }: {
    readonly per: Pick<Per, 'unit'>
    readonly keys: readonly string[]
    readonly values: readonly string[]
    readonly known: Known
  },
  sideOf: (span: Span) => Promise<Side>
): Promise<Compared> {
  const current = await sideOf(asked.span)
  if (!asked.chosen.isCompared) return { rows: current.rows, notes: [] }
  const before = previousSpan(asked.span, unit)
  const reason = whyNotCompared(before, unit, known) ?? (await whyOfMeaning(asked, before))
  const isCut = before.first < known.keptFrom
  const previous: Side =
    reason === undefined ? await sideOf(before) : { rows: [], absent: () => null }
  const moved = previous.rows.map((row) => moveBy(row, { unit, from: before, to: asked.span }))
  const keyOf = (row: AnswerRow): string => JSON.stringify(keys.map((key) => row[key] ?? null))
  const then = new Map(moved.map((row) => [keyOf(row), row]))
  const present = new Set(current.rows.map(keyOf))
  const gone = moved
    .filter((row) => !present.has(keyOf(row)))
    .map((row) => onlyKeys(row, keys, current.absent(periodOf(row, unit))))
  const rows = [...current.rows, ...gone].map((row) => {
    const period = periodOf(row, unit)
    const isComparable =
      unit === undefined || (period !== undefined && isWhole(asked, unit, period))
    const earlier = then.get(keyOf(row))
    const absent = previous.absent(
      unit === undefined || period === undefined
        ? undefined
        : moveTo(period, { unit, from: asked.span, to: before })
    )
    return {
      ...row,
      ...Object.fromEntries(
        values.map((value) => [
          `${value}_previous`,
          !isComparable ? null : earlier === undefined ? absent : (earlier[value] ?? null)
        ])
      )
    }
  })
  return {
    rows: unit === undefined ? rows : inOrder(rows, unit),
    notes: [
      reason ??
        `Columns that end in _previous count ${before.first} to ${before.last}` +
          `${unit === undefined ? '' : '; a period that is not over is compared with none'}.`,
      ...(reason === undefined && isCut
        ? [
            `Of days before ${known.keptFrom} only plain counts are left: what they can't ` +
              'tell is empty.'
          ]
        : [])
    ]
  }
}

/** Counts of records and installations, and what stands beside them. */
export async function comparedCounts(
  asked: Asked,
  {
    values,
    rowOf,
    ...wanted
  }: Omit<CountsWanted, 'span' | 'known'> & {
    readonly values: readonly string[]
    readonly rowOf?: (row: AnswerRow) => AnswerRow
  }
): Promise<Compared & Pick<Counts, 'lost'> & { readonly living: Span }> {
  const { per } = wanted
  const known = await knownOf(asked)
  let told: Pick<Counts, 'left' | 'lost' | 'late'> = { left: 0, lost: new Set(), late: new Set() }
  const keys = columnsPer(per).map(({ name }) => name)
  const { rows, notes } = await compared(asked, { per, keys, values, known }, async (span) => {
    const counts = await countsPer(asked, { ...wanted, span, known })
    if (span === asked.span) told = counts
    return {
      rows: rowOf === undefined ? counts.rows : counts.rows.map(rowOf),
      absent: absentIn(known, per.unit, span)
    }
  })
  const { left, lost, late } = told
  return {
    rows,
    lost,
    living: livingSpan(known, asked.span, per.unit),
    notes: [
      ...(left > 0 ? [`${left} rarer values are not shown.`] : []),
      ...lateNote([...late].toSorted()),
      ...notes
    ]
  }
}

/** Late reports and imports add to what was frozen; whose they are can't be told any more. */
function lateNote(late: readonly string[]): readonly string[] {
  const [first] = late
  if (first === undefined) return []
  const which = late.length === 1 ? first : `${first} to ${late.at(-1)} (${late.length} periods)`
  return [
    `Records of ${which} came after the ids of that time were forgotten: they are counted, and ` +
      'installations are at least so many.'
  ]
}

/** What has no row: zero, or nothing where nothing can be known. */
export function absentIn(known: Known, unit: Unit | undefined, span: Span): Side['absent'] {
  return (period) =>
    stateOf(known, period === undefined || unit === undefined ? span : spanOf(period, unit)) ===
    'kept'
      ? 0
      : null
}

export function comparedColumns(
  asked: Asked,
  columns: readonly AnswerColumn[],
  values: readonly string[]
): readonly AnswerColumn[] {
  if (!asked.chosen.isCompared) return columns
  const before = columns
    .filter(({ name }) => values.includes(name))
    .map((column) => ({
      ...column,
      name: `${column.name}_previous`,
      title: `${column.title}, before`
    }))
  return [...columns, ...before]
}

/** Half a span of records before which there were none would make everything look new. */
function whyNotCompared(
  before: Span,
  unit: Unit | undefined,
  { firstDay }: Known
): string | undefined {
  const from = unit === undefined ? before.first : before.last
  return firstDay === undefined || from < firstDay
    ? `Nothing is compared: there are no records before ${firstDay ?? 'now'}, and the span ` +
        `before is ${before.first} to ${before.last}.`
    : undefined
}

/** What means one thing before and another one since is no growth, and no fall. */
async function whyOfMeaning(asked: Asked, before: Span): Promise<string | undefined> {
  const both = { first: before.first, last: asked.span.last }
  const { marks } = await meaningsIn(asked, asked.chosen.fields, both)
  const [first] = marks
  return first === undefined ? undefined : `Nothing is compared across ${first.day}: ${first.says}`
}

function periodOf(row: AnswerRow, unit: Unit | undefined): string | undefined {
  return unit === undefined ? undefined : String(row[unit])
}

function moveBy(
  row: AnswerRow,
  { unit, ...spans }: { readonly unit: Unit | undefined; readonly from: Span; readonly to: Span }
): AnswerRow {
  return unit === undefined
    ? row
    : { ...row, [unit]: moveTo(String(row[unit]), { unit, ...spans }) }
}

function moveTo(
  period: string,
  { unit, from, to }: { readonly unit: Unit; readonly from: Span; readonly to: Span }
): string {
  return addPeriods(to.first, unit, periodsBetween(from.first, period, unit))
}

/** It was there before and is not now. */
function onlyKeys(row: AnswerRow, keys: readonly string[], absent: 0 | null): AnswerRow {
  return Object.fromEntries(
    Object.keys(row).map((key) => [key, keys.includes(key) ? row[key] : absent])
  )
}

function inOrder(rows: readonly AnswerRow[], unit: Unit): readonly AnswerRow[] {
  return rows.toSorted((one, other) =>
    String(one[unit]) < String(other[unit]) ? -1 : String(one[unit]) > String(other[unit]) ? 1 : 0
  )
}
