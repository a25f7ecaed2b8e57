/** Of each record, how many did the two installations send that sent the most? */
import type { Storage } from '../../storage/storage.ts'
import { all, date, raw, sql, toRun } from '../../storage/sql.ts'
import { productView } from '../../storage/tables/views.ts'
import { addDays, type Span } from '../reading/span.ts'
import { who } from '../reading/source.ts'

/**
 * Over the same records as questions count: without what a network sent above its share, and
 * without what ran by itself.
 */
export async function largestSenders({
  storage,
  product,
  span,
  deadlineMs
}: {
  readonly storage: Pick<Storage, 'query'>
  readonly product: string
  readonly span: Span
  readonly deadlineMs: number
}): Promise<ReadonlyMap<string, { readonly most: number; readonly second: number }>> {
  const received = { first: date(addDays(span.first, -1)), last: date(addDays(span.last, 31)) }
  const where = all([
    sql`toDate(occurred_at) BETWEEN ${date(span.first)} AND ${date(span.last)}`,
    sql`toDate(received_at) BETWEEN ${received.first} AND ${received.last}`,
    raw('NOT over_budget'),
    raw(`ifNull(automation, '') NOT IN ('ci', 'agent', 'test')`)
  ])
  const rows = await storage.query<{ name: string; most: readonly number[] }>({
    ...toRun(sql`
      SELECT name, groupArraySorted(2)(-toInt64(records)) AS most
      FROM (
        SELECT name, ${raw(who)} AS sender, count() AS records
        FROM ${raw(productView(product))} AS r
        WHERE ${where}
        GROUP BY name, sender
      )
      GROUP BY name`),
    deadlineMs
  })
  return new Map(
    rows.map(({ name, most: [most = 0, second = 0] }) => [
      name,
      { most: -Number(most), second: -Number(second) }
    ])
  )
}
