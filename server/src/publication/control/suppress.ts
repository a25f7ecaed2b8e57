/** Decides which counts are not shown: the small, the dominated, and what gives them away. */
import {
  type CountCell,
  type CountTable,
  keyOf,
  type Line,
  linesOf,
  thresholdOf
} from './count-table.ts'

/** More than this part of a sum is one sender's: whoever knows the sum knows it nearly. */
const dominatedPart = 0.5
/** So near may the second largest, who knows its own, not come to the largest. */
const nearness = 0.15

/** A count of few is theirs: primary suppression. */
export function hideSmall(table: CountTable): CountTable {
  return hide(table, 'small', (cell) => {
    const size = cell.senders?.count ?? cell.count
    return size > 0 && size < thresholdOf(cell, table.strictness)
  })
}

/**
 * A sum that is mostly one installation's tells what that one did, and the second largest can
 * subtract itself: the (n,k) rule with n = 1, and the p% rule.
 */
export function hideDominated(table: CountTable): CountTable {
  return hide(
    table,
    'dominated',
    ({ senders, count }) =>
      senders !== undefined &&
      (senders.most > dominatedPart * count ||
        count - senders.most - senders.second < nearness * senders.most)
  )
}

/**
 * What was hidden last time beside something small is hidden again beside it: in a fleet that
 * hardly changes, a table and the next month's together would show what each of them hides.
 */
export function hideAgain(table: CountTable, hiddenBefore: ReadonlySet<string>): CountTable {
  const beside = new Set(
    linesOf(table)
      .filter(({ parts }) => parts.some(({ hidden }) => hidden !== undefined))
      .flatMap(({ parts }) => parts.map(({ at }) => keyOf(at)))
  )
  return hide(table, 'partner', ({ at, count }) => {
    const key = keyOf(at)
    return count > 0 && beside.has(key) && hiddenBefore.has(key)
  })
}

/**
 * What alone is missing from a sum is the difference: others of its line are hidden beside it,
 * until no line gives any hidden count away to within its threshold.
 */
export function hidePartners(table: CountTable): CountTable {
  let current = table
  // Each round hides at least one cell more.
  for (let rounds = 0; rounds <= table.cells.length; rounds++) {
    const partner = linesOf(current)
      .flatMap((line) => partnerIn(line, table))
      .at(0)
    if (partner === undefined) return current
    current = hide(current, 'partner', (cell) => keyOf(cell.at) === partner)
  }
  return current
}

/** What has to be hidden next in a line, if anything must be. */
function partnerIn({ sum, parts }: Line, { strictness }: CountTable): readonly string[] {
  const hidden = parts.filter((cell) => cell.hidden !== undefined)
  if (hidden.length === 0 || sum.hidden !== undefined) return []
  const total = hidden.reduce((all, { count }) => all + count, 0)
  const needed = Math.max(...hidden.map((cell) => thresholdOf(cell, strictness)))
  // Each hidden one is at least one, and the most that one can be is what the others leave.
  if (hidden.length > 1 && total - hidden.length >= needed) return []
  const shown = parts
    .filter((cell) => cell.hidden === undefined && cell.count > 0)
    .toSorted((one, other) => one.count - other.count || (keyOf(one.at) < keyOf(other.at) ? -1 : 1))
  return [keyOf((shown[0] ?? sum).at)]
}

function hide(
  table: CountTable,
  because: NonNullable<CountCell['hidden']>,
  isHidden: (cell: CountCell) => boolean
): CountTable {
  return {
    ...table,
    cells: table.cells.map((cell) =>
      cell.hidden === undefined && isHidden(cell) ? { ...cell, hidden: because } : cell
    )
  }
}
