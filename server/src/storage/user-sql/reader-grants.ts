/**
 * What may SQL that users wrote do, as the engine itself is told? It reads the documented views.
 */
import { quoteName } from '../tables/column-types.ts'

/** Of the embedded engine's role. */
export function readerGrants(database: string, views: readonly string[]): readonly string[] {
  return views.map((view) => `GRANT SELECT ON ${quoteName(database)}.${quoteName(view)}`)
}

/** What makes the second user of a ClickHouse of one's own. Its password is whoever's runs this. */
export function readerStatements({
  database,
  user,
  views
}: {
  readonly database: string
  readonly user: string
  readonly views: readonly string[]
}): readonly string[] {
  return [
    `CREATE USER IF NOT EXISTS ${quoteName(user)} IDENTIFIED WITH sha256_password BY 'choose one'`,
    ...readerGrants(database, views).map((grant) => `${grant} TO ${quoteName(user)}`)
  ]
}
