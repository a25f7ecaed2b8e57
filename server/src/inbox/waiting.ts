/** What waits for the store, table by table, in which blocks, and what is kept after it was loaded. */
import type { Instant } from '../record.ts'
import { type Block, blockKey, blockToken, decodeBlock, encodeBlock, entryKey, keyAfterTable, parseEntryKey } from './block.ts'
import type { Databases } from './databases.ts'
import { decodeEntry, encodeEntry, entryLines, forEachLine } from './entry.ts'
import type { CommittedEntry } from './group-commit.ts'
import type { InboxBlock, Mention } from './inbox.ts'
import type { InboxLimits } from './limits.ts'

interface TableQueue {
  /** Blocks whose token was given away and that are not loaded, oldest first. */
  blocks: Block[]
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
    for (const table of tableNames(this.#databases)) this.#recover(table)
  }

  /** The highest entry number on disk. */
  get highestSequence(): number {
    return this.#highest
  }

  get entries(): number {
    return this.#sum(({ blocks, tailEntries }) => blocks.reduce((sum, block) => sum + block.entries, tailEntries))
  }

  get bytes(): number {
    return this.#sum(({ blocks, tailBytes }) => blocks.reduce((sum, block) => sum + block.bytes, tailBytes))
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

  async nextBlocks({ rowsMax, bytesMax }: { rowsMax: number; bytesMax: number }): Promise<readonly InboxBlock[]> {
    const planned: Block[] = []
    for (const [table, queue] of this.#tables) {
      if (queue.blocks.length > 0 || queue.tailEntries <= 0) continue
      const block = this.#plan(table, queue, rowsMax, bytesMax)
      if (block !== undefined) planned.push(block)
    }
    if (planned.length > 0) {
      await this.#putBlocks(planned)
      for (const block of planned) this.#addToQueue(block)
    }
    const ready: InboxBlock[] = []
    for (const queue of this.#tables.values()) {
      const block = await this.#firstWithRows(queue)
      if (block !== undefined) ready.push(block)
    }
    return ready.sort((a, b) => a.oldestAt - b.oldestAt)
  }

  async loaded(token: string, at: Instant): Promise<void> {
    const block = this.#find(token)
    if (block !== undefined) await this.#finish(block, at)
  }

  async split(token: string): Promise<boolean> {
    const block = this.#find(token)
    if (block === undefined) return false
    const halves = block.first === block.last ? this.#halveLines(block) : this.#halveEntries(block)
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

  /** Deletes what was loaded before `until`, and more, oldest first, while more than `loadedBytesMax` is kept. */
  async sweep({ until, loadedBytesMax, itemsMax }: { until: Instant; loadedBytesMax: number; itemsMax: number }): Promise<void> {
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
      for (const block of this.#storedBlocks(table)) {
        if (block.loadedAt !== undefined && block.loadedAt >= since) again.push({ ...block, loadedAt: undefined })
      }
    }
    for (let from = 0; from < again.length; from += DELETES_PER_COMMIT)
      await this.#putBlocks(again.slice(from, from + DELETES_PER_COMMIT))
    for (const block of again) {
      this.#loadedBytes -= block.bytes
      this.#queue(block.table).blocks.push(block)
    }
    for (const queue of this.#tables.values()) queue.blocks.sort((a, b) => a.first - b.first || a.fromLine - b.fromLine)
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
            for (const { key, value } of chunk.rewrites) void this.#databases.entries.put(key, value)
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
    for (const block of this.#storedBlocks(table)) {
      queue.tail = Math.max(queue.tail, block.last)
      if (block.loadedAt === undefined) queue.blocks.push(block)
      else this.#loadedBytes += block.bytes
    }
    this.#highest = Math.max(this.#highest, queue.tail)
    for (const { sequence, bytes } of this.#entriesAfter(table, queue.tail)) {
      queue.tailEntries++
      queue.tailBytes += bytes
      this.#highest = Math.max(this.#highest, sequence)
    }
  }

  #queue(table: string): TableQueue {
    let queue = this.#tables.get(table)
    if (queue === undefined) this.#tables.set(table, (queue = { blocks: [], tail: 0, tailEntries: 0, tailBytes: 0 }))
    return queue
  }

  #sum(of: (queue: TableQueue) => number): number {
    let sum = 0
    for (const queue of this.#tables.values()) sum += of(queue)
    return Math.max(0, sum)
  }

  #plan(table: string, queue: TableQueue, rowsMax: number, bytesMax: number): Block | undefined {
    let block: { first: number; last: number; entries: number; bytes: number; oldestAt: number } | undefined
    let rows = 0
    for (const { sequence, value, bytes } of this.#entriesAfter(table, queue.tail)) {
      const entry = decodeEntry(value)
      const count = entry?.lines ?? 0
      if (block === undefined) block = { first: sequence, last: sequence, entries: 0, bytes: 0, oldestAt: entry?.at ?? 0 }
      else if (rows + count > rowsMax || block.bytes + bytes > bytesMax) break
      rows += count
      block.last = sequence
      block.entries++
      block.bytes += bytes
    }
    return block === undefined ? undefined : { table, ...block, fromLine: 0, toLine: undefined, loadedAt: undefined }
  }

  #addToQueue(block: Block): void {
    const queue = this.#queue(block.table)
    queue.blocks.push(block)
    queue.tail = block.last
    queue.tailEntries -= block.entries
    queue.tailBytes -= block.bytes
  }

