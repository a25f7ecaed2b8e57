/**
 * Each period and value of an answer that reads records alone: what was counted, zero where there
 * was none, nothing where nothing can be known.
 */
import type { AnswerRow } from '../asking/question.ts'
import { type Known, spanOf, stateOf } from './known.ts'
import type { Counted, Per } from '../reading/per.ts'
import { periodsIn, type Span } from '../reading/span.ts'

export interface Filled {
  /** As the store answers, with `period`. */
  readonly rows: readonly Counted[]
  readonly lost: ReadonlySet<string>
}

export function filled(
  rows: readonly Counted[],
  {
    per: { unit, by },
    span,
    known,
    zero
  }: {
    readonly per: Per
    readonly span: Span
    readonly known: Known
    readonly zero: AnswerRow
  }
): Filled {
  if (unit === undefined) return { rows, lost: new Set() }
  const names = by.map((_, index) => `by_${index}`)
  const keysOf = (row: Counted): Counted =>
    Object.fromEntries(names.map((name) => [name, row[name] ?? null]))
  const idOf = (period: unknown, keys: Counted): string => JSON.stringify([period, keys])
  const found = new Map(rows.map((row) => [idOf(row['period'], keysOf(row)), row]))
  const values =
    names.length === 0
      ? [{}]
      : [...new Map(rows.map((row) => [JSON.stringify(keysOf(row)), keysOf(row)])).values()]
  const periods = periodsIn(span, unit)
  const stateIn = (period: string): 'empty' | 'lost' | 'kept' =>
    stateOf(known, spanOf(period, unit))
  return {
    lost: new Set(periods.filter((period) => stateIn(period) === 'lost')),
    rows: periods.flatMap((period) =>
      values.map((keys): Counted => {
        if (stateIn(period) !== 'kept') return { period, ...keys }
        return found.get(idOf(period, keys)) ?? { period, ...keys, ...zero }
      })
    )
  }
}
