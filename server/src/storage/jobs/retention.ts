/** What must be forgotten today, and which counts stay behind when the ids under them go? */
import { DAY_MS } from '#values/days'
import type { Instant } from '../../record.ts'
import { quoteText } from '../tables/column-types.ts'
import type { StorageRun } from '../storage.ts'
import { list, raw, sql, toRun } from '../sql.ts'
import { freeze, freezePast } from './freeze.ts'
import { beginDeletions, type Deletion, mutationMsMax } from './mutate.ts'
import { onCluster, partsOf, storedDatabase } from '../cluster/cluster.ts'
import { quarantineTable, recordTable, unknownProduct } from '../tables/rows.ts'
import {
  driftStatesTable,
  frozenTable,
  retentionRunsTable,
  retentionTable
} from '../tables/side-tables.ts'
import {
  dailyTable,
  environmentDaysTable,
  installationDaysTable,
  installationsTable,
  numberStatesTable,
  pastStatesTable,
  snapshotTable,
  valueStatesTable
} from '../tables/tables.ts'

const deadlineMs = mutationMsMax

/** What went of a product, and what was frozen before it went. */
export interface Expired {
  readonly product: string
  /** Days before this one expired. */
  readonly before: string
  readonly frozen: number
  readonly records: number
  readonly rows: number
}

interface ProductRetention {
  readonly product: string
  readonly records_days: number
  readonly aggregates_days: number
  readonly has_snapshots: boolean
}

/**
 * Runs `work` while nothing is loaded: what would come between counting and forgetting would be
 * forgotten uncounted.
 */
type Alone = <Done>(work: () => Promise<Done>) => Promise<Done>

/**
 * Who else loads into the same store leaves a product to whoever has begun with it. A run that was
 * not done after so long was killed.
 */
const takenOverMs = 3_600_000

/**
 * Once a day is enough; running it again changes nothing. Counts are frozen before anything under
 * them expires.
 */
export async function applyRetention(
  run: StorageRun,
  now: Instant,
  {
    alone = (work) => work(),
    by = ''
  }: {
    readonly alone?: Alone
    /** Which of several collectors. */
    readonly by?: string
  } = {}
): Promise<readonly Expired[]> {
  const products = await run.query<ProductRetention>({
    sql:
      'SELECT product, records_days, aggregates_days, has_snapshots FROM ' +
      `${retentionTable.name} FINAL`,
    deadlineMs,
    lane: 'control'
  })
  const due = products.map((retention) => ({
    ...retention,
    // A day that began `records_days` before today has lived its whole time; the days before it
    // expire.
    cutoff: dayOf(now - retention.records_days * DAY_MS)
  }))
  const begun = await alone(() => forget(run, due, { now, by }))
  await begun.gone()
  for (const each of begun.runs) await noteRun(run, each, 'done', now)
  const expired = begun.expired.filter(({ frozen, records, rows }) => frozen + records + rows > 0)
  // What was killed is ended as it had begun; what expired since is one more run, and a later one.
  return begun.runs.some(({ wasCounted }) => wasCounted)
    ? [...expired, ...(await applyRetention(run, now + stages.length, { alone, by }))]
    : expired
}

type Due = ProductRetention & { readonly cutoff: string }

interface Forgetting {
  readonly expired: readonly Expired[]
  readonly runs: readonly Run[]
  readonly gone: () => Promise<void>
}

/** Counts what expires and lets go of it: all of that is begun when it resolves. */
async function forget(run: StorageRun, all: readonly Due[], at: RunAt): Promise<Forgetting> {
  const { now } = at
  const due: Due[] = []
  const runs: Run[] = []
  const kept: { product: string; frozen: number; records: number }[] = []
  for (const each of all) {
    const { product, records_days: recordsDays } = each
    const begun = await beginRun(run, { product, cutoff: each.cutoff }, at)
    if (begun === undefined) continue
    const { source, cutoff, wasCounted } = begun
    due.push({ ...each, cutoff })
    runs.push(begun)
    let frozen = 0
    if (!wasCounted) {
      frozen = await freeze(run, { product, recordsDays, cutoff, source, now })
      await noteRun(run, begun, 'counted', now)
    }
    const records = await dropRecords(run, product, cutoff)
    kept.push({ product, frozen, records })
  }
  const months = await dropMonths(run, due)
  const deletions = due.flatMap((each) => deletionsOf(each, now))
  const unknown = {
    table: quarantineTable,
    condition:
      `product = ${quoteText(unknownProduct)} AND received_at < ` +
      `toDateTime64(${quoteText(dayOf(now - unknownDays * DAY_MS))}, 3, 'UTC')`
  }
  const { found, gone } = await beginDeletions(run, [...deletions, unknown])
  const expired = kept.map(({ product, frozen, records }, index): Expired => {
    const rows = deletions.reduce(
      (total, deletion, at) => (deletion.product === product ? total + (found[at] ?? 0) : total),
      months.get(product) ?? 0
    )
    return { product, before: due[index]?.cutoff ?? '', frozen, records, rows }
  })
  return { expired, runs, gone }
}

