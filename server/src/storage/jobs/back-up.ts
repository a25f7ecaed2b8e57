/** How do the tables become files, how do files become tables, and how many records are in them? */
import type { StorageRun } from '../storage.ts'
import { quoteText } from '../tables/column-types.ts'
import { engineDatabase } from '../engine/engine-settings.ts'
import { frozenTable, retentionTable } from '../tables/side-tables.ts'
import { recordTable } from '../tables/rows.ts'

/** A day of copying; a backup that takes longer belongs to the file system. */
const copyMsMax = 86_400_000
const deadlineMs = 60_000

export interface DayCount {
  readonly product: string
  /** Of receipt; of what was frozen, the day itself. */
  readonly day: string
  readonly is: 'records' | 'frozen'
  readonly records: number
}

/** The embedded engine's tables, in a new folder below the one that it may write to. */
export function backUpTables(run: Pick<StorageRun, 'command'>, folder: string): Promise<void> {
  return run.command({
    sql: `BACKUP DATABASE ${engineDatabase} TO File(${quoteText(folder)})`,
    deadlineMs: copyMsMax
  })
}

export function restoreTables(run: Pick<StorageRun, 'command'>, folder: string): Promise<void> {
  return run.command({
    sql: `RESTORE DATABASE ${engineDatabase} FROM File(${quoteText(folder)})`,
    deadlineMs: copyMsMax
  })
}

/** Of each product and day, what is there to be counted again after a restore. */
export async function countDays(run: Pick<StorageRun, 'query'>): Promise<readonly DayCount[]> {
  const products = await run.query<{ product: string }>({
    sql: `SELECT product FROM ${retentionTable.name} FINAL ORDER BY product`,
    deadlineMs,
    lane: 'control'
  })
  const all: DayCount[] = []
  for (const { product } of products) {
    const table = recordTable(product)
    const rows = await run.query<Omit<DayCount, 'product'>>({
      sql: `
        SELECT toString(toDate(received_at)) AS day, 'records' AS is,
          toUInt32(count()) AS records
        FROM ${table}
        GROUP BY day
        UNION ALL
        SELECT toString(start) AS day, 'frozen' AS is, toUInt32(sum(records)) AS records
        FROM ${frozenTable.name} FINAL
        WHERE product = ${quoteText(product)} AND period = 'day' AND dimension = 'all'
        GROUP BY day
        ORDER BY is, day`,
      deadlineMs,
      lane: 'control'
    })
    all.push(...rows.map((row) => ({ product, ...row, records: Number(row.records) })))
  }
  return all
}