  // A block whose every line was erased has nothing to load; it is finished on the way.
  async #firstWithRows(queue: TableQueue): Promise<InboxBlock | undefined> {
    for (let block = queue.blocks[0]; block !== undefined; block = queue.blocks[0]) {
      const { rows, lines } = this.#read(block)
      if (rows > 0)
        return {
          token: blockToken(this.#id, block),
          table: block.table,
          rows,
          bytes: lines.length,
          lines,
          oldestAt: block.oldestAt
        }
      await this.#finish(block, block.oldestAt)
    }
    return undefined
  }

  async #finish(block: Block, at: Instant): Promise<void> {
    await this.#putBlocks([{ ...block, loadedAt: Math.trunc(at) }])
    const queue = this.#queue(block.table)
    queue.blocks = queue.blocks.filter((waiting) => waiting !== block)
    this.#loadedBytes += block.bytes
  }

  async #putBlocks(blocks: readonly Block[]): Promise<void> {
    await this.#writer.write(() => {
      for (const block of blocks) void this.#databases.blocks.put(blockKey(block), encodeBlock(block))
    })
  }

  #find(token: string): Block | undefined {
    for (const { blocks } of this.#tables.values()) {
      const found = blocks.find((block) => blockToken(this.#id, block) === token)
      if (found !== undefined) return found
    }
    return undefined
  }

  #read(block: Block): { rows: number; lines: Buffer } {
    const pieces: Buffer[] = []
    let rows = 0
    for (const { value } of this.#entriesAfter(block.table, block.first - 1, block.last)) {
      const entry = decodeEntry(value)
      if (entry === undefined) continue
      const lines = entryLines(value, entry, block.fromLine, block.toLine)
      rows += lines.rows
      pieces.push(lines.bytes)
    }
    return { rows, lines: Buffer.concat(pieces) }
  }

  #halveEntries(block: Block): readonly [Block, Block] | undefined {
    const sizes = [...this.#entriesAfter(block.table, block.first - 1, block.last)].map(({ sequence, bytes, value }) => ({
      sequence,
      bytes,
      at: decodeEntry(value)?.at ?? block.oldestAt
    }))
    const middle = Math.floor(sizes.length / 2)
    const upper = sizes[middle]
    const lower = sizes[middle - 1]
    if (lower === undefined || upper === undefined) return undefined
    const bytes = sizes.slice(0, middle).reduce((sum, size) => sum + size.bytes, 0)
    return [
      { ...block, last: lower.sequence, entries: middle, bytes },
      { ...block, first: upper.sequence, entries: sizes.length - middle, bytes: block.bytes - bytes, oldestAt: upper.at }
    ]
  }

  #halveLines(block: Block): readonly [Block, Block] | undefined {
    const value = this.#databases.entries.get(entryKey(block.table, block.first))
    const entry = value === undefined ? undefined : decodeEntry(value)
    if (value === undefined || entry === undefined) return undefined
    const present: number[] = []
    forEachLine(value, entry, (line, index) => {
      if (index >= block.fromLine && (block.toLine === undefined || index < block.toLine) && line.length > 1) present.push(index)
    })
    const middle = present[Math.floor(present.length / 2)]
    if (present.length < 2 || middle === undefined) return undefined
    const bytes = Math.floor(block.bytes / 2)
    return [
      { ...block, toLine: middle, bytes },
      { ...block, fromLine: middle, entries: 0, bytes: block.bytes - bytes }
    ]
  }

  #sweepable(table: string, { until, loadedBytesMax, itemsMax }: { until: Instant; loadedBytesMax: number; itemsMax: number }) {
    const blocks: Block[] = []
    const entries: Buffer[] = []
    let bytes = this.#loadedBytes
    for (const block of this.#storedBlocks(table)) {
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
      for (const { sequence } of this.#entriesAfter(table, block.first - 1, block.last)) entries.push(entryKey(table, sequence))
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
    for (const { sequence, value, bytes } of this.#entriesAfter(table, after)) {
      const rewritten = eraseLines(value, (line) => drop(table, line), mentions)
      if (rewritten !== undefined) {
        rewrites.push({ key: entryKey(table, sequence), value: rewritten.value })
        erased += rewritten.erased
        if (sequence > tail) tailBytesFreed += bytes - rewritten.value.length
      }
      read += bytes
      if (read >= this.#limits.eraseChunkBytes) return { rewrites, erased, tailBytesFreed, last: sequence }
    }
    return { rewrites, erased, tailBytesFreed, last: undefined }
  }

  #tailAt(table: string, queue: TableQueue): Instant | undefined {
    if (queue.tailEntries <= 0) return undefined
    for (const { value } of this.#entriesAfter(table, queue.tail)) return decodeEntry(value)?.at
    return undefined
  }

  *#entriesAfter(table: string, sequence: number, last?: number): Generator<{ sequence: number; value: Buffer; bytes: number }> {
    const end = last === undefined ? keyAfterTable(table) : entryKey(table, last + 1)
    for (const { key, value } of this.#databases.entries.getRange({ start: entryKey(table, sequence + 1), end })) {
      const parsed = parseEntryKey(key)
      if (parsed !== undefined) yield { sequence: parsed.sequence, value, bytes: value.length }
    }
  }

  *#storedBlocks(table: string): Generator<Block> {
    for (const { value } of this.#databases.blocks.getRange({ start: entryKey(table, 0), end: keyAfterTable(table) })) {
      const block = decodeBlock(table, value)
      if (block !== undefined) yield block
    }
  }
}

