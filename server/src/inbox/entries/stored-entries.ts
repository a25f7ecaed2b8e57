/**
 * What lies on the disk, table by table and in order: entries, the blocks they were given away in,
 * and the lines of either.
 */
import type { Instant } from '../../record.ts'
import { type Block, decodeBlock, entryKey, keyAfterTable, parseEntryKey } from './block.ts'
import type { Databases } from '../disk/databases.ts'
import { decodeEntry, entryLines, forEachLine } from './entry.ts'

/** The lines of a run of entries, gathered over several turns. */
export interface EntryRun {
  readonly first: number
  readonly last: number
  readonly entries: number
  readonly bytes: number
  readonly oldestAt: Instant
  readonly rows: number
  readonly lines: Buffer
}

interface StoredEntry {
  readonly sequence: number
  readonly value: Buffer
  readonly bytes: number
}

const nothing = { rows: 0, bytes: Buffer.alloc(0) }

export class StoredEntries {
  readonly #databases: Databases
  readonly #readChunkBytes: number

  constructor(databases: Databases, readChunkBytes: number) {
    this.#databases = databases
    this.#readChunkBytes = readChunkBytes
  }

  tableNames(): ReadonlySet<string> {
    const { entries, blocks } = this.#databases
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

  *entriesAfter(table: string, sequence: number, last?: number): Generator<StoredEntry> {
    const end = last === undefined ? keyAfterTable(table) : entryKey(table, last + 1)
    for (const { key, value } of this.#databases.entries.getRange({
      start: entryKey(table, sequence + 1),
      end
    })) {
      const parsed = parseEntryKey(key)
      if (parsed !== undefined) yield { sequence: parsed.sequence, value, bytes: value.length }
    }
  }

  *blocks(table: string): Generator<Block> {
    for (const { value } of this.#databases.blocks.getRange({
      start: entryKey(table, 0),
      end: keyAfterTable(table)
    })) {
      const block = decodeBlock(table, value)
      if (block !== undefined) yield block
    }
  }

  /**
   * Undefined when there is no entry. Copies a few megabytes a turn, so that answers need not wait
   * for a large block.
   */
  async read(from: {
    readonly table: string
    readonly after: number
    readonly last?: number
    readonly fromLine?: number
    readonly toLine?: number | undefined
    readonly rowsMax?: number
    readonly bytesMax?: number
    readonly bytesExpected: number
  }): Promise<EntryRun | undefined> {
    const {
      table,
      last,
      fromLine = 0,
      toLine,
      rowsMax = Number.POSITIVE_INFINITY,
      bytesMax = Number.POSITIVE_INFINITY
    } = from
    let lines = Buffer.allocUnsafeSlow(from.bytesExpected)
    let [length, rows, entries, bytes, first, latest, oldestAt] = [0, 0, 0, 0, 0, from.after, 0]
    for (let isMore = true; isMore;) {
      isMore = false
      let readNow = 0
      for (const { sequence, value } of this.entriesAfter(table, latest, last)) {
        const entry = decodeEntry(value)
        const own = entry === undefined ? nothing : entryLines(value, entry, fromLine, toLine)
        if (entries > 0 && (rows + own.rows > rowsMax || bytes + value.length > bytesMax)) break
        if (length + own.bytes.length > lines.length)
          lines = Buffer.concat([
            lines.subarray(0, length),
            Buffer.allocUnsafeSlow(own.bytes.length)
          ])
        length += own.bytes.copy(lines, length)
        rows += own.rows
        bytes += value.length
        if (entries++ === 0) [first, oldestAt] = [sequence, entry?.at ?? 0]
        latest = sequence
        readNow += value.length
        isMore = readNow >= this.#readChunkBytes
        if (isMore) break
      }
      if (isMore) await new Promise(setImmediate)
    }
    return entries === 0
      ? undefined
      : { first, last: latest, entries, bytes, oldestAt, rows, lines: lines.subarray(0, length) }
  }

  /** Undefined when it has a single row. */
  halve(block: Block): readonly [Block, Block] | undefined {
    return block.first === block.last ? this.#halveLines(block) : this.#halveEntries(block)
  }

  #halveEntries(block: Block): readonly [Block, Block] | undefined {
    const sizes = [...this.entriesAfter(block.table, block.first - 1, block.last)].map(
      ({ sequence, bytes, value }) => ({
        sequence,
        bytes,
        at: decodeEntry(value)?.at ?? block.oldestAt
      })
    )
    const middle = Math.floor(sizes.length / 2)
    const upper = sizes[middle]
    const lower = sizes[middle - 1]
    if (lower === undefined || upper === undefined) return undefined
    const bytes = sizes.slice(0, middle).reduce((sum, size) => sum + size.bytes, 0)
    return [
      { ...block, last: lower.sequence, entries: middle, bytes },
      {
        ...block,
        first: upper.sequence,
        entries: sizes.length - middle,
        bytes: block.bytes - bytes,
        oldestAt: upper.at
      }
    ]
  }

  #halveLines(block: Block): readonly [Block, Block] | undefined {
    const value = this.#databases.entries.get(entryKey(block.table, block.first))
    const entry = value === undefined ? undefined : decodeEntry(value)
    if (value === undefined || entry === undefined) return undefined
    const present: number[] = []
    forEachLine(value, entry, (line, index) => {
      if (
        index >= block.fromLine &&
        (block.toLine === undefined || index < block.toLine) &&
        line.length > 1
      )
        present.push(index)
    })
    const middle = present[Math.floor(present.length / 2)]
    if (present.length < 2 || middle === undefined) return undefined
    const bytes = Math.floor(block.bytes / 2)
    return [
      { ...block, toLine: middle, bytes },
      { ...block, fromLine: middle, entries: 0, bytes: block.bytes - bytes }
    ]
  }
}
