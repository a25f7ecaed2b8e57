/** What a rule of the check is: what it finds, and what a maintainer needs to know to mend it. */
import type { SourcePosition } from '../grammar/source.ts'
import type { RuleCode } from './rule-codes.ts'
import type { ContractView, Spot } from './view.ts'

export interface Rule {
  readonly code: RuleCode
  /** An error fails a build; a warning asks for a decision. Both can be waived with a reason. */
  readonly severity: 'error' | 'warning'
  /** What it finds, as the end of "This rule finds …". */
  readonly finds: string
  /** What goes wrong otherwise, for users. */
  readonly why: string
  /** What to do instead. */
  readonly mend: string
  /** Lines of a contract that it finds, and the same mended. Its case folder has them whole. */
  readonly bad: string
  readonly good: string
  readonly find: (view: ContractView) => Iterable<Finding>
}

export interface Finding {
  /** What it concerns; its waivers count. */
  readonly spot: Spot
  /** Where to point, if not at the spot's name. */
  readonly place?: SourcePosition
  /** One sentence, ending in what to do instead. */
  readonly message: string
}
