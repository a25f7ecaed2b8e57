/**
 * What of a contract really arrives: how often each record and field was seen, and when last, from
 * aggregates and the newest rows.
 */
import { DAY_MS } from '#values/days'
import type { Column, CompiledContract } from '@candor/contract'
import type { Clock } from '../../effects.ts'
import { isCandorError } from '../../errors.ts'
import type { Instant } from '../../record.ts'
import { date, list, raw, sql, toRun } from '../../storage/sql.ts'
import { quoteName } from '../../storage/tables/column-types.ts'
import { fieldColumn, recordTable } from '../../storage/tables/rows.ts'
import type { Storage } from '../../storage/storage.ts'
import { valueStatesTable } from '../../storage/tables/tables.ts'
import { keepAnswers, type KeptAnswers } from '../kept-answer.ts'

export interface ObservedRecord {
  /** Of the last 30 days. */
  readonly records: number
  /**
   * Share of the installations of the last 30 days that sent it; of their records where the
   * contract has no identity. Undefined: nothing arrived at all.
   */
  readonly share: number | undefined
  /** `2026-11-20`; undefined: never. */
  readonly lastSeen: string | undefined
  /** By column: of the last 7 days. */
  readonly fields: ReadonlyMap<string, ObservedField>
}

interface ObservedField {
  readonly share: number
  readonly lastSeen: string | undefined
}

/**
 * Records are counted by day, so a month of them costs little. Fields have no aggregate; a week of
 * rows is enough to see what clients send.
 */
export const recordDays = 30
export const fieldDays = 7
const deadlineMs = 30_000

/**
 * The days before today change only by what was waiting to be loaded, so they are looked at once an
 * hour.
 */
export function createObserver(services: {
  readonly storage: Pick<Storage, 'query'>
  readonly clock: Pick<Clock, 'now'>
}): (compiled: CompiledContract) => Promise<ReadonlyMap<string, ObservedRecord>> {
  const before = keepAnswers<readonly FieldCounts[]>(services.clock, {
    ms: 3_600_000,
    keysMax: 100
  })
  return (compiled) => observe(services.storage, compiled, { now: services.clock.now(), before })
}

async function observe(
  storage: Pick<Storage, 'query'>,
  compiled: CompiledContract,
  { now, before }: { readonly now: Instant; readonly before: KeptAnswers<readonly FieldCounts[]> }
): Promise<ReadonlyMap<string, ObservedRecord>> {
  const product = compiled.contract.product
  const [recent, whole, ever, fields] = await Promise.all([
    recentRecords(storage, product, now),
    allInstallations(storage, product, now),
    lastDays(storage, product),
    fieldShares(storage, compiled, { now, before })
  ])
  const all = recent.reduce((total, { records }) => total + Number(records), 0)
  const byId = compiled.contract.identity.kind !== 'none'
  const observed = new Map<string, ObservedRecord>()
  for (const name of compiled.contract.records.keys()) {
    const row = recent.find((candidate) => candidate.name === name)
    const [part, total] = byId ? [row?.installations, whole] : [row?.records, all]
    observed.set(name, {
      records: Number(row?.records ?? 0),
      share: total === 0 ? undefined : Math.min(1, Number(part ?? 0) / total),
      lastSeen: ever.get(name),
      fields: fields.get(name) ?? new Map()
    })
  }
  return observed
}

interface RecentRow {
  readonly name: string
  readonly records: number
  readonly installations: number
}

function recentRecords(
  storage: Pick<Storage, 'query'>,
  product: string,
  now: Instant
): Promise<readonly RecentRow[]> {
  return storage.query<RecentRow>({
    ...toRun(sql`
      SELECT
        value AS name,
        sum(s.records) AS records,
        uniqCombined64Merge(s.installations) AS installations
      FROM ${raw(valueStatesTable.name)} AS s
      WHERE product = ${product} AND dimension = 'name'
        AND day >= ${date(dayBefore(now, recordDays - 1))}
      GROUP BY value`),
    deadlineMs
  })
}

