/** What must be forgotten today, and which counts stay behind when the ids under them go? */
import { DAY_MS } from '#values/days'
import type { Instant } from '../../record.ts'
import { quoteText } from '../tables/column-types.ts'
import type { StorageRun } from '../storage.ts'
import { date, raw, sql, toRun } from '../sql.ts'
import { deleteRows, mutationMsMax } from './mutate.ts'
import { quarantineTable, recordTable, unknownProduct } from '../tables/rows.ts'
import { driftStatesTable, frozenTable, retentionTable } from '../tables/side-tables.ts'
import {
  dailyTable,
  environmentDaysTable,
  installationDaysTable,
  installationsTable,
  numberStatesTable,
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
 * Once a day is enough; running it again changes nothing. Counts are frozen before anything under
 * them expires.
 */
export async function applyRetention(run: StorageRun, now: Instant): Promise<readonly Expired[]> {
  const products = await run.query<ProductRetention>({
    sql:
      'SELECT product, records_days, aggregates_days, has_snapshots FROM ' +
      `${retentionTable.name} FINAL`,
    deadlineMs,
    lane: 'control'
  })
  const all: Expired[] = []
  for (const retention of products) {
    // A day that began `records_days` before today has lived its whole time; the days before it
    // expire.
    const cutoff = dayOf(now - retention.records_days * DAY_MS)
    const frozen = await freeze(run, retention, cutoff, now)
    const records = await dropRecords(run, retention.product, cutoff)
    const rows = await expireStates(run, retention, cutoff)
    const product = quoteText(retention.product)
    const thawed = await deleteRows(
      run,
      frozenTable.name,
      `product = ${product} AND start < ` +
        `${quoteText(dayOf(now - retention.aggregates_days * DAY_MS))}`
    )
    if (frozen + records + rows + thawed > 0)
      all.push({ product: retention.product, before: cutoff, frozen, records, rows: rows + thawed })
  }
  await deleteRows(
    run,
    quarantineTable,
    `product = ${quoteText(unknownProduct)} AND received_at < ` +
      `toDateTime64(${quoteText(dayOf(now - unknownDays * DAY_MS))}, 3, 'UTC')`
  )
  return all
}

/** No contract says how long what belongs to no product may stay; a month is enough to find out. */
const unknownDays = 30

const periods = [
  { name: 'day', start: raw('day'), days: 1, lasts: raw('INTERVAL 1 DAY') },
  { name: 'week', start: raw('toStartOfWeek(day, 1)'), days: 7, lasts: raw('INTERVAL 7 DAY') },
  { name: 'month', start: raw('toStartOfMonth(day)'), days: 31, lasts: raw('INTERVAL 1 MONTH') }
] as const
type Period = (typeof periods)[number]

/**
 * A period is frozen whole when its first day is about to expire, and never again. One that is
 * longer than records live is not frozen: its
 * distinct installations could only be counted by keeping ids for longer than was said.
 */
async function freeze(
  run: StorageRun,
  { product, records_days }: ProductRetention,
  cutoff: string,
  now: Instant
): Promise<number> {
  let frozen = 0
  for (const period of periods.filter(({ days }) => days <= records_days)) {
    const starts = await run.query<{ start: string }>({
      ...toRun(sql`
        SELECT DISTINCT toString(${period.start}) AS start
        FROM ${raw(valueStatesTable.name)}
        WHERE product = ${product} AND dimension = 'all' AND day < ${date(cutoff)}
          AND ${period.start} NOT IN (
            SELECT start
            FROM ${raw(frozenTable.name)}
            WHERE product = ${product} AND period = ${period.name} AND dimension = 'all'
          )`),
      deadlineMs,
      lane: 'control'
    })
    for (const { start } of starts) await freezePeriod(run, product, period, start, now)
    frozen += starts.length
  }
  return frozen
}

/**
 * The row `all` comes last: as long as it is missing, the period is frozen anew, and what a killed
 * run left is replaced.
 */
async function freezePeriod(
  run: StorageRun,
  product: string,
  period: Period,
  start: string,
  now: Instant
): Promise<void> {
  const first = date(start)
  for (const which of ['!=', '=']) {
    await run.command({
      ...toRun(sql`
        INSERT INTO ${raw(frozenTable.name)} (
          product, period, start, dimension, value, records, installations, key_epoch, frozen_at
        )
        SELECT
          ${product}, ${period.name}, ${first}, s.dimension, s.value,
          sum(s.records), uniqCombined64Merge(s.installations), max(s.key_epoch),
          fromUnixTimestamp64Milli(toInt64(${now}), 'UTC')
        FROM ${raw(valueStatesTable.name)} AS s
        WHERE s.product = ${product} AND s.record IS NULL AND s.dimension ${raw(which)} 'all'
          AND s.day >= ${first} AND s.day < ${first} + ${period.lasts}
        GROUP BY s.dimension, s.value`),
      deadlineMs
    })
  }
}

async function dropRecords(run: StorageRun, product: string, cutoff: string): Promise<number> {
  const table = recordTable(product)
  const partitions = await run.query<{ partition: string; records: number }>({
    ...toRun(sql`
      SELECT partition_id AS partition, toUInt32(sum(rows)) AS records
      FROM system.parts
      WHERE database = currentDatabase() AND table = ${table} AND active
        AND partition_id < ${cutoff.replaceAll('-', '')}
      GROUP BY partition_id`),
    deadlineMs,
    lane: 'control'
  })
  for (const { partition } of partitions)
    await run.command({
      sql: `ALTER TABLE ${table} DROP PARTITION ID ${quoteText(partition)}`,
      deadlineMs
    })
  return partitions.reduce((total, { records }) => total + Number(records), 0)
}

async function expireStates(
  run: StorageRun,
  { product, has_snapshots }: ProductRetention,
  cutoff: string
): Promise<number> {
  let rows = 0
  const ours = `product = ${quoteText(product)}`
  const before = `toDateTime64(${quoteText(cutoff)}, 3, 'UTC')`
  if (has_snapshots)
    rows += await deleteRows(run, snapshotTable(product), `received_at < ${before}`)
  // Rows of one installation are several until they are merged: only all together say when it was
  // last seen.
  const unseen =
    `SELECT installation FROM ${installationsTable.name} WHERE ${ours} GROUP BY installation ` +
    `HAVING max(last_received) < ${before}`
  rows += await deleteRows(run, installationsTable.name, `${ours} AND installation IN (${unseen})`)
  for (const table of [
    installationDaysTable,
    environmentDaysTable,
    dailyTable,
    valueStatesTable,
    numberStatesTable,
    driftStatesTable
  ])
    rows += await deleteRows(run, table.name, `${ours} AND day < ${quoteText(cutoff)}`)
  rows += await deleteRows(run, quarantineTable, `${ours} AND received_at < ${before}`)
  return rows
}

function dayOf(instant: Instant): string {
  return new Date(instant).toISOString().slice(0, 10)
}
