/**
 * What whoever runs an edge lets through: of what the contracts keep, never more. A vendor's own
 * edge lets all of it through.
 */
import type { Contract, KeptFields } from '@candor/contract'
import type { Dropped } from '../record.ts'

export interface Policy {
  /** Undefined: nothing of it. */
  narrow(
    contract: Contract,
    kept: { readonly name: string; readonly fields: KeptFields }
  ): { readonly fields: KeptFields; readonly cut: readonly Dropped[] } | undefined
}

const nothing: readonly never[] = []

export const everything: Policy = {
  narrow: (_contract, { fields }) => ({ fields, cut: nothing })
}
