/**
 * Where the inbox's bytes lie: LMDB, opened so that a resolved commit is on the disk and a failed
 * one is one coded rejection, and copied so that what was removed is on the disk no more.
 */
import { open as openFile, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { open, type Database, type RootDatabase } from 'lmdb'
import { CandorError } from '../../errors.ts'

/** What is asked of one database; it stays the same when the file under it is replaced. */
export type Bytes = Pick<
  Database<Buffer, Uint8Array>,
  'get' | 'put' | 'remove' | 'getRange' | 'getKeys'
>

const names = ['entries', 'blocks', 'marks', 'unanswered', 'tombstones', 'meta'] as const
type Name = (typeof names)[number]

/**
 * entries: lines that wait for the store, and loaded ones that wait for their replay window to end.
 * blocks: those whose token was given away.
 */
export interface Databases extends Readonly<Record<Name, Bytes>> {
  /**
   * Runs `write`, which only puts and removes, as one transaction; resolves once it is fsynced, all
   * of it or nothing.
   */
  commit(write: () => void): Promise<void>
  /**
   * Replaces the file by a copy of what is in it, without the pages that were let go of. Nothing
   * may be committed meanwhile.
   */
  compact(): Promise<void>
  /** The same copy in another place. Nothing may be committed meanwhile. */
  copyTo(path: string): Promise<void>
  close(): Promise<void>
}

interface Opened {
  readonly root: RootDatabase<Buffer, Uint8Array>
  readonly path: string
  readonly of: Readonly<Record<Name, Database<Buffer, Uint8Array>>>
}

export function openDatabases(path: string, { mapBytes }: { mapBytes: number }): Databases {
  let current = openAt(path, mapBytes)
  let copies = 0
  const bytes = (name: Name): Bytes => {
    const now = (): Database<Buffer, Uint8Array> => current.of[name]
    return {
      get: (...asked) => now().get(...asked),
      put: (...asked: Parameters<Bytes['put']>) => now().put(...asked),
      remove: (...asked: Parameters<Bytes['remove']>) => now().remove(...asked),
      getRange: (...asked) => now().getRange(...asked),
      getKeys: (...asked) => now().getKeys(...asked)
    } as Bytes
  }
  return {
    entries: bytes('entries'),
    blocks: bytes('blocks'),
    marks: bytes('marks'),
    unanswered: bytes('unanswered'),
    tombstones: bytes('tombstones'),
    meta: bytes('meta'),
    async commit(write) {
      try {
        await current.root.batch(write)
      } catch (error) {
        throw new CandorError('INBOX_COMMIT_FAILED', 'The inbox could not write to its disk.', {
          cause: await causeOf(error)
        })
      }
    },
    async compact() {
      // A name of its own each time: LMDB tells open files apart by it.
      const copy = `${path}.copy-${copies++}`
      await removeCopies(path)
      await current.root.backup(copy, true)
      await sync(copy)
      const before = current
      const next = openAt(copy, mapBytes)
      // From here on all is read in the copy, and from the rename on a start finds it too.
      current = next
      await rename(copy, path)
      await sync(dirname(path))
      await before.root.close()
      await rm(`${before.path}-lock`, { force: true })
    },
    async copyTo(to) {
      await current.root.backup(to, true)
      await sync(to)
    },
    async close() {
      await current.root.close()
      if (current.path !== path) await rm(`${current.path}-lock`, { force: true })
    }
  }
}

/** What a compaction that was cut off left behind. To be called while nobody has them open. */
export async function removeCopies(path: string): Promise<void> {
  const ours = `${basename(path)}.copy-`
  const found = (await readdir(dirname(path))).filter(
    (name) => name.startsWith(ours) && !name.endsWith('-lock')
  )
  for (const name of found) await rm(join(dirname(path), name), { force: true })
}

/** Each value once. LMDB throws, or ends the process, on a page that is not as it was written. */
export function readThrough(path: string): void {
  const { of } = openAt(path, undefined)
  for (const name of names)
    for (const { value } of of[name].getRange({ snapshot: true })) value.at(-1)
}

/** Without a size, to be read alone. */
function openAt(path: string, mapBytes: number | undefined): Opened {
  const root = open<Buffer, Uint8Array>({
    path,
    // A resolved put must mean fsynced: that is the whole promise of a 2xx.
    overlappingSync: false,
    // Appends are gathered into groups before they come here, so waiting another turn would only
    // add latency.
    eventTurnBatching: false,
    encoding: 'binary',
    keyEncoding: 'binary',
    maxDbs: 8,
    // A copy's name ends as no folder's does, and LMDB would take it for one.
    noSubdir: true,
    // Address space, not memory or disk: reserving it whole spares remapping while readers are
    // active.
    ...(mapBytes === undefined ? { readOnly: true } : { mapSize: mapBytes })
  })
  const database = (name: Name): Database<Buffer, Uint8Array> =>
    root.openDB<Buffer, Uint8Array>({ name, encoding: 'binary', keyEncoding: 'binary' })
  return {
    root,
    path,
    of: Object.fromEntries(names.map((name) => [name, database(name)])) as Opened['of']
  }
}

async function sync(path: string): Promise<void> {
  const file = await openFile(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

// lmdb rejects a failed commit twice: here, and as `commitError`, a promise that nobody else awaits
// and that would end the process.
async function causeOf(error: unknown): Promise<unknown> {
  const commitError: unknown =
    error instanceof Error && 'commitError' in error ? error.commitError : undefined
  if (!(commitError instanceof Promise)) return error
  try {
    await commitError
  } catch (cause) {
    return cause
  }
  return error
}
