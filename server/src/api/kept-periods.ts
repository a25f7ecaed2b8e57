/**
 * Keeps the rows of days, weeks and months that no record came for since, so that a chart that ends
 * today asks the store for today.
 */
import type { PeriodRow, PeriodRows } from '../analytics/asking/question.ts'
import type { Span } from '../analytics/reading/span.ts'
import type { Storage } from '../storage/storage.ts'

/** About as much memory as whole answers take. */
const rowsMax = 50_000
/** A year of days, each told apart by ten values. */
const rowsEachMax = 4_000

interface Period extends Span {
  readonly rows: readonly PeriodRow[]
  /** The number of the last change before they were asked for. */
  readonly at: number
}

type Changes = NonNullable<Storage['changes']>

export class KeptPeriods {
  /** By statement, then by first day. */
  readonly #kept = new Map<string, Map<string, Period>>()
  #rows = 0

  /** `isAnew`: ask the store for all, whatever is kept. */
  rowsOf(
    changes: Changes,
    { product, isAnew }: { readonly product: string; readonly isAnew: boolean }
  ): PeriodRows {
    return {
      of: async (key, spans, ask) => {
        const kept = isAnew ? [] : this.#holding(changes, product, key, spans)
        const next = spans[kept.length]
        const before = kept.flatMap(({ rows }) => rows)
        if (next === undefined) return before
        const at = changes.latest()
        const found = await ask(next.first)
        this.#keep(key, [...kept, ...periodsOf(spans.slice(kept.length), found, at)])
        return [...before, ...found]
      }
    }
  }

  /** From the first one on, as long as nothing came for it. */
  #holding(
    changes: Changes,
    product: string,
    key: string,
    spans: readonly Span[]
  ): readonly Period[] {
    const kept = this.#kept.get(key)
    const found: Period[] = []
    for (const { first, last } of spans) {
      const period = kept?.get(first)
      if (period?.last !== last || changes.upTo(product, last) > period.at) break
      found.push(period)
    }
    return found
  }

  #keep(key: string, periods: readonly Period[]): void {
    this.#forget(key)
    const rows = sizeOf(periods)
    if (rows > rowsEachMax) return
    this.#kept.set(key, new Map(periods.map((period) => [period.first, period])))
    this.#rows += rows
    for (const oldest of this.#kept.keys()) {
      if (this.#rows <= rowsMax) return
      this.#forget(oldest)
    }
  }

  #forget(key: string): void {
    const periods = this.#kept.get(key)
    if (periods === undefined) return
    this.#rows -= sizeOf([...periods.values()])
    this.#kept.delete(key)
  }
}

function periodsOf(
  spans: readonly Span[],
  rows: readonly PeriodRow[],
  at: number
): readonly Period[] {
  const byPeriod = new Map<string, PeriodRow[]>(spans.map(({ first }) => [first, []]))
  for (const row of rows) byPeriod.get(String(row['period']))?.push(row)
  return spans.map((span) => ({ ...span, at, rows: byPeriod.get(span.first) ?? [] }))
}

/** A period without rows is kept as well, and takes room. */
function sizeOf(periods: readonly Period[]): number {
  return periods.reduce((sum, { rows }) => sum + 1 + rows.length, 0)
}