/** Products of which an import brought days that have expired, and of which no more is to come. */
export async function pastDue(
  run: StorageRun,
  areOpen: ReadonlySet<string>
): Promise<readonly string[]> {
  const rows = await run.query<{ product: string }>({
    sql: `SELECT DISTINCT product FROM ${pastStatesTable.name}`,
    deadlineMs,
    lane: 'control'
  })
  return rows.flatMap(({ product }) => (areOpen.has(product) ? [] : [product]))
}

/**
 * Counts what imports brought of days whose records have expired, and lets go of its sketches; of
 * which products that was.
 */
export async function countPast(
  run: StorageRun,
  due: readonly string[],
  at: RunAt
): Promise<readonly string[]> {
  const { now } = at
  const counted: string[] = []
  for (const product of due) {
    const key = `${product} imported`
    const begun = await beginRun(run, { product: key, cutoff: dayOf(now) }, at)
    if (begun === undefined) continue
    counted.push(product)
    if (!begun.wasCounted) {
      await freezePast(run, { product, source: begun.source, now })
      await noteRun(run, begun, 'counted', now)
    }
    await run.command({
      sql:
        `ALTER TABLE ${pastStatesTable.name}${onCluster(run.cluster)} DROP PARTITION ` +
        quoteText(product),
      deadlineMs,
      place: 'shards'
    })
    await noteRun(run, begun, 'done', now)
  }
  return counted
}

/** No contract says how long what belongs to no product may stay; a month is enough to find out. */
const unknownDays = 30

interface RunAt {
  readonly now: Instant
  readonly by: string
}

interface Run {
  readonly product: string
  /** What it marks its frozen counts with. */
  readonly source: string
  /** Days before this one expire. */
  readonly cutoff: string
  /** A run that was killed had counted all of them: only to let go of them is left. */
  readonly wasCounted: boolean
}

/**
 * What a killed run had begun is gone on with under its name. Where it had not counted all, nothing
 * has gone, and it is counted anew and replaced. Where it had, it ends with the days that it began
 * with: of a week or a month that is counted once more, some days may have gone already. Undefined:
 * another collector is at it.
 */
async function beginRun(
  run: StorageRun,
  { product, cutoff }: Pick<Run, 'product' | 'cutoff'>,
  { now, by }: RunAt
): Promise<Run | undefined> {
  const [last] = await run.query<{
    source: string
    cutoff: string
    is_counted: boolean
    is_done: boolean
    noted: number
  }>({
    ...toRun(sql`
      SELECT source, toString(cutoff) AS cutoff, is_counted, is_done,
        toUnixTimestamp64Milli(at) AS noted
      FROM ${raw(retentionRunsTable.name)} FINAL
      WHERE product = ${product}`),
    deadlineMs,
    lane: 'control'
  })
  if (last !== undefined && !last.is_done) {
    if (!last.source.endsWith(` ${by}`) && now - Number(last.noted) < takenOverMs) return undefined
    const wasCounted = last.is_counted
    return { product, source: last.source, cutoff: wasCounted ? last.cutoff : cutoff, wasCounted }
  }
  const source = `${new Date(now).toISOString()} ${by}`
  await noteRun(run, { product, source, cutoff: last?.cutoff ?? never }, 'begun', now)
  return { product, source, cutoff, wasCounted: false }
}

/** What a table has where nothing was said. */
const never = '1970-01-01'

const stages = ['begun', 'counted', 'done'] as const

