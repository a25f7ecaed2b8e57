/** What communities ask of software that reports, as rules with their sources. */
import { debianRules } from './debian.ts'
import { fdroidRules } from './fdroid.ts'
import { linuxFoundationRules } from './linux-foundation.ts'
import { nixpkgsRules } from './nixpkgs.ts'
import type { PolicyRule } from './policy-rule.ts'

export const policies = {
  lf: linuxFoundationRules,
  fdroid: fdroidRules,
  nixpkgs: nixpkgsRules,
  debian: debianRules
} as const satisfies Readonly<Record<string, readonly PolicyRule[]>>

export type Policy = keyof typeof policies
export const policyNames = Object.keys(policies) as readonly Policy[]
