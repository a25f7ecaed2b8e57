/**
 * Connects an operator who makes the tables of a cluster: to the databases that will be there, and
 * to the one that always is.
 */
import type { Effects } from '../../effects.ts'
import { connectClickHouse } from '../client/clickhouse-client.ts'
import type { StorageRun } from '../storage.ts'
import { clusterOf, clusterSettings } from './cluster.ts'

export interface ClusterConnection {
  readonly run: StorageRun
  readonly runDefault: Pick<StorageRun, 'command'>
  close(): Promise<void>
}

/** `onStatement` hears of each statement that changes something, once it is done. */
export function connectCluster(
  {
    cluster: name,
    ...address
  }: {
    readonly url: string
    readonly user: string
    readonly password: string
    readonly database: string
    readonly cluster: string
  },
  effects: Pick<Effects, 'clock' | 'random'>,
  onStatement: (sql: string) => void
): ClusterConnection {
  const cluster = clusterOf(name, address.database)
  const clients = new Map(
    ['default', address.database, cluster.shards].map((database) => [
      database,
      connectClickHouse({ is: 'remote', ...address, database, settings: clusterSettings }, effects)
    ])
  )
  const commandIn =
    (place: (asked: Parameters<StorageRun['command']>[0]) => string): StorageRun['command'] =>
    async (asked) => {
      const { sql, parameters, deadlineMs } = asked
      await clients.get(place(asked))?.command({ sql, parameters, deadlineMs, lane: 'control' })
      onStatement(sql)
    }
  return {
    run: {
      cluster,
      query: async ({ lane = 'control', ...request }) =>
        (await clients.get(address.database)?.rows({ ...request, lane })) ?? [],
      command: commandIn(({ place }) => (place === 'shards' ? cluster.shards : address.database))
    },
    runDefault: { command: commandIn(() => 'default') },
    async close() {
      await Promise.all([...clients.values()].map((client) => client.close()))
    }
  }
}
