/** Reads a contract from YAML and tells every problem at once. */
import type { Contract } from './contract.ts'
import type { Problem } from './problem.ts'

export type ParseResult =
  | { readonly is: 'contract'; readonly contract: Contract; readonly warnings: readonly Problem[] }
  | { readonly is: 'invalid'; readonly problems: readonly Problem[] }

export function parseContract(text: string): ParseResult {
  throw new Error(`unwritten: ${text.length}`)
}
