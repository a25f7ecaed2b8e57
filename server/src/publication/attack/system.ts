/** What anybody can know of the counts behind published tables, as bounds and equations. */
import { keyOf, others, thresholdOf, whole } from '../control/count-table.ts'
import type { Bounds, Constraint } from '../linear-program.ts'
import { type PublishedCell, type PublishedTable, valueOf } from '../published.ts'

export interface System {
  readonly bounds: Map<string, Bounds>
  readonly constraints: Constraint[]
}

/**
 * additive: the attacker takes each installation to count under one value only, which is more than
 * is known. overlapping: an installation may count under several.
 */
export type Belief = 'additive' | 'overlapping'

/** Tables of one population share their sums, and so do tables that fold the same values. */
export function variableOf(table: PublishedTable, at: readonly string[], time: string): string {
  const named = at.flatMap((value, index) => {
    if (value === whole) return []
    const dimension = table.dimensions[index] ?? ''
    return [`${dimension}=${value === others ? `not ${namedIn(table, index)}` : value}`]
  })
  return [time, table.population, table.measure, ...named.toSorted()].join('|')
}

/** A name of the time makes one variable of the same cell of several periods. */
export function systemOf(
  tables: readonly PublishedTable[],
  belief: Belief,
  timeOf: (table: PublishedTable) => string
): System {
  const system: System = { bounds: new Map(), constraints: [] }
  for (const table of tables) {
    const time = timeOf(table)
    for (const cell of table.cells) {
      const name = variableOf(table, cell.at, time)
      const known = system.bounds.get(name)
      system.bounds.set(name, both(known, boundsOf(cell, table)))
    }
    if (!table.overlaps) addLines(system, table, belief, time)
  }
  return system
}

/** A shown count is at least what must be, and within a step of what is shown; 0 is 0. */
function boundsOf(cell: PublishedCell, table: PublishedTable): Bounds {
  const value = valueOf(cell)
  if (value === undefined) return { least: 1 }
  if (value === 0) return { least: 0, most: 0 }
  const spread = isExact(table) ? 0 : table.rounding - 1
  return {
    least: Math.max(value - spread, Math.min(value + spread, thresholdOf(cell, table))),
    most: value + spread
  }
}

/** Somebody who publishes without rounding publishes numbers of every kind. */
export function isExact({ cells, rounding }: PublishedTable): boolean {
  return cells.some((cell) => (valueOf(cell) ?? 0) % rounding !== 0)
}

function addLines(system: System, table: PublishedTable, belief: Belief, time: string): void {
  const present = new Set(table.cells.map(({ at }) => keyOf(at)))
  for (const { at } of table.cells)
    at.forEach((value, dimension) => {
      if (value !== whole || !present.has(keyOf(at))) return
      const parts = table.cells.filter(
        (each) =>
          each.at[dimension] !== whole &&
          each.at.every((other, index) => index === dimension || other === at[index])
      )
      if (parts.length === 0) return
      const sum = variableOf(table, at, time)
      const terms = new Map(parts.map((part) => [variableOf(table, part.at, time), 1]))
      terms.set(sum, -1)
      system.constraints.push({ terms, is: belief === 'additive' ? '=' : '>=', value: 0 })
      if (belief === 'overlapping')
        for (const part of parts)
          system.constraints.push({
            terms: new Map([
              [sum, 1],
              [variableOf(table, part.at, time), -1]
            ]),
            is: '>=',
            value: 0
          })
    })
}

function both(one: Bounds | undefined, other: Bounds): Bounds {
  if (one === undefined) return other
  const most = [one.most, other.most].filter((end) => end !== undefined)
  return {
    least: Math.max(one.least, other.least),
    ...(most.length === 0 ? {} : { most: Math.min(...most) })
  }
}

function namedIn({ cells }: PublishedTable, dimension: number): string {
  const names = new Set(cells.map(({ at }) => at[dimension] ?? whole))
  return [...names]
    .filter((name) => name !== others && name !== whole)
    .toSorted()
    .join(' ')
}
