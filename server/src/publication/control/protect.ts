/** All rules of disclosure control, in the order in which a table goes through them. */
import type { CountTable } from './count-table.ts'
import { foldRare, openEnds } from './fold.ts'
import { type Rounding, roundCounts } from './round.ts'
import { hideAgain, hideDominated, hidePartners, hideSmall } from './suppress.ts'

export interface Surroundings extends Rounding {
  /** Cells that were hidden in the tables of the same name that are public already. */
  readonly hiddenBefore: ReadonlySet<string>
}

export interface Rule {
  readonly name: string
  readonly apply: (table: CountTable, around: Surroundings) => CountTable
}

export const rules: readonly Rule[] = [
  { name: 'top coding', apply: openEnds },
  { name: 'rare values', apply: foldRare },
  { name: 'dominance', apply: hideDominated },
  { name: 'primary suppression', apply: hideSmall },
  {
    name: 'suppression over time',
    apply: (table, around) => hideAgain(table, around.hiddenBefore)
  },
  { name: 'complementary suppression', apply: hidePartners },
  { name: 'rounding', apply: roundCounts }
]

export function protect(
  table: CountTable,
  around: Surroundings,
  applied: readonly Rule[] = rules
): CountTable {
  return applied.reduce((current, rule) => rule.apply(current, around), table)
}
