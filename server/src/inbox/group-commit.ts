/**
 * How do many appends share one fsync? While one group is being committed, the next one gathers.
 */
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import type { Token } from '../record.ts'
import { entryKey } from './entries/block.ts'
import type { Databases } from './disk/databases.ts'
import { FORMAT } from './entries/entry.ts'
import { type DraftEntries, EntryWriter } from './entries/entry-writer.ts'
import type { Append, Appended, DuplicateMark } from './inbox.ts'
import type { InboxLimits } from './limits.ts'
import type { Marks } from './duplicates/marks.ts'

/** An entry as committed, for whoever counts what waits. */
export interface CommittedEntry {
  readonly table: string
  readonly bytes: number
}

interface Group {
  readonly tables: DraftEntries[]
  readonly marks: DuplicateMark[]
  readonly writes: (() => void)[]
  characters: number
  /** What every append of one new part is told: one promise for all of them. */
  oneFresh: Promise<Appended> | undefined
  readonly done: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const ONE_FRESH: Appended = { fresh: [true] }
const SEQUENCE_KEY = Buffer.from('sequence')
const PROBE_KEY = Buffer.from('probe')
// As much as a busy commit writes, so that the probe does not succeed where the next commit fails.
const PROBE_BYTES = 64 * 1024

export class GroupCommit {
  readonly #databases: Databases
  readonly #marks: Marks
  readonly #effects: Effects
  readonly #limits: InboxLimits
  readonly #onCommitted: (entries: readonly CommittedEntry[]) => void
  /** Marks whose commit is under way: a copy of such a record waits for the same commit. */
  readonly #inFlight = new Map<Token, Group>()
  readonly #writer: EntryWriter
  #gathering: Group | undefined
  #committing: Group | undefined
  #isScheduled = false
  #isPaused = false
  #sequence: number
  #failing = false
  #cancelProbe: () => void = () => undefined
  #probing: Promise<void> = Promise.resolve()

  constructor(options: {
    readonly databases: Databases
    readonly marks: Marks
    readonly effects: Effects
    readonly limits: InboxLimits
    readonly sequence: number
    readonly onCommitted: (entries: readonly CommittedEntry[]) => void
  }) {
    this.#databases = options.databases
    this.#marks = options.marks
    this.#effects = options.effects
    this.#limits = options.limits
    this.#sequence = options.sequence
    this.#onCommitted = options.onCommitted
    this.#writer = new EntryWriter(options.limits.entryBytesMax)
  }

  /** True from a failed commit until a probe succeeds. */
  get isFailing(): boolean {
    return this.#failing
  }

