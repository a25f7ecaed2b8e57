/** What a running collector adds to the commands: its tables, its records, what it did not keep. */
import type { Command } from 'commander'
import type { Contract } from '../form/contract.ts'
import type { CompiledContract } from '../holding/compile.ts'
import type { DriftedName } from '../infer/infer-drift.ts'
import type { Risk } from '../risk/assess.ts'

/** How a collector is found, from whatever options `addOptions` gave the command. */
export type CollectorOptions = Readonly<Record<string, unknown>>

export interface Collector {
  /** Adds the options by which it is found. */
  readonly addOptions: (command: Command) => Command
  /** The views of a contract, as SQL. */
  readonly viewsOf: (compiled: CompiledContract) => string
  /** Counts whom a contract singles out among the records that it kept. */
  readonly assessRecords: (
    asked: { readonly url: string; readonly product: string; readonly since: string },
    options: CollectorOptions
  ) => Promise<(contract: Contract) => Promise<Risk>>
  /** The newest contract of a product, and the names that arrived undeclared. */
  readonly driftOf: (
    asked: { readonly product: string; readonly since: string },
    options: CollectorOptions
  ) => Promise<{ readonly contract: Contract; readonly rows: readonly DriftedName[] }>
}
