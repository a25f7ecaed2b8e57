/**
 * The durable queue between an answer and the store: what it promises. `open-inbox.ts` keeps the
 * promises with LMDB.
 */
import type { Instant, Token } from '../record.ts'

/**
 * Rows of one table, already JSON lines that fit the table's columns (each line ends in \n).
 * Nothing raw may be in them.
 */
export interface InboxRows {
  readonly table: string
  readonly rows: number
  readonly lines: string
}

/** A keyed digest that makes a second copy recognisable. */
export interface DuplicateMark {
  readonly digest: Token
  readonly expiresAt: Instant
  /** Only suppress while the first copy's answer has not gone out (ReadySet). */
  readonly whileUnanswered?: boolean
}

export interface Append {
  /**
   * Per record (or per request when there is one mark): the rows to keep if the mark is new. No
   * mark: always kept.
   */
  readonly parts: readonly {
    readonly mark: DuplicateMark | undefined
    readonly rows: readonly InboxRows[]
  }[]
  /** Of the whole: if it is known, nothing is kept, whatever the parts' own marks say. */
  readonly once?: DuplicateMark
}

export interface Appended {
  /** The whole was known by its `once`: it came before, and was counted then. */
  readonly isKnown?: true
  /** Per part: false when it was a duplicate of something already durable or in the same commit. */
  readonly fresh: readonly boolean[]
}

/** A run of consecutive entries of one table, ready for one insert. */
export interface InboxBlock {
  /**
   * `inboxUuid/table/first-last`: written to the inbox before the block's first attempt and the
   * same ever after.
   */
  readonly token: string
  readonly table: string
  readonly rows: number
  readonly bytes: number
  readonly lines: Buffer
  /** When the oldest entry was appended. */
  readonly oldestAt: Instant
}

export interface InboxState {
  readonly entriesWaiting: number
  readonly bytesWaiting: number
  readonly oldestWaitingAt: Instant | undefined
  /** Undefined: accepting. */
  readonly refusing: 'full' | 'disk-low' | 'commit-failed' | 'closed' | undefined
}

export interface Inbox {
  readonly id: string
  /**
   * Resolves once fsynced. A duplicate of something not yet fsynced waits for the same commit.
   * Rejects with InboxErrorCode.
   */
  append(append: Append): Promise<Appended>
  /** The answer to these marks went out whole: later copies are new records again. */
  answered(digests: readonly Token[]): void
  /**
   * The next block of each table with waiting entries, oldest first; the same block, same token,
   * until `loaded` or `split`.
   * A promise, because a new block's token is fsynced before anyone may use it.
   */
  nextBlocks(limits: {
    readonly rowsMax: number
    readonly bytesMax: number
  }): Promise<readonly InboxBlock[]>
  loaded(token: string): Promise<void>
  /**
   * The block was refused for its data: replace it by halves (new tokens, recorded). A block of one
   * row can't be split: returns false.
   */
  split(token: string): Promise<boolean>
  state(): InboxState
  /**
   * Deletes loaded entries older than the replay window (72 h), expired marks and expired
   * tombstones, a bounded number at a time.
   */
  sweep(now: Instant): Promise<void>
  /**
   * Blocks of entries loaded after `since`, again, with their first tokens: after a restored or
   * replaced store.
   */
  replay(since: Instant): Promise<number>
  /**
   * What was erased or has expired leaves the disk too: the file is replaced by a copy without it.
   * False when nothing went since the last copy, or when there is no room for one.
   */
  compact(): Promise<boolean>
  /**
   * A copy of all that was committed, in a file that is not there yet; appends wait for it. Returns
   * how many of its entries wait.
   */
  copyTo(path: string): Promise<{ readonly entriesWaiting: number }>
  tombstones: Tombstones
  /**
   * Rewrites waiting and loaded entries without the lines for which `drop` is true. Returns how
   * many lines were erased.
   * Only lines with one of the `mentions` are parsed and asked about, so that gigabytes need not
   * be.
   */
  erase(
    drop: (table: string, line: Readonly<Record<string, unknown>>) => boolean,
    mentions?: readonly Mention[]
  ): Promise<number>
  close(): Promise<void>
}

/**
 * A text that a line to be erased holds: `before`, and right behind it one of `values`, which all
 * have the same length. It is ASCII only.
 */
export interface Mention {
  readonly before: string
  readonly values: ReadonlySet<string>
}

/** Deletion requests that must be re-applied after a restart or a restore. */
export interface Tombstones {
  /**
   * Rejects with INBOX_FULL when there is no room for a stranger's; an operator's has room kept for
   * it. What is there already is kept as it was.
   */
  add(tombstones: readonly Tombstone[]): Promise<void>
  has(kind: Tombstone['kind'], digest: string): boolean
  /** Of one product, or of all. */
  list(product?: string): readonly Tombstone[]
  /** Erased from the store as of now; kept until `expiresAt` for restores. */
  applied(tombstones: readonly Tombstone[], at: Instant): Promise<void>
  /** They were found: no stranger's request can push them out, and they live until `expiresAt`. */
  found(tombstones: readonly Tombstone[], expiresAt: (of: Tombstone) => Instant): Promise<void>
  counts(): TombstoneCounts
}

export interface TombstoneCounts {
  /** Still to be carried out. */
  readonly pending: number
  /** When the oldest of those was asked for. */
  readonly oldestPendingAt: Instant | undefined
  /** Asked for by strangers and matching nothing, and how many of those there may be. */
  readonly strangers: number
  readonly strangersMax: number
}

export interface Tombstone {
  readonly product: string
  /** deletion: 64 hex digits of a deletion key's SHA-256. The others have a token. */
  readonly kind: 'deletion' | 'installation' | 'account' | 'lineage'
  readonly digest: string
  readonly requestedAt: Instant
  readonly expiresAt: Instant
  readonly appliedAt?: Instant
  /** Something was erased by it. */
  readonly wasFound?: boolean
  /** On an operator's word. */
  readonly isOperators?: boolean
}
