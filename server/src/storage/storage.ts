/**
 * The store as the rest of the server sees it: ClickHouse, embedded or remote, behind one client.
 */
import type { Readable } from 'node:stream'
import type { CompiledContract } from '@candor/contract'
import type { Instant } from '../record.ts'
import type { Changes } from './changes.ts'
import type { EngineEndings } from './engine/engine-endings.ts'
import type { Cluster } from './cluster/cluster.ts'

export interface Storage {
  /**
   * Creates or widens tables and views for these products. Idempotent; run at start and when a
   * contract changes.
   */
  migrate(products: readonly CompiledContract[]): Promise<readonly HeldProduct[]>
  /**
   * Inserts JSON lines once per token. Throws CandorError STORAGE_REFUSED when the data is at
   * fault, STORAGE_UNAVAILABLE or STORAGE_TIMEOUT when it is not.
   */
  insert(block: {
    readonly table: string
    readonly token: string
    readonly lines: Buffer
    readonly deadlineMs: number
  }): Promise<void>
  /** Our own SQL (questions, jobs). Parameters are bound by the server: `{product:String}`. */
  query<Row>(request: StorageQuery): Promise<readonly Row[]>
  /**
   * Our own SQL, and its answer as bytes in a format of the engine's, as they are taken. The engine
   * holds the answer whole, so whoever asks keeps it small.
   */
  stream(
    request: StorageQuery & { readonly format: string; readonly signal: AbortSignal }
  ): Promise<Readable>
  /** Our own statements (DDL, mutations). */
  command(request: {
    readonly sql: string
    readonly parameters?: Readonly<Record<string, unknown>>
    readonly deadlineMs: number
    /** Of a cluster: it concerns what each shard holds, and finds tables by those names. */
    readonly place?: 'shards'
  }): Promise<void>
  /** Undefined: one server holds everything. */
  readonly cluster?: Cluster | undefined
  /**
   * A user's SQL: parsed alone, one SELECT over documented views, limited. Throws QUERY_REFUSED,
   * QUERY_INVALID, QUERY_TIMEOUT.
   */
  userQuery(request: {
    readonly sql: string
    readonly rowsMax: number
    readonly deadlineMs: number
    /** Whose: one statement of each asker runs at a time. */
    readonly asker: string
    /** Of which products it may see rows; undefined: of all. */
    readonly products: readonly string[] | undefined
    /** Aborts when whoever asked no longer waits: the statement ends then. */
    readonly signal?: AbortSignal | undefined
  }): Promise<UserRows>
  /** Does the engine itself hold users' SQL to the documented views? */
  readerRights(): Promise<ReaderRights>
  /** For how long back rows may still come, by their `loaded_at`. */
  unsettledMs(): number
  /** Cheap: the last known state. */
  state(): StorageState
  /** Undefined where other collectors may write into the same store. */
  readonly changes?: Pick<Changes, 'latest' | 'upTo'> | undefined
  close(): Promise<void>
}

/** What migrations, jobs and deletion need of the store. */
export type StorageRun = Pick<Storage, 'query' | 'command' | 'cluster'>

export interface StorageQuery {
  readonly sql: string
  readonly parameters?: Readonly<Record<string, unknown>>
  readonly deadlineMs: number
  readonly lane?: 'question' | 'control'
}

/**
 * missing: there is no second user, so users' SQL is not run. too-wide: that user reads more than
 * the views. unable: not even those.
 */
export type ReaderRights = 'held' | 'missing' | 'too-wide' | 'unable'

/** A product whose contract the store can't hold: nothing of it is loaded until that is mended. */
export interface HeldProduct {
  readonly product: string
  readonly says: string
}

export interface UserRows {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** True when more rows existed than `rowsMax`. */
  readonly truncated: boolean
}

export interface StorageState {
  readonly is: 'starting' | 'ready' | 'unreachable'
  readonly engine: 'embedded' | 'remote'
  readonly since: Instant
  /** Why the embedded engine's process ended, and how often. */
  readonly endings?: EngineEndings
  readonly damage?: StorageDamage | undefined
}

/** A file of it is not as it was written: ClickHouse’s name for that, and when it was met. */
export interface StorageDamage {
  readonly name: string
  readonly at: Instant
}
