/**
 * What a block is while it is remembered: a run of entries of one table (or some lines of a single
 * entry) that is inserted at once.
 */
import { FORMAT } from './entry.ts'

export interface Block {
  readonly table: string
  readonly first: number
  readonly last: number
  /**
   * Lines of the single entry that the block was split down to: `fromLine` inclusive, `toLine`
   * exclusive, undefined for its end.
   */
  readonly fromLine: number
  readonly toLine: number | undefined
  readonly entries: number
  readonly bytes: number
  readonly oldestAt: number
  readonly loadedAt: number | undefined
}

/** Keys sort by table, then by number: a table's entries lie side by side, oldest first. */
export function entryKey(table: string, sequence: number): Buffer {
  const key = Buffer.allocUnsafe(table.length + 9)
  key.write(table, 0, 'latin1')
  key[table.length] = 0
  writeSequence(key, table.length + 1, sequence)
  return key
}

export function parseEntryKey(
  key: Uint8Array
): { readonly table: string; readonly sequence: number } | undefined {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength)
  const end = bytes.indexOf(0)
  if (end < 1 || bytes.length < end + 9) return undefined
  return {
    table: bytes.toString('latin1', 0, end),
    sequence: bytes.readUInt32BE(end + 1) * 0x1_0000_0000 + bytes.readUInt32BE(end + 5)
  }
}

/** The first key after all keys of a table. */
export function keyAfterTable(table: string): Buffer {
  return Buffer.concat([Buffer.from(table, 'latin1'), Buffer.from([1])])
}

export function blockKey(block: Pick<Block, 'table' | 'first' | 'fromLine'>): Buffer {
  const key = Buffer.alloc(block.table.length + 13)
  entryKey(block.table, block.first).copy(key)
  key.writeUInt32BE(block.fromLine, block.table.length + 9)
  return key
}

/** The name under which the store recognises a retry of this block. */
export function blockToken(inbox: string, block: Block): string {
  const lines =
    block.fromLine > 0 || block.toLine !== undefined
      ? `.${block.fromLine}-${block.toLine ?? 'end'}`
      : ''
  return `${inbox}/${block.table}/${block.first}-${block.last}${lines}`
}

export function encodeBlock(block: Block): Buffer {
  const { table: _, ...rest } = block
  return Buffer.from(String.fromCharCode(FORMAT) + JSON.stringify(rest), 'utf8')
}

/** Undefined for anything that `encodeBlock` did not write. Never throws. */
export function decodeBlock(table: string, value: Buffer): Block | undefined {
  if (value[0] !== FORMAT) return undefined
  let read: unknown
  try {
    read = JSON.parse(value.toString('utf8', 1))
  } catch {
    return undefined
  }
  if (typeof read !== 'object' || read === null) return undefined
  const block = read as Record<string, unknown>
  const { first, last, fromLine, toLine, entries, bytes, oldestAt, loadedAt } = block
  if (
    !isCount(first) ||
    !isCount(last) ||
    !isCount(fromLine) ||
    !isCount(entries) ||
    !isCount(bytes) ||
    !isCount(oldestAt)
  )
    return undefined
  if ((toLine !== undefined && !isCount(toLine)) || (loadedAt !== undefined && !isCount(loadedAt)))
    return undefined
  return { table, first, last, fromLine, toLine, entries, bytes, oldestAt, loadedAt }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function writeSequence(target: Buffer, at: number, sequence: number): void {
  target.writeUInt32BE(Math.floor(sequence / 0x1_0000_0000), at)
  target.writeUInt32BE(sequence % 0x1_0000_0000, at + 4)
}
