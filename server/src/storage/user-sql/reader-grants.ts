/**
 * What may SQL that users wrote do, as the engine itself is told? It reads the documented views.
 */
import { type Cluster, onCluster } from '../cluster/cluster.ts'
import { quoteName } from '../tables/column-types.ts'
import { narrowDatabase } from './narrow-views.ts'

/** Of the embedded engine's role. */
export function readerGrants(
  database: string,
  views: readonly string[],
  cluster?: Cluster
): readonly string[] {
  const grant = `GRANT${onCluster(cluster)} SELECT ON ${quoteName(database)}`
  return views.map((view) => `${grant}.${quoteName(view)}`)
}

/** What makes the further users of a ClickHouse of one's own. Their password is whoever's runs this. */
export function readerStatements({
  database,
  user,
  guest,
  views,
  cluster
}: {
  readonly database: string
  readonly user: string
  /** Who runs the SQL of those who may see some products only. */
  readonly guest: string
  readonly views: readonly string[]
  readonly cluster?: Cluster | undefined
}): readonly string[] {
  return [
    newUser(user, cluster),
    ...readerGrants(database, views, cluster).map((grant) => `${grant} TO ${quoteName(user)}`),
    newUser(guest, cluster),
    `GRANT${onCluster(cluster)} SELECT ON ${quoteName(narrowDatabase(database))}.* TO ` +
      quoteName(guest)
  ]
}

function newUser(name: string, cluster: Cluster | undefined): string {
  return (
    `CREATE USER IF NOT EXISTS ${quoteName(name)}${onCluster(cluster)} IDENTIFIED WITH ` +
    `sha256_password BY 'choose one'`
  )
}
