/**
 * Which texts lie in the files of an engine's folder? Each file is read, and each compressed block
 * of it unpacked: parts that are no longer active, marks and indexes too.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface SearchedFiles {
  readonly files: number
  readonly blocks: number
  /** The texts that were found, each with the files that hold it. */
  readonly found: ReadonlyMap<string, readonly string[]>
}

export function searchFiles(folder: string, texts: readonly string[]): SearchedFiles {
  const found = new Map<string, string[]>()
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  let blocks = 0
  for (const name of names) {
    const bytes = bytesOf(name)
    const unpacked = blocksOf(bytes, name)
    blocks += unpacked.length
    for (const text of texts)
      if ([bytes, ...unpacked].some((each) => holds(each, text)))
        found.set(text, [...(found.get(text) ?? []), name.slice(folder.length)])
  }
  return { files: names.length, blocks, found }
}

/** What is cleaned away meanwhile holds nothing any more. */
function bytesOf(name: string): Buffer {
  try {
    return readFileSync(name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}

/** As text, and as the bytes that hexadecimal digits stand for. */
function holds(bytes: Buffer, text: string): boolean {
  return bytes.includes(text) || (/^([0-9a-f]{2})+$/.test(text) && bytes.includes(text, 0, 'hex'))
}

const checksumBytes = 16
const headerBytes = 9
const [lz4, none] = [0x82, 0x02]

/**
 * A checksum, the method, how long it is packed (with its own nine bytes) and unpacked, then the
 * bytes. Empty for a file that does not consist of such blocks; throws for a method that it can't
 * unpack, which would hide what is looked for.
 */
function blocksOf(bytes: Buffer, name: string): readonly Buffer[] {
  const blocks: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    if (at + checksumBytes + headerBytes > bytes.length) return []
    const method = bytes.readUInt8(at + checksumBytes)
    const packed = bytes.readUInt32LE(at + checksumBytes + 1)
    const unpacked = bytes.readUInt32LE(at + checksumBytes + 5)
    const end = at + checksumBytes + packed
    if (packed < headerBytes || end > bytes.length || unpacked > 2 ** 30) return []
    if (method !== lz4 && method !== none) {
      if (blocks.length === 0 && (method < 0x80 || method > 0x9f)) return []
      throw new Error(`${name}: a block is packed by method ${method}, which this can not unpack`)
    }
    const body = bytes.subarray(at + checksumBytes + headerBytes, end)
    blocks.push(method === none ? body : unpackLz4(body, unpacked))
    at = end
  }
  return blocks
}

/** LZ4's block format: literals, then a copy of what came before, again and again. */
function unpackLz4(packed: Buffer, length: number): Buffer {
  const out = Buffer.alloc(length)
  let [from, to] = [0, 0]
  const extended = (start: number): number => {
    let total = start
    if (start === 15)
      for (let more = 255; more === 255; total += more) more = packed.readUInt8(from++)
    return total
  }
  while (from < packed.length) {
    const token = packed.readUInt8(from++)
    const literals = extended(token >> 4)
    packed.copy(out, to, from, from + literals)
    from += literals
    to += literals
    if (from >= packed.length) break
    const back = packed.readUInt16LE(from)
    from += 2
    const copied = extended(token & 15) + 4
    for (let index = 0; index < copied; index++, to++) out[to] = out[to - back] ?? 0
  }
  return out
}
