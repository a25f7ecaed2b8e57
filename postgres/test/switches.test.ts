/** Every step that a public page names, in sessions of their own, with a reporter that runs on. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWorld, serversAsked, type World } from './world.ts'

describe.each(serversAsked())('PostgreSQL %s', (_version, bin) => {
  let world: World
  const sql = (database: string, text: string, role?: string): string =>
    world.cluster.sql(database, text, role)
  beforeAll(async () => {
    world = await openWorld(bin)
  })
  afterAll(() => world.close())

  /** What a look says: `sent`, or why not. */
  const lookNow = async (database: string): Promise<string> => {
    world.makeDue(database)
    return (await world.look(database)).is
  }

  it('obeys each scope at its next look, in PostgreSQL’s own order: role in database, role, database, instance', async () => {
    world.create('levels')
    const set = (scope: string, level: string): string =>
      sql('postgres', `${scope} SET acme.telemetry_level = '${level}'`)
    expect(await lookNow('levels')).toBe('sent')
    world.cluster.configure("acme.telemetry_level = 'off'")
    sql('postgres', 'SELECT pg_reload_conf(), pg_sleep(0.3)')
    expect(await lookNow('levels')).toBe('off')
    set('ALTER DATABASE levels', 'basic')
    expect(await lookNow('levels')).toBe('sent')
    set('ALTER ROLE postgres', 'off')
    expect(await lookNow('levels')).toBe('off')
    set('ALTER ROLE postgres IN DATABASE levels', 'no_functions')
    expect(await lookNow('levels')).toBe('sent')
    sql('postgres', 'ALTER ROLE postgres IN DATABASE levels RESET acme.telemetry_level')
    sql('postgres', 'ALTER ROLE postgres RESET acme.telemetry_level')
    set('ALTER DATABASE levels', 'off')
    expect(await lookNow('levels')).toBe('off')
    sql('postgres', 'ALTER DATABASE levels RESET acme.telemetry_level')
    world.cluster.configure("acme.telemetry_level = 'basic'")
    sql('postgres', 'SELECT pg_reload_conf(), pg_sleep(0.3)')
    expect(await lookNow('levels')).toBe('sent')
  })

  it.each(['off', 'OFF', 'false', 'none', 'basics', 'on', ' basic', '0', ''])(
    'takes “%s” for off: only two words are a level',
    async (word) => {
      if (sql('postgres', "SELECT 1 FROM pg_database WHERE datname = 'words'") === '')
        world.create('words')
      sql('postgres', `ALTER DATABASE words SET acme.telemetry_level = '${word}'`)
      expect(await lookNow('words')).toBe('off')
      expect(sql('words', 'SELECT level FROM acme.telemetry_status')).toBe('off')
      sql('postgres', "ALTER DATABASE words SET acme.telemetry_level = 'BASIC'")
      expect(await lookNow('words')).toBe('sent')
    }
  )

  it('reads not a row of a database that says off, and erases what waited for it', async () => {
    world.create('silent')
    world.collector.answer('unavailable')
    expect(await lookNow('silent')).toBe('kept')
    world.collector.answer('good')
    const folders = readdirSync(world.stateFolder).map((name) => join(world.stateFolder, name))
    const waits = (folder: string): boolean =>
      existsSync(join(folder, 'telemetry', 'outbox')) &&
      readdirSync(join(folder, 'telemetry', 'outbox')).length > 0
    expect(folders.filter(waits)).toHaveLength(1)
    sql('postgres', "ALTER DATABASE silent SET acme.telemetry_level = 'off'")
    const scans = (): string =>
      sql(
        'silent',
        'SELECT sum(coalesce(seq_scan, 0) + coalesce(idx_scan, 0)) FROM pg_stat_user_tables, ' +
          'pg_sleep(1.2)'
      )
    const [before, seen] = [scans(), world.collector.requests.length]
    expect(await lookNowWithoutWriting('silent')).toBe('off')
    expect(scans()).toBe(before)
    expect(world.collector.requests).toHaveLength(seen)
    expect(folders.filter(waits)).toEqual([])
  })
  const lookNowWithoutWriting = async (database: string): Promise<string> =>
    (await world.look(database)).is

  it('leaves no id in a database that has said off from the start', async () => {
    sql('postgres', 'CREATE DATABASE never')
    sql('postgres', "ALTER DATABASE never SET acme.telemetry_level = 'off'")
    world.install('never')
    expect((await world.look('never')).is).toBe('off')
    expect(sql('never', "SELECT count(*) FROM acme.metadata WHERE key = 'exported_uuid'")).toBe('0')
    expect(
      sql('never', "SELECT relispopulated FROM pg_class WHERE relname = 'telemetry_identity'")
    ).toBe('f')
  })

  it('never runs without its job, says not a word of it, and runs again with a job of any interval', async () => {
    world.create('jobs')
    expect(await lookNow('jobs')).toBe('sent')
    sql(
      'jobs',
      `DELETE FROM acme_config.bgw_job WHERE job_type = 'telemetry_and_version_check_if_enabled'`
    )
    const [printed, logged] = [world.logged.length, world.cluster.log().length]
    expect(await lookNow('jobs')).toBe('no job')
    expect(world.logged).toHaveLength(printed)
    expect(world.cluster.log().slice(logged)).not.toMatch(/acme|telemetry|candor/i)
    // The level alone does not bring it back.
    sql('postgres', "ALTER DATABASE jobs SET acme.telemetry_level = 'basic'")
    expect(await lookNow('jobs')).toBe('no job')
    sql(
      'jobs',
      `INSERT INTO acme_config.bgw_job(application_name, job_type, schedule_interval, max_runtime, max_retries, retry_period) VALUES
       ('Telemetry Reporter', 'telemetry_and_version_check_if_enabled', INTERVAL '7 minutes', INTERVAL '100s', -1, INTERVAL '1h')`
    )
    expect(await lookNow('jobs')).toBe('sent')
    const next = sql(
      'jobs',
      "SELECT next_start - last_finish BETWEEN interval '6 minutes' AND interval '8 minutes' " +
        'FROM acme.telemetry_job_stats'
    )
    expect(next).toBe('t')
    // A shorter interval holds from the next look, not from the end of the longer one.
    sql(
      'jobs',
      "UPDATE acme.telemetry_job_stats SET last_finish = now() - interval '10 minutes', " +
        "next_start = now() + interval '1 day'"
    )
    expect((await world.look('jobs')).is).toBe('sent')
    expect(
      world.cluster.complaint('jobs', 'INSERT INTO acme.telemetry_job DEFAULT VALUES')
    ).toMatch(/telemetry_job_is_one/)
    sql('jobs', world.product.sql)
    expect(sql('jobs', 'SELECT schedule_interval FROM acme.telemetry_job')).toBe('00:07:00')
  })

  it('gives new databases the job of template1, and none after it was removed there', async () => {
    world.install('template1')
    sql('postgres', 'CREATE DATABASE born_on')
    sql('template1', 'DELETE FROM acme.telemetry_job')
    sql('postgres', 'CREATE DATABASE born_off')
    sql('template1', 'INSERT INTO acme.telemetry_job DEFAULT VALUES')
    sql('postgres', 'CREATE DATABASE born_on_again')
    expect((await world.look('born_on')).is).toBe('sent')
    expect((await world.look('born_off')).is).toBe('no job')
    expect((await world.look('born_on_again')).is).toBe('sent')
    sql('postgres', 'DROP DATABASE born_on')
    sql(
      'template1',
      'DROP SCHEMA acme CASCADE; DROP SCHEMA candor CASCADE; DROP SCHEMA acme_config'
    )
  })

  it('does not forget a removed job when the SQL is installed again', async () => {
    world.create('again')
    sql('again', 'DELETE FROM acme.telemetry_job')
    world.install('again')
    expect((await world.look('again')).is).toBe('no job')
  })

  it('looks at every database of the server, if it is told to', async () => {
    const { lookOnce } = await import('../src/reporter/daemon.ts')
    const { systemEffects } = await import('../src/effects.ts')
    world.create('one_of_many')
    world.create('off_of_many')
    sql('postgres', "ALTER DATABASE off_of_many SET acme.telemetry_level = 'off'")
    sql('postgres', 'CREATE DATABASE without_it')
    const visited = await lookOnce({
      product: world.product,
      dsn: world.cluster.url('postgres'),
      isForAll: true,
      isNow: false,
      stateFolder: world.stateFolder,
      effects: { ...systemEffects, log: () => {}, debug: () => {} }
    })
    const is = (name: string): string | undefined =>
      visited.find(({ database }) => database === name)?.visit.is
    expect([is('one_of_many'), is('without_it'), is('off_of_many'), is('template1')]).toEqual([
      'sent',
      'not installed',
      'off',
      undefined
    ])
  })
})
