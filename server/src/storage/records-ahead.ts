/** Which products have records of days that have not begun yet? */
import { DAY_MS, dayOf } from '#values/days'
import type { Instant } from '../record.ts'
import { date, raw, sql, toRun } from './sql.ts'
import type { StorageRun } from './storage.ts'
import { dailyTable } from './tables/tables.ts'

const deadlineMs = 10_000

export async function recordsAhead(
  run: Pick<StorageRun, 'query'>,
  now: Instant
): Promise<readonly { readonly product: string; readonly records: number }[]> {
  const rows = await run.query<{ product: string; records: number }>({
    ...toRun(sql`
      SELECT d.product AS product, sum(d.records) AS records
      FROM ${raw(dailyTable.name)} AS d
      WHERE d.day > ${date(dayOf(now + DAY_MS))}
      GROUP BY d.product
      ORDER BY d.product`),
    deadlineMs
  })
  return rows.map(({ product, records }) => ({ product, records: Number(records) }))
}
