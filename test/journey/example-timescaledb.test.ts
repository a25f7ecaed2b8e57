/**
 * TimescaleDB's telemetry life with our SDK, beside a real PostgreSQL and against a real collector.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  eventually,
  query,
  removeServer,
  startServer,
  type RunningServer
} from './world/candor-server.ts'
import {
  exampleHome,
  runExample,
  type ExampleHome,
  type RanExample
} from './world/example-program.ts'
import { startPostgres, type PostgresCluster } from './world/postgres-cluster.ts'

describe('a reporter beside a database', () => {
  let server: RunningServer
  let postgres: PostgresCluster
  let home: ExampleHome
  beforeAll(async () => {
    postgres = await startPostgres()
    server = await startServer()
  })
  afterAll(async () => {
    await removeServer(server)
    postgres.remove()
  })
  beforeEach(() => {
    home = exampleHome()
  })
  afterEach(() => home.remove())

  const reporter = (database: string, words: readonly string[]): Promise<RanExample> =>
    runExample({
      example: 'timescaledb-reporter',
      words,
      home,
      environment: {
        DATABASE_URL: postgres.url(database),
        TIMESCALEDB_TELEMETRY: 'on',
        TIMESCALEDB_TELEMETRY_ENDPOINT: server.url
      }
    })
  const previewed = async (
    database: string
  ): Promise<{ bodies: string[]; report: Record<string, unknown> }> => {
    const { out } = await reporter(database, ['telemetry', 'preview', '--format', 'json'])
    const { bodies } = JSON.parse(out) as { bodies: string[] }
    return { bodies, report: JSON.parse(bodies[0] ?? '{}') as Record<string, unknown> }
  }

  it('previews the whole report of a database in counts and sizes, without a name from it', async () => {
    postgres.sql('postgres', 'CREATE DATABASE shop')
    postgres.sql(
      'shop',
      'CREATE TABLE secret_customers (email text); INSERT INTO secret_customers SELECT $$jane@acme.example$$; ANALYZE'
    )
    const { bodies, report } = await previewed('shop')
    expect(report).toMatchObject({
      product: 'timescaledb',
      installation: expect.stringMatching(/^[0-9a-f-]{36}$/),
      lineage: expect.stringMatching(/^[0-9a-f-]{36}$/),
      runs: [
        {
          records: [
            {
              name: 'report',
              fields: { tables: { num_relations: 2 }, related_extensions_postgis: false }
            }
          ]
        }
      ]
    })
    expect(bodies.join()).not.toMatch(/secret_customers|jane@|shop/)
  })

  it('gives a copy of a database an id of its own, and the one that both share', async () => {
    postgres.sql('postgres', 'CREATE DATABASE original')
    const first = (await previewed('original')).report
    postgres.sql('postgres', 'CREATE DATABASE copied TEMPLATE original')
    home.remove()
    home = exampleHome()
    const second = (await previewed('copied')).report
    expect(second['lineage']).toBe(first['lineage'])
    expect(second['installation']).not.toBe(first['installation'])
  })

  it('hears ALTER DATABASE … SET, and writes nothing into a database that says no', async () => {
    postgres.sql('postgres', 'CREATE DATABASE silent')
    postgres.sql('postgres', `ALTER DATABASE silent SET timescaledb.telemetry_level = 'off'`)
    const { out } = await reporter('silent', ['telemetry', 'status', '--format', 'json'])
    expect(JSON.parse(out)).toMatchObject({ state: 'off' })
    expect(
      postgres.sql('silent', `SELECT count(*) FROM pg_namespace WHERE nspname = 'candor_reporter'`)
    ).toBe('0')
    postgres.sql(
      'postgres',
      `ALTER DATABASE silent SET timescaledb.telemetry_level = 'no_functions'`
    )
    const fewer = JSON.parse(
      (await reporter('silent', ['telemetry', 'status', '--format', 'json'])).out
    ) as { level: string }
    expect(fewer.level).toBe('no_functions')
  })

  it('has what it reported kept as TimescaleDB’s own snapshot', async () => {
    postgres.sql('postgres', 'CREATE DATABASE kept')
    await previewed('kept')
    const { out } = await reporter('kept', ['telemetry', 'export'])
    for (const line of out.trim().split('\n')) {
      const { body } = JSON.parse(line) as { body: string }
      const answer = await fetch(`${server.url}/v1/reports`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body
      })
      expect(await answer.json()).toMatchObject({ accepted: 1, dropped: [] })
    }
    const { rows } = await eventually(
      () =>
        query(
          server,
          `SELECT kind, tables_num_relations AS tables, isNotNull(lineage) AS has_lineage FROM timescaledb WHERE name = 'report'`
        ),
      (found) => found.rows.length > 0
    )
    expect(rows[0]).toMatchObject({ kind: 'snapshot', tables: 1 })
  })
})
