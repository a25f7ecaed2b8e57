/**
 * What a report holds: what the preview showed, what a large database costs, and no name of
 * anything that a user made.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkContract } from '../../contract/src/index.ts'
import { openWorld, serversAsked, type World } from './world.ts'

interface Shown {
  readonly installation: string
  readonly lineage: string
  readonly runs: readonly [
    {
      readonly version: string
      readonly consent: { readonly level: string }
      readonly records: readonly [{ readonly name: string; readonly fields: Fields }]
    }
  ]
}
type Fields = Readonly<Record<string, unknown>>

it('comes from a file whose contract has nothing to complain of', async () => {
  const { loadProduct } = await import('../src/product.ts')
  const { fixture } = await import('./world.ts')
  const { contractText, page } = loadProduct(fixture('acme.yaml'))
  expect(checkContract(contractText, { today: '2026-11-29' }).findings).toEqual([])
  expect(page).toContain('DELETE FROM acme.telemetry_job;')
})

describe.each(serversAsked())('PostgreSQL %s', (_version, bin) => {
  let world: World
  const sql = (database: string, text: string, role?: string): string =>
    world.cluster.sql(database, text, role)
  const shown = (database: string, words = ''): Shown =>
    JSON.parse(sql(database, `SELECT acme.get_telemetry_report(${words})`)) as Shown
  const sent = (): Shown => JSON.parse(world.collector.bodies().at(-1) ?? '{}') as Shown
  beforeAll(async () => {
    world = await openWorld(bin)
  })
  afterAll(() => world.close())

  it('is sent as it was shown: every member, with the value that it had there', async () => {
    world.create('shop')
    sql('shop', 'CREATE EXTENSION hstore; CREATE EXTENSION citext')
    sql(
      'shop',
      `CREATE TABLE orders (id integer PRIMARY KEY, note text);
       INSERT INTO orders SELECT g, repeat(md5(g::text), 200) FROM generate_series(1, 300) AS g;
       CREATE TABLE days (day date) PARTITION BY RANGE (day);
       CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
       CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
       CREATE INDEX days_by_day ON days (day);
       INSERT INTO days SELECT date '2026-01-01' + g FROM generate_series(0, 50) AS g;
       CREATE MATERIALIZED VIEW sums AS SELECT count(*) FROM orders;
       CREATE VIEW latest AS SELECT * FROM orders`
    )
    sql('shop', 'ANALYZE')
    sql(
      'shop',
      "INSERT INTO acme.metadata VALUES ('region', 'eu', true), ('owner', " +
        "'jane@acme.example', true)"
    )
    sql('postgres', `ALTER DATABASE shop SET acme.license = 'acme'`)
    sql('postgres', `ALTER DATABASE shop SET acme_telemetry.cloud = 'aws'`)
    sql('postgres', `ALTER DATABASE shop SET track_functions = 'all'`)
    sql('postgres', `ALTER DATABASE shop SET acme.last_tuned = '2026-02-03T04:05:06-0300'`)
    sql('postgres', `ALTER DATABASE shop SET acme.last_tuned_version = '1.2.3'`)
    sql('shop', `SELECT akeys(hstore('a', g::text)) FROM generate_series(1, 5) AS g`)
    sql(
      'shop',
      'CREATE FUNCTION mine(secret_argument integer) RETURNS integer LANGUAGE plpgsql AS ' +
        "'BEGIN RETURN 1; END'"
    )
    sql('shop', 'SELECT mine(g) FROM generate_series(1, 3) AS g')
    // Ids, and the numbers of the first run.
    expect((await world.look('shop')).is).toBe('sent')
    sql('shop', `SELECT akeys(hstore('a', g::text)) FROM generate_series(1, 7) AS g`)
    sql('shop', 'SELECT pg_sleep(1.2)')
    world.makeDue('shop')
    const before = shown('shop')
    expect((await world.look('shop')).is).toBe('sent')
    const after = sent()
    const [{ records, ...run }] = before.runs
    expect(after).toMatchObject({ ...before, runs: [run] })
    const [{ fields }] = after.runs[0].records
    // What a moment changes: the database's own size, and rows of catalogs.
    const { data_volume: _size, access_methods: _methods, ...steady } = records[0].fields
    const { data_volume, access_methods, ...steadySent } = fields
    expect(steadySent).toEqual(steady)
    expect(Object.keys(access_methods as Fields)).toEqual(['heap', 'btree'])
    expect(data_volume).toBeGreaterThan(1_000_000)
    expect(fields).toMatchObject({
      orders: 300,
      sizes: 'exact',
      license_edition: 'community',
      instance_metadata_cloud: 'aws',
      install_method: 'apt',
      last_tuned_time: '2026-02-03T07:05:06.000Z',
      last_tuned_version: '1.2.3',
      build_architecture_bit_size: 64,
      related_extensions_citext: true,
      related_extensions_vector: false,
      db_metadata: { region: 'eu' },
      views: { num_relations: 1 },
      materialized_views: { num_relations: 1 },
      partitioned_tables: { num_relations: 1, num_children: 2, num_reltuples: 51 },
      tables: { num_relations: 1, num_reltuples: 300 },
      replication_is_wal_receiver: false
    })
    expect(Number((fields['tables'] as Fields)['toast_size'])).toBe(
      Number(
        sql('shop', `SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE relname = 'orders'`)
      )
    )
    expect('queues' in fields).toBe(false)
    // Seven calls since the first report, and not a word of what a user wrote.
    expect(fields['functions_used']).toMatchObject({ 'public.akeys(public.hstore)': 7 })
    expect(world.collector.bodies().join()).not.toMatch(
      /jane|mine|secret|shop|days_|latest|orders_/
    )
  })

  it('holds no functions at the level no_functions, and says so when it is shown', async () => {
    sql('postgres', "ALTER DATABASE shop SET acme.telemetry_level = 'no_functions'")
    const [{ consent, records }] = shown('shop').runs
    expect([consent.level, 'functions_used' in records[0].fields]).toEqual(['no_functions', false])
    world.makeDue('shop')
    expect((await world.look('shop')).is).toBe('sent')
    expect('functions_used' in sent().runs[0].records[0].fields).toBe(false)
  })

  it('is shown without being sent, made or counted, with telemetry off too', () => {
    world.create('looker')
    const state = (): string =>
      sql(
        'looker',
        `SELECT (SELECT count(*) FROM candor.sent), (SELECT total_runs FROM acme.telemetry_job_stats),
          (SELECT count(*) FROM acme.metadata), (SELECT relispopulated FROM pg_class WHERE relname = 'telemetry_identity')`
      )
    const [before, heard] = [state(), world.collector.requests.length]
    const first = shown('looker')
    expect(first.installation).toMatch(/^[0-]+$/)
    expect(first.runs[0].records[0].name).toBe('report')
    sql('postgres', "ALTER DATABASE looker SET acme.telemetry_level = 'off'")
    expect(sql('looker', 'SELECT acme.get_telemetry_report() IS NULL')).toBe('t')
    expect(world.cluster.complaint('looker', 'SELECT acme.get_telemetry_report()')).toMatch(
      /the telemetry level is off: nothing is sent/
    )
    expect(shown('looker', 'true').runs[0].consent.level).toBe('basic')
    // In a transaction that can't write, too.
    expect(
      sql('looker', 'BEGIN READ ONLY; SELECT acme.get_telemetry_report(true) IS NULL; COMMIT')
    ).toBe('f')
    expect(state()).toBe(before)
    expect(world.collector.requests).toHaveLength(heard)
  })

  it('is kept where its user can read it: the last hundred, byte for byte', async () => {
    world.create('keeper')
    expect((await world.look('keeper')).is).toBe('sent')
    expect(sql('keeper', 'SELECT body FROM candor.sent')).toBe(world.collector.bodies().at(-1))
    expect(sql('keeper', 'SELECT body FROM acme.telemetry_sent')).not.toContain(sent().installation)
    sql(
      'keeper',
      "INSERT INTO acme.telemetry_sent (url, answer, sent_as, body) SELECT 'u', '200', '', " +
        'g::text FROM generate_series(1, 130) AS g'
    )
    world.makeDue('keeper')
    expect((await world.look('keeper')).is).toBe('sent')
    expect(sql('keeper', 'SELECT count(*) FROM candor.sent')).toBe('100')
    expect(sql('keeper', 'SELECT body FROM candor.sent ORDER BY sent_at DESC LIMIT 1')).toBe(
      world.collector.bodies().at(-1)
    )
  })
})