  /** Waiting in memory for a commit, roughly. */
  get pendingBytes(): number {
    return (this.#gathering?.characters ?? 0) + (this.#committing?.characters ?? 0)
  }

  append({ parts, once }: Append): Promise<Appended> {
    const now = this.#effects.clock.now()
    if (once !== undefined) {
      const nothingNew: Appended = { fresh: parts.map(() => false), isKnown: true }
      const copy = this.#inFlight.get(once.digest)
      if (copy !== undefined) return copy.done.then(() => nothingNew)
      if (this.#marks.has(once.digest, now)) return Promise.resolve(nothingNew)
    }
    // Filled in order; made at its length, since a list that grows takes room for seventeen.
    const fresh = Array<boolean>(parts.length)
    let isAllFresh = true
    let earlier: Group | undefined
    let mine: Group | undefined
    for (let index = 0; index < parts.length; index++) {
      const { mark, rows } = parts[index] as Append['parts'][number]
      const group = mark === undefined ? undefined : this.#inFlight.get(mark.digest)
      if (group !== undefined) {
        if (group === this.#committing) earlier = group
        else mine = group
      }
      fresh[index] =
        group === undefined && (mark === undefined || !this.#marks.has(mark.digest, now))
      if (!fresh[index]) {
        isAllFresh = false
        continue
      }
      // What has no rows is not remembered either: a mark guards rows.
      if (rows.length === 0) continue
      mine ??= this.#gather()
      if (mark !== undefined) {
        this.#inFlight.set(mark.digest, mine)
        mine.marks.push(mark)
      }
      for (const { table, rows: count, lines } of rows) this.#addRows(mine, table, count, lines)
    }
    if (once !== undefined) {
      // Remembered without rows as well: the parts' own marks may be forgotten before a copy comes.
      mine ??= this.#gather()
      this.#inFlight.set(once.digest, mine)
      mine.marks.push(once)
    }
    if (isAllFresh && parts.length === 1 && mine !== undefined)
      return (mine.oneFresh ??= mine.done.then(() => ONE_FRESH))
    const appended: Appended = { fresh }
    if (mine === undefined && earlier === undefined) return Promise.resolve(appended)
    if (earlier === undefined) return (mine as Group).done.then(() => appended)
    // The commit under way ends before the gathering one begins, and either failing means that not
    // everything is kept.
    return Promise.all([earlier.done, mine?.done]).then(() => appended)
  }

  /** Puts and removes that travel with the next commit. */
  write(write: () => void): Promise<void> {
    const group = this.#gather()
    group.writes.push(write)
    return group.done
  }

  /**
   * Keeps the numbering from starting again below `sequence` when every entry is gone. To be called
   * inside a `write`.
   */
  rememberSequence(): void {
    putSequence(this.#databases, this.#sequence)
  }

  /** Nothing is committed while `work` runs; what comes meanwhile gathers, within its bound. */
  async paused(work: () => Promise<void>): Promise<void> {
    while (this.#committing !== undefined) await this.#committing.done.catch(() => undefined)
    await this.#probing
    this.#isPaused = true
    try {
      await work()
    } finally {
      this.#isPaused = false
      if (this.#gathering !== undefined) this.#schedule()
    }
  }

  /** Resolves when nothing waits any more, whatever became of it. */
  async settle(): Promise<void> {
    while (this.#gathering !== undefined || this.#committing !== undefined) {
      await (this.#gathering ?? this.#committing)?.done.catch(() => undefined)
    }
  }

  async close(): Promise<void> {
    await this.settle()
    this.#cancelProbe()
    await this.#probing
  }

  #addRows(group: Group, table: string, count: number, lines: string): void {
    group.characters += lines.length
    let entries = group.tables.find((each) => each.table === table)
    if (entries === undefined) group.tables.push((entries = { table, drafts: [] }))
    this.#writer.add(entries, lines, count)
  }

  #gather(): Group {
    if (this.#gathering !== undefined) return this.#gathering
    const group = newGroup()
    this.#gathering = group
    this.#schedule()
    return group
  }

  // At the end of this turn of the event loop, so that everything read from the sockets in it
  // shares the commit.
  #schedule(): void {
    if (this.#isScheduled || this.#isPaused || this.#committing !== undefined) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      void this.#commitNext()
    })
  }

  async #commitNext(): Promise<void> {
    const group = this.#gathering
    if (group === undefined || this.#isPaused) return
    this.#gathering = undefined
    this.#committing = group
    const at = this.#effects.clock.now()
    const firstSequence = this.#sequence + 1
    const entries: {
      readonly key: Buffer
      readonly value: Buffer
      readonly table: string
      readonly bytes: number
    }[] = []
    for (const { table, drafts } of group.tables) {
      for (const draft of drafts) {
        const value = this.#writer.finish(draft, at)
        entries.push({ key: entryKey(table, ++this.#sequence), value, table, bytes: value.length })
      }
    }
    if (entries.length === 0 && group.marks.length > 0) this.#sequence++
    try {
      await this.#databases.commit(() => {
        for (const { key, value } of entries) void this.#databases.entries.put(key, value)
        for (const { key, value } of this.#marks.encode(group.marks, firstSequence))
          void this.#databases.marks.put(key, value)
        this.#marks.putUnanswered(group.marks)
        for (const write of group.writes) write()
      })
      this.#marks.remember(group.marks, firstSequence, at)
      this.#onCommitted(entries)
      for (const table of group.tables) this.#writer.release(table)
      this.#finish(group)
      group.resolve()
    } catch (error) {
      this.#finish(group)
      this.#noteFailure()
      group.reject(error)
    }
  }

  #finish(group: Group): void {
    for (const { digest } of group.marks) this.#inFlight.delete(digest)
    this.#committing = undefined
    if (this.#gathering !== undefined) this.#schedule()
  }

  #noteFailure(): void {
    if (this.#failing) return
    this.#failing = true
    this.#probeLater()
  }

  #probeLater(): void {
    this.#cancelProbe = this.#effects.clock.after(this.#limits.commitRetryMs, () => {
      this.#probing = this.#probe()
    })
  }

  async #probe(): Promise<void> {
    const { commit, meta } = this.#databases
    try {
      await commit(() => void meta.put(PROBE_KEY, Buffer.alloc(PROBE_BYTES, FORMAT)))
      await commit(() => void meta.remove(PROBE_KEY))
      this.#failing = false
    } catch {
      this.#probeLater()
    }
  }
}

/** To be called inside a `commit`. */
export function putSequence(databases: Databases, sequence: number): void {
  const value = Buffer.alloc(9)
  value[0] = FORMAT
  value.writeDoubleBE(sequence, 1)
  void databases.meta.put(SEQUENCE_KEY, value)
}

/** The highest number that was ever given away, as far as `rememberSequence` knows. */
export function rememberedSequence(databases: Databases): number {
  const value = databases.meta.get(SEQUENCE_KEY)
  return value?.length === 9 && value[0] === FORMAT ? value.readDoubleBE(1) : 0
}

/** The error of an inbox that refuses appends, in words for an operator. */
export function refusal(because: 'full' | 'disk-low' | 'commit-failed' | 'closed'): CandorError {
  if (because === 'full')
    return new CandorError(
      'INBOX_FULL',
      'The inbox is full: the store has not taken entries for too long.'
    )
  if (because === 'disk-low')
    return new CandorError('INBOX_DISK_LOW', 'The disk of the data folder is almost full.')
  if (because === 'commit-failed')
    return new CandorError(
      'INBOX_COMMIT_FAILED',
      'The inbox could not write to its disk, and tries again each second.'
    )
  return new CandorError('INBOX_CLOSED', 'The inbox is closed.')
}

function newGroup(): Group {
  let resolve = unset
  let reject: (error: unknown) => void = unset
  const done = new Promise<void>((onDone, onFailed) => {
    resolve = onDone
    reject = onFailed
  })
  // Whoever appended hears of a failure; a group of housekeeping alone may have nobody who waits.
  done.catch(() => undefined)
  return {
    tables: [],
    marks: [],
    writes: [],
    characters: 0,
    oneFresh: undefined,
    done,
    resolve,
    reject
  }
}

function unset(): void {}
