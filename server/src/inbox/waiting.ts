/**
 * What waits for the store, table by table, in which blocks, and what is kept after it was loaded.
 */
import type { Instant } from '../record.ts'
import { type Block, blockKey, blockToken, encodeBlock, entryKey } from './entries/block.ts'
import type { Databases } from './disk/databases.ts'
import { decodeEntry } from './entries/entry.ts'
import { eraseLines } from './entries/erase-lines.ts'
import type { CommittedEntry } from './group-commit.ts'
import type { InboxBlock, Mention } from './inbox.ts'
import type { InboxLimits } from './limits.ts'
import { type EntryRun, StoredEntries } from './entries/stored-entries.ts'

interface TableQueue {
  /** Blocks whose token was given away and that are not loaded, oldest first. */
  readonly blocks: Block[]
  blockEntries: number
  blockBytes: number
  /** The last entry that is in a block. */
  tail: number
  tailEntries: number
  tailBytes: number
}

interface Writer {
  /** Resolves once fsynced. */
  write(write: () => void): Promise<void>
  rememberSequence(): void
}

const DELETES_PER_COMMIT = 1_000

/** One caller at a time: whoever owns the inbox runs these tasks one after the other. */
export class Waiting {
  readonly #id: string
  readonly #databases: Databases
  readonly #stored: StoredEntries
  readonly #writer: Writer
  readonly #limits: InboxLimits
  readonly #tables = new Map<string, TableQueue>()
  #loadedBytes = 0
  #highest = 0

