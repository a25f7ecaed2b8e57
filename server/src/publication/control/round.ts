/** Rounds counts to multiples so that a published table still adds up: controlled rounding. */
import { type CountCell, type CountTable, isAdditive, keyOf, linesOf } from './count-table.ts'
import type { Constraint, Solver } from '../linear-program.ts'

export interface Rounding {
  readonly solver: Solver
  /**
   * A secret number from 0 to 1 for a cell and its count, always the same: whoever sees one count
   * published every month must not learn it from the mean.
   */
  readonly chance: (of: string) => number
}

/**
 * Each count goes up or down to a multiple, on average to itself. Where parts add up to sums
 * before, they do so after: the constraints are those of a network, so a vertex of it is whole.
 */
export function roundCounts(table: CountTable, { solver, chance }: Rounding): CountTable {
  const base = table.strictness.rounding
  const isUp = new Map<string, number>()
  const down = (cell: CountCell): number => Math.floor(cell.count / base) * base
  const loose = table.cells.filter(({ count }) => count % base !== 0)
  if (loose.length > 0) {
    const keys = new Map(table.cells.map((cell) => [cell, keyOf(cell.at)] as const))
    const isLoose = new Set(loose.map((cell) => keys.get(cell)))
    const objective = new Map(
      loose.map((cell) => {
        const key = keys.get(cell) ?? ''
        return [
          key,
          chance(`${table.population} ${key} ${cell.count}`) - (cell.count % base) / base
        ]
      })
    )
    const constraints = isAdditive(table)
      ? linesOf(table).flatMap(({ sum, parts }): readonly Constraint[] => {
          const terms = new Map<string, number>()
          for (const cell of parts) if (isLoose.has(keys.get(cell))) terms.set(keyOf(cell.at), 1)
          if (isLoose.has(keys.get(sum))) terms.set(keyOf(sum.at), -1)
          const value = parts.reduce((left, cell) => left - down(cell), down(sum)) / base
          return terms.size === 0 ? [] : [{ terms, is: '=', value }]
        })
      : []
    const bounds = new Map([...objective.keys()].map((key) => [key, { least: 0, most: 1 }]))
    const solution = solver.solve({ goal: 'minimize', objective, constraints, bounds })
    if (solution.is !== 'solved') throw new Error('a table of counts cannot be rounded')
    for (const [key, value] of solution.at) isUp.set(key, Math.round(value))
  }
  return {
    ...table,
    cells: table.cells.map((cell) => ({
      ...cell,
      rounded: down(cell) + (isUp.get(keyOf(cell.at)) ?? 0) * base
    }))
  }
}
