/** Which records may a program name? The SDK itself tells of presence. */
import type { Contract, RecordDeclaration } from '../../form/contract.ts'
import { presenceName } from '../../form/presence.ts'

export function recordsOf(contract: Contract): readonly RecordDeclaration[] {
  return [...contract.records.values()].filter(
    ({ name }) => name !== presenceName || contract.presence.length === 0
  )
}
