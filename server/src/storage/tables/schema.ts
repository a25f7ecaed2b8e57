/** How is a table, or what fills it, written as ClickHouse's DDL? */
import { type Cluster, onCluster, spreadEngine, storedEngine } from '../cluster/cluster.ts'
import { quoteName, quoteText, type TableColumn } from './column-types.ts'
import type { MaterializedView } from './materialized-views.ts'
import type { Table } from './table.ts'

/** The table that a server stores, or each shard of a cluster. */
export function createTable(table: Table, blocksRemembered: number, cluster?: Cluster): string {
  const create = `${head(table, cluster)} ENGINE = ${storedEngine(table, cluster)}`
  if (table.engine === 'Null') return create
  const partition = table.partitionBy === undefined ? '' : `\nPARTITION BY (${table.partitionBy})`
  return (
    `${create}${partition}\nORDER BY (${table.orderBy})\nSETTINGS ` +
    `${tableSettings(table, blocksRemembered)}`
  )
}

/** The table of a cluster that rows are sent to and questions are asked of. */
export function createSpreadTable(table: Table, cluster: Cluster): string {
  return `${head(table, cluster)} ENGINE = ${spreadEngine(table, cluster)}`
}

function head({ name, columns }: Table, cluster: Cluster | undefined): string {
  const definitions = columns.map(columnDefinition).join(',\n  ')
  const create = `CREATE TABLE IF NOT EXISTS ${quoteName(name)}${onCluster(cluster)}`
  return `${create} (\n  ${definitions}\n)`
}

export function createMaterializedView(
  { name, to, select }: MaterializedView,
  cluster?: Cluster
): string {
  const view = `CREATE MATERIALIZED VIEW IF NOT EXISTS ${quoteName(name)}${onCluster(cluster)}`
  return `${view} TO ${quoteName(to)} AS ${select}`
}

export function columnDefinition(column: TableColumn): string {
  const computed = column.computed === undefined ? '' : ` ALIAS ${column.computed}`
  return `${quoteName(column.name)} ${column.type}${computed} COMMENT ${quoteText(column.says)}`
}

export function rememberBlocks(blocks: number): string {
  return (
    `non_replicated_deduplication_window = ${blocks}, replicated_deduplication_window = ` +
    `${blocks}`
  )
}

function tableSettings({ granularity }: Table, blocks: number): string {
  return [
    ...(granularity === undefined ? [] : [`index_granularity = ${granularity}`]),
    // "Not sent" is NULL everywhere, also in keys.
    'allow_nullable_key = 1',
    rememberBlocks(blocks),
    // Replicated tables forget blocks by age too: after four days, one more than the inbox replays.
    'replicated_deduplication_window_seconds = 345600',
    // An answered insert survives a power cut; so does what a merge made of it, before its sources
    // go.
    'fsync_after_insert = 1',
    'fsync_part_directory = 1',
    'min_rows_to_fsync_after_merge = 1',
    'min_compressed_bytes_to_fsync_after_merge = 1',
    'old_parts_lifetime = 480'
  ].join(', ')
}
