/**
 * How can one engine in a test's process stand in for a cluster of two shards? It runs the same
 * statements with the engines swapped: each shard is a database, replicated tables are plain ones,
 * and what spreads rows is made of parts that the embedded engine has.
 *
 * What a real cluster does beside that (replicas, Keeper, the network between shards) is not here.
 */
import type { StorageRun } from '../storage.ts'
import { type Cluster, clusterOf } from './cluster.ts'

const database = 'candor'
const shards = [0, 1]
const databaseOf = (shard: number): string => `${database}_shards_${shard}`

export interface TwoShards {
  readonly cluster: Cluster
  /** The database that questions and inserts find their tables in. */
  readonly database: string
  open(): Promise<void>
  command: StorageRun['command']
  /** What a question asks, as the engine here can answer it. */
  asked(sql: string): string
  /** Where a block for this table is inserted. */
  into(table: string): string
}

/** `execute` runs a statement where its session stands. */
export function twoShards(
  execute: (sql: string, parameters?: Readonly<Record<string, unknown>>) => Promise<unknown>
): TwoShards {
  const cluster = clusterOf('two', database)
  const here = ' ON CLUSTER `two`'
  const inDatabase = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    await execute(`USE ${name}`)
    try {
      await work()
    } finally {
      await execute(`USE ${database}`)
    }
  }
  return {
    cluster,
    database,
    async open() {
      for (const name of [database, ...shards.map(databaseOf)])
        await execute(`CREATE DATABASE IF NOT EXISTS ${name}`)
      await execute(`USE ${database}`)
    },
    async command({ sql, parameters, place }) {
      const plain = sql.replace(here, '')
      if (place === 'shards')
        for (const shard of shards)
          await inDatabase(databaseOf(shard), () => execute(unreplicated(plain), parameters))
      else for (const statement of spread(plain)) await execute(statement, parameters)
    },
    into,
    asked: (sql) =>
      sql
        .replace("cluster('two', system.parts)", 'system.parts')
        .replace(
          `WHERE database = '${cluster.shards}'`,
          `WHERE startsWith(database, '${cluster.shards}_')`
        )
        // What one server says of its tables, all say.
        .replaceAll(`'${cluster.shards}'`, `'${databaseOf(0)}'`)
  }
}

/** A replica that is alone is a plain table. */
function unreplicated(sql: string): string {
  return sql
    .replace(
      /ENGINE = Replicated(\w*MergeTree)\('[^']*', '\{replica\}'(?:, (\w+))?\)/,
      (_, name: string, version?: string) =>
        `ENGINE = ${name}${version === undefined ? '' : `(${version})`}`
    )
    .replace(/mutations_sync = 2/, 'mutations_sync = 1')
}

/** Tables that hold nothing themselves: what comes is sent on to the shard of its installation. */
const passesOn = /^(?:incoming_\w+|drift_rows)$/

/**
 * Rows that are sent to it go to the shard that the cluster's key says, and what is asked of it is
 * asked of both.
 */
function spread(sql: string): readonly string[] {
  const found =
    /^(CREATE TABLE IF NOT EXISTS `(\w+)` \([^]*\)) ENGINE = Distributed\(`two`, `\w+`, `\w+`, ([^]*)\)$/.exec(
      sql
    )
  if (found === null)
    return [sql.replace(/^INSERT INTO (\w+)/, (_, to) => `INSERT INTO ${into(to)}`)]
  const [, head = '', name = '', key = ''] = found
  if (!passesOn.test(name))
    return [`${head} ENGINE = Merge(REGEXP('^candor_shards_'), '^${name}$')`]
  return [
    `${head} ENGINE = Null`,
    ...shards.map(
      (shard) =>
        `CREATE MATERIALIZED VIEW IF NOT EXISTS ${name}_to_${shard} TO ` +
        `${databaseOf(shard)}.${name} AS SELECT * FROM ${name} WHERE ${key} % 2 = ${shard}`
    )
  ]
}

/**
 * What jobs write goes to one shard, since here nothing can be written to what reads from both;
 * each of those tables is read by what it holds, not by where.
 */
function into(table: string): string {
  return passesOn.test(table) ? table : `${databaseOf(0)}.${table}`
}
