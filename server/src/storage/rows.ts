/** Writes what is kept as the JSON lines that its table takes. The only place that knows the tables' own columns. */
import type { KeptRecord, Token } from '../record.ts'

/** `records_` and the product's name, dashes as underscores. */
export function recordTable(product: string): string {
  throw new Error(`unwritten: ${product}`)
}

/** One line, ending in \n. On the hot path: no copies of `fields`. */
export function recordLine(record: KeptRecord): string {
  throw new Error(`unwritten: ${record.product}`)
}

export const driftTable = 'drift'

/** A count of something undeclared that arrived. `name` is shown only if it may be; else `nameDigest` stands for it. */
export interface DriftRow {
  readonly product: string
  readonly day: string
  readonly record: string | undefined
  readonly name: string | undefined
  readonly nameDigest: Token
  readonly kind: string
  readonly reason: string
  readonly installation: Token | undefined
  readonly count: number
  readonly receivedAt: number
}

export function driftLine(row: DriftRow): string {
  throw new Error(`unwritten: ${row.product}`)
}

export const quarantineTable = 'quarantine'

/** Something that could not become a row. Holds no value that a client sent, but declared ones. */
export interface QuarantineRow {
  readonly product: string
  readonly code: string
  readonly record: string | undefined
  readonly bytes: number
  /** For a row that the store refused: the scrubbed row. */
  readonly row: string | undefined
  readonly receivedAt: number
}

export function quarantineLine(row: QuarantineRow): string {
  throw new Error(`unwritten: ${row.product}`)
}
