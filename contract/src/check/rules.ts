/** Every rule of the check, in the order in which they are explained. */
import { boundsRules } from './rules-bounds.ts'
import { identityRules } from './rules-identity.ts'
import { nameRules } from './rules-names.ts'
import { personalRules } from './rules-personal.ts'
import { purposeRules } from './rules-purpose.ts'
import type { Rule } from './rule.ts'

/** Looks at what the others left: `checkContract` finds it. */
export const waiverUnused: Omit<Rule, 'find'> = {
  code: 'WAIVER_UNUSED',
  severity: 'warning',
  finds: 'a waiver under which its rule finds nothing',
  why: 'It would let through, unseen, the next thing of that kind that somebody adds.',
  mend: 'Take the waiver out.',
  bad: 'waive: { UNIT_MISSING: it had none once }',
  good: 'size: { type: integer, unit: bytes, max: 10, says: its size }'
}

export const rules: readonly Rule[] = [
  ...personalRules,
  ...identityRules,
  ...boundsRules,
  ...nameRules,
  ...purposeRules
]
