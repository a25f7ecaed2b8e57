/**
 * Moves all that the embedded store holds into a ClickHouse server, while reports come in: what is
 * loaded meanwhile is loaded there once more, from the inbox, when the collector starts with it.
 */
import { buffer } from 'node:stream/consumers'
import type { CompiledContract } from '@candor/contract'
import type { Effects } from '../../effects.ts'
import { CandorError, isCandorError } from '../../errors.ts'
import type { Instant } from '../../record.ts'
import type { Storage } from '../storage.ts'
import { quoteName } from '../tables/column-types.ts'
import { migrate } from '../tables/migrate.ts'
import { retentionTable, startsTable } from '../tables/side-tables.ts'
import { contentsOf } from './compare.ts'
import {
  dropSnapshot,
  foundSnapshot,
  inSnapshot,
  piecesOf,
  type Snapshot,
  snapshotTables,
  takeSnapshot,
  type MovedTable
} from './snapshot.ts'
import {
  connectTarget,
  dropPieces,
  nameOfPiece,
  notePiece,
  openPieces,
  type Target,
  type TargetAddress,
  widen
} from './target.ts'

type MoveState =
  | { readonly is: 'none' }
  | {
      readonly is: 'copying' | 'comparing' | 'done' | 'failed'
      /** Why it failed. */
      readonly says?: string
      /** What came later is loaded from the inbox, which remembers it until `startBy`. */
      readonly takenAt: Instant | undefined
      readonly startBy: Instant | undefined
      readonly tables: readonly MovedCounts[]
    }

interface MovedCounts {
  readonly table: string
  /** As they lie in parts, unmerged. */
  readonly rows: number
  readonly moved: number
  /** Merged, in both stores alike. Undefined: not compared yet. */
  readonly same?: number
}

export interface Mover {
  /** Begins, or goes on with what was cut off. Does nothing while one is under way. */
  start(to: TargetAddress): void
  state(): MoveState
  close(): Promise<void>
}

export interface MoverOptions {
  readonly storage: Pick<Storage, 'query' | 'command' | 'stream'>
  /** Runs it while nothing is loaded, erased or expired. */
  readonly whileStill: <Done>(work: () => Promise<Done>) => Promise<Done>
  readonly inbox: string
  /** How long the inbox can load again what it has loaded. */
  readonly replayMs: number
  readonly contracts: () => readonly CompiledContract[]
  readonly effects: Pick<Effects, 'clock' | 'random'>
}

/** The engine holds an answer whole, and so does this process. */
const pieceBytesMax = 32_000_000
const deadlineMs = 300_000
/** Blocks that were loaded in one millisecond with the snapshot would be on both sides of it. */
const apartMs = 5
const watchMs = 3_600_000

export function createMover(options: MoverOptions): Mover {
  return new StoreMover(options)
}

class StoreMover implements Mover {
  readonly #options: MoverOptions
  readonly #closing = new AbortController()
  readonly #watching: Promise<void>
  #running: Promise<void> | undefined
  #state: MoveState = { is: 'none' }

  constructor(options: MoverOptions) {
    this.#options = options
    this.#watching = this.#watch()
  }

  state(): MoveState {
    return this.#state
  }

