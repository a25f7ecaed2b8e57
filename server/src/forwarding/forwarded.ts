/** What a recipient is given: records, and deletions of what it was given before. */

/** Every id in it is one that only this recipient is given. */
export interface ForwardedRecord {
  /** The same whenever it is sent again: by it a recipient knows a second copy. */
  readonly id: string
  readonly product: string
  readonly name: string
  readonly kind: string
  /** RFC 3339, as coarse as was agreed. */
  readonly at: string
  /** The UTC day of receipt. */
  readonly received: string
  readonly version?: string
  readonly level?: string
  /** Digests of the contract that it was held against and of the terms that were agreed to. */
  readonly contract: string
  readonly terms: string
  readonly installation?: string
  readonly account?: string
  readonly lineage?: string
  readonly session?: string
  /** What a deletion of it will name. */
  readonly deletion?: string
  readonly environment: Readonly<Record<string, string | number>>
  readonly fields: Readonly<Record<string, unknown>>
}

interface ForwardedDeletion {
  /** Which of a record's ids it names. */
  readonly kind: 'deletion' | 'installation' | 'account' | 'lineage'
  readonly id: string
  /**
   * By a deletion key all, for ever; by an id what was received before this, for whoever is known
   * by it may go on reporting.
   */
  readonly before: string
  /** What Segment calls its users: all that `id` stood for. */
  readonly users: readonly string[]
}

/** Resolves once it was taken. Throws NotTaken. */
export interface Recipient {
  send(records: readonly ForwardedRecord[], batch: string): Promise<void>
  forget(deletions: readonly ForwardedDeletion[], batch: string): Promise<void>
  /** How many records go at once, and how long it waits for more where there are few. */
  readonly pace: { readonly recordsMax: number; readonly pauseMs: number }
}

/** Whom Segment, whose deletions name users alone, is told of as one. */
export function userOf({ deletion, installation, account }: ForwardedRecord): string | undefined {
  return deletion ?? installation ?? account
}

export class NotTaken extends Error {
  /** content: it never will be as it is. later: perhaps the next time. */
  readonly because: 'content' | 'later'
  readonly says: string
  readonly retryAfterMs: number | undefined

  constructor(because: NotTaken['because'], says: string, retryAfterMs?: number) {
    super(says)
    this.because = because
    this.says = says
    this.retryAfterMs = retryAfterMs
  }
}
