/**
 * Which rows of a product leave in an export, and in which pieces, so that no piece is larger than
 * memory bears and each is the same whenever it is asked for again?
 */
import type { Readable } from 'node:stream'
import { addDays, DAY_MS, dayOf, startOfDay } from '#values/days'
import { CandorError } from '../errors.ts'
import type { Instant } from '../record.ts'
import { partsOf, storedDatabase } from './cluster/cluster.ts'
import { conditionOf, type Erasure, stillThere } from './jobs/erase.ts'
import { all, id, join, list, raw, sql, toRun, type Sql } from './sql.ts'
import type { Storage } from './storage.ts'
import { baseColumns, recordTable } from './tables/rows.ts'

/** Of the engine's own writers. */
const exportFormats = { ndjson: 'JSONEachRow', parquet: 'Parquet' } as const
type ExportFormat = keyof typeof exportFormats

export interface ExportedDay {
  /** UTC, of receipt: what decides how long a record is kept. */
  readonly day: string
  readonly rows: number
  /** How many pieces it comes in. */
  readonly parts: number
  /** Received before this: the day's end, or earlier on a day that goes on. */
  readonly before: Instant
}

export interface ExportedPart {
  readonly product: string
  readonly day: string
  readonly before: Instant
  /** From 1. */
  readonly part: number
  readonly of: number
  readonly columns: readonly string[]
  /** Names of records; empty: of all. */
  readonly records: readonly string[]
  readonly format: ExportFormat
}

/**
 * The engine holds one piece as a whole before it answers. With 50,000 rows or 32 MiB of columns
 * that is some 65 MB of JSON.
 */
export const partMax = { rows: 50_000, bytes: 32 * 2 ** 20 } as const
/** More pending deletions that name rows than one statement can list. */
const erasuresMax = 1_000
const deadlineMs = 120_000

/** The first day that is still kept: the days before it expire, whether they are gone yet or not. */
export function firstKeptDay(now: Instant, recordsDays: number): string {
  return dayOf(now - recordsDays * DAY_MS)
}

/** Days from `since` to `until`, both included, that have rows. */
export async function exportedDays(
  storage: Pick<Storage, 'query' | 'cluster'>,
  {
    product,
    since,
    until,
    loadedUntil
  }: {
    readonly product: string
    readonly since: string
    readonly until: string
    /** What was received before this is in the store. */
    readonly loadedUntil: Instant
  }
): Promise<readonly ExportedDay[]> {
  const rows = await storage.query<{ partition: string; records: number; bytes: number }>({
    ...toRun(sql`
      SELECT
        partition_id AS partition,
        toUInt64(sum(rows)) AS records,
        toUInt64(sum(data_uncompressed_bytes)) AS bytes
      FROM ${raw(partsOf(storage.cluster))}
      WHERE database = ${raw(storedDatabase(storage.cluster))} AND active
        AND table = ${recordTable(product)}
        AND partition_id >= ${since.replaceAll('-', '')}
        AND partition_id <= ${until.replaceAll('-', '')}
      GROUP BY partition_id
      ORDER BY partition_id`),
    deadlineMs,
    lane: 'control'
  })
  return rows.map(({ partition, records, bytes }) => {
    const day = partition.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3')
    return {
      day,
      rows: Number(records),
      parts: Math.max(1, Math.ceil(records / partMax.rows), Math.ceil(bytes / partMax.bytes)),
      before: Math.min(startOfDay(addDays(day, 1)), loadedUntil)
    }
  })
}

/**
 * One piece: what is deleted and not erased yet is not in it. Throws STORAGE_UNAVAILABLE while more
 * deletions are carried out than a statement can leave out.
 */
export async function exportPart(
  storage: Pick<Storage, 'query' | 'stream'>,
  {
    erasures,
    signal,
    ...part
  }: ExportedPart & {
    readonly erasures: readonly Erasure[]
    readonly signal: AbortSignal
  }
): Promise<{ readonly rows: number; readonly body: Readable }> {
  const gone = await stillThere(storage, part.product, erasures)
  const where = conditionOfPart(part, gone.slice(0, erasuresMax))
  const [counted] =
    gone.length > erasuresMax
      ? []
      : await storage.query<{ rows: number }>({
          ...toRun(sql`
            SELECT toUInt64(count()) AS rows
            FROM ${raw(recordTable(part.product))}
            WHERE ${where}`),
          deadlineMs
        })
  if (counted === undefined) throw tooManyErasures()
  const body = await storage.stream({
    ...toRun(sql`
      SELECT ${list(part.columns.map(id))}
      FROM ${raw(recordTable(part.product))}
      WHERE ${where}
      ORDER BY ${orderOf(part.columns)}`),
    format: exportFormats[part.format],
    deadlineMs,
    signal
  })
  return { rows: Number(counted.rows), body }
}

function conditionOfPart(
  { day, before, part, of, records }: ExportedPart,
  gone: readonly Erasure[]
): Sql {
  return all([
    sql`received_at >= toDateTime64(${day}, 3, 'UTC')`,
    sql`received_at < fromUnixTimestamp64Milli(toInt64(${before}), 'UTC')`,
    records.length === 0 ? undefined : sql`name IN (${join(records.map((name) => sql`${name}`))})`,
    of === 1 ? undefined : sql`${raw(pieceOf)} % ${of} = ${part - 1}`,
    gone.length === 0 ? undefined : raw(`NOT ifNull(${conditionOf(gone, '')}, false)`)
  ])
}

/** By what a record is and not by where it lies: merges move rows. */
const pieceOf = `cityHash64(
  name, ifNull(installation, ''), ifNull(account, ''), ifNull(session, ''), occurred_at,
  ifNull(seq, 0), ifNull(message_digest, '')
)`

/** Of everything, so that the same rows are the same bytes. */
function orderOf(columns: readonly string[]): Sql {
  const known = new Set<string>(baseColumns)
  const own = columns.filter((column) => !known.has(column))
  return join([
    raw('name, installation, account, session, occurred_at, seq, message_digest'),
    own.length === 0 ? undefined : sql`toJSONString(tuple(${list(own.map(id))}))`
  ])
}

function tooManyErasures(): CandorError<'STORAGE_UNAVAILABLE'> {
  return new CandorError(
    'STORAGE_UNAVAILABLE',
    'Deletions are being carried out, more than an export can leave out; they take an hour at most.'
  )
}
