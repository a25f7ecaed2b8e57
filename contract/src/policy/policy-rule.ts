/** What a rule of a community is: what it asks, where it says so, and what it finds. */
import type { Finding } from '../check/rule.ts'
import type { PolicyCode } from '../check/rule-codes.ts'
import type { ContractView } from '../check/view.ts'

export interface PolicyRule {
  readonly code: PolicyCode
  /** An error is what the community refuses; a warning is what its packagers change themselves. */
  readonly severity: 'error' | 'warning'
  /** What it finds, as the end of "This rule finds …". */
  readonly finds: string
  /** What the community asks, in our words. */
  readonly asks: string
  readonly mend: string
  /** Where the community says so. */
  readonly source: string
  readonly find: (view: ContractView) => Iterable<Finding>
}
