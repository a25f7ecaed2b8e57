/** Opens the inbox in its folder, alone, and keeps the promises of `inbox.ts`. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Effects } from '../effects.ts'
import { CandorError, isCandorError } from '../errors.ts'
import type { Instant, Token } from '../record.ts'
import { type Databases, openDatabases, removeCopies } from './disk/databases.ts'
import { DiskWatch } from './disk/disk-watch.ts'
import { isFileWhole } from './disk/whole-file.ts'
import { FORMAT } from './entries/entry.ts'
import type { FileLock } from './disk/file-lock.ts'
import { lockFolder } from './disk/folder-lock.ts'
import { GroupCommit, refusal, rememberedSequence } from './group-commit.ts'
import type {
  Append,
  Appended,
  Inbox,
  InboxBlock,
  InboxState,
  Mention,
  Tombstones
} from './inbox.ts'
import { inboxLimits, type InboxLimits } from './limits.ts'
import { Marks } from './duplicates/marks.ts'
import { StoredTombstones } from './tombstones.ts'
import { Waiting } from './waiting.ts'

export interface InboxDisk {
  readonly openDatabases: typeof openDatabases
  readonly removeCopies: typeof removeCopies
  readonly isFileWhole: typeof isFileWhole
}

const realDisk: InboxDisk = { openDatabases, removeCopies, isFileWhole }
const ID_KEY = Buffer.from('id')

/**
 * Rejects with INBOX_LOCKED when another server has the folder, with INBOX_COMMIT_FAILED when the
 * disk does not let it be opened, with INBOX_DAMAGED when the disk gave back other bytes.
 */
export async function openInbox(options: {
  readonly folder: string
  readonly effects: Effects
  readonly limits?: Partial<InboxLimits>
  /** Whatever holds the bytes; for tests of what happens between two of its answers. */
  readonly disk?: InboxDisk
}): Promise<Inbox> {
  const { folder, effects, disk: holding = realDisk } = options
  const limits: InboxLimits = { ...inboxLimits, ...options.limits }
  const undo: (() => Promise<void>)[] = []
  try {
    await effects.files.mkdir(folder, { recursive: true, mode: 0o700 })
    const lock = await lockFolder(folder, effects)
    undo.unshift(() => lock.release())
    // Four times what may lie in it: copied pages and fragments need room too.
    const path = join(folder, 'inbox.lmdb')
    await holding.removeCopies(path)
    if (lock.wasLeft && (await isThere(path, effects)) && !(await holding.isFileWhole(path)))
      throw damaged(folder)
    const databases = holding.openDatabases(path, {
      mapBytes: 4 * (limits.bytesMax + limits.replayBytesMax)
    })
    undo.unshift(() => databases.close())
    const id = await inboxId(databases)
    const disk = await DiskWatch.start({ folder, effects, limits })
    undo.unshift(() => disk.stop())
    return new LmdbInbox({ id, databases, lock, disk, effects, limits })
  } catch (error) {
    for (const each of undo) await each()
    if (isCandorError(error)) throw error
    if (
      /^MDB_(CORRUPTED|PAGE_NOTFOUND|BAD_TXN|INVALID)|page \d+ not found/.test(
        String((error as Error).message)
      )
    )
      throw damaged(folder, error)
    throw new CandorError(
      'INBOX_COMMIT_FAILED',
      `The inbox in ${folder} can't be opened. Check the disk, and who owns the folder.`,
      { cause: error }
    )
  }
}

function damaged(folder: string, cause?: unknown): CandorError {
  return new CandorError(
    'INBOX_DAMAGED',
    `The inbox in ${folder} is damaged: its disk gives back other bytes than were written. ` +
      'Put a backup of the folder there. If there is none, move it aside, let `candor inbox ' +
      'salvage` read what can be read of it, and start again: it holds what was answered and not ' +
      'loaded yet, deletions that are not carried out, and what duplicates are known by; all ' +
      'that was loaded is in the store.',
    { cause }
  )
}

function isThere(path: string, { files }: Effects): Promise<boolean> {
  return files.stat(path).then(
    () => true,
    () => false
  )
}

class LmdbInbox implements Inbox {
  readonly id: string
  readonly tombstones: Tombstones
  readonly #stored: StoredTombstones
  readonly #databases: Databases
  readonly #lock: FileLock
  readonly #disk: DiskWatch
  readonly #effects: Effects
  readonly #limits: InboxLimits
  readonly #marks: Marks
  readonly #commits: GroupCommit
  readonly #waiting: Waiting
  #lastTask: Promise<unknown> = Promise.resolve()
  #bytesWaiting: number
  #isClosed = false
  // What an earlier process removed is still in the file.
  #mayHoldGone = true
  #answeredSince: Token[] = []

