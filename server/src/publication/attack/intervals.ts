/** Between which bounds does a count lie, given everything that is published? */
import type { Bounds, Constraint, Solver } from '../linear-program.ts'
import type { System } from './system.ts'

/** A missing end is open. Undefined: no counts at all fit, so the attacker is wrong. */
export type Interval = Bounds | undefined

/** Answers for one variable after another; each asks only of what hangs together with it. */
export function intervalsOf(
  { bounds, constraints }: System,
  solver: Solver
): (variable: string) => Interval {
  const parts = partsOf(bounds, constraints)
  return (variable) => {
    const part = parts.get(variable)
    if (part === undefined) return undefined
    const own = {
      bounds: part.bounds,
      constraints: part.constraints,
      objective: new Map([[variable, 1]])
    }
    if (isEmpty(part.bounds)) return undefined
    if (part.constraints.length === 0) return part.bounds.get(variable)
    const low = solver.solve({ goal: 'minimize', ...own })
    if (low.is !== 'solved') return undefined
    const high = solver.solve({ goal: 'maximize', ...own })
    return {
      // Counts are whole, and a program is solved to within a millionth.
      least: Math.ceil(low.value - 1e-6),
      ...(high.is === 'solved' ? { most: Math.floor(high.value + 1e-6) } : {})
    }
  }
}

export function widthOf({ least, most }: Bounds): number {
  return most === undefined ? Number.POSITIVE_INFINITY : most - least
}

interface Part {
  readonly bounds: Map<string, Bounds>
  readonly constraints: Constraint[]
}

function isEmpty(bounds: ReadonlyMap<string, Bounds>): boolean {
  return [...bounds.values()].some(({ least, most }) => most !== undefined && most < least)
}

/** Variables that no chain of constraints joins are programs of their own, which are small. */
function partsOf(
  bounds: ReadonlyMap<string, Bounds>,
  constraints: readonly Constraint[]
): ReadonlyMap<string, Part> {
  const leader = new Map([...bounds.keys()].map((name) => [name, name]))
  const find = (name: string): string => {
    let found = name
    while (leader.get(found) !== found) found = leader.get(found) ?? found
    leader.set(name, found)
    return found
  }
  for (const { terms } of constraints) {
    const [first, ...rest] = [...terms.keys()].map(find)
    for (const other of rest) leader.set(other, first ?? other)
  }
  const parts = new Map<string, Part>()
  const partOf = (name: string): Part => {
    const found = parts.get(find(name)) ?? { bounds: new Map(), constraints: [] }
    parts.set(find(name), found)
    return found
  }
  for (const [name, each] of bounds) partOf(name).bounds.set(name, each)
  for (const constraint of constraints) {
    const [name] = constraint.terms.keys()
    if (name !== undefined) partOf(name).constraints.push(constraint)
  }
  return new Map([...bounds.keys()].map((name) => [name, partOf(name)]))
}
