/**
 * How many records and installations there are of each period and value: from what lives, from what
 * was frozen, and zero where there was none.
 */
import { raw, type Sql, sql } from '../../storage/sql.ts'
import type { AnswerRow, Asked } from '../asking/question.ts'
import { findPerPeriod } from '../reading/find.ts'
import { frozenCounts, type FrozenPart } from './frozen.ts'
import { type Known, spanOf, stateOf } from './known.ts'
import { type Counted, keysPer, type Per, statementPer } from '../reading/per.ts'
import { type Source, sourceFor, type Wanted } from '../reading/source.ts'
import { addDays, periodsIn, type Span, type Unit } from '../reading/span.ts'

export interface CountsWanted {
  readonly per: Per
  readonly span: Span
  readonly names?: readonly string[] | undefined
  readonly known: Known
  /** What is counted beside records and installations. */
  readonly beside?: {
    /** As the statement names them. */
    readonly names: readonly string[]
    readonly parts: Wanted['beside']
    readonly select: (source: Source) => readonly Sql[]
    /** The part of it that is frozen; nobody froze the rest. */
    readonly frozen?: readonly FrozenPart[]
  }
  /** Where something is told by records alone. */
  readonly source?: (wanted: Wanted) => Source
}

export interface Counts {
  /**
   * Keys as the answer's columns name them, then `records`, `installations` and what is beside;
   * null: not known.
   */
  readonly rows: readonly AnswerRow[]
  /** Periods that began before what is kept, and of which nothing was frozen. */
  readonly lost: ReadonlySet<string>
  /** Values that were left out, the least frequent ones. */
  readonly left: number
  /** Periods of which records came after they were frozen: their installations are a floor. */
  readonly late: ReadonlySet<string>
}

/** More rows than anybody reads. */
const rowsMax = 10_000

export async function countsPer(asked: Asked, wanted: CountsWanted): Promise<Counts> {
  return wanted.per.unit === undefined
    ? together(asked, wanted)
    : byPeriod(asked, { ...wanted, unit: wanted.per.unit })
}

export function countsStatement(
  { per, beside }: Pick<CountsWanted, 'per' | 'beside'>,
  source: Source
): Sql {
  return statementPer(per, source, {
    select: [
      sql`${source.records} AS records`,
      sql`${source.installations} AS installations`,
      ...(beside?.select(source) ?? [])
    ],
    order: [raw('records DESC'), ...per.by.map((_, index) => raw(`by_${index}`))],
    limit: rowsMax
  })
}

function living(asked: Asked, wanted: CountsWanted, whole: Span): Promise<readonly Counted[]> {
  const { per, names, beside } = wanted
  const areNamed = per.by.some(({ name }) => name === 'name')
  return findPerPeriod<Counted>(asked, { span: whole, unit: per.unit }, (span) => {
    const read = {
      span,
      names,
      by: per.by.filter(({ name }) => name !== 'name'),
      areNamed,
      ...(beside?.parts === undefined ? {} : { beside: beside.parts })
    }
    return countsStatement(wanted, wanted.source?.(read) ?? sourceFor(asked, read))
  })
}

async function byPeriod(
  asked: Asked,
  wanted: CountsWanted & { readonly unit: Unit }
): Promise<Counts> {
  const { per, span, unit, names, known } = wanted
  const periods = periodsIn(span, unit)
  const isLost = (period: string): boolean => stateOf(known, spanOf(period, unit)) === 'lost'
  const [first] = periods.filter((period) => !isLost(period))
  const live = first === undefined ? [] : await living(asked, wanted, { first, last: span.last })
  const frozen =
    periods.some(isLost) && wanted.source === undefined
      ? await frozenCounts(asked, span, unit, { by: per.by, names, beside: wanted.beside?.frozen })
      : undefined
  const isKnown = (period: string): boolean => !isLost(period) || frozen?.isTold(period) === true
  const rows = [
    ...(frozen?.rows ?? []).filter(({ period }) => isLost(String(period))),
    ...live.filter(({ period }) => !isLost(String(period)))
  ]
  const { kept, left } = mostFrequent(rows, Math.max(1, Math.floor(rowsMax / periods.length)))
  const values = valuesOf(kept, per)
  const found = new Map(kept.map((row) => [keyOf(row, per), row]))
  return {
    left,
    late: new Set([...(frozen?.late ?? [])].filter(isLost)),
    lost: new Set(periods.filter((period) => !isKnown(period))),
    rows: periods.flatMap((period) =>
      values
        .map((value): Counted => ({ period, ...value }))
        .map((keys) => {
          const isEmpty = stateOf(known, spanOf(period, unit)) === 'empty'
          const row =
            found.get(keyOf(keys, per)) ?? (isEmpty || !isKnown(period) ? {} : zeros(wanted))
          return { ...keysPer(per, keys), ...numbersOf(row) }
        })
        .toSorted((one, other) => Number(other['records'] ?? 0) - Number(one['records'] ?? 0))
    )
  }
}

