/** Does the engine itself hold users' SQL to the documented views? It is tried. */
import { isCandorError } from '../../errors.ts'
import type { ClickHouse } from '../client/clickhouse-client.ts'
import type { ReaderRights } from '../storage.ts'
import { schemaVersionTable } from '../tables/side-tables.ts'

const deadlineMs = 5_000
const accessDenied = 497

export async function readerRights(
  reader: Pick<ClickHouse, 'rows'> | undefined
): Promise<ReaderRights> {
  if (reader === undefined) return 'missing'
  if (await isDenied(reader, 'history')) return 'unable'
  return (await isDenied(reader, schemaVersionTable.name)) ? 'held' : 'too-wide'
}

async function isDenied(reader: Pick<ClickHouse, 'rows'>, table: string): Promise<boolean> {
  try {
    await reader.rows({ sql: `SELECT 1 FROM ${table} LIMIT 1`, lane: 'user', deadlineMs })
    return false
  } catch (error) {
    if (isCandorError(error) && error.details['code'] === accessDenied) return true
    throw error
  }
}
