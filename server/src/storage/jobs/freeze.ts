/** Which plain counts stay behind of periods whose records expire, whenever those came? */
import { addDays } from '#values/days'
import type { Instant } from '../../record.ts'
import { date, list, raw, type Sql, sql, toRun } from '../sql.ts'
import type { StorageRun } from '../storage.ts'
import { importSource, lateSource } from '../tables/frozen-sums.ts'
import { frozenTable } from '../tables/side-tables.ts'
import type { Table } from '../tables/table.ts'
import { pastStatesTable, valueStatesTable } from '../tables/tables.ts'
import { mutationMsMax } from './mutate.ts'

const deadlineMs = mutationMsMax
/** A record's own time lies at most so far before its receipt (`collector/limits.ts`). */
const lateDaysMax = 30

const periods = [
  { name: 'day', start: (day: Sql) => day, days: 1 },
  { name: 'week', start: (day: Sql) => sql`toStartOfWeek(${day}, 1)`, days: 7 },
  { name: 'month', start: (day: Sql) => sql`toStartOfMonth(${day})`, days: 31 }
] as const
type Period = (typeof periods)[number]

export interface Freezing {
  readonly product: string
  readonly recordsDays: number
  /** Days before this one expire. */
  readonly cutoff: string
  /** What this run marks its rows with: a run that was killed goes on under the same. */
  readonly source: string
  readonly now: Instant
}

/**
 * A period is frozen whole when its first day is about to expire. One that is longer than records
 * live is not frozen: its distinct installations could only be counted by keeping ids for longer
 * than was said. For the same reason a longer period's installations are those of that day, where
 * its late days come in after it; its records are counted to the last one.
 */
export async function freeze(run: StorageRun, freezing: Freezing): Promise<number> {
  let frozen = 0
  for (const period of periods.filter(({ days }) => days <= freezing.recordsDays)) {
    const starts = await dueStarts(run, period, freezing)
    if (starts.length > 0) await freezePeriods(run, period, starts, freezing)
    frozen += starts.length
    if (period.days > 1) await countLate(run, period, freezing)
  }
  return frozen
}

/**
 * What an import brought of days that have expired, all of it at once: every period that it touches
 * is counted beside what was frozen of it before.
 */
export async function freezePast(
  run: StorageRun,
  { product, source, now }: Pick<Freezing, 'product' | 'source' | 'now'>
): Promise<void> {
  for (const period of periods)
    await freezePeriods(
      run,
      period,
      undefined,
      { product, source: `${importSource}${source}`, now },
      pastStatesTable
    )
}

/**
 * Of a day, whatever comes is due. Of a week and a month, what no earlier run has frozen, as soon
 * as its first day has expired, whether or not anything came on that day.
 */
async function dueStarts(
  run: StorageRun,
  period: Period,
  { product, cutoff, source }: Freezing
): Promise<readonly string[]> {
  const start = period.start(raw('day'))
  const unless =
    period.days === 1
      ? raw('true')
      : sql`${start} NOT IN (
            SELECT start
            FROM ${raw(frozenTable.name)}
            WHERE product = ${product} AND period = ${period.name} AND dimension = 'all'
              AND source NOT IN (${source}, ${lateSource})
              AND NOT startsWith(source, ${importSource})
          )`
  const rows = await run.query<{ start: string }>({
    ...toRun(sql`
      SELECT DISTINCT toString(${start}) AS start
      FROM ${raw(valueStatesTable.name)}
      WHERE product = ${product} AND dimension = 'all' AND record IS NULL
        AND ${start} < ${date(cutoff)} AND ${unless}`),
    deadlineMs,
    lane: 'control'
  })
  return rows.map((row) => row.start)
}

/**
 * The row `all` comes last: as long as it is missing, the period is frozen anew, and what a killed
 * run left is replaced.
 */
