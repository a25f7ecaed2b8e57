/** Makes a table where it is to lie: on one server, or on the shards of a cluster and over them. */
import type { StorageRun } from '../storage.ts'
import { createSpreadTable, createTable } from '../tables/schema.ts'
import type { Table } from '../tables/table.ts'

// DDL waits for a running insert at most, never for a merge.
const deadlineMs = 60_000

/** Does nothing where it is there. It remembers so many blocks. */
export async function makeTable(run: MakingRun, table: Table, blocks: number): Promise<void> {
  const { cluster } = run
  await run.command({ sql: createTable(table, blocks, cluster), deadlineMs, place: 'shards' })
  if (cluster !== undefined)
    await run.command({ sql: createSpreadTable(table, cluster), deadlineMs })
}

type MakingRun = Pick<StorageRun, 'command' | 'cluster'>
