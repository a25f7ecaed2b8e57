/** Keeps the counts of a shadow in a file of this user, over restarts. */
import { dirname } from 'node:path'
import type { Effects } from '../../effects.ts'
import { CandorError } from '../../errors.ts'
import { lockFile, type FileLock, type LockedFile } from '../../inbox/disk/file-lock.ts'
import type { ShadowCounts } from './counts.ts'
import type { ShadowedWire } from './wire.ts'

type Files = Effects['files']

/** Undefined: there is no file yet. */
export async function readCounts(path: string, files: Files): Promise<ShadowCounts | undefined> {
  let text: string
  try {
    text = await files.readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unreadable(path, cause)
  }
  try {
    const counts = JSON.parse(text) as ShadowCounts
    if (counts.shadow === 1) return counts
  } catch (cause) {
    throw unreadable(path, cause)
  }
  throw unreadable(path, undefined)
}

/**
 * Two shadows on one file would write over each other's counts. Undefined: no lock can be written
 * there, and no counts either, which is told when they are.
 */
export async function lockCounts(path: string, effects: Effects): Promise<FileLock | undefined> {
  let lock: LockedFile
  try {
    await effects.files.mkdir(dirname(path), { recursive: true })
    lock = await lockFile(`${path}.lock`, effects)
  } catch {
    return undefined
  }
  if (lock.is === 'mine') return lock
  const who = lock.by === undefined ? '' : ` (process ${lock.by.pid} on ${lock.by.host})`
  throw new CandorError(
    'PARAMETER_INVALID',
    `Another shadow counts in ${path}${who}. End it, or name another file with --counts; ` +
      '--report prints what it has so far.'
  )
}

/** Counts that another contract or wire gave can't be added to; they are laid aside. */
export async function continueCounts(
  path: string,
  fresh: ShadowCounts,
  files: Files
): Promise<{ readonly counts: ShadowCounts; readonly laidAside: string | undefined }> {
  const known = await readCounts(path, files)
  if (known === undefined) return { counts: fresh, laidAside: undefined }
  if (isSame(known, fresh)) return { counts: { ...fresh, ...known }, laidAside: undefined }
  const laidAside = `${path}.${known.contract.replace(/^sha256:/, '').slice(0, 8)}-${known.from}`
  await files.rename(path, laidAside)
  return { counts: fresh, laidAside }
}

/** Whole or not at all, whenever it is cut off. */
export async function writeCounts(path: string, counts: ShadowCounts, files: Files): Promise<void> {
  await files.mkdir(dirname(path), { recursive: true })
  const beside = `${path}.new`
  await files.writeFile(beside, `${JSON.stringify(counts, undefined, 2)}\n`, { mode: 0o600 })
  await files.rename(beside, path)
}

export function countsFileOf(product: string, from: ShadowedWire): string {
  return `shadow-${product}-${from}.json`
}

function isSame(one: ShadowCounts, other: ShadowCounts): boolean {
  return one.contract === other.contract && one.from === other.from && one.product === other.product
}

function unreadable(path: string, cause: unknown): CandorError {
  return new CandorError(
    'PARAMETER_INVALID',
    `${path} holds no counts of a shadow. Name another file with --counts.`,
    { cause }
  )
}