async function freezePeriods(
  run: StorageRun,
  period: Period,
  starts: readonly string[] | undefined,
  { product, source, now }: Pick<Freezing, 'product' | 'source' | 'now'>,
  from: Table = valueStatesTable
): Promise<void> {
  const start = period.start(raw('s.day'))
  const among = starts === undefined ? raw('true') : sql`toString(${start}) IN (${list(starts)})`
  const where = sql`s.product = ${product} AND s.record IS NULL AND ${among}`
  const head = sql`
    INSERT INTO ${raw(frozenTable.name)} (
      product, period, start, dimension, value, records, installations, key_epoch, frozen_at,
      source
    )`
  const tail = sql`fromUnixTimestamp64Milli(toInt64(${now}), 'UTC'), ${source}`
  for (const which of ['!=', '=']) {
    // Whoever ran by itself in two ways is one installation all the same.
    const automated =
      which === '='
        ? raw('')
        : sql`
          UNION ALL
          SELECT
            ${product}, ${period.name}, ${start} AS first, 'automated', 'true',
            sumIf(s.records, ${isAutomated}),
            uniqCombined64MergeIf(s.installations, ${isAutomated}), max(s.key_epoch), ${tail}
          FROM ${raw(from.name)} AS s
          WHERE ${where} AND s.dimension = 'automation'
          GROUP BY first`
    await run.command({
      ...toRun(sql`
        ${head}
        SELECT
          ${product}, ${period.name}, ${start} AS first, s.dimension, s.value,
          sum(s.records), uniqCombined64Merge(s.installations), max(s.key_epoch), ${tail}
        FROM ${raw(from.name)} AS s
        WHERE ${where} AND s.dimension ${raw(which)} 'all'
        GROUP BY first, s.dimension, s.value
        ${automated}`),
      deadlineMs
    })
  }
}

const isAutomated = raw(`s.value IN ('ci', 'agent', 'test')`)

/**
 * Of weeks and months that were frozen before their late days were in, the records that came since:
 * what their days have together, less what was frozen.
 */
async function countLate(
  run: StorageRun,
  period: Period,
  { product, cutoff, now }: Freezing
): Promise<void> {
  const since = date(addDays(cutoff, -(period.days + lateDaysMax)))
  const ours = sql`
    f.product = ${product} AND f.dimension != 'automated'
      AND NOT startsWith(f.source, ${importSource})`
  const frozen = sql`
    SELECT f.start
    FROM ${raw(frozenTable.name)} AS f
    WHERE ${ours} AND f.period = ${period.name} AND f.dimension = 'all'
      AND f.source != ${lateSource} AND f.start >= ${since}`
  await run.command({
    ...toRun(sql`
      INSERT INTO ${raw(frozenTable.name)} (
        product, period, start, dimension, value, records, installations, key_epoch, frozen_at,
        source
      )
      SELECT
        ${product}, ${period.name}, first, dimension, value, toUInt64(sum(counted)),
        max(ids), max(epoch), fromUnixTimestamp64Milli(toInt64(${now}), 'UTC'), ${lateSource}
      FROM (
        SELECT ${period.start(raw('f.start'))} AS first, f.dimension AS dimension,
          f.value AS value, toInt64(f.records) AS counted, toUInt64(0) AS ids,
          f.key_epoch AS epoch
        FROM ${raw(frozenTable.name)} AS f FINAL
        WHERE ${ours} AND f.period = 'day' AND f.start >= ${since} AND f.start < ${date(cutoff)}
        UNION ALL
        SELECT ${period.start(raw('s.day'))} AS first, s.dimension AS dimension,
          s.value AS value, toInt64(sum(s.records)) AS counted,
          uniqCombined64Merge(s.installations) AS ids, max(s.key_epoch) AS epoch
        FROM ${raw(valueStatesTable.name)} AS s
        WHERE s.product = ${product} AND s.record IS NULL AND s.day >= ${date(cutoff)}
        GROUP BY first, s.dimension, s.value
        UNION ALL
        SELECT f.start AS first, f.dimension AS dimension, f.value AS value,
          if(f.source = ${lateSource}, 0, -toInt64(f.records)) AS counted,
          f.installations AS ids, toUInt16(0) AS epoch
        FROM ${raw(frozenTable.name)} AS f FINAL
        WHERE ${ours} AND f.period = ${period.name} AND f.start >= ${since}
      )
      WHERE first IN (${frozen})
      GROUP BY first, dimension, value
      HAVING sum(counted) > 0`),
    deadlineMs
  })
}
