/** Puts the same numbers of the period before beside each. */
import type { AnswerColumn, AnswerRow, Asked } from './question.ts'
import { addPeriods, periodsBetween, previousSpan, type Span, type Unit } from '../reading/span.ts'

/**
 * Rows of a span, and with `compare=previous` of the one before; a row is found again by its keys,
 * a period by its place.
 */
export async function compared(
  asked: Asked,
  {
    unit,
    keys,
    values
  }: {
    readonly unit: Unit | undefined
    readonly keys: readonly string[]
    readonly values: readonly string[]
  },
  rowsOf: (span: Span) => Promise<readonly AnswerRow[]>
): Promise<readonly AnswerRow[]> {
  const current = await rowsOf(asked.span)
  if (!asked.chosen.isCompared) return current
  const before = previousSpan(asked.span, unit)
  const previous = await rowsOf(before)
  const moved = previous.map((row) =>
    unit === undefined
      ? row
      : { ...row, [unit]: moveBy(String(row[unit]), before, asked.span, unit) }
  )
  const keyOf = (row: AnswerRow): string => JSON.stringify(keys.map((key) => row[key]))
  const then = new Map(moved.map((row) => [keyOf(row), row]))
  const known = new Set(current.map(keyOf))
  const rows = [
    ...current,
    ...moved.filter((row) => !known.has(keyOf(row))).map((row) => withoutValues(row, keys))
  ]
  const all = rows.map((row) => ({
    ...row,
    ...Object.fromEntries(
      values.map((value) => [`${value}_previous`, then.get(keyOf(row))?.[value] ?? 0])
    )
  }))
  return unit === undefined
    ? all
    : all.toSorted((a: AnswerRow, b: AnswerRow) =>
        String(a[unit]) < String(b[unit]) ? -1 : String(a[unit]) > String(b[unit]) ? 1 : 0
      )
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

export function comparedNote(asked: Asked, unit: Unit | undefined): readonly string[] {
  if (!asked.chosen.isCompared) return []
  const { first, last } = previousSpan(asked.span, unit)
  return [`Columns that end in _previous count ${first} to ${last}.`]
}

function moveBy(period: string, from: Span, to: Span, unit: Unit): string {
  return addPeriods(to.first, unit, periodsBetween(from.first, period, unit))
}

/** It was there before and is not now. */
function withoutValues(row: AnswerRow, keys: readonly string[]): AnswerRow {
  return Object.fromEntries(Object.keys(row).map((key) => [key, keys.includes(key) ? row[key] : 0]))
}
