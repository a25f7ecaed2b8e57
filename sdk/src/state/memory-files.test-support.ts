/**
 * Files that are nowhere but in memory, for tests that need ten thousand disks in a few seconds.
 */
import { constants, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import type { FileSystem } from '../effects.ts'

interface Node {
  bytes: Buffer
  readonly isFolder: boolean
  readonly ino: number
  mtimeMs: number
}

const ownUser = process.getuid?.() ?? 0

/** Plain files and folders of this user; what else a disk may hold is not there. */
export function openMemoryFiles(): FileSystem {
  const nodes = new Map<string, Node>([['/', folder(1)]])
  const open = new Map<number, { readonly node: Node; at: number }>()
  let made = 1
  const failed = (code: string, path: unknown): never => {
    throw Object.assign(new Error(`${code}: ${String(path)}`), { code })
  }
  const found = (path: unknown): Node =>
    typeof path === 'number'
      ? (open.get(path)?.node ?? failed('EBADF', path))
      : (nodes.get(String(path)) ?? failed('ENOENT', path))
  const make = (path: string): Node => {
    if (nodes.get(dirname(path))?.isFolder !== true) failed('ENOENT', path)
    made += 1
    const node: Node = { bytes: Buffer.alloc(0), isFolder: false, ino: made, mtimeMs: made }
    nodes.set(path, node)
    return node
  }
  const put = (node: Node, bytes: Buffer): void => {
    node.bytes = bytes
    made += 1
    node.mtimeMs = made
  }
  const stat = (path: unknown, how?: { readonly throwIfNoEntry?: boolean }): Stats | undefined => {
    if (how?.throwIfNoEntry === false && typeof path === 'string' && !nodes.has(path))
      return undefined
    const { isFolder, bytes, ino, mtimeMs } = found(path)
    return {
      isFile: () => !isFolder,
      isDirectory: () => isFolder,
      isSymbolicLink: () => false,
      isFIFO: () => false,
      isCharacterDevice: () => false,
      size: bytes.length,
      ino,
      mtimeMs,
      mode: isFolder ? 0o40700 : 0o100600,
      uid: ownUser
    } as unknown as Stats
  }
  const files = {
    constants,
    ftruncateSync: (file: number) => put(found(file), Buffer.alloc(0)),
    existsSync: (path: string) => nodes.has(path),
    statSync: stat,
    lstatSync: stat,
    fstatSync: stat,
    mkdirSync(path: string, how?: { readonly recursive?: boolean }) {
      if (dirname(path) !== path && !nodes.has(dirname(path)))
        if (how?.recursive) files.mkdirSync(dirname(path), how)
        else failed('ENOENT', path)
      if (nodes.has(path)) return how?.recursive ? undefined : failed('EEXIST', path)
      nodes.set(path, folder((made += 1)))
      return undefined
    },
    openSync(path: string, flags: string | number = 'r') {
      const is = (bit: number, words: RegExp): boolean =>
        typeof flags === 'number' ? (flags & bit) !== 0 : words.test(flags)
      if (nodes.has(path) && is(constants.O_EXCL, /x/)) failed('EEXIST', path)
      const node =
        nodes.get(path) ?? (is(constants.O_CREAT, /[wa]/) ? make(path) : failed('ENOENT', path))
      if (is(constants.O_TRUNC, /w/)) put(node, Buffer.alloc(0))
      made += 1
      open.set(made, { node, at: 0 })
      return made
    },
    closeSync: (file: number) => void open.delete(file),
    fsyncSync: () => undefined,
    readSync(file: number, into: Uint8Array) {
      const from = open.get(file) ?? failed('EBADF', file)
      const count = from.node.bytes.copy(into, 0, from.at)
      from.at += count
      return count
    },
    readFileSync(path: string | number, how?: unknown) {
      const { bytes, isFolder } = found(path)
      if (isFolder) failed('EISDIR', path)
      return how === undefined ? bytes : bytes.toString('utf8')
    },
    writeFileSync(path: string | number, text: string | Uint8Array, how?: { flag?: string }) {
      if (how?.flag?.includes('x') && nodes.has(String(path))) failed('EEXIST', path)
      put(typeof path === 'number' || nodes.has(path) ? found(path) : make(path), Buffer.from(text))
    },
    appendFileSync(path: string, text: string) {
      const node = nodes.get(path) ?? make(path)
      put(node, Buffer.concat([node.bytes, Buffer.from(text)]))
    },
    writeSync(file: number, text: string | Uint8Array) {
      const node = found(file)
      const bytes = Buffer.from(text)
      put(node, Buffer.concat([node.bytes, bytes]))
      return bytes.length
    },
    renameSync(from: string, to: string) {
      const node = found(from)
      nodes.delete(from)
      nodes.set(to, node)
    },
    linkSync(from: string, to: string) {
      if (nodes.has(to)) failed('EEXIST', to)
      nodes.set(to, found(from))
    },
    unlinkSync: (path: string) => void (nodes.delete(path) || failed('ENOENT', path)),
    rmSync(path: string) {
      for (const name of nodes.keys())
        if (name === path || name.startsWith(`${path}/`)) nodes.delete(name)
    },
    readdirSync: (path: string) => {
      if (!found(path).isFolder) failed('ENOTDIR', path)
      return [...nodes.keys()].flatMap((name) =>
        name !== '/' && dirname(name) === path
          ? [name.slice(path === '/' ? 1 : path.length + 1)]
          : []
      )
    }
  }
  return files as unknown as FileSystem
}

function folder(ino: number): Node {
  return { bytes: Buffer.alloc(0), isFolder: true, ino, mtimeMs: ino }
}
