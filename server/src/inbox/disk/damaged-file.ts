/**
 * What can still be read of an inbox's file some of whose pages are other than they were written?
 * LMDB ends its process on such a page, so its trees are walked here, page by page, from the newest
 * root on; pages that were let go of are never looked at, since they hold what was erased.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

export interface DamagedFile {
  /** Each key once, with its value; what can't be read is skipped, and counted. */
  pairs(database: string): Generator<{ readonly key: Buffer; readonly value: Buffer }>
  /** Pages that were met and could not be read. Below one may have been many. */
  unreadable(): number
  close(): void
}

// LMDB's own layout, of the version that is built into the package `lmdb`.
const headerBytes = 24
const [isBranch, isLeaf, isOverflow] = [0x01, 0x02, 0x04]
const [hasOverflow, isDatabase] = [0x01, 0x02]
const nodeBytes = 8
const magic = 0xbeefc0de
const [magicAt, pageBytesAt, mainRootAt, transactionAt] = [24, 48, 136, 152]
const databaseRootAt = 40
/** Deeper than a tree of all pages that a disk can hold. */
const depthMax = 20
const keyBytesMax = 2_000
/** More than the largest value that is ever put. */
const valueBytesMax = 64 * 2 ** 20

interface Node {
  readonly key: Buffer
  readonly flags: number
  readonly bytes: number
  /** Where its data begins in the page. */
  readonly at: number
  readonly page: Buffer
}

/** Undefined where neither of the two first pages says where the trees begin. */
export function openDamaged(path: string): DamagedFile | undefined {
  const file = openSync(path, 'r')
  const { size } = fstatSync(file)
  const read = (at: number, length: number): Buffer | undefined => {
    if (at < 0 || at + length > size) return undefined
    const bytes = Buffer.alloc(length)
    return readSync(file, bytes, 0, length, at) === length ? bytes : undefined
  }
  const metas = newestFirst(read)
  if (metas.length === 0) {
    closeSync(file)
    return undefined
  }
  // An older root may lead to what was erased since, so it is asked only where the newer one can't
  // be read at all.
  const walks = metas.map((meta) => new Walk(read, meta))
  const walk = walks.find((each) => each.hasDatabases) ?? walks[0]
  return {
    *pairs(database) {
      yield* walk?.pairs(database) ?? []
    },
    unreadable: () => walk?.unreadable ?? 0,
    close: () => closeSync(file)
  }
}

type Read = (at: number, length: number) => Buffer | undefined

interface Meta {
  readonly pageBytes: number
  readonly root: number
  readonly transaction: number
}

function newestFirst(read: Read): readonly Meta[] {
  const metas: Meta[] = []
  // The second lies one page further, and how long a page is the first may no longer say.
  for (const at of [0, 4_096, 8_192, 16_384, 32_768, 65_536]) {
    const page = read(at, 200)
    if (page === undefined || page.readUInt32LE(magicAt) !== magic) continue
    const pageBytes = page.readUInt32LE(pageBytesAt)
    if (!/^(?:4096|8192|16384|32768|65536)$/.test(String(pageBytes))) continue
    metas.push({
      pageBytes,
      root: numberAt(page, mainRootAt),
      transaction: numberAt(page, transactionAt)
    })
  }
  return metas.sort((one, other) => other.transaction - one.transaction).slice(0, 2)
}

class Walk {
  readonly #read: Read
  readonly #meta: Meta
  readonly #roots = new Map<string, number>()
  unreadable = 0

  constructor(read: Read, meta: Meta) {
    this.#read = read
    this.#meta = meta
    for (const node of this.#nodes(meta.root, 0)) {
      const root = (node.flags & isDatabase) === 0 ? undefined : node.page.subarray(node.at)
      if (root !== undefined && root.length >= databaseRootAt + 8)
        // The package ends each name with a zero.
        this.#roots.set(
          node.key.toString('latin1').replace(/\0+$/, ''),
          numberAt(root, databaseRootAt)
        )
    }
  }

  get hasDatabases(): boolean {
    return this.#roots.size > 0
  }

  *pairs(database: string): Generator<{ readonly key: Buffer; readonly value: Buffer }> {
    const root = this.#roots.get(database)
    if (root === undefined) return
    for (const node of this.#nodes(root, 0)) {
      const value =
        (node.flags & hasOverflow) === 0
          ? node.page.subarray(node.at, node.at + node.bytes)
          : this.#overflow(node)
      if (value === undefined) this.unreadable += 1
      else yield { key: node.key, value }
    }
  }

  *#nodes(pageNumber: number, depth: number): Generator<Node> {
    // No page at all: the tree is empty.
    if (pageNumber >= 2 ** 52) return
    const page = this.#page(pageNumber)
    const flags = page?.readUInt16LE(18) ?? 0
    const isOne = (flags & isBranch) !== 0 || (flags & isLeaf) !== 0
    if (page === undefined || !isOne || depth > depthMax) {
      this.unreadable += 1
      return
    }
    const nodes = nodesOf(page, (flags & isLeaf) !== 0)
    if (nodes.lost > 0) this.unreadable += 1
    for (const node of nodes.read)
      if ((flags & isLeaf) !== 0) yield node
      else yield* this.#nodes(node.bytes + node.flags * 2 ** 32, depth + 1)
  }

  #page(number: number): Buffer | undefined {
    const { pageBytes } = this.#meta
    const page = this.#read(number * pageBytes, pageBytes)
    return page !== undefined && numberAt(page, 0) === number ? page : undefined
  }

  #overflow(node: Node): Buffer | undefined {
    const { pageBytes } = this.#meta
    if (node.bytes > valueBytesMax || node.at + 8 > node.page.length) return undefined
    const number = numberAt(node.page, node.at)
    const head = this.#page(number)
    if (head === undefined || (head.readUInt16LE(18) & isOverflow) === 0) return undefined
    return this.#read(number * pageBytes + headerBytes, node.bytes)
  }
}

/** Of a branch, `bytes` and `flags` are the number of the page below. */
function nodesOf(
  page: Buffer,
  isOfLeaf: boolean
): { readonly read: readonly Node[]; readonly lost: number } {
  const count = page.readUInt16LE(20) >> 1
  if (headerBytes + count * 2 > page.length) return { read: [], lost: 1 }
  const read: Node[] = []
  for (let index = 0; index < count; index += 1) {
    const start = page.readUInt16LE(headerBytes + index * 2) + headerBytes
    if (start + nodeBytes > page.length) continue
    const bytes = page.readUInt16LE(start) + page.readUInt16LE(start + 2) * 2 ** 16
    const flags = page.readUInt16LE(start + 4)
    const keyBytes = page.readUInt16LE(start + 6)
    const at = start + nodeBytes + keyBytes
    const needed = !isOfLeaf ? 0 : (flags & hasOverflow) === 0 ? bytes : 8
    if (keyBytes > keyBytesMax || at + needed > page.length) continue
    read.push({ key: page.subarray(start + nodeBytes, at), flags, bytes, at, page })
  }
  return { read, lost: count - read.length }
}

function numberAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32
}
