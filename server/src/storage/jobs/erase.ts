/**
 * Erases from the store what users asked to delete: by the hash of their deletion key, or by their
 * installation's token.
 */
import assert from 'node:assert/strict'
import type { Instant } from '../../record.ts'
import { quoteText } from '../tables/column-types.ts'
import type { StorageRun } from '../storage.ts'
import { deleteRows, mutationMsMax } from './mutate.ts'
import { quarantineTable, recordTable } from '../tables/rows.ts'
import {
  environmentDaysTable,
  installationDaysTable,
  installationsTable,
  retentionTable,
  snapshotTable
} from '../tables/tables.ts'

/**
 * What this needs of a tombstone. Several are applied together, because each mutation rewrites what
 * it touches.
 */
export interface Erasure {
  readonly product: string
  readonly kind: 'deletion' | 'installation'
  readonly digest: string
  /**
   * An installation may go on reporting after its past was erased; a deletion key is spent for
   * ever.
   */
  readonly requestedAt: Instant
}

const deadlineMs = mutationMsMax
// A statement has at most 256 KiB (and names each digest twice), and `multiSearchAny` 255 texts:
// strangers choose how many keys there are, and how many installations share one.
const digestsMax = 1_000
const mentionsMax = 200

/**
 * By real mutations, which rewrite the parts; the engine forgets the old ones after
 * `old_parts_lifetime`. May be repeated: killed half-way,
 * the next run finds the rest, because the records, by which all else is found, go last. Returns
 * how many records there were.
 *
 * Frozen counts, counts of values and numbers, and the sketches of distinct installations are not
 * altered: they hold no token, and of words
 * only the contract's own and versions; they go when the records would have gone.
 */
export async function eraseFromStore(
  run: StorageRun,
  erasures: readonly Erasure[]
): Promise<number> {
  const products = await run.query<{ product: string; has_snapshots: boolean }>({
    sql: `SELECT product, has_snapshots FROM ${retentionTable.name} FINAL`,
    deadlineMs,
    lane: 'control'
  })
  let erased = 0
  for (const { product, has_snapshots } of products) {
    const own = erasures.filter((erasure) => erasure.product === product)
    for (const some of chunks(own, digestsMax))
      erased += await eraseSome(run, { product, hasSnapshots: has_snapshots, erasures: some })
  }
  return erased
}

async function eraseSome(
  run: StorageRun,
  {
    product,
    hasSnapshots,
    erasures
  }: {
    readonly product: string
    readonly hasSnapshots: boolean
    readonly erasures: readonly Erasure[]
  }
): Promise<number> {
  const records = recordTable(product)
  const keys = digests(erasures, 'deletion')
  const named = erasures.filter(({ kind }) => kind === 'installation')
  const silent = await silentSince(run, records, named)
  const installations = [...silent, ...(await whollyDeleted(run, records, keys))]
  const ours = `product = ${quoteText(product)} AND`
  for (const some of chunks(installations, digestsMax)) {
    for (const table of [installationsTable, installationDaysTable, environmentDaysTable])
      await deleteRows(run, table.name, `${ours} ${among('installation', some)}`)
  }
  const mentioned = [...keys, ...digests(named, 'installation'), ...installations]
  for (const mentions of chunks(mentioned, mentionsMax)) {
    const anyOf = `[${mentions.map(quoteText).join(', ')}]`
    await deleteRows(
      run,
      quarantineTable,
      `${ours} row IS NOT NULL AND multiSearchAny(assumeNotNull(row), ${anyOf})`
    )
  }
  const rows = `(${among('deletion', keys)} OR ${until(named)})`
  if (hasSnapshots) await deleteRows(run, snapshotTable(product), rows)
  return deleteRows(run, records, rows)
}

/**
 * Those that have not reported since they asked. Of the others only the rows go: what is known of
 * them belongs to their new records, too.
 */
async function silentSince(
  run: StorageRun,
  records: string,
  named: readonly Erasure[]
): Promise<readonly string[]> {
  if (named.length === 0) return []
  const tokens = digests(named, 'installation')
  const later = await run.query<{ installation: string }>({
    sql: `SELECT DISTINCT installation FROM ${records} WHERE ${among('installation', tokens)} AND NOT ${until(named)}`,
    deadlineMs,
    lane: 'control'
  })
  const reporting = new Set(later.map((row) => row.installation))
  return tokens.filter((installation) => !reporting.has(installation))
}

/**
 * Installations all of whose records carry a revealed key. One that others share, or that changed
 * its key, keeps what the key does not cover.
 */
async function whollyDeleted(
  run: StorageRun,
  records: string,
  keys: readonly string[]
): Promise<readonly string[]> {
  if (keys.length === 0) return []
  const mentioned = `SELECT installation FROM ${records} WHERE ${among('deletion', keys)} AND installation IS NOT NULL`
  const rows = await run.query<{ installation: string }>({
    sql: `SELECT installation FROM ${records} WHERE installation IN (${mentioned}) GROUP BY installation HAVING countIf(NOT ifNull(${among('deletion', keys)}, false)) = 0`,
    deadlineMs,
    lane: 'control'
  })
  return rows.map((row) => row.installation)
}

function chunks<Value>(values: readonly Value[], size: number): readonly (readonly Value[])[] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size)
  )
}

function digests(erasures: readonly Erasure[], kind: Erasure['kind']): readonly string[] {
  return erasures
    .filter((erasure) => erasure.kind === kind)
    .map(({ digest }) => {
      // A mutation's text is kept by the engine and cannot be bound: nothing but a digest may ever
      // come into it.
      assert.match(digest, /^[0-9a-f]{32,64}$/)
      return digest
    })
}

/** What these installations had reported when each of them asked. */
function until(named: readonly Erasure[]): string {
  const each = [...new Set(named.map(({ requestedAt }) => requestedAt))].map((requestedAt) => {
    assert(Number.isSafeInteger(requestedAt))
    const tokens = digests(
      named.filter((erasure) => erasure.requestedAt === requestedAt),
      'installation'
    )
    return `(${among('installation', tokens)} AND received_at <= fromUnixTimestamp64Milli(${requestedAt}))`
  })
  return each.length === 0 ? 'false' : `(${each.join(' OR ')})`
}

function among(column: string, values: readonly string[]): string {
  return values.length === 0 ? 'false' : `${column} IN (${values.map(quoteText).join(', ')})`
}
