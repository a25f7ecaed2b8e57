/**
 * Lives TimescaleDB's telemetry life with our package for PostgreSQL, beside a real server and
 * against a real collector.
 */
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadProduct } from '../../postgres/src/product.ts'
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
} from './world/sdk/example-program.ts'
import { startPostgres, type PostgresCluster } from './world/postgres-cluster.ts'

const file = new URL('../../examples/timescaledb-reporter/timescaledb.yaml', import.meta.url)
const { sql: installation } = loadProduct(fileURLToPath(file))

interface Report {
  readonly product: string
  readonly installation: string
  readonly lineage: string
}

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

  const reporter = (database: string): Promise<RanExample> =>
    runExample({
      example: 'timescaledb-reporter',
      words: ['--now', '--once'],
      home,
      environment: {
        DATABASE_URL: postgres.url(database),
        TIMESCALEDB_TELEMETRY: 'on',
        TIMESCALEDB_TELEMETRY_ENDPOINT: server.url
      }
    })
  const create = (database: string): void => {
    postgres.sql('postgres', `CREATE DATABASE ${database}`)
    postgres.sql(database, installation)
  }
  const sent = (database: string): Report =>
    JSON.parse(
      postgres.sql(database, 'SELECT body FROM candor.sent ORDER BY sent_at DESC LIMIT 1')
    ) as Report

  it('shows in psql the report that it then sends, in counts and sizes, without a name from it', async () => {
    create('shop')
    postgres.sql(
      'shop',
      'CREATE TABLE secret_customers (email text); INSERT INTO secret_customers SELECT ' +
        '$$jane@acme.example$$; ANALYZE'
    )
    const shown = postgres.sql('shop', 'SELECT timescaledb.get_telemetry_report()')
    expect(JSON.parse(shown)).toMatchObject({
      product: 'timescaledb',
      runs: [{ records: [{ name: 'report', fields: { tables: { num_relations: 1 } } }] }]
    })
    // Nothing was sent by that: there is a collector, and it has nothing.
    expect(postgres.sql('shop', 'SELECT count(*) FROM candor.sent')).toBe('0')
    expect((await reporter('shop')).out).toContain('sent a report')
    const report = sent('shop')
    expect(report.installation).toMatch(/^[0-9a-f-]{36}$/)
    expect(report).toMatchObject({
      runs: [{ records: [{ name: 'report', fields: { tables: { num_relations: 1 } } }] }]
    })
    expect(JSON.stringify(report) + shown).not.toMatch(/secret_customers|jane@|shop/)
  })

  it('tells how many rows an operator flagged, and never what they are called or hold', async () => {
    create('flagged')
    postgres.sql(
      'flagged',
      `INSERT INTO timescaledb.metadata VALUES ('owner', 'jane@acme.example', true),
         ('env', 'secret-prod', true), ('unflagged', 'secret-too', false)`
    )
    const shown = postgres.sql('flagged', 'SELECT timescaledb.get_telemetry_report()')
    expect((await reporter('flagged')).out).toContain('sent a report')
    const report = sent('flagged')
    const counted = { runs: [{ records: [{ fields: {}, others: { db_metadata: 2 } }] }] }
    expect([JSON.parse(shown), report]).toMatchObject([counted, counted])
    expect(JSON.stringify(report) + shown).not.toMatch(/jane|owner|secret|"env"/)
    const { rows } = await eventually(
      () =>
        query(
          server,
          'SELECT db_metadata_others FROM timescaledb WHERE db_metadata_others IS NOT NULL'
        ),
      (found) => found.rows.length > 0
    )
    expect(rows).toEqual([{ db_metadata_others: 2 }])
  })

  it('gives a copy of a database an id of its own, and the one that both share', async () => {
    create('original')
    await reporter('original')
    postgres.sql('postgres', 'CREATE DATABASE copied TEMPLATE original')
    await reporter('copied')
    expect(sent('copied').lineage).toBe(sent('original').lineage)
    expect(sent('copied').installation).not.toBe(sent('original').installation)
  })

  it('hears ALTER DATABASE … SET, and leaves no id in a database that says no', async () => {
    create('silent')
    postgres.sql('postgres', `ALTER DATABASE silent SET timescaledb.telemetry_level = 'off'`)
    expect((await reporter('silent')).out).toContain('telemetry is off')
    expect(
      postgres.sql('silent', `SELECT count(*) FROM timescaledb.metadata WHERE key ~ 'uuid'`)
    ).toBe('0')
    expect([...home.files().keys()]).toEqual([])
    postgres.sql(
      'postgres',
      `ALTER DATABASE silent SET timescaledb.telemetry_level = 'no_functions'`
    )
    expect((await reporter('silent')).out).toContain('sent a report')
    expect(JSON.stringify(sent('silent'))).toContain('"level":"no_functions"')
  })

  it('has what it reported kept as TimescaleDB’s own snapshot, whole', async () => {
    create('kept')
    expect((await reporter('kept')).out).toContain('sent a report')
    const { rows } = await eventually(
      () =>
        query(
          server,
          `SELECT kind, isNotNull(lineage) AS has_lineage, toString(access_methods) AS methods
           FROM timescaledb WHERE name = 'report'`
        ),
      (found) => found.rows.length > 0
    )
    expect(rows[0]).toMatchObject({
      kind: 'snapshot',
      methods: expect.stringMatching(/btree.*\d\d/)
    })
  })
})
