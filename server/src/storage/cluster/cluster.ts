/**
 * How does a cluster of ClickHouse's own hold what one server holds in plain tables: which engine
 * has each table, and where does it lie?
 *
 * Two databases keep the same names apart. Each shard has the tables and what fills them, as one
 * server has them, but replicated; in the collector's own database a Distributed table of each name
 * sends rows to the shard of their installation and asks all of them. So no question, view or job
 * knows where it runs.
 */
import { quoteName, quoteText } from '../tables/column-types.ts'
import type { Table } from '../tables/table.ts'

export interface Cluster {
  /** As the servers' own configuration (`remote_servers`) names it. */
  readonly name: string
  /** The database of what each shard holds by itself. */
  readonly shards: string
}

export function clusterOf(name: string, database: string): Cluster {
  return { name, shards: `${database}_shards` }
}

/** Behind the name of what a statement makes or alters; nothing on one server. */
export function onCluster(cluster: Cluster | undefined): string {
  return cluster === undefined ? '' : ` ON CLUSTER ${quoteName(cluster.name)}`
}

/**
 * Where each replica finds the others: `{shard}` and `{replica}` are macros of the servers'
 * configuration, the other two ClickHouse fills in.
 */
const keeperPath = '/clickhouse/tables/{shard}/{database}/{table}'

/** Of the table that a server, or each shard, stores. */
export function storedEngine({ engine }: Table, cluster: Cluster | undefined): string {
  if (cluster === undefined || engine === 'Null') return engine
  const [, name = engine, versionColumn] = /^(\w+)(?:\((\w+)\))?$/.exec(engine) ?? []
  const version = versionColumn === undefined ? '' : `, ${versionColumn}`
  return `Replicated${name}(${quoteText(keeperPath)}, '{replica}'${version})`
}

/** Of the table that rows are sent to and questions are asked of. */
export function spreadEngine({ name, shardBy }: Table, cluster: Cluster): string {
  return (
    `Distributed(${quoteName(cluster.name)}, ${quoteName(cluster.shards)}, ${quoteName(name)}, ` +
    `cityHash64(${shardBy}))`
  )
}

/** `system.parts` of every shard, one replica of each. */
export function partsOf(cluster: Cluster | undefined): string {
  return cluster === undefined
    ? 'system.parts'
    : `cluster(${quoteText(cluster.name)}, system.parts)`
}

/** Where the tables lie that hold rows, as SQL. */
export function storedDatabase(cluster: Cluster | undefined): string {
  return cluster === undefined ? 'currentDatabase()' : quoteText(cluster.shards)
}

/**
 * With which settings every statement to a cluster runs.
 *
 * A subquery about another table is asked of all shards once, and its answer sent to each. A block
 * is answered once each shard has it, and most of its replicas do: what a replica alone had would
 * go with its disk, and the inbox forgets what was answered.
 */
export const clusterSettings = {
  distributed_product_mode: 'global',
  distributed_foreground_insert: 1,
  insert_quorum: 'auto',
  insert_quorum_parallel: 1
} as const satisfies Readonly<Record<string, string | number>>