async function allInstallations(
  storage: Pick<Storage, 'query'>,
  product: string,
  now: Instant
): Promise<number> {
  const [row] = await storage.query<{ installations: number }>({
    ...toRun(sql`
      SELECT uniqCombined64Merge(installations) AS installations
      FROM ${raw(valueStatesTable.name)}
      WHERE product = ${product} AND dimension = 'all'
        AND day >= ${date(dayBefore(now, recordDays - 1))}`),
    deadlineMs
  })
  return Number(row?.installations ?? 0)
}

async function lastDays(
  storage: Pick<Storage, 'query'>,
  product: string
): Promise<ReadonlyMap<string, string>> {
  const rows = await storage.query<{ name: string; last: string }>({
    ...toRun(sql`
      SELECT value AS name, toString(max(day)) AS last
      FROM ${raw(valueStatesTable.name)}
      WHERE product = ${product} AND dimension = 'name'
      GROUP BY value`),
    deadlineMs
  })
  return new Map(rows.map(({ name, last }) => [name, last]))
}

/** Of one record on one day. */
interface FieldCounts {
  readonly record: string
  readonly day: string
  readonly rows: number
  /** In the order of the contract's columns. */
  readonly present: readonly number[]
}

async function fieldShares(
  storage: Pick<Storage, 'query'>,
  compiled: CompiledContract,
  { now, before }: { readonly now: Instant; readonly before: KeptAnswers<readonly FieldCounts[]> }
): Promise<ReadonlyMap<string, ReadonlyMap<string, ObservedField>>> {
  const { contract, columns } = compiled
  if (columns.length === 0) return new Map()
  const [first, today, tomorrow] = [
    dayBefore(now, fieldDays - 1),
    dayBefore(now, 0),
    dayBefore(now, -1)
  ]
  const days = await Promise.all([
    before.of(`${contract.digest} ${today}`, () =>
      countFields(storage, compiled, { from: first, until: today })
    ),
    countFields(storage, compiled, { from: today, until: tomorrow })
  ]).catch((error: unknown) => {
    // A page without shares is worth more than none.
    if (isCandorError(error) && error.code === 'STORAGE_TIMEOUT') return []
    throw error
  })
  const shares = new Map<string, Map<string, ObservedField>>()
  const counts = days.flat()
  for (const name of new Set(counts.map(({ record }) => record))) {
    const own = counts.filter(({ record }) => record === name)
    const rows = own.reduce((total, each) => total + each.rows, 0)
    const fields = columns.map((column, index): [string, ObservedField] => {
      const seen = own.filter(({ present }) => (present[index] ?? 0) > 0)
      const present = seen.reduce((total, each) => total + (each.present[index] ?? 0), 0)
      const lastSeen = seen.map(({ day }) => day).toSorted()
      return [column.name, { share: rows === 0 ? 0 : present / rows, lastSeen: lastSeen.at(-1) }]
    })
    shares.set(name, new Map(fields))
  }
  return shares
}

async function countFields(
  storage: Pick<Storage, 'query'>,
  { contract, columns }: CompiledContract,
  days: { readonly from: string; readonly until: string }
): Promise<readonly FieldCounts[]> {
  const rows = await storage.query<Readonly<Record<string, string | number>>>({
    ...toRun(sql`
      SELECT
        r.name AS record,
        toString(toDate(r.received_at)) AS day,
        count() AS rows_seen,
        ${list(columns.map((column, index) => raw(`${presence(column)} AS n${index}`)))}
      FROM ${raw(recordTable(contract.product))} AS r
      WHERE r.received_at >= ${date(days.from)} AND r.received_at < ${date(days.until)}
      GROUP BY record, day`),
    deadlineMs
  })
  return rows.map((row) => ({
    record: String(row['record']),
    day: String(row['day']),
    rows: Number(row['rows_seen']),
    present: columns.map((_, index) => Number(row[`n${index}`]))
  }))
}

/**
 * How many rows have it. A list or map is there when something is in it: that is how the store
 * keeps an absent one.
 */
function presence({ name, type }: Column): string {
  const column = `r.${quoteName(fieldColumn(name))}`
  // `count` of a scalar reads which rows are NULL, and not the values.
  return type.is === 'list' || type.is === 'map' || type.is === 'tuple'
    ? `countIf(notEmpty(${column}))`
    : `count(${column})`
}

function dayBefore(now: Instant, days: number): string {
  return new Date(now - days * DAY_MS).toISOString().slice(0, 10)
}