  start(to: TargetAddress): void {
    if (this.#running !== undefined) return
    this.#state = {
      is: 'copying',
      takenAt: undefined,
      startBy: undefined,
      tables: []
    }
    this.#running = this.#move(to)
      .catch((error: unknown) => {
        const says = isCandorError(error) ? error.message : 'The move failed by a mistake of ours.'
        this.#change({ is: 'failed', says })
      })
      .finally(() => (this.#running = undefined))
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
    await this.#watching
  }

  /** A snapshot that nobody went on with holds what was erased since. */
  async #watch(): Promise<void> {
    const { storage, replayMs, effects } = this.#options
    const { signal } = this.#closing
    for (;;) {
      await effects.clock.sleep(watchMs, signal)
      if (signal.aborted) return
      if (this.#running !== undefined) continue
      // The store may be away; it is looked at again.
      const found = await foundSnapshot(storage).catch(() => undefined)
      if (found !== undefined && found.takenAt < effects.clock.now() - replayMs / 2)
        await dropSnapshot(storage).catch(() => undefined)
    }
  }

  async #move(to: TargetAddress): Promise<void> {
    const { effects, storage, contracts } = this.#options
    const target = connectTarget(to, effects)
    try {
      const snapshot = await this.#snapshot()
      this.#change({
        takenAt: snapshot.takenAt,
        startBy: snapshot.takenAt + this.#options.replayMs
      })
      const moved = await openPieces(target, snapshot)
      // Views would count what is copied beside its counts; they come last.
      await migrate(target.run, contracts(), undefined, 'without')
      const tables = await snapshotTables(storage)
      for (const table of tables) await this.#copy(target, { snapshot, table, moved })
      this.#change({ is: 'comparing' })
      // How long each product's rows live, the target has from its contracts already.
      for (const table of tables)
        if (table.name !== retentionTable.name) await this.#compare(target, table)
      await migrate(target.run, contracts(), undefined, 'filled')
      await this.#tellStart(target, snapshot)
      await dropPieces(target)
      await dropSnapshot(storage)
      this.#change({ is: 'done' })
    } finally {
      await target.close()
    }
  }

  /** What was taken before a restart still holds, as long as the inbox can bring it forward. */
  async #snapshot(): Promise<Snapshot> {
    const { storage, whileStill, effects, replayMs } = this.#options
    const { clock, random } = effects
    const found = await foundSnapshot(storage)
    // Half of the time is for the copy, the other half for whoever starts with it.
    if (found !== undefined && found.takenAt > clock.now() - replayMs / 2) return found
    return whileStill(async () => {
      await clock.sleep(apartMs)
      const snapshot = { id: random(16).toString('hex'), takenAt: clock.now() }
      await takeSnapshot(storage, snapshot)
      return snapshot
    })
  }

  async #copy(
    target: Target,
    {
      snapshot,
      table,
      moved
    }: {
      readonly snapshot: Snapshot
      readonly table: MovedTable
      readonly moved: ReadonlySet<string>
    }
  ): Promise<void> {
    const { storage } = this.#options
    const { signal } = this.#closing
    await widen(target, table)
    const pieces = await piecesOf(storage, table.name, pieceBytesMax)
    const rows = pieces.reduce((sum, piece) => sum + piece.rows, 0)
    this.#count({ table: table.name, rows, moved: 0 })
    const columns = table.columns.map(({ name }) => quoteName(name)).join(', ')
    let done = 0
    for (const piece of pieces) {
      if (signal.aborted) throw new CandorError('STORAGE_UNAVAILABLE', 'The collector stops.')
      const name = nameOfPiece(table.name, piece)
      if (!moved.has(name)) {
        const sql = `SELECT ${columns} FROM ${inSnapshot(table.name)} WHERE ${piece.condition}`
        const bytes = await buffer(
          await storage.stream({ sql, format: 'Native', deadlineMs, signal })
        )
        await target.insert(table, `move/${snapshot.id}/${name}`, bytes)
        await notePiece(target, snapshot, name)
      }
      done += piece.rows
      this.#count({ table: table.name, rows, moved: done })
    }
  }

  async #compare(target: Target, table: MovedTable): Promise<void> {
    const source = await contentsOf(this.#options.storage, table, inSnapshot(table.name))
    const there = await contentsOf(target.run, table, quoteName(table.name))
    if (source.rows !== there.rows || source.digest !== there.digest)
      throw new CandorError(
        'STORAGE_UNAVAILABLE',
        `${table.name} has ${source.rows} rows here and ${there.rows} there, or not the same ` +
          'ones. Empty that database and move again.'
      )
    if (this.#state.is === 'none') return
    const counts = this.#state.tables.find((one) => one.table === table.name)
    if (counts !== undefined) this.#count({ ...counts, same: source.rows })
  }

  /** So that the collector, once it starts with that store, loads what came since. */
  #tellStart(target: Target, { takenAt, id }: Snapshot): Promise<void> {
    return target.run.command({
      sql:
        `INSERT INTO ${startsTable.name} (inbox, start, at) VALUES ({inbox:String}, ` +
        '{start:String}, fromUnixTimestamp64Milli({at:Int64}))',
      parameters: { inbox: this.#options.inbox, start: `moved ${id}`, at: takenAt },
      deadlineMs
    })
  }

  #count(counts: MovedCounts): void {
    if (this.#state.is === 'none') return
    const others = this.#state.tables.filter(({ table }) => table !== counts.table)
    this.#change({ tables: [...others, counts] })
  }

  #change(changes: Partial<Exclude<MoveState, { is: 'none' }>>): void {
    if (this.#state.is !== 'none') this.#state = { ...this.#state, ...changes }
  }
}