  constructor(options: {
    readonly id: string
    readonly databases: Databases
    readonly lock: FileLock
    readonly disk: DiskWatch
    readonly effects: Effects
    readonly limits: InboxLimits
  }) {
    const { databases, effects, limits } = options
    this.id = options.id
    this.#databases = databases
    this.#lock = options.lock
    this.#disk = options.disk
    this.#effects = effects
    this.#limits = limits
    this.#marks = new Marks(databases.marks, databases.unanswered, effects.clock.now())
    this.#waiting = new Waiting({
      id: options.id,
      databases,
      limits,
      writer: {
        write: (write) => this.#commits.write(write),
        rememberSequence: () => this.#commits.rememberSequence()
      }
    })
    this.#commits = new GroupCommit({
      databases,
      marks: this.#marks,
      effects,
      limits,
      sequence: Math.max(rememberedSequence(databases), this.#waiting.highestSequence),
      onCommitted: (entries) => {
        this.#waiting.noteCommitted(entries)
        for (const { bytes } of entries) this.#bytesWaiting += bytes
      }
    })
    this.#bytesWaiting = this.#waiting.bytes
    this.#stored = new StoredTombstones({
      stored: databases.tombstones,
      write: (write) => this.#commits.write(write),
      max: limits.tombstonesMax,
      strangersMax: limits.tombstonesOfStrangersMax
    })
    this.tombstones = this.#stored
  }

  append(append: Append): Promise<Appended> {
    const because = this.#refusing()
    return because === undefined ? this.#commits.append(append) : Promise.reject(refusal(because))
  }

  answered(digests: readonly Token[]): void {
    const known = digests.filter((digest) => this.#marks.forgetUnanswered(digest))
    if (known.length === 0 || this.#isClosed) return
    this.#answeredSince.push(...known)
    if (this.#answeredSince.length > known.length) return
    // The next commit carries it, together with whatever else was answered until then. If that
    // commit fails, the marks expire by themselves.
    this.#commits
      .write(() => {
        this.#marks.removeUnanswered(this.#answeredSince)
        this.#answeredSince = []
      })
      .catch(() => undefined)
  }

  nextBlocks(limits: {
    readonly rowsMax: number
    readonly bytesMax: number
  }): Promise<readonly InboxBlock[]> {
    return this.#alone(() => this.#waiting.nextBlocks(limits))
  }

  loaded(token: string): Promise<void> {
    return this.#alone(() => this.#waiting.loaded(token, this.#effects.clock.now()))
  }

  split(token: string): Promise<boolean> {
    return this.#alone(() => this.#waiting.split(token))
  }

  state(): InboxState {
    return {
      entriesWaiting: this.#waiting.entries,
      bytesWaiting: this.#waiting.bytes,
      oldestWaitingAt: this.#isClosed ? undefined : this.#waiting.oldestAt,
      refusing: this.#refusing()
    }
  }

  sweep(now: Instant): Promise<void> {
    return this.#alone(async () => {
      const { replayMs, replayBytesMax, sweepItemsMax, marksMax } = this.#limits
      // A disk that is almost full needs the space more than a replay that may never come.
      const loadedBytesMax = this.#disk.isLow ? 0 : replayBytesMax
      await this.#waiting.sweep({ until: now - replayMs, loadedBytesMax, itemsMax: sweepItemsMax })
      await this.#sweepMarks(now, marksMax, sweepItemsMax)
      await this.#stored.removeExpired(now)
      this.#mayHoldGone = true
    })
  }

  replay(since: Instant): Promise<number> {
    return this.#alone(() => this.#waiting.replay(since))
  }

  erase(
    drop: (table: string, line: Readonly<Record<string, unknown>>) => boolean,
    mentions?: readonly Mention[]
  ): Promise<number> {
    return this.#alone(async () => {
      // What was accepted before this call is on disk when an empty commit after it is.
      await this.#commits.write(() => undefined)
      const erased = await this.#waiting.erase(drop, mentions)
      if (erased > 0) this.#mayHoldGone = true
      return erased
    })
  }

  copyTo(path: string): Promise<{ readonly entriesWaiting: number }> {
    return this.#alone(async () => {
      let entriesWaiting = 0
      await this.#commits.paused(async () => {
        entriesWaiting = this.#waiting.entries
        await this.#databases.copyTo(path)
      })
      return { entriesWaiting }
    })
  }

  compact(): Promise<boolean> {
    return this.#alone(async () => {
      if (!this.#mayHoldGone || this.#disk.isLow || this.#commits.isFailing) return false
      await this.#commits.paused(() => this.#databases.compact())
      this.#mayHoldGone = false
      return true
    })
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#lastTask
    await this.#commits.close()
    await this.#disk.stop()
    await this.#databases.close()
    await this.#lock.release()
  }

  #refusing(): InboxState['refusing'] {
    if (this.#isClosed) return 'closed'
    if (this.#commits.isFailing) return 'commit-failed'
    if (this.#disk.isLow) return 'disk-low'
    if (
      this.#bytesWaiting > this.#limits.bytesMax ||
      this.#commits.pendingBytes > this.#limits.pendingBytesMax
    )
      return 'full'
    return undefined
  }

  // Housekeeping reads before it writes, so two such tasks must not overlap; appends go on
  // meanwhile.
  #alone<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#isClosed) return Promise.reject(refusal('closed'))
    const result = this.#lastTask.then(task)
    this.#lastTask = result.then(
      () => this.#recount(),
      () => this.#recount()
    )
    return result
  }

  #recount(): void {
    this.#bytesWaiting = this.#waiting.bytes
  }

  async #sweepMarks(now: Instant, countMax: number, itemsMax: number): Promise<void> {
    const { keys, count } = this.#marks.expired(now, { countMax, keysMax: itemsMax })
    const unanswered = this.#marks.expiredUnanswered(now)
    if (keys.length === 0 && unanswered.length === 0) return
    await this.#commits.write(() => {
      for (const key of keys) void this.#databases.marks.remove(key)
      this.#marks.removeUnanswered(unanswered)
    })
    this.#marks.swept(count)
    for (const digest of unanswered) this.#marks.forgetUnanswered(digest)
  }
}

async function inboxId(databases: Databases): Promise<string> {
  const value = databases.meta.get(ID_KEY)
  if (value?.[0] === FORMAT) return value.toString('utf8', 1)
  const id = randomUUID()
  await databases.commit(
    () => void databases.meta.put(ID_KEY, Buffer.from(String.fromCharCode(FORMAT) + id))
  )
  return id
}