function tableNames({ entries, blocks }: Databases): ReadonlySet<string> {
  const names = new Set<string>()
  for (const database of [entries, blocks]) {
    let start: Buffer = Buffer.from([1])
    for (;;) {
      const [key] = [...database.getKeys({ start, limit: 1 })]
      const table = key === undefined ? undefined : parseEntryKey(key)?.table
      if (table === undefined) break
      names.add(table)
      start = keyAfterTable(table)
    }
  }
  return names
}

function eraseLines(
  value: Buffer,
  drop: (line: Readonly<Record<string, unknown>>) => boolean,
  mentions: readonly Mention[] | undefined
): { readonly value: Buffer; readonly erased: number } | undefined {
  if (mentions !== undefined && !mentionsAny(value, mentions)) return undefined
  const entry = decodeEntry(value)
  if (entry === undefined) return undefined
  let erased = 0
  let body = ''
  forEachLine(value, entry, (line) => {
    const text = line.toString('utf8')
    const isDropped = line.length > 1 && (mentions === undefined || mentionsAny(line, mentions)) && dropsLine(text, drop)
    if (isDropped) erased++
    body += isDropped ? '\n' : text
  })
  return erased === 0
    ? undefined
    : { value: encodeEntry({ lines: entry.lines, erased: entry.erased + erased, at: entry.at, body }), erased }
}

// One pass per kind of mention, however many values it has: strangers can ask for many.
function mentionsAny(bytes: Buffer, mentions: readonly Mention[]): boolean {
  return mentions.some(({ before, values }) => {
    const [any] = values
    if (any === undefined) return false
    for (let at = bytes.indexOf(before); at >= 0; at = bytes.indexOf(before, at + 1)) {
      const start = at + before.length
      if (values.has(bytes.toString('latin1', start, start + any.length))) return true
    }
    return false
  })
}

function dropsLine(text: string, drop: (line: Readonly<Record<string, unknown>>) => boolean): boolean {
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch {
    return false
  }
  return typeof line === 'object' && line !== null && drop(line as Readonly<Record<string, unknown>>)
}
