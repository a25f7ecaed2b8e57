/**
 * Writes what can still be read of a damaged inbox into a new one: entries, the blocks that they
 * were given away in, deletions and duplicate marks.
 */
import { isUtf8 } from 'node:buffer'
import { join } from 'node:path'
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import { type Block, decodeBlock, parseEntryKey } from './entries/block.ts'
import { type DamagedFile, openDamaged } from './disk/damaged-file.ts'
import { type Bytes, type Databases, openDatabases } from './disk/databases.ts'
import { lockFolder } from './disk/folder-lock.ts'
import { decodeEntry, encodeEntry, FORMAT, forEachLine } from './entries/entry.ts'
import { putSequence, rememberedSequence } from './group-commit.ts'
import { inboxLimits } from './limits.ts'
import { decodeTombstone } from './tombstones.ts'

export interface Salvaged {
  readonly records: number
  /** Of those: not in the store yet, as far as it can be read. */
  readonly waiting: number
  /** In entries that were found, and could not be read, or only in part. */
  readonly recordsLost: number
  readonly pagesLost: number
  readonly deletions: number
  readonly marks: number
  /** False: what was on its way into the store can't be told from what is in it already. */
  readonly keepsId: boolean
}

const writesPerCommit = 500
/** More entries than the largest inbox holds. */
const numbersLeftOut = 1_000_000_000
const tableName = /^[a-z][a-z0-9_]*$/
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Rejects with INBOX_LOCKED where a server runs on either, or where an inbox is already. */
export async function salvageInbox({
  from,
  to,
  effects
}: {
  readonly from: string
  readonly to: string
  readonly effects: Effects
}): Promise<Salvaged> {
  const target = join(to, 'inbox.lmdb')
  if (
    await effects.files.stat(target).then(
      () => true,
      () => false
    )
  )
    throw new CandorError('INBOX_LOCKED', `There is an inbox in ${to} already: move it aside.`)
  await effects.files.mkdir(to, { recursive: true, mode: 0o700 })
  const undo: (() => Promise<void> | void)[] = []
  try {
    for (const folder of new Set([from, to])) {
      const lock = await lockFolder(folder, effects)
      undo.unshift(() => lock.release())
    }
    const damaged = openDamaged(join(from, 'inbox.lmdb'))
    if (damaged === undefined)
      throw new CandorError(
        'INBOX_DAMAGED',
        `Nothing of the inbox in ${from} can be read: both of its first pages are damaged.`
      )
    undo.unshift(() => damaged.close())
    const { bytesMax, replayBytesMax } = inboxLimits
    const databases = openDatabases(target, { mapBytes: 4 * (bytesMax + replayBytesMax) })
    undo.unshift(() => databases.close())
    return await copy(damaged, databases)
  } finally {
    for (const each of undo) await each()
  }
}

async function copy(damaged: DamagedFile, databases: Databases): Promise<Salvaged> {
  const blocks = [...blocksOf(damaged)]
  let [records, waiting, recordsLost, highest] = [0, 0, 0, 0]
  await copyPairs(damaged, databases, 'entries', (key, value) => {
    const place = parseEntryKey(key)
    const read = place === undefined || !tableName.test(place.table) ? undefined : readLines(value)
    if (place === undefined || read === undefined) {
      // It held one record at least.
      recordsLost += 1
      return undefined
    }
    highest = Math.max(highest, place.sequence)
    const own = blocks.filter(({ table }) => table === place.table)
    const holds = own.find(({ first, last }) => first <= place.sequence && place.sequence <= last)
    // Blocks are given away in the order of their entries: one that can't be read, and that stood
    // before another, was loaded.
    const isGone = holds === undefined && own.some(({ first }) => first > place.sequence)
    if (isGone) return undefined
    records += read.lines
    recordsLost += read.lost
    if (holds?.loadedAt === undefined) waiting += read.lines
    return read.value
  })
  await copyPairs(damaged, databases, 'blocks', (key, value) => {
    const table = parseEntryKey(key)?.table
    return table === undefined || decodeBlock(table, value) === undefined ? undefined : value
  })
  const deletions = await copyPairs(damaged, databases, 'tombstones', (_, value) =>
    decodeTombstone(value) === undefined ? undefined : value
  )
  const ofFormat = (_: Buffer, value: Buffer): Buffer | undefined =>
    value[0] === FORMAT ? value : undefined
  const marks = await copyPairs(damaged, databases, 'marks', ofFormat)
  await copyPairs(damaged, databases, 'unanswered', ofFormat)
  let keepsId = false
  await copyPairs(damaged, databases, 'meta', (key, value) => {
    const isId = key.equals(Buffer.from('id'))
    if (isId && !uuid.test(value.toString('latin1', 1))) return undefined
    keepsId ||= isId
    return ofFormat(key, value)
  })
  // A number that was given away once names a block in the store: entries that can't be read had
  // some, and new ones must not be taken for theirs.
  const last = [...blocks.map((block) => block.last), highest, rememberedSequence(databases)]
  const next = last.reduce((most, sequence) => Math.max(most, sequence), 0) + numbersLeftOut
  await databases.commit(() => putSequence(databases, next))
  const pagesLost = damaged.unreadable()
  return { records, waiting, recordsLost, pagesLost, deletions, marks, keepsId }
}

function* blocksOf(damaged: DamagedFile): Generator<Block> {
  for (const { key, value } of damaged.pairs('blocks')) {
    const table = parseEntryKey(key)?.table
    const block = table === undefined ? undefined : decodeBlock(table, value)
    if (block !== undefined) yield block
  }
}

/** How many were copied. */
async function copyPairs(
  damaged: DamagedFile,
  databases: Databases,
  name: 'entries' | 'blocks' | 'tombstones' | 'marks' | 'unanswered' | 'meta',
  keep: (key: Buffer, value: Buffer) => Buffer | undefined
): Promise<number> {
  const target: Bytes = databases[name]
  let copied = 0
  let batch: (readonly [Buffer, Buffer])[] = []
  const write = async (): Promise<void> => {
    const pairs = batch
    batch = []
    if (pairs.length > 0)
      await databases.commit(() => {
        for (const [key, value] of pairs) void target.put(key, value)
      })
    copied += pairs.length
  }
  for (const { key, value } of damaged.pairs(name)) {
    const kept = keep(key, value)
    if (kept === undefined) continue
    batch.push([Buffer.from(key), Buffer.from(kept)])
    if (batch.length >= writesPerCommit) await write()
  }
  await write()
  return copied
}

/**
 * Lines that are no JSON any more become blank, as erased ones are, so that blocks which name lines
 * by their number keep their meaning. Undefined where no line is left.
 */
function readLines(
  value: Buffer
): { readonly value: Buffer; readonly lines: number; readonly lost: number } | undefined {
  const entry = decodeEntry(value)
  if (entry === undefined) return undefined
  const lines: string[] = []
  let [whole, blank] = [0, 0]
  forEachLine(value, entry, (line) => {
    const text = line.length > 1 && isUtf8(line) ? line.toString('utf8') : ''
    const isWhole = text.endsWith('\n') && isJsonObject(text)
    if (isWhole) whole += 1
    else blank += 1
    lines.push(isWhole ? text : '\n')
  })
  if (whole === 0) return undefined
  const lost = Math.max(0, entry.lines - entry.erased - whole)
  if (lost === 0 && lines.length === entry.lines) return { value, lines: whole, lost }
  const { at } = entry
  const kept = { lines: lines.length, erased: blank, at, body: lines.join('') }
  return { value: encodeEntry(kept), lines: whole, lost }
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null
  } catch {
    return false
  }
}
