/**
 * Where the inbox's bytes lie: LMDB, opened so that a resolved commit is on the disk and a failed
 * one is one coded rejection.
 */
import { open, type Database } from 'lmdb'
import { CandorError } from '../errors.ts'

export type Bytes = Database<Buffer, Uint8Array>

export interface Databases {
  /** Lines that wait for the store, and loaded ones that wait for their replay window to end. */
  readonly entries: Bytes
  /** Blocks whose token was given away. */
  readonly blocks: Bytes
  readonly marks: Bytes
  readonly unanswered: Bytes
  readonly tombstones: Bytes
  readonly meta: Bytes
  /**
   * Runs `write`, which only puts and removes, as one transaction; resolves once it is fsynced, all
   * of it or nothing.
   */
  commit(write: () => void): Promise<void>
  close(): Promise<void>
}

export function openDatabases(path: string, { mapBytes }: { mapBytes: number }): Databases {
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
    // Address space, not memory or disk: reserving it whole spares remapping while readers are
    // active.
    mapSize: mapBytes
  })
  const database = (name: string): Bytes =>
    root.openDB<Buffer, Uint8Array>({ name, encoding: 'binary', keyEncoding: 'binary' })
  return {
    entries: database('entries'),
    blocks: database('blocks'),
    marks: database('marks'),
    unanswered: database('unanswered'),
    tombstones: database('tombstones'),
    meta: database('meta'),
    async commit(write) {
      try {
        await root.batch(write)
      } catch (error) {
        throw new CandorError('INBOX_COMMIT_FAILED', 'The inbox could not write to its disk.', {
          cause: await causeOf(error)
        })
      }
    },
    close: () => root.close()
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