function zeros({ beside }: CountsWanted): Counted {
  const names = ['records', 'installations', ...(beside?.names ?? [])]
  return Object.fromEntries(names.map((name) => [name, 0]))
}

/**
 * Of days that have expired, the records of each day were frozen and add up; distinct installations
 * of several days can't be known.
 */
async function together(asked: Asked, wanted: CountsWanted): Promise<Counts> {
  const { per, span, names, known } = wanted
  const state = stateOf(known, span)
  const first = state === 'lost' ? known.keptFrom : span.first
  const live = first > span.last ? [] : await living(asked, wanted, { first, last: span.last })
  const base = { lost: new Set<string>(), left: 0, late: new Set<string>() }
  if (state !== 'lost') {
    const rows = live.map((row) => ({
      ...keysPer(per, row),
      ...numbersOf(state === 'empty' ? {} : row)
    }))
    return { ...base, rows: state === 'empty' && per.by.length > 0 ? [] : rows }
  }
  const before = { first: span.first, last: addDays(known.keptFrom, -1) }
  const frozen =
    wanted.source === undefined
      ? await frozenCounts(asked, before, 'day', { by: per.by, names })
      : undefined
  const sums = new Map<string, { keys: Counted; records: number }>()
  if (per.by.length === 0) sums.set(keyOf({ period: '' }, per), { keys: {}, records: 0 })
  for (const row of [...live, ...(frozen?.rows ?? [])]) {
    const key = keyOf({ ...row, period: '' }, per)
    const sum = sums.get(key) ?? { keys: row, records: 0 }
    sums.set(key, { ...sum, records: sum.records + Number(row['records']) })
  }
  return {
    ...base,
    rows: [...sums.values()]
      .toSorted((one, other) => other.records - one.records)
      .map(({ keys, records }) => ({
        ...keysPer(per, keys),
        ...numbersOf({ records: frozen === undefined ? null : records })
      }))
  }
}

/** All counts, whatever they are called: numbers, or null. */
function numbersOf(row: Counted): AnswerRow {
  const numbers = Object.entries(row).filter(
    ([name]) => name !== 'period' && !name.startsWith('by_')
  )
  const found: Readonly<Record<string, number | null>> = Object.fromEntries(
    numbers.map(([name, value]) => [
      name,
      value === null || value === undefined ? null : Number(value)
    ])
  )
  const { records = null, installations = null } = found
  return { records, ...found, installations: toldBy(installations, records) }
}

/** Records of which none has an id come from somebody: how many that are is not told. */
export function toldBy(installations: number | null, records: number | null): number | null {
  return installations === 0 && records !== 0 ? null : installations
}

function keyOf(row: Counted, { by }: Per): string {
  return JSON.stringify([row['period'] ?? '', ...by.map((_, index) => row[`by_${index}`] ?? null)])
}

function valuesOf(rows: readonly Counted[], { by }: Per): readonly Counted[] {
  const values = rows.map((row) =>
    Object.fromEntries(by.map((_, index) => [`by_${index}`, row[`by_${index}`] ?? null]))
  )
  if (by.length === 0) return [{}]
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()]
}

function mostFrequent(
  rows: readonly Counted[],
  most: number
): { readonly kept: readonly Counted[]; readonly left: number } {
  const totals = new Map<string, number>()
  const valueOf = (row: Counted): string =>
    JSON.stringify([row['by_0'] ?? null, row['by_1'] ?? null])
  for (const row of rows)
    totals.set(valueOf(row), (totals.get(valueOf(row)) ?? 0) + Number(row['records'] ?? 0))
  if (totals.size <= most) return { kept: rows, left: 0 }
  const told = new Set(
    [...totals]
      .toSorted(([, one], [, other]) => other - one)
      .slice(0, most)
      .map(([value]) => value)
  )
  return { kept: rows.filter((row) => told.has(valueOf(row))), left: totals.size - most }
}
