/** Options that several commands share, each said once. */
import { Client } from 'pg'
import { Option } from 'commander'
import { connectionOf } from '../reporter/session.ts'

export const productOption = (): Option =>
  new Option('--product <file>', 'the product file').default('candor-postgres.yaml')

export const dsnOption = (): Option =>
  new Option(
    '--dsn <url>',
    'postgres://user@host/database; without it PGHOST, PGUSER and the like say where'
  )

/** For what its user asked for: it may write, and its errors are shown. */
export async function withClient<Result>(
  dsn: string | undefined,
  work: (client: Client) => Promise<Result>
): Promise<Result> {
  const client = new Client({
    ...connectionOf(dsn),
    application_name: 'candor-postgres',
    connectionTimeoutMillis: 5_000
  })
  client.on('error', () => {})
  await client.connect()
  try {
    // What somebody else put into `public` is not taken for PostgreSQL's own.
    await client.query('SET search_path = pg_catalog, pg_temp')
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}
