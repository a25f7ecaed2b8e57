/** Puts rare values together under one name, and the ends of a distribution into open ones. */
import {
  type CountCell,
  type CountTable,
  isSum,
  keyOf,
  notTold,
  others,
  whole
} from './count-table.ts'

/**
 * A rare value is told by its name alone: somebody has it. Whoever folds one folds the next rarer
 * ones with it until the rest is as many as any count must be.
 */
export function foldRare(table: CountTable): CountTable {
  if (table.order === 'ordered' || table.overlaps) return table
  return table.dimensions.reduce((folded, _, dimension) => foldOne(folded, dimension), table)
}

function foldOne(table: CountTable, dimension: number): CountTable {
  const needed = neededBy(table, dimension)
  const known = sizes(table, dimension)
    .filter(([value]) => value !== others)
    .toSorted(([one, few], [other, many]) => few - many || (one < other ? -1 : 1))
  const rare = new Set(known.filter(([, size]) => size < needed).map(([value]) => value))
  if (rare.size === 0) return table
  const rest = (): number =>
    known.reduce((sum, [value, size]) => sum + (rare.has(value) ? size : 0), 0)
  for (const [value] of known) {
    // With two of them at least, none is the rest by itself.
    if (rare.size > 1 && rest() >= needed + rare.size) break
    rare.add(value)
  }
  return {
    ...table,
    cells: merged(table.cells, dimension, (value) => (rare.has(value) ? others : value))
  }
}

/**
 * What a value has in all bounds each count that stands under it. Where two things are told
 * together it must leave room for the larger threshold, whatever each of its parts is at least.
 */
function neededBy({ cells, dimensions, strictness }: CountTable, dimension: number): number {
  if (dimensions.length < 2) return strictness.threshold
  const across = new Set(cells.map(({ at }) => at[1 - dimension]))
  return strictness.combined + across.size
}

/** How many have each value: the sum over the other dimension where it is known. */
function sizes({ cells }: CountTable, dimension: number): readonly (readonly [string, number])[] {
  const found = new Map<string, number>()
  const known = cells.filter(
    ({ at }) =>
      at[dimension] !== whole && at.every((value, index) => index === dimension || value === whole)
  )
  for (const { at, count } of known.length > 0 ? known : cells) {
    const value = at[dimension] ?? whole
    if (value !== whole) found.set(value, (found.get(value) ?? 0) + count)
  }
  return [...found]
}

/** Cells that have one name now are one. */
function merged(
  cells: readonly CountCell[],
  dimension: number,
  nameOf: (value: string) => string
): readonly CountCell[] {
  const found = new Map<string, CountCell>()
  for (const cell of cells) {
    const at = cell.at.map((value, index) => (index === dimension ? nameOf(value) : value))
    const known = found.get(keyOf(at))
    found.set(keyOf(at), { ...cell, at, count: cell.count + (known?.count ?? 0) })
  }
  return [...found.values()]
}

/**
 * The ends of a distribution are where few are, and their bounds would tell the largest: both ends
 * are open, and a bin that few are in goes with its neighbour.
 */
export function openEnds(table: CountTable): CountTable {
  if (table.order !== 'ordered') return table
  const { threshold } = table.strictness
  const silent = table.cells.filter(({ at: [value] }) => value === notTold)
  const bins = table.cells.filter((cell) => !isSum(cell) && !silent.includes(cell))
  const groups: { from: string; count: number }[] = []
  for (const { at, count } of bins) {
    const last = groups.at(-1)
    if (last === undefined || last.count >= threshold) groups.push({ from: at[0] ?? '', count })
    else last.count += count
  }
  const last = groups.at(-1)
  const before = groups.at(-2)
  if (last !== undefined && before !== undefined && last.count < threshold) {
    before.count += last.count
    groups.pop()
  }
  const cells = groups.map(({ from, count }, index): CountCell => {
    const next = groups[index + 1]?.from
    const name =
      index === 0
        ? next === undefined
          ? 'any'
          : `under ${next}`
        : next === undefined
          ? `${from} and more`
          : `${from} to ${next}`
    return { at: [name], count }
  })
  return { ...table, cells: [...cells, ...silent, ...table.cells.filter(isSum)] }
}
