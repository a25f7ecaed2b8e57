/** Everything that a stranger can try on published numbers, tried: what it finds is a leak. */
import { addDays, startOfDay } from '#values/days'
import { thresholdOf, whole } from '../control/count-table.ts'
import type { Bounds, Solver } from '../linear-program.ts'
import { embargoDays } from '../periods.ts'
import { type PublishedCell, type PublishedTable, valueOf } from '../published.ts'
import { intervalsOf, widthOf } from './intervals.ts'
import { type Belief, isExact, systemOf, variableOf } from './system.ts'

/**
 * small: a count of few is shown. named: a hidden count's name tells that somebody has it. ends: a
 * bin's bound tells the least or the largest. exact: counts are not rounded. early: the period was
 * not over. changed: two versions of one number. interval: what is hidden can be computed. slow:
 * it can, by whoever takes the fleet to be as it was. newcomers: two periods together tell a few
 * who came.
 */
export type Leak =
  | 'small'
  | 'named'
  | 'ends'
  | 'exact'
  | 'early'
  | 'changed'
  | 'interval'
  | 'slow'
  | 'newcomers'

export interface Finding {
  readonly is: Leak
  readonly table: string
  readonly period: string
  readonly at: readonly string[]
  readonly says: string
}

export interface Attacked {
  readonly findings: readonly Finding[]
  readonly tables: number
  /** Counts that are hidden, each of which was attacked. */
  readonly hidden: number
  /** The narrowest interval of any of them; undefined: there are none, or all are open. */
  readonly narrowest: number | undefined
}

/** Each step is told, since a large folder takes a while. */
export function attack(
  published: readonly PublishedTable[],
  solver: Solver,
  progress: (done: number, of: number) => void = () => undefined
): Attacked {
  const tables = published.filter(({ withdrawn }) => withdrawn === undefined)
  const periods = [...new Set(tables.map(({ period }) => period.name))].toSorted()
  const findings: Finding[] = [...tables.flatMap(looks), ...changed(tables)]
  let narrowest = Number.POSITIVE_INFINITY
  periods.forEach((name, index) => {
    const now = tables.filter(({ period }) => period.name === name)
    for (const belief of ['overlapping', 'additive'] as const) {
      const found = computed(now, belief, solver)
      findings.push(...found.findings)
      narrowest = Math.min(narrowest, found.narrowest)
    }
    const before = periods[index - 1]
    if (before !== undefined) {
      const earlier = tables.filter(({ period }) => period.name === before)
      findings.push(...slow([...earlier, ...now], solver), ...newcomers(earlier, now))
    }
    progress(index + 1, periods.length)
  })
  const hidden = tables.flatMap(({ cells }) => cells.filter((cell) => valueOf(cell) === undefined))
  return {
    findings: distinct(findings),
    tables: tables.length,
    hidden: hidden.length,
    narrowest: Number.isFinite(narrowest) ? narrowest : undefined
  }
}

