/**
 * Which records came into the store after a place, in the order in which they came? It is the
 * backlog of every recipient: nothing else is kept for those who are away.
 */
import type { Instant } from '../record.ts'
import { raw, sql, toRun } from '../storage/sql.ts'
import type { Storage } from '../storage/storage.ts'
import { recordTable } from '../storage/tables/rows.ts'
import type { StoredRow } from './within-terms.ts'

/** Everything up to here was seen: when it came, and of what came at once, up to which hash. */
export interface Place {
  readonly at: Instant
  /** A whole number of 64 bits; `0` is before all. */
  readonly hash: string
}

export interface KeptRows {
  readonly rows: readonly StoredRow[]
  /** Behind the last of them; where there are none, as it was. */
  readonly place: Place
  /** More came before now. */
  readonly isMore: boolean
}

const deadlineMs = 60_000
/** By what a record is, so that merges and restarts change nothing in their order. */
const hashOf = `cityHash64(toJSONString(tuple(
  name, installation, account, session, occurred_at, received_at, seq, message_digest, deletion
)))`

/** Rows whose hashes are equal come together, so up to a few more than `rowsMax`. */
export async function rowsAfter(
  storage: Pick<Storage, 'query' | 'cluster' | 'unsettledMs'>,
  {
    product,
    after,
    until,
    rowsMax,
    records
  }: {
    readonly product: string
    readonly after: Place
    /** Up to and with this place; undefined: all that has settled. */
    readonly until?: Place | undefined
    readonly rowsMax: number
    /** Names of records; undefined: of all. */
    readonly records: readonly string[] | undefined
  }
): Promise<KeptRows> {
  const table = recordTable(product)
  const moment = (at: Instant) => sql`fromUnixTimestamp64Milli(toInt64(${at}), 'UTC')`
  const named =
    records === undefined ? raw('true') : sql`has(splitByChar(',', ${records.join(',')}), name)`
  const found = await storage.query<Record<string, unknown> & { _at: number; _hash: string }>({
    ...toRun(sql`
      SELECT
        *, toUnixTimestamp64Milli(loaded_at) AS _at, toString(${raw(hashOf)}) AS _hash
      FROM ${raw(table)}
      WHERE loaded_at >= ${moment(after.at)}
        AND loaded_at <= now64(3, 'UTC') - toIntervalMillisecond(${storage.unsettledMs()})
        AND (loaded_at > ${moment(after.at)} OR ${raw(hashOf)} > toUInt64(${after.hash}))
        AND ${
          until === undefined
            ? raw('true')
            : sql`(loaded_at < ${moment(until.at)} OR loaded_at = ${moment(until.at)}
              AND ${raw(hashOf)} <= toUInt64(${until.hash}))`
        }
        AND ${named}
        AND ${storage.cluster === undefined ? raw(changedSince(table, after)) : raw('true')}
      ORDER BY loaded_at, ${raw(hashOf)}
      LIMIT ${rowsMax} WITH TIES`),
    deadlineMs
  })
  const last = found.at(-1)
  return {
    rows: found,
    place: last === undefined ? after : { at: Number(last._at), hash: last._hash },
    isMore: found.length >= rowsMax
  }
}

/** Parts are merged at any time; a partition that got rows since the place has a part made since. */
function changedSince(table: string, { at }: Place): string {
  return `_partition_id IN (
    SELECT DISTINCT partition_id FROM system.parts
    WHERE database = currentDatabase() AND table = '${table}' AND active
      AND modification_time >= toDateTime(${Math.max(0, Math.floor(at / 1000) - 60)})
  )`
}

/** What has settled by the store's own clock, which gave each record its moment. */
export async function settledAt(storage: Pick<Storage, 'query' | 'unsettledMs'>): Promise<Instant> {
  const [row] = await storage.query<{ at: number }>({
    sql: `SELECT toUnixTimestamp64Milli(now64(3, 'UTC')) - ${storage.unsettledMs()} AS at`,
    deadlineMs
  })
  return Number(row?.at ?? 0)
}
