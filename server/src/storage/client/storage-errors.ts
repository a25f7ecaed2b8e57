/**
 * What does an error of ClickHouse or of the way to it mean for whoever asked? Its text is left
 * behind: it quotes rows.
 */
import { ClickHouseError } from '@clickhouse/client'
import { CandorError, type StorageErrorCode } from '../../errors.ts'

/**
 * insert: only what the rows themselves caused is refused. statement: whatever is not the world's
 * doing is.
 */
export type Attempt = 'insert' | 'statement'

// What ClickHouse answers when a value or a line cannot become a row; the same block would fail for
// ever.
const dataAtFault = new Set([
  6, 25, 26, 27, 32, 33, 38, 41, 43, 53, 69, 70, 72, 117, 128, 130, 131, 306, 321, 349, 376, 407,
  441, 456, 467, 469, 675, 676
])
// Timeouts and kills.
const tookTooLong = new Set([159, 160, 209, 394])
const diskFull = new Set([243])
// Checksums, sizes and codecs that are not as they were written, files of parts that are gone.
const damaged = new Set([40, 59, 89, 107, 226, 228, 229, 246, 271, 432])
// Memory, too many parts or statements, lost replicas and connections, shutting down, read-only,
// wrong password.
const notNow = new Set([
  202, 203, 210, 216, 225, 236, 241, 242, 252, 279, 285, 319, 425, 439, 516, 574, 999, 1000
])

export function storageError(
  error: unknown,
  attempt: Attempt,
  timedOut: boolean
): CandorError<StorageErrorCode> {
  if (error instanceof CandorError) return error as CandorError<StorageErrorCode>
  if (!(error instanceof ClickHouseError)) {
    if (timedOut)
      return new CandorError('STORAGE_TIMEOUT', 'The store did not answer before the deadline.')
    return new CandorError('STORAGE_UNAVAILABLE', 'The store cannot be reached.', {
      details: { reason: reasonOf(error) }
    })
  }
  const code = Number(error.code)
  const details = {
    code,
    name: error.type ?? 'UNKNOWN',
    ...(attempt === 'statement' ? hintsOf(error.message) : {})
  }
  const says = `ClickHouse answered ${code} ${details.name}.`
  if (diskFull.has(code) || /No space left on device|errno: 28\b/.test(error.message))
    return new CandorError('STORAGE_FULL', says, { details })
  if (timedOut || tookTooLong.has(code))
    return new CandorError('STORAGE_TIMEOUT', says, { details })
  if (attempt === 'statement' && damaged.has(code))
    return new CandorError(
      'STORAGE_UNAVAILABLE',
      `A file of the store is damaged, so that this can not be answered (${details.name}).`,
      { details: { ...details, damaged: 1 } }
    )
  const refused = attempt === 'insert' ? dataAtFault.has(code) : !notNow.has(code)
  return new CandorError(refused ? 'STORAGE_REFUSED' : 'STORAGE_UNAVAILABLE', says, { details })
}

/**
 * What the author of a statement needs to find the mistake: where it cannot be read, and the name
 * that is none. Both are of the statement, not of data.
 */
function hintsOf(message: string): Readonly<Record<string, string | number>> {
  const position = /failed at position (\d+)/.exec(message)?.[1]
  const unknown =
    /^Unknown (?:expression|table expression|expression or table expression) identifier [`']([A-Za-z0-9_.]{1,64})[`']/.exec(
      message
    )?.[1]
  return {
    ...(position === undefined ? {} : { position: Number(position) }),
    ...(unknown === undefined ? {} : { unknown })
  }
}

/** `ECONNREFUSED` and the like; never a text, which may hold an address with a password. */
function reasonOf(error: unknown): string {
  const code =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? code : 'UNKNOWN'
}
