/**
 * What may SQL that users wrote do, as the engine itself is told? It reads the documented views.
 */
import { quoteName } from '../tables/column-types.ts'
import { narrowDatabase } from './narrow-views.ts'

/** Of the embedded engine's role. */
export function readerGrants(database: string, views: readonly string[]): readonly string[] {
  return views.map((view) => `GRANT SELECT ON ${quoteName(database)}.${quoteName(view)}`)
}

/** What makes the further users of a ClickHouse of one's own. Their password is whoever's runs this. */
export function readerStatements({
  database,
  user,
  guest,
  views
}: {
  readonly database: string
  readonly user: string
  /** Who runs the SQL of those who may see some products only. */
  readonly guest: string
  readonly views: readonly string[]
}): readonly string[] {
  return [
    `CREATE USER IF NOT EXISTS ${quoteName(user)} IDENTIFIED WITH sha256_password BY 'choose one'`,
    ...readerGrants(database, views).map((grant) => `${grant} TO ${quoteName(user)}`),
    `CREATE USER IF NOT EXISTS ${quoteName(guest)} IDENTIFIED WITH sha256_password BY 'choose one'`,
    `GRANT SELECT ON ${quoteName(narrowDatabase(database))}.* TO ${quoteName(guest)}`
  ]
}
