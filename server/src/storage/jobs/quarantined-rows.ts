/** What lies in quarantine, and how rows leave it to be judged again. */
import type { StorageRun } from '../storage.ts'
import { quoteText } from '../tables/column-types.ts'
import { quarantineTable } from '../tables/rows.ts'
import { deleteRows } from './mutate.ts'

export interface Quarantined {
  readonly product: string
  /** `2026-11-20T12:00:00.000Z` */
  readonly at: string
  readonly code: string
  readonly record: string | null
  readonly reason: string | null
  readonly place: number | null
  readonly bytes: number
  /** It is a row that the store refused: `replay` judges it again. */
  readonly isRow: boolean
}

/** A row that the store refused, as it was scrubbed. */
export interface RefusedRow {
  readonly product: string
  readonly receivedAt: number
  readonly digest: string
  readonly row: string
}

const deadlineMs = 30_000

/** Newest first. */
export async function listQuarantine(
  run: Pick<StorageRun, 'query'>,
  // Undefined: of all products, and of none.
  { products, limit }: { readonly products: readonly string[] | undefined; readonly limit: number }
): Promise<readonly Quarantined[]> {
  const rows = await run.query<Omit<Quarantined, 'isRow'> & { readonly is_row: number | boolean }>({
    sql:
      `SELECT product, concat(replaceOne(toString(received_at), ' ', 'T'), 'Z') AS at, code, ` +
      `record, reason, toUInt32(place) AS place, toUInt32(bytes) AS bytes, row IS NOT NULL AS ` +
      `is_row FROM ${quarantineTable} WHERE {all:Bool} OR has({products:Array(String)}, ` +
      'product) ORDER BY received_at DESC LIMIT {limit:UInt32}',
    parameters: { all: products === undefined, products: products ?? [], limit },
    deadlineMs
  })
  return rows.map(({ is_row, ...row }) => ({ ...row, isRow: Boolean(is_row) }))
}

/** Oldest first. */
export function refusedRows(
  run: Pick<StorageRun, 'query'>,
  { product, limit }: { readonly product: string; readonly limit: number }
): Promise<readonly RefusedRow[]> {
  return run.query<RefusedRow>({
    sql:
      'SELECT product, toFloat64(toUnixTimestamp64Milli(received_at)) AS receivedAt, ' +
      `hex(sipHash128(row)) AS digest, assumeNotNull(row) AS row FROM ${quarantineTable} WHERE ` +
      "product = {product:String} AND code = 'STORAGE_REFUSED' AND row IS NOT NULL ORDER BY " +
      'received_at LIMIT {limit:UInt32}',
    parameters: { product, limit },
    deadlineMs
  })
}

export async function releaseRows(run: StorageRun, rows: readonly RefusedRow[]): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  const last = Math.max(...rows.map(({ receivedAt }) => receivedAt))
  const digests = rows.map(({ digest }) => quoteText(digest)).join(', ')
  await deleteRows(
    run,
    quarantineTable,
    `product = ${quoteText(first.product)} AND code = 'STORAGE_REFUSED' AND row IS NOT NULL AND ` +
      `toUnixTimestamp64Milli(received_at) <= ${last} AND hex(sipHash128(row)) IN (${digests})`
  )
}
