/**
 * Erases from the store what users asked to delete: by the hash of their deletion key, or by the
 * token of whatever id they are known by.
 */
import assert from 'node:assert/strict'
import type { Instant } from '../../record.ts'
import { quoteText } from '../tables/column-types.ts'
import { installationViewSelects } from '../tables/materialized-views.ts'
import type { StorageRun } from '../storage.ts'
import { eraseRows, mutationMsMax } from './mutate.ts'
import { quarantineTable, recordTable } from '../tables/rows.ts'
import { retentionTable } from '../tables/side-tables.ts'
import { installationsTable, snapshotTable } from '../tables/tables.ts'

/**
 * What this needs of a tombstone. Several are applied together, because each mutation rewrites what
 * it touches.
 */
export interface Erasure {
  readonly product: string
  readonly kind: 'deletion' | 'installation' | 'account' | 'lineage'
  readonly digest: string
  /**
   * Whoever is known by an id may go on reporting after its past was erased; a deletion key is
   * spent for ever.
   */
  readonly requestedAt: Instant
}

export interface Erased<Requested extends Erasure> {
  /** How many records there were. */
  readonly records: number
  /** Those that named something that was there. */
  readonly found: readonly Requested[]
}

const deadlineMs = mutationMsMax
// A statement has at most 256 KiB (and names each digest twice), and `multiSearchAny` 255 texts:
// strangers choose how many keys there are, and how many installations share one.
const digestsMax = 1_000
const mentionsMax = 200
const senderKinds = ['installation', 'account', 'lineage'] as const

/**
 * By real mutations, which rewrite the parts; the engine forgets the old ones after
 * `old_parts_lifetime`. May be repeated: killed half-way, the next run finds the rest, because the
 * records, by which all else is found, go last.
 *
 * Frozen counts, counts of values and numbers, and the sketches of distinct installations are not
 * altered: they hold no token, and of words only the contract's own and versions; they go when the
 * records would have gone.
 */
export async function eraseFromStore<Requested extends Erasure>(
  run: StorageRun,
  erasures: readonly Requested[]
): Promise<Erased<Requested>> {
  const products = await run.query<{ product: string; has_snapshots: boolean }>({
    sql: `SELECT product, has_snapshots FROM ${retentionTable.name} FINAL`,
    deadlineMs,
    lane: 'control'
  })
  let records = 0
  const found: Requested[] = []
  for (const { product, has_snapshots } of products) {
    const own = erasures.filter((erasure) => erasure.product === product)
    for (const some of chunks(own, digestsMax)) {
      // Most keys that strangers make up match nothing, and cost no more than this look.
      const there = await stillThere(run, product, some)
      found.push(...there)
      await eraseFromQuarantine(run, product, some)
      if (there.length > 0)
        records += await eraseSome(run, {
          product,
          hasSnapshots: has_snapshots,
          erasures: there
        })
    }
  }
  return { records, found }
}

/** Those that name something which the store still holds. */
export async function stillThere<Requested extends Erasure>(
  run: Pick<StorageRun, 'query'>,
  product: string,
  erasures: readonly Requested[]
): Promise<readonly Requested[]> {
  const there = new Set<string>()
  const look = async (kind: Erasure['kind'], sql: string): Promise<void> => {
    const rows = await run.query<{ digest: string }>({ sql, deadlineMs, lane: 'control' })
    for (const { digest } of rows) there.add(`${kind}/${digest}`)
  }
  for (const kind of ['deletion', ...senderKinds] as const) {
    const asked = digests(erasures, kind)
    if (asked.length === 0) continue
    const among = amongOf(kind, asked)
    await look(
      kind,
      `SELECT DISTINCT ${kind} AS digest FROM ${recordTable(product)} WHERE ${among}`
    )
    // What is known of whoever reported once outlives the records.
    if (kind === 'installation' || kind === 'account')
      await look(
        kind,
        `SELECT DISTINCT installation AS digest FROM ${installationsTable.name}
        WHERE product = ${quoteText(product)} AND ${amongOf('installation', asked)}`
      )
  }
  return erasures.filter(({ kind, digest }) => there.has(`${kind}/${digest}`))
}

interface Some {
  readonly product: string
  readonly hasSnapshots: boolean
  readonly erasures: readonly Erasure[]
}