  constructor(options: {
    readonly id: string
    readonly databases: Databases
    readonly writer: Writer
    readonly limits: InboxLimits
  }) {
    this.#id = options.id
    this.#databases = options.databases
    this.#writer = options.writer
    this.#limits = options.limits
    this.#stored = new StoredEntries(options.databases, options.limits.readChunkBytes)
    for (const table of this.#stored.tableNames()) this.#recover(table)
  }

  /** The highest entry number on disk. */
  get highestSequence(): number {
    return this.#highest
  }

  get entries(): number {
    return this.#sum(({ blockEntries, tailEntries }) => blockEntries + tailEntries)
  }

  get bytes(): number {
    return this.#sum(({ blockBytes, tailBytes }) => blockBytes + tailBytes)
  }

  get oldestAt(): Instant | undefined {
    let oldest: Instant | undefined
    for (const [table, queue] of this.#tables) {
      const at = queue.blocks[0]?.oldestAt ?? this.#tailAt(table, queue)
      if (at !== undefined && (oldest === undefined || at < oldest)) oldest = at
    }
    return oldest
  }

  noteCommitted(entries: readonly CommittedEntry[]): void {
    for (const { table, bytes } of entries) {
      const queue = this.#queue(table)
      queue.tailEntries++
      queue.tailBytes += bytes
    }
  }

  async nextBlocks(limits: { rowsMax: number; bytesMax: number }): Promise<readonly InboxBlock[]> {
    const found: { readonly block: Block; readonly reading: EntryRun }[] = []
    for (const [table, queue] of this.#tables) {
      const next = (await this.#firstWithRows(queue)) ?? (await this.#plan(table, queue, limits))
      if (next !== undefined) found.push(next)
    }
    const planned = found
      .map(({ block }) => block)
      .filter((block) => block.last > this.#queue(block.table).tail)
    if (planned.length > 0) await this.#putBlocks(planned)
    for (const block of planned) this.#addToQueue(block)
    return found
      .map(({ block, reading: { rows, lines } }) => {
        const { table, oldestAt } = block
        return {
          token: blockToken(this.#id, block),
          table,
          rows,
          bytes: lines.length,
          lines,
          oldestAt
        }
      })
      .sort((a, b) => a.oldestAt - b.oldestAt)
  }

  async loaded(token: string, at: Instant): Promise<void> {
    const block = this.#find(token)
    if (block !== undefined) await this.#finish(block, at)
  }

  async split(token: string): Promise<boolean> {
    const block = this.#find(token)
    if (block === undefined) return false
    const halves = this.#stored.halve(block)
    if (halves === undefined) return false
    const { blocks } = this.#databases
    await this.#writer.write(() => {
      // The first half has the block's own key, so it replaces it.
      for (const half of halves) void blocks.put(blockKey(half), encodeBlock(half))
    })
    const queue = this.#queue(block.table)
    queue.blocks.splice(queue.blocks.indexOf(block), 1, ...halves)
    return true
  }

  /**
   * Deletes what was loaded before `until`, and more, oldest first, while more than
   * `loadedBytesMax` is kept.
   */
  async sweep({
    until,
    loadedBytesMax,
    itemsMax
  }: {
    until: Instant
    loadedBytesMax: number
    itemsMax: number
  }): Promise<void> {
    let left = itemsMax
    for (const table of this.#tables.keys()) {
      while (left > 0) {
        const { blocks, entries } = this.#sweepable(table, {
          until,
          loadedBytesMax,
          itemsMax: Math.min(left, DELETES_PER_COMMIT)
        })
        if (blocks.length === 0) break
        await this.#writer.write(() => {
          for (const block of blocks) void this.#databases.blocks.remove(blockKey(block))
          for (const key of entries) void this.#databases.entries.remove(key)
          this.#writer.rememberSequence()
        })
        for (const block of blocks) this.#loadedBytes -= block.bytes
        left -= blocks.length + entries.length
      }
    }
  }

  async replay(since: Instant): Promise<number> {
    const again: Block[] = []
    for (const table of this.#tables.keys()) {
      for (const block of this.#stored.blocks(table)) {
        if (block.loadedAt !== undefined && block.loadedAt >= since)
          again.push({ ...block, loadedAt: undefined })
      }
    }
    for (let from = 0; from < again.length; from += DELETES_PER_COMMIT)
      await this.#putBlocks(again.slice(from, from + DELETES_PER_COMMIT))
    for (const block of again) {
      this.#loadedBytes -= block.bytes
      this.#enqueue(block)
    }
    for (const queue of this.#tables.values())
      queue.blocks.sort((a, b) => a.first - b.first || a.fromLine - b.fromLine)
    return again.length
  }

  async erase(
    drop: (table: string, line: Readonly<Record<string, unknown>>) => boolean,
    mentions: readonly Mention[] | undefined
  ): Promise<number> {
    let erased = 0
    for (const table of this.#tables.keys()) {
      let after = 0
      for (;;) {
        const chunk = this.#eraseChunk(table, after, drop, mentions)
        if (chunk.rewrites.length > 0) {
          await this.#writer.write(() => {
            for (const { key, value } of chunk.rewrites)
              void this.#databases.entries.put(key, value)
          })
        }
        erased += chunk.erased
        this.#queue(table).tailBytes -= chunk.tailBytesFreed
        if (chunk.last === undefined) break
        after = chunk.last
        // Answers go first: an erasure may take as many turns as it needs.
        await new Promise(setImmediate)
      }
    }
    return erased
  }

  #recover(table: string): void {
    const queue = this.#queue(table)
    for (const block of this.#stored.blocks(table)) {
      queue.tail = Math.max(queue.tail, block.last)
      if (block.loadedAt === undefined) this.#enqueue(block)
      else this.#loadedBytes += block.bytes
    }
    this.#highest = Math.max(this.#highest, queue.tail)
    for (const { sequence, bytes } of this.#stored.entriesAfter(table, queue.tail)) {
      queue.tailEntries++
      queue.tailBytes += bytes
      this.#highest = Math.max(this.#highest, sequence)
    }
  }

  #queue(table: string): TableQueue {
    let queue = this.#tables.get(table)
    if (queue === undefined) {
      queue = { blocks: [], blockEntries: 0, blockBytes: 0, tail: 0, tailEntries: 0, tailBytes: 0 }
      this.#tables.set(table, queue)
    }
    return queue
  }

  #sum(of: (queue: TableQueue) => number): number {
    let sum = 0
    for (const queue of this.#tables.values()) sum += of(queue)
    return Math.max(0, sum)
  }

  #enqueue(block: Block): void {
    const queue = this.#queue(block.table)
    queue.blocks.push(block)
    queue.blockEntries += block.entries
    queue.blockBytes += block.bytes
  }

  #addToQueue(block: Block): void {
    const queue = this.#queue(block.table)
    this.#enqueue(block)
    queue.tail = block.last
    queue.tailEntries -= block.entries
    queue.tailBytes -= block.bytes
  }

  async #plan(
    table: string,
    queue: TableQueue,
    { rowsMax, bytesMax }: { rowsMax: number; bytesMax: number }
  ): Promise<{ readonly block: Block; readonly reading: EntryRun } | undefined> {
    if (queue.tailEntries <= 0) return undefined
    const reading = await this.#stored.read({
      table,
      after: queue.tail,
      rowsMax,
      bytesMax,
      bytesExpected: Math.max(0, Math.min(bytesMax, queue.tailBytes))
    })
    if (reading === undefined) return undefined
    const { first, last, entries, bytes, oldestAt, rows } = reading
    const block = {
      table,
      first,
      last,
      entries,
      bytes,
      oldestAt,
      fromLine: 0,
      toLine: undefined,
      loadedAt: undefined
    }
    if (rows > 0) return { block, reading }
    await this.#putBlocks([block])
    this.#addToQueue(block)
    await this.#finish(block, oldestAt)
    return this.#plan(table, queue, { rowsMax, bytesMax })
  }

  // A block whose every line was erased has nothing to load; it is finished on the way.
  async #firstWithRows(
    queue: TableQueue
  ): Promise<{ readonly block: Block; readonly reading: EntryRun } | undefined> {
    for (let block = queue.blocks[0]; block !== undefined; block = queue.blocks[0]) {
      const { table, first, last, fromLine, toLine, bytes } = block
      const reading = await this.#stored.read({
        table,
        after: first - 1,
        last,
        fromLine,
        toLine,
        bytesExpected: bytes
      })
      if (reading !== undefined && reading.rows > 0) return { block, reading }
      await this.#finish(block, block.oldestAt)
    }
    return undefined
  }

  async #finish(block: Block, at: Instant): Promise<void> {
    await this.#putBlocks([{ ...block, loadedAt: Math.trunc(at) }])
    const queue = this.#queue(block.table)
    queue.blocks.splice(queue.blocks.indexOf(block), 1)
    queue.blockEntries -= block.entries
    queue.blockBytes -= block.bytes
    this.#loadedBytes += block.bytes
  }

  async #putBlocks(blocks: readonly Block[]): Promise<void> {
    await this.#writer.write(() => {
      for (const block of blocks)
        void this.#databases.blocks.put(blockKey(block), encodeBlock(block))
    })
  }

  #find(token: string): Block | undefined {
    for (const { blocks } of this.#tables.values()) {
      const found = blocks.find((block) => blockToken(this.#id, block) === token)
      if (found !== undefined) return found
    }
    return undefined
  }

  #sweepable(
    table: string,
    {
      until,
      loadedBytesMax,
      itemsMax
    }: { until: Instant; loadedBytesMax: number; itemsMax: number }
  ) {
    const blocks: Block[] = []
    const entries: Buffer[] = []
    let bytes = this.#loadedBytes
    for (const block of this.#stored.blocks(table)) {
      if (
        block.loadedAt === undefined ||
        (block.loadedAt >= until && bytes <= loadedBytesMax) ||
        blocks.length + entries.length >= itemsMax
      )
        break
      blocks.push(block)
      bytes -= block.bytes
      // Lines of an entry share it; whoever has its end comes last.
      if (block.toLine !== undefined) continue
      for (const { sequence } of this.#stored.entriesAfter(table, block.first - 1, block.last))
        entries.push(entryKey(table, sequence))
    }
    return { blocks, entries }
  }

  #eraseChunk(
    table: string,
    after: number,
    drop: (table: string, line: Readonly<Record<string, unknown>>) => boolean,
    mentions: readonly Mention[] | undefined
  ) {
    const rewrites: { readonly key: Buffer; readonly value: Buffer }[] = []
    const { tail } = this.#queue(table)
    let erased = 0
    let tailBytesFreed = 0
    let read = 0
    for (const { sequence, value, bytes } of this.#stored.entriesAfter(table, after)) {
      const rewritten = eraseLines(value, (line) => drop(table, line), mentions)
      if (rewritten !== undefined) {
        rewrites.push({ key: entryKey(table, sequence), value: rewritten.value })
        erased += rewritten.erased
        if (sequence > tail) tailBytesFreed += bytes - rewritten.value.length
      }
      read += bytes
      if (read >= this.#limits.readChunkBytes)
        return { rewrites, erased, tailBytesFreed, last: sequence }
    }
    return { rewrites, erased, tailBytesFreed, last: undefined }
  }

  #tailAt(table: string, queue: TableQueue): Instant | undefined {
    if (queue.tailEntries <= 0) return undefined
    for (const { value } of this.#stored.entriesAfter(table, queue.tail))
      return decodeEntry(value)?.at
    return undefined
  }
}
