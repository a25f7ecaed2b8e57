/** What goes into the making of bodies, whatever their format? */
import type { AllowedRecord } from '../consent/agreed-type.ts'
import type { Effects } from '../effects.ts'
import type { ContractForm } from '../form.ts'
import type { Fragment, WireRun } from '../wire.ts'
import type { FrozenBody } from './claim.ts'

export interface Plan {
  readonly bodies: readonly FrozenBody[]
  /** What will not travel, by cause: nobody would learn of it but from the next report's `lost`. */
  readonly lost: Readonly<Record<string, number>>
}

export interface PlanContext {
  readonly form: ContractForm
  readonly sdkVersion: string
  readonly effects: Pick<Effects, 'now' | 'randomBytes'>
  /**
   * The installation's id, or that of the window in which the fragment was recorded; undefined
   * where reports have none.
   */
  readonly installationOf: (fragment: Fragment) => string | undefined
  /** What copies of the installation share. */
  readonly lineage: string | undefined
  /** The hash of a new or known deletion key, which is kept before it is given out here. */
  readonly deletionOf: (
    report: string,
    of: Pick<Group, 'window' | 'isNameless' | 'machine'>
  ) => string | undefined
  /** What of a record may travel now; undefined: none of it may. */
  readonly allowedOf: (record: string) => AllowedRecord | undefined
  readonly wire: Wire
}

export type Wire =
  | { readonly is: 'native' }
  /** `single`: one call a request, for an address that names `/v1/track` or a path of its own. */
  | { readonly is: 'segment'; readonly single: boolean }

/** Runs that share a report. */
export interface Group {
  readonly installation: string | undefined
  readonly window: string | undefined
  readonly account: string | undefined
  /** The edition's stream that it is of; undefined: what every edition sends. */
  readonly stream: string | undefined
  /** It carries no id, and nothing that another report carries too. */
  readonly isNameless: boolean
  /** Where it was recorded; undefined: where it is sent. */
  readonly machine: string | undefined
  /** When the oldest of it was recorded. */
  readonly written: number
  readonly runs: readonly WireRun[]
}

export function bytesOf(value: object): number {
  return Buffer.byteLength(JSON.stringify(value))
}

export function add(counts: Map<string, number>, cause: string, count: number): void {
  counts.set(cause, (counts.get(cause) ?? 0) + count)
}
