/**
 * How does the reporter talk to PostgreSQL? In a session that is opened for one look, waits for
 * nothing long, and writes only where it says so.
 */
import { userInfo } from 'node:os'
import { env } from 'node:process'
import { Client, type ClientConfig } from 'pg'
import { parse } from 'pg-connection-string'

export interface Session {
  /** Rows of one statement, in a transaction that can't write. */
  read<Row extends object>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>
  write<Row extends object>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>
  /** The server cancels what takes longer; our own wait ends a little later, should it be gone. */
  limit(statementMs: number): Promise<void>
  close(): Promise<void>
}

export interface DatabaseAddress {
  /** `postgres://…`; without it, libpq's variables say where: PGHOST, PGUSER and the like. */
  readonly dsn: string | undefined
  /** In place of the one that the DSN names. */
  readonly database?: string
}

const connectMs = 5_000
const lookMs = 10_000
/** Nobody waits for the reporter, and it waits for nobody. */
const lockMs = 500
const graceMs = 2_000

export async function openSession({ dsn, database }: DatabaseAddress): Promise<Session> {
  const { database: named, ...place } = connectionOf(dsn)
  const client = new Client({
    ...place,
    ...(database === undefined ? (named ? { database: named } : {}) : { database }),
    application_name: 'candor-postgres',
    connectionTimeoutMillis: connectMs
  })
  let deadlineMs = lookMs
  // A connection that breaks between two statements is told by the next one.
  client.on('error', () => {})
  await client.connect()
  const run = async <Row extends object>(
    sql: string,
    values: readonly unknown[]
  ): Promise<readonly Row[]> => {
    const query = { text: sql, values: [...values], query_timeout: deadlineMs + graceMs }
    return (await client.query<Row>(query)).rows
  }
  const session: Session = {
    read: (sql, values = []) => run(sql, values),
    async write(sql, values = []) {
      await client.query('BEGIN READ WRITE')
      try {
        const rows = await run<never>(sql, values)
        await client.query('COMMIT')
        return rows
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {})
        throw error
      }
    },
    async limit(statementMs) {
      deadlineMs = statementMs
      await client.query(`SET statement_timeout = ${Math.ceil(statementMs)}`)
    },
    close: () => client.end()
  }
  try {
    await client.query(
      `SET statement_timeout = ${lookMs}; SET lock_timeout = ${lockMs}; ` +
        `SET idle_in_transaction_session_timeout = ${lookMs}; ` +
        `SET default_transaction_read_only = on; SET client_min_messages = error; ` +
        // What somebody else put into `public` is not taken for PostgreSQL's own.
        `SET search_path = pg_catalog, pg_temp`
    )
    return session
  } catch (error) {
    await session.close().catch(() => {})
    throw error
  }
}

/** What PostgreSQL's own URLs may say, without what only `pg` would read from them. */
export function connectionOf(dsn: string | undefined): ClientConfig {
  // As psql does: whoever this process belongs to, and not what a shell before it was called.
  const own = env['PGUSER'] === undefined ? { user: userInfo().username } : {}
  if (dsn === undefined) return own
  const { host, port, user, password, database, ssl } = parse(dsn)
  return {
    ...(host ? { host } : {}),
    ...(port ? { port: Number(port) } : {}),
    ...(user ? { user } : own),
    ...(typeof password === 'string' ? { password } : {}),
    ...(database ? { database } : {}),
    ...(ssl === undefined ? {} : { ssl: ssl as NonNullable<ClientConfig['ssl']> })
  }
}
