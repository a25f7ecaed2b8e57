/**
 * The tables of a cluster are made by one command, before its collectors start: which statements
 * are they, and have they been run?
 *
 * Several collectors of two programs, as there are while one after the other is restarted, would
 * make each other's views anew. So they only look whether theirs were made.
 */
import { createHash } from 'node:crypto'
import type { CompiledContract } from '@candor/contract'
import { CandorError, isCandorError } from '../../errors.ts'
import type { HeldProduct, StorageRun } from '../storage.ts'
import { type Cluster, onCluster } from './cluster.ts'
import { instantType, quoteName, quoteText } from '../tables/column-types.ts'
import { migrate } from '../tables/migrate.ts'
import { makeTable } from './make-table.ts'
import { column, type Table } from '../tables/table.ts'

/** A statement, and in which database it finds the names that it uses. */
export interface PlacedStatement {
  readonly database: string
  readonly sql: string
}

const deadlineMs = 60_000
/** ClickHouse's, for a table or a database that is not there. */
const nothingThere = new Set([60, 81])

/** Which statements were run. One row each, so nothing is remembered of blocks. */
const appliedTable: Table = {
  name: 'cluster_schema',
  columns: [
    column('digest', 'String', 'of all statements for one program and its contracts'),
    column('held', 'String', 'products that the store can’t hold, and why, as JSON'),
    column('applied_at', instantType, 'when they had been run')
  ],
  engine: 'ReplacingMergeTree(applied_at)',
  orderBy: 'digest',
  shardBy: 'digest'
}

/** All that an empty cluster needs, in order; each may be run again. */
export async function clusterStatements(
  contracts: readonly CompiledContract[],
  cluster: Cluster,
  database: string
): Promise<readonly PlacedStatement[]> {
  const tables: PlacedStatement[] = []
  const run: StorageRun = {
    cluster,
    query: () => Promise.resolve([]),
    command({ sql, parameters = {}, place }) {
      tables.push({
        database: place === 'shards' ? cluster.shards : database,
        sql: sql.replaceAll(/\{(\w+):\w+\}/g, (_, name: string) => literal(parameters[name]))
      })
      return Promise.resolve()
    }
  }
  await migrate(run, contracts, database)
  return [...databaseStatements(cluster, database), ...tables]
}

function databaseStatements(cluster: Cluster, database: string): readonly PlacedStatement[] {
  return [database, cluster.shards].map((name) => ({
    database: 'default',
    sql: `CREATE DATABASE IF NOT EXISTS ${quoteName(name)}${onCluster(cluster)}`
  }))
}

function literal(value: unknown): string {
  return typeof value === 'string' ? quoteText(value) : String(value)
}

/**
 * Brings a cluster to what this program and these contracts need, from any earlier state, and notes
 * that it did. `runDefault` finds databases, `run` tables.
 */
export async function applyClusterSchema(
  contracts: readonly CompiledContract[],
  {
    run,
    runDefault,
    database
  }: {
    readonly run: StorageRun
    readonly runDefault: Pick<StorageRun, 'command'>
    readonly database: string
  }
): Promise<readonly HeldProduct[]> {
  const { cluster } = run
  if (cluster === undefined) throw new TypeError('a store without a cluster')
  for (const { sql } of databaseStatements(cluster, database))
    await runDefault.command({ sql, deadlineMs })
  const held = await migrate(run, contracts, database)
  await makeTable(run, appliedTable, 0)
  await run.command({
    sql:
      `INSERT INTO ${appliedTable.name} (digest, held, applied_at) VALUES ({digest:String}, ` +
      '{held:String}, now64(3))',
    parameters: {
      digest: await schemaDigest(contracts, cluster, database),
      held: JSON.stringify(held)
    },
    deadlineMs
  })
  return held
}

/** Throws SCHEMA_NOT_APPLIED: the cluster has not what this program needs for these contracts. */
export async function heldInCluster(
  run: StorageRun,
  contracts: readonly CompiledContract[],
  database: string
): Promise<readonly HeldProduct[]> {
  const { cluster } = run
  if (cluster === undefined) throw new TypeError('a store without a cluster')
  const digest = await schemaDigest(contracts, cluster, database)
  const [applied] = await run
    .query<{ held: string }>({
      sql: `SELECT held FROM ${appliedTable.name} FINAL WHERE digest = {digest:String}`,
      parameters: { digest },
      deadlineMs,
      lane: 'control'
    })
    .catch((error: unknown) => {
      if (isCandorError(error) && nothingThere.has(Number(error.details['code']))) return []
      throw error
    })
  if (applied === undefined)
    throw new CandorError(
      'SCHEMA_NOT_APPLIED',
      `The cluster ${cluster.name} has not the tables of this program and these contracts. Run ` +
        `candor schema --cluster ${cluster.name} --apply with the same products.`
    )
  return JSON.parse(applied.held) as readonly HeldProduct[]
}

/** Another program or other contracts need other statements, and so have another digest. */
async function schemaDigest(
  contracts: readonly CompiledContract[],
  cluster: Cluster,
  database: string
): Promise<string> {
  const statements = await clusterStatements(contracts, cluster, database)
  return createHash('sha256')
    .update(statements.map(({ sql }) => sql).join(';\n'))
    .digest('hex')
}
