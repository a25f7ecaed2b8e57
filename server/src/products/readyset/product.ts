/**
 * What ReadySet brings beside its contract: who its ids stand for, and what its retries look like.
 */
import { isObject } from '../../protocols/json.ts'
import { plainReading, type ReadEvent } from '../../protocols/segment/reading.ts'
import type { SegmentEvent } from '../../protocols/segment/segment-event.ts'
import type { WireSource } from '../../record.ts'
import type { ProductBehaviour } from '../product.ts'

/**
 * A client gives an event two seconds in all, and tries it at most twice; a second copy later than
 * this is another event.
 */
const retryWindowMs = 3000

/** BLAKE2b-64 of nothing: containers whose machine id is an empty file all send it. */
const hashOfEmptyMachineId = 'e4a6a0577479b2b4'
/** What ReadySet's own continuous integration puts in RS_API_KEY. */
const internalKey = 'readyset-internal'
const idLengthMax = 512

export const product: ProductBehaviour = {
  segment: {
    read: readEvent,
    // No body carries an id, and equal bodies are real (one per client session), so only an
    // unanswered one can have a second copy.
    duplicates: (body) => ({
      by: 'unanswered',
      ttlMs: retryWindowMs,
      key: body,
      scope: 'readyset'
    }),
    // Retry-After means nothing to it; a 503 is tried once more, a 429 is given up at once.
    overload: 'no-retry'
  }
}

function readEvent(event: SegmentEvent): ReadEvent {
  const { source, name, fields } = plainReading.read(event)
  const properties = isObject(fields) ? fields : {}
  return {
    source: {
      ...sender(event.userId),
      session: usable(event.anonymousId),
      version:
        version(properties['adapter_version']) ??
        version(properties['server_version']) ??
        source.version,
      sdk: source.sdk
    },
    name,
    fields: withShortDatabaseVersion(fields)
  }
}

/**
 * One field holds two things: a hash of the machine's id, which stands for an installation, or a
 * key that a user chose to send.
 */
function sender(
  userId: string | undefined
): Pick<WireSource, 'installation' | 'account' | 'environment'> {
  const id = usable(userId)
  if (id === undefined) return {}
  if (id === internalKey) return { environment: { automation: 'test' } }
  if (!/^[0-9a-f]{16}$/i.test(id)) return { account: id }
  const installation = id.toLowerCase()
  return installation === hashOfEmptyMachineId ? {} : { installation }
}

/**
 * The quickstart's compose file makes an unset key the two characters `""`: quotes alone say
 * nothing.
 */
function usable(id: unknown): string | undefined {
  return typeof id === 'string' && id.length <= idLengthMax && /[^\s"']/.test(id) ? id : undefined
}

function version(value: unknown): string | undefined {
  return typeof value === 'string' && /^v?[0-9][A-Za-z0-9._+-]{0,62}$/.test(value)
    ? value.replace(/^v/, '')
    : undefined
}

/**
 * An upstream database introduces itself at length (`16.2 (Debian 16.2-1.pgdg120+2)`,
 * `8.0.35-log`): its number's first two parts go on.
 * What has no number in front goes on as it is, for the contract to collapse.
 */
function withShortDatabaseVersion(fields: unknown): unknown {
  if (!isObject(fields)) return fields
  const text = fields['db_version']
  if (typeof text !== 'string') return fields
  const number = /^(?:PostgreSQL |MySQL )?([0-9]{1,3}(?:\.[0-9]{1,3})?)(?![0-9])/i.exec(text)?.[1]
  return number === undefined ? fields : { ...fields, db_version: number }
}