async function eraseSome(
  run: StorageRun,
  { product, hasSnapshots, erasures }: Some
): Promise<number> {
  const records = recordTable(product)
  const rows = conditionOf(erasures, '')
  const senders = await run.query<{ sender: string; kept: number }>({
    sql: `SELECT coalesce(installation, account) AS who, any(who) AS sender,
        toUInt32(countIf(NOT ifNull(${rows}, false))) AS kept
      FROM ${records}
      WHERE coalesce(installation, account) IN (
        SELECT coalesce(installation, account) FROM ${records}
        WHERE ${rows} AND coalesce(installation, account) IS NOT NULL
      )
      GROUP BY who`,
    deadlineMs,
    lane: 'control'
  })
  const partly = senders.filter(({ kept }) => kept > 0).map(({ sender }) => sender)
  const reporting = new Set(partly)
  const whole = new Set([
    ...senders.map(({ sender }) => sender),
    // Known though its records have expired, and silent since it asked.
    ...digests(erasures, 'installation'),
    ...digests(erasures, 'account')
  ])
  const goes = [...whole].filter((sender) => !reporting.has(sender))
  for (const some of chunks(goes, digestsMax))
    await forget(run, product, await silentOf(run, { records, erasures, senders: some }))
  // Of whoever is left, what is known is made anew of the records that stay.
  for (const some of chunks(partly, digestsMax)) {
    await forget(run, product, some)
    await knowAnew(run, product, { senders: some, erasures })
  }
  if (hasSnapshots) await eraseRows(run, snapshotTable(product), rows)
  return eraseRows(run, records, rows)
}

/** Those of these that have not reported since they asked. */
async function silentOf(
  run: StorageRun,
  {
    records,
    erasures,
    senders
  }: {
    readonly records: string
    readonly erasures: readonly Erasure[]
    readonly senders: readonly string[]
  }
): Promise<readonly string[]> {
  if (senders.length === 0) return []
  const sender = 'coalesce(installation, account)'
  const later = await run.query<{ sender: string }>({
    sql: `SELECT DISTINCT assumeNotNull(${sender}) AS sender FROM ${records}
      WHERE ${amongOf(sender, senders)} AND NOT ifNull(${conditionOf(erasures, '')}, false)`,
    deadlineMs,
    lane: 'control'
  })
  const reporting = new Set(later.map((row) => row.sender))
  return senders.filter((one) => !reporting.has(one))
}

async function forget(run: StorageRun, product: string, senders: readonly string[]): Promise<void> {
  if (senders.length === 0) return
  for (const { table } of installationViewSelects)
    await eraseRows(
      run,
      table.name,
      `product = ${quoteText(product)} AND ${amongOf('installation', senders)}`
    )
}

async function knowAnew(
  run: StorageRun,
  product: string,
  {
    senders,
    erasures
  }: { readonly senders: readonly string[]; readonly erasures: readonly Erasure[] }
): Promise<void> {
  const stay = `${amongOf('coalesce(r.installation, r.account)', senders)}
    AND NOT ifNull(${conditionOf(erasures, 'r.')}, false)`
  for (const { table, select } of installationViewSelects) {
    const columns = table.columns.map(({ name }) => name).join(', ')
    await run.command({
      sql: `INSERT INTO ${table.name} (${columns}) SETTINGS insert_deduplicate = 0
        SELECT ${columns} FROM (${select(product, stay)})`,
      deadlineMs
    })
  }
}

async function eraseFromQuarantine(
  run: StorageRun,
  product: string,
  erasures: readonly Erasure[]
): Promise<void> {
  const ours = `product = ${quoteText(product)} AND row IS NOT NULL`
  const [rows] = await run.query<{ count: number }>({
    sql: `SELECT toUInt32(count()) AS count FROM ${quarantineTable} WHERE ${ours}`,
    deadlineMs,
    lane: 'control'
  })
  if ((rows?.count ?? 0) === 0) return
  const mentioned = [...new Set(erasures.flatMap(({ kind }) => digests(erasures, kind)))]
  for (const mentions of chunks(mentioned, mentionsMax)) {
    const anyOf = `[${mentions.map(quoteText).join(', ')}]`
    await eraseRows(
      run,
      quarantineTable,
      `${ours} AND multiSearchAny(assumeNotNull(row), ${anyOf})`
    )
  }
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

/** Everything of a revealed key, and of an id what had been reported when each of them asked. */
export function conditionOf(erasures: readonly Erasure[], prefix: string): string {
  const named = erasures.filter(({ kind }) => kind !== 'deletion')
  const moments = [...new Set(named.map(({ requestedAt }) => requestedAt))]
  const until = moments.flatMap((requestedAt) => {
    assert(Number.isSafeInteger(requestedAt))
    const now = named.filter((erasure) => erasure.requestedAt === requestedAt)
    return senderKinds.flatMap((kind) => {
      const tokens = digests(now, kind)
      if (tokens.length === 0) return []
      const before = `${prefix}received_at <= fromUnixTimestamp64Milli(${requestedAt})`
      return [`(${amongOf(`${prefix}${kind}`, tokens)} AND ${before})`]
    })
  })
  return `(${[amongOf(`${prefix}deletion`, digests(erasures, 'deletion')), ...until].join(' OR ')})`
}

function amongOf(column: string, values: readonly string[]): string {
  return values.length === 0 ? 'false' : `${column} IN (${values.map(quoteText).join(', ')})`
}
