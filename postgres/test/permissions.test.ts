/** Who may do what: an ordinary role, a database's owner, and a reporter that is nobody special. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client } from 'pg'
import { setLevel, statementsFor, type LevelWord, type Scope } from '../src/level-commands.ts'
import { openWorld, serversAsked, type World } from './world.ts'

describe.each(serversAsked())('PostgreSQL %s', (_version, bin) => {
  let world: World
  let version: number
  const sql = (text: string, role?: string): string => world.cluster.sql('shared', text, role)
  const complaint = (text: string, role: string): string =>
    world.cluster.complaint('shared', text, role)
  const level = async (word: LevelWord, scope: Scope, role = 'postgres'): Promise<void> => {
    const client = new Client({ connectionString: world.cluster.url('shared', role) })
    await client.connect()
    try {
      await setLevel(client, 'acme', scope, word)
    } finally {
      await client.end()
    }
  }
  beforeAll(async () => {
    world = await openWorld(bin)
    world.cluster.sql(
      'postgres',
      'CREATE ROLE keeper LOGIN; CREATE ROLE reader LOGIN; CREATE ROLE courier LOGIN'
    )
    world.cluster.sql('postgres', 'CREATE DATABASE shared OWNER keeper')
    world.install('shared')
    version = Number(sql('SHOW server_version_num')) / 10_000
  })
  afterAll(() => world.close())

  it('lets every role see what would be sent, what was sent, and what holds', () => {
    expect(JSON.parse(sql('SELECT acme.get_telemetry_report()', 'reader'))).toMatchObject({
      product: 'acme'
    })
    expect(sql('SELECT count(*) FROM candor.sent', 'reader')).toBe('0')
    expect(sql('SELECT level, has_job FROM acme.telemetry_status', 'reader')).toBe('basic|t')
    expect(sql('SELECT schedule_interval FROM acme_config.bgw_job', 'reader')).toBe('24:00:00')
  })

  it('lets no ordinary role remove the job, write history or run what the reporter runs', () => {
    for (const statement of [
      'DELETE FROM acme.telemetry_job',
      'DELETE FROM acme_config.bgw_job',
      `INSERT INTO acme.telemetry_sent (url, answer, sent_as, body) VALUES ('u', 'a', 's', 'b')`,
      `UPDATE acme.metadata SET include_in_telemetry = true`,
      'SELECT acme.telemetry_begin(now())',
      `SELECT acme.telemetry_gather('basic')`,
      `SELECT acme.telemetry_end(true, now(), interval '1 s', '{}', '[]')`,
      `SELECT acme.telemetry_newest('1', '2', false, 's')`,
      `SELECT acme.allow_reporter('reader')`
    ])
      expect(complaint(statement, 'reader')).toMatch(/permission denied/)
  })

  it('lets the owner of a database remove and restore its job, though a superuser installed it', () => {
    sql('DELETE FROM acme.telemetry_job', 'keeper')
    expect(sql('SELECT has_job FROM acme.telemetry_status', 'keeper')).toBe('f')
    sql(`INSERT INTO acme_config.bgw_job (schedule_interval) VALUES ('1 day')`, 'keeper')
    expect(sql('SELECT has_job FROM acme.telemetry_status', 'keeper')).toBe('t')
  })

  it('needs no more of the reporter’s role than what allow_reporter grants', async () => {
    const dsn = world.cluster.url('shared', 'courier')
    const refused = await world.look('shared', { dsn })
    expect(refused).toMatchObject({ is: 'failed' })
    sql(`SELECT acme.allow_reporter('courier')`)
    expect(await world.look('shared', { dsn })).toMatchObject({ is: 'sent' })
    // From now on the level is that of the reporter's role, whoever looks.
    await level('off', { is: 'role', name: 'courier' })
    expect(sql('SELECT level, said_by FROM acme.telemetry_status', 'reader')).toBe(
      'off|ALTER ROLE … SET'
    )
    world.makeDue('shared')
    expect(await world.look('shared', { dsn })).toEqual({ is: 'off' })
    await level('default', { is: 'role', name: 'courier' })
  })

  it('sets each scope where a fresh session knows no such setting, and takes it back', async () => {
    const scopes: readonly Scope[] = [
      { is: 'instance' },
      { is: 'database', name: 'shared' },
      { is: 'role', name: 'courier' },
      { is: 'role', name: 'courier', database: 'shared' }
    ]
    const dsn = world.cluster.url('shared', 'courier')
    for (const scope of scopes) {
      await level('off', scope)
      sql('SELECT pg_sleep(0.3)')
      expect(await world.look('shared', { dsn })).toEqual({ is: 'off' })
      await level('default', scope)
      sql('SELECT pg_sleep(0.3)')
      world.makeDue('shared')
      expect(await world.look('shared', { dsn })).toMatchObject({ is: 'sent' })
    }
  })

  it('knows what plain SQL refuses: ALTER SYSTEM before 17 needs the setting to be known', () => {
    const alone = statementsFor('never_heard_of', { is: 'instance' }, 'off')[1] ?? ''
    const refused = world.cluster.complaint('postgres', alone)
    expect(/unrecognized configuration parameter/.test(refused)).toBe(version < 17)
    world.cluster.sql('postgres', 'ALTER SYSTEM RESET ALL')
  })

  it('lets a role and an owner set their own level from 15 on; before, a superuser does it for them', async () => {
    const own = [
      level('off', { is: 'role', name: 'reader' }, 'reader'),
      level('off', { is: 'database', name: 'shared' }, 'keeper')
    ]
    const done = await Promise.allSettled(own)
    expect(done.map(({ status }) => status)).toEqual(
      Array.from({ length: 2 }, () => (version >= 15 ? 'fulfilled' : 'rejected'))
    )
    await level('default', { is: 'database', name: 'shared' })
  })

  it('does not install into a schema that somebody else owns', () => {
    world.cluster.sql('postgres', 'CREATE DATABASE taken OWNER keeper')
    world.cluster.sql('taken', 'CREATE SCHEMA acme', 'keeper')
    expect(world.cluster.complaint('taken', world.product.sql)).toMatch(
      /the schema acme belongs to another role/
    )
  })

  it('runs nothing as a superuser that an ordinary role has written', async () => {
    world.cluster.sql('postgres', 'CREATE DATABASE trap OWNER keeper')
    world.cluster.sql('trap', world.product.sql, 'keeper')
    const trap = 'RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN ALTER ROLE keeper SUPERUSER; END $$'
    world.cluster.sql(
      'trap',
      `DROP FUNCTION acme.telemetry_gather(text); CREATE FUNCTION acme.telemetry_gather(text) ${trap};
       CREATE TABLE public.called (at timestamptz);
       CREATE FUNCTION public.hashtextextended(text, integer) RETURNS bigint LANGUAGE sql
         AS 'INSERT INTO public.called VALUES (now()) RETURNING 1::bigint'`,
      'keeper'
    )
    expect(await world.look('trap')).toEqual({ is: 'not trusted' })
    const own = world.cluster.url('trap', 'keeper')
    expect((await world.look('trap', { dsn: own })).is).toBe('failed')
    expect(world.cluster.sql('trap', 'SELECT count(*) FROM public.called')).toBe('0')
    expect(
      world.cluster.sql('trap', `SELECT rolsuper FROM pg_roles WHERE rolname = 'keeper'`)
    ).toBe('f')
  })

  it('is installed by an owner who is no superuser, without what only a superuser could read', async () => {
    world.cluster.sql('postgres', 'CREATE DATABASE modest OWNER keeper')
    world.cluster.sql('modest', world.product.sql, 'keeper')
    expect(
      await world.look('modest', { dsn: world.cluster.url('modest', 'keeper') })
    ).toMatchObject({
      is: 'sent'
    })
    expect(world.collector.bodies().at(-1)).not.toContain('os_name_pretty')
  })
})
