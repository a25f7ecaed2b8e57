/**
 * What happens while all is not well: several reporters, a standby, a collector that is down, a
 * database that is busy or huge.
 */
import process from 'node:process'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWorld, serversAsked, type World } from './world.ts'

describe.each(serversAsked())('PostgreSQL %s', (_version, bin) => {
  let world: World
  const sql = (database: string, text: string): string => world.cluster.sql(database, text)
  const heard = (): number => world.collector.requests.length
  const fieldsSent = (): Readonly<Record<string, unknown>> => {
    const body = JSON.parse(world.collector.bodies().at(-1) ?? '{}') as {
      runs: { records: { fields: Readonly<Record<string, unknown>> }[] }[]
    }
    return body.runs[0]?.records[0]?.fields ?? {}
  }
  beforeAll(async () => {
    world = await openWorld(bin)
  })
  afterAll(() => world.close())

  it('reports once, however many reporters look at once', async () => {
    world.create('crowd')
    const before = heard()
    const looks = await Promise.all(
      [1, 2, 3, 4].map((n) => world.look('crowd', { stateFolder: `${world.stateFolder}/${n}` }))
    )
    expect(looks.filter(({ is }) => is === 'sent')).toHaveLength(1)
    expect(looks.every(({ is }) => /^(?:sent|taken|not due)$/.test(is))).toBe(true)
    expect(heard() - before).toBe(1)
  })

  it('tries again later and later while the collector is down, keeps one report, and logs nothing', async () => {
    world.create('outage')
    const [printed, logged] = [world.logged.length, world.cluster.log().length]
    const waits: number[] = []
    world.collector.answer('reset')
    for (let attempt = 0; attempt < 3; attempt += 1) {
      world.makeDue('outage')
      expect((await world.look('outage')).is).toBe('kept')
      waits.push(
        Number(
          sql(
            'outage',
            'SELECT extract(epoch FROM next_start - last_finish) FROM acme.telemetry_job_stats'
          )
        )
      )
    }
    // Each failure adds an hour, an eighth of it up or down.
    for (const [index, seconds] of waits.entries())
      expect(Math.abs(seconds / (3600 * (index + 1)) - 1)).toBeLessThan(0.13)
    expect(world.logged).toHaveLength(printed)
    expect(world.cluster.log().slice(logged)).not.toMatch(/ERROR|WARNING|FATAL|LOG: {2}.*acme/)
    world.collector.answer('good')
    const before = heard()
    world.makeDue('outage')
    world.sleepThroughPause()
    expect(await world.look('outage')).toMatchObject({ is: 'sent' })
    expect(heard() - before).toBe(1)
    expect(sql('outage', 'SELECT consecutive_failures FROM acme.telemetry_job_stats')).toBe('0')
  })

  it('is kept here where its operator said local, and waits like any other for a source of Segment’s', async () => {
    world.create('elsewhere')
    const look = async (): Promise<unknown> => {
      world.makeDue('elsewhere')
      return world.look('elsewhere')
    }
    process.env['ACME_TELEMETRY'] = 'local'
    const before = heard()
    expect(await look()).toEqual({ is: 'kept', says: 'telemetry is local' })
    expect(heard()).toBe(before)
    process.env['ACME_TELEMETRY'] = 'on'
    process.env['ACME_TELEMETRY_WRITE_KEY'] = 'key'
    try {
      world.create('segment')
      world.collector.answer('reset')
      expect(await world.look('segment')).toMatchObject({ is: 'kept' })
      world.collector.answer('good')
      world.makeDue('segment')
      expect(await world.look('segment')).toMatchObject({
        is: 'kept',
        says: expect.stringContaining('not before')
      })
    } finally {
      delete process.env['ACME_TELEMETRY_WRITE_KEY']
    }
  })

  it('goes on when the database is not there, and says so only if it is asked', async () => {
    const [printed, logged] = [world.logged.length, world.cluster.log().length]
    expect(
      await world.look('nowhere', { dsn: 'postgres://postgres@127.0.0.1:1/nowhere' })
    ).toMatchObject({
      is: 'failed'
    })
    expect(world.logged).toHaveLength(printed)
    expect(world.cluster.log().slice(logged)).toBe('')
  })

  it('waits for nobody who alters a table: the catalog’s estimates are there without a lock', async () => {
    world.create('altered')
    sql('altered', 'CREATE TABLE held (id integer); INSERT INTO held SELECT generate_series(1, 10)')
    sql('altered', 'ANALYZE held')
    const busy = new Client({ connectionString: world.cluster.url('altered') })
    busy.on('error', () => {})
    await busy.connect()
    await busy.query('BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE')
    const logged = world.cluster.log().length
    expect((await world.look('altered')).is).toBe('sent')
    expect(fieldsSent()).toMatchObject({ sizes: 'estimated', tables: { num_reltuples: 10 } })
    expect(world.cluster.log().slice(logged)).not.toMatch(/ERROR|lock/)
    await busy.query('ROLLBACK')
    await busy.end()
  })

  it('survives tables that come and go while it looks', async () => {
    world.create('churn')
    const busy = new Client({ connectionString: world.cluster.url('churn') })
    busy.on('error', () => {})
    await busy.connect()
    let isOver = false
    const churn = (async () => {
      for (let n = 0; !isOver; n += 1)
        await busy.query(`CREATE TABLE t${n} (id integer PRIMARY KEY, t text); DROP TABLE t${n}`)
    })()
    const logged = world.cluster.log().length
    for (let n = 0; n < 5; n += 1) {
      world.makeDue('churn')
      expect((await world.look('churn')).is).toBe('sent')
    }
    isOver = true
    await churn
    await busy.end()
    expect(world.cluster.log().slice(logged)).not.toMatch(/ERROR/)
  })

  it('ends with the job’s max_runtime, as a failure that no log tells of', async () => {
    world.create('slow')
    sql('slow', `UPDATE acme.telemetry_job SET max_runtime = '1 second'`)
    sql(
      'slow',
      `CREATE OR REPLACE FUNCTION acme.telemetry_own_fields() RETURNS jsonb LANGUAGE sql SECURITY DEFINER
       AS $$ SELECT to_jsonb(s) FROM (SELECT pg_sleep(20)) AS s $$`
    )
    const logged = world.cluster.log().length
    expect(await world.look('slow')).toEqual({
      is: 'kept',
      says: 'the report could not be gathered (57014)'
    })
    expect(world.cluster.log().slice(logged)).not.toMatch(/ERROR|cancel/)
  })

  it('tells of 10,000 tables within five seconds, and a writer beside it is not held up', async () => {
    world.create('many')
    sql('many', 'CREATE TABLE written (id integer)')
    for (let thousand = 0; thousand < 10; thousand += 1)
      sql(
        'many',
        `DO $$ BEGIN FOR n IN 1..1000 LOOP
           EXECUTE format('CREATE TABLE t_%s_%s (id integer)', ${thousand}, n);
         END LOOP; END $$`
      )
    const writer = new Client({ connectionString: world.cluster.url('many') })
    writer.on('error', () => {})
    await writer.connect()
    // Locks that the report may take stand in the way of none of these.
    await writer.query(
      'BEGIN; INSERT INTO written VALUES (1); ALTER TABLE t_0_1 ADD COLUMN n integer; CREATE ' +
        'INDEX ON t_0_2 (id)'
    )
    // The server itself ends what takes longer.
    sql('many', `UPDATE acme.telemetry_job SET max_runtime = '5 seconds'`)
    expect(await world.look('many')).toMatchObject({ is: 'sent' })
    await writer.query("SET lock_timeout = '1s'; ALTER TABLE t_0_3 ADD COLUMN n integer; COMMIT")
    await writer.end()
    expect(fieldsSent()).toMatchObject({ sizes: 'estimated', tables: { num_relations: 10_001 } })
  })

  it('is a standby’s too, under the ids of its primary, and goes on after a failover', async () => {
    world.create('pair')
    expect((await world.look('pair')).is).toBe('sent')
    const first = JSON.parse(world.collector.bodies().at(-1) ?? '{}') as Record<string, unknown>
    const standby = await world.cluster.standby()
    try {
      const dsn = standby.url('pair')
      const stateFolder = `${world.stateFolder}/standby`
      const look = (): Promise<{ readonly is: string }> => world.look('pair', { dsn, stateFolder })
      expect(await look()).toMatchObject({ is: 'sent' })
      const second = JSON.parse(world.collector.bodies().at(-1) ?? '{}') as Record<string, unknown>
      expect([second['installation'], second['lineage']]).toEqual([
        first['installation'],
        first['lineage']
      ])
      expect(fieldsSent()).toMatchObject({ replication_is_wal_receiver: true })
      // It remembers that it reported, though it can't write into its database.
      expect((await look()).is).toBe('not due')
      standby.promote()
      standby.sql('pair', `UPDATE acme.telemetry_job_stats SET next_start = now() - interval '1 s'`)
      expect(await look()).toMatchObject({ is: 'sent' })
      expect(fieldsSent()).toMatchObject({ replication_is_wal_receiver: false })
      expect(standby.sql('pair', `SELECT count(*) FROM candor.sent`)).toBe('2')
    } finally {
      standby.remove()
    }
  })
})
