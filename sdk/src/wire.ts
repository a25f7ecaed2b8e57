/**
 * What travels: the native report, version 1, and the line of the spool that becomes a part of one.
 */

export type WireValue =
  | string
  | number
  | boolean
  | null
  | readonly WireValue[]
  | { readonly [key: string]: WireValue }

export interface WireRecord {
  /** Restarts with the session. */
  readonly seq: number
  readonly name: string
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string
  readonly fields: { readonly [name: string]: WireValue }
  /**
   * How many undeclared keys came in a field whose contract asks for their number alone, by the
   * field's path. Absent where there were none.
   */
  readonly others?: { readonly [path: string]: number }
}

export interface WireRun {
  readonly session: string
  readonly version: string
  readonly contract: string
  readonly consent: { readonly level: string; readonly accepted: string }
  readonly environment: { readonly [part: string]: WireValue }
  readonly records: readonly WireRecord[]
}

export interface WireReport {
  readonly candor: 1
  readonly product: string
  /** UUID v4. */
  readonly report: string
  readonly sdk: { readonly name: 'candor-ts'; readonly version: string }
  readonly installation?: string
  /** What copies of one installation share. */
  readonly lineage?: string
  readonly window?: string
  readonly account?: string
  readonly deletion?: string
  readonly lost?: { readonly [cause: string]: number }
  readonly runs: readonly WireRun[]
}

/**
 * One line of `spool.jsonl`, whole and valid by itself: what one process recorded in one turn of
 * its event loop. What a report says
 * only once (window, account) stands beside the run, since fragments of two windows never share a
 * report.
 */
export interface Fragment {
  /**
   * Milliseconds since 1970 when it was written: what is older than the spool's limit is dropped
   * and counted.
   */
  readonly written: number
  readonly window?: string
  readonly account?: string
  /**
   * Where it was recorded, for homes that several machines share: an id belongs to the place where
   * a record was made, whoever sends it. It never travels.
   */
  readonly machine?: string
  /** Of an edition's stream: it travels in a report of that stream's own. */
  readonly stream?: string
  /** Its report carries no id. */
  readonly nameless?: true
  /**
   * What this process could not keep since its last line, by cause: the report that carries this
   * line says the sum of its lines' counts.
   */
  readonly lost?: { readonly [cause: string]: number }
  /** Without records when only `lost` is left to say. */
  readonly run: WireRun
}