function noteRun(
  run: StorageRun,
  { product, source, cutoff }: Omit<Run, 'wasCounted'>,
  stage: (typeof stages)[number],
  now: Instant
): Promise<void> {
  const passed = stages.indexOf(stage)
  return run.command({
    ...toRun(sql`
      INSERT INTO ${raw(retentionRunsTable.name)} (
        product, source, cutoff, is_counted, is_done, at
      )
      VALUES (${product}, ${source}, ${cutoff}, ${raw(String(passed >= 1))},
        ${raw(String(passed >= 2))},
        fromUnixTimestamp64Milli(toInt64(${now + passed}), 'UTC'))`),
    deadlineMs
  })
}

async function dropRecords(run: StorageRun, product: string, cutoff: string): Promise<number> {
  const table = recordTable(product)
  const partitions = await run.query<{ partition: string; records: number }>({
    ...toRun(sql`
      SELECT partition_id AS partition, toUInt32(sum(rows)) AS records
      FROM ${raw(partsOf(run.cluster))}
      WHERE database = ${raw(storedDatabase(run.cluster))} AND table = ${table} AND active
        AND partition_id < ${cutoff.replaceAll('-', '')}
      GROUP BY partition_id`),
    deadlineMs,
    lane: 'control'
  })
  for (const { partition } of partitions)
    await run.command({
      sql:
        `ALTER TABLE ${table}${onCluster(run.cluster)} DROP PARTITION ID ` + quoteText(partition),
      deadlineMs,
      place: 'shards'
    })
  return partitions.reduce((total, { records }) => total + Number(records), 0)
}

/** Whole months at once, which costs nothing; how many rows of each product that were. */
async function dropMonths(
  run: StorageRun,
  due: readonly Due[]
): Promise<ReadonlyMap<string, number>> {
  const rows = new Map<string, number>()
  const parts = await run.query<{ table: string; partition: string; rows: number }>({
    ...toRun(sql`
      SELECT table, partition, toUInt32(sum(rows)) AS rows
      FROM ${raw(partsOf(run.cluster))}
      WHERE database = ${raw(storedDatabase(run.cluster))} AND active
        AND table IN (${list(monthly.map(({ name }) => name))})
      GROUP BY table, partition`),
    deadlineMs,
    lane: 'control'
  })
  const cutoffs = new Map(due.map(({ product, cutoff }) => [product, cutoff]))
  for (const { table, partition, rows: found } of parts) {
    const [, product = '', month = ''] = /^\('([^']*)',(\d{6})\)$/.exec(partition) ?? []
    const cutoff = cutoffs.get(product)
    if (cutoff === undefined || month >= cutoff.replaceAll('-', '').slice(0, 6)) continue
    await run.command({
      sql:
        `ALTER TABLE ${table}${onCluster(run.cluster)} DROP PARTITION ` +
        `(${quoteText(product)}, ${month})`,
      deadlineMs,
      place: 'shards'
    })
    rows.set(product, (rows.get(product) ?? 0) + Number(found))
  }
  return rows
}

const monthly = [
  installationDaysTable,
  environmentDaysTable,
  dailyTable,
  valueStatesTable,
  numberStatesTable,
  driftStatesTable
] as const

function deletionsOf(
  { product, has_snapshots, aggregates_days, cutoff }: Due,
  now: Instant
): readonly (Deletion & { readonly product: string })[] {
  const ours = `product = ${quoteText(product)}`
  const before = `toDateTime64(${quoteText(cutoff)}, 3, 'UTC')`
  // Rows of one installation are several until they are merged: only all together say when it was
  // last seen.
  const unseen =
    `SELECT installation FROM ${installationsTable.name} WHERE ${ours} GROUP BY installation ` +
    `HAVING max(last_received) < ${before}`
  const thaw = quoteText(dayOf(now - aggregates_days * DAY_MS))
  const conditions: readonly Deletion[] = [
    ...(has_snapshots
      ? [{ table: snapshotTable(product), condition: `received_at < ${before}` }]
      : []),
    {
      table: installationsTable.name,
      condition: `${ours} AND installation IN (${unseen})`
    },
    ...monthly.map(({ name }) => ({
      table: name,
      condition: `${ours} AND day < ${quoteText(cutoff)}`
    })),
    { table: quarantineTable, condition: `${ours} AND received_at < ${before}` },
    { table: frozenTable.name, condition: `${ours} AND start < ${thaw}` }
  ]
  return conditions.map((each) => ({ ...each, product }))
}

function dayOf(instant: Instant): string {
  return new Date(instant).toISOString().slice(0, 10)
}