/** What a look at one table is enough for. */
function looks(table: PublishedTable): readonly Finding[] {
  const found: Finding[] = []
  const tell = (is: Leak, at: readonly string[], says: string): void => {
    found.push({ is, table: table.table, period: table.period.name, at, says })
  }
  for (const cell of table.cells) {
    const value = valueOf(cell)
    const threshold = thresholdOf(cell, table)
    const isMade = table.measure === 'records'
    if (value !== undefined && value > 0 && value < threshold && !isMade)
      tell('small', cell.at, `${value} is shown, and fewer than ${threshold} are theirs to tell.`)
    if (value === undefined && !table.overlaps && names(cell) === 1 && table.order === 'nominal')
      tell('named', cell.at, 'Its name is shown though its count is not: somebody has it.')
  }
  if (isExact(table)) tell('exact', [], `Counts are no multiples of ${table.rounding}.`)
  if (table.order === 'ordered') {
    const bins = table.cells.filter(({ at: [name] }) => name !== undefined && !/^[*(]/.test(name))
    const [first, last] = [bins.at(0), bins.at(-1)]
    for (const [bin, open] of [
      [first, /^(?:under |any$)/],
      [last, /(?: and more|^any)$/]
    ] as const)
      if (bin !== undefined && !open.test(bin.at[0] ?? ''))
        tell('ends', bin.at, 'The bound at this end tells the least or the largest of all.')
    for (const bin of bins)
      if (valueOf(bin) === undefined)
        tell('named', bin.at, 'Its bounds are shown: somebody is there.')
  }
  const due = startOfDay(addDays(table.period.last, 1 + embargoDays))
  if (Date.parse(table.published) < due)
    tell('early', [], `It was published before ${new Date(due).toISOString().slice(0, 10)}.`)
  return found
}

function names({ at }: PublishedCell): number {
  return at.filter((value) => value !== whole).length
}

/** Whoever kept the first version sees how many came late. */
function changed(tables: readonly PublishedTable[]): readonly Finding[] {
  const seen = new Map<string, string>()
  return tables.flatMap((table) => {
    const key = `${table.table} ${table.period.name}`
    const text = JSON.stringify(table.cells)
    const before = seen.get(key)
    seen.set(key, text)
    return before === undefined || before === text
      ? []
      : [
          {
            is: 'changed' as const,
            table: table.table,
            period: table.period.name,
            at: [],
            says: 'Its numbers were published twice, and differ.'
          }
        ]
  })
}

function computed(
  tables: readonly PublishedTable[],
  belief: Belief,
  solver: Solver
): { readonly findings: readonly Finding[]; readonly narrowest: number } {
  const timeOf = ({ period }: PublishedTable): string => period.name
  const intervalOf = intervalsOf(systemOf(tables, belief, timeOf), solver)
  const findings: Finding[] = []
  let narrowest = Number.POSITIVE_INFINITY
  for (const table of tables)
    for (const cell of table.cells) {
      if (valueOf(cell) !== undefined) continue
      const interval = intervalOf(variableOf(table, cell.at, table.period.name))
      if (interval === undefined) continue
      narrowest = Math.min(narrowest, widthOf(interval))
      findings.push(...tooNarrow('interval', table, cell, interval))
    }
  return { findings, narrowest }
}

/** Two periods of a fleet that did not change are one table, seen twice. */
function slow(tables: readonly PublishedTable[], solver: Solver): readonly Finding[] {
  const intervalOf = intervalsOf(
    systemOf(tables, 'additive', () => 'then and now'),
    solver
  )
  const shown = new Set(
    tables.flatMap((table) =>
      table.cells
        .filter((cell) => valueOf(cell) !== undefined)
        .map(({ at }) => variableOf(table, at, ''))
    )
  )
  return tables.flatMap((table) =>
    table.cells.flatMap((cell) => {
      if (valueOf(cell) !== undefined || shown.has(variableOf(table, cell.at, ''))) return []
      const interval = intervalOf(variableOf(table, cell.at, 'then and now'))
      return interval === undefined ? [] : tooNarrow('slow', table, cell, interval)
    })
  )
}

/** How many more there are than before must be as uncertain as a step of rounding. */
function newcomers(
  before: readonly PublishedTable[],
  now: readonly PublishedTable[]
): readonly Finding[] {
  const then = systemOf(before, 'overlapping', () => '').bounds
  const today = systemOf(now, 'overlapping', () => '').bounds
  return now.flatMap((table) =>
    table.cells.flatMap((cell) => {
      const name = variableOf(table, cell.at, '')
      const [was, is] = [then.get(name), today.get(name)]
      if (valueOf(cell) === undefined || table.measure === 'records') return []
      if (was?.most === undefined || is === undefined || was.most * (is.most ?? 0) === 0) return []
      const width = widthOf(was) + widthOf(is)
      return width >= table.rounding
        ? []
        : [
            {
              is: 'newcomers' as const,
              table: table.table,
              period: table.period.name,
              at: cell.at,
              says: `How many came since the period before is known to within ${width}.`
            }
          ]
    })
  )
}

function tooNarrow(
  is: 'interval' | 'slow',
  table: PublishedTable,
  cell: PublishedCell,
  interval: Bounds
): readonly Finding[] {
  const threshold = thresholdOf(cell, table)
  if (widthOf(interval) >= threshold) return []
  return [
    {
      is,
      table: table.table,
      period: table.period.name,
      at: cell.at,
      says:
        `It is hidden, and lies between ${interval.least} and ${interval.most}: closer than ` +
        `${threshold}.`
    }
  ]
}

function distinct(findings: readonly Finding[]): readonly Finding[] {
  const known = new Map(
    findings.map((finding) => [
      JSON.stringify([finding.is, finding.table, finding.period, finding.at]),
      finding
    ])
  )
  return [...known.values()]
}
