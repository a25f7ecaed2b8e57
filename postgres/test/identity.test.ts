/**
 * Which ids does a database report under? One of its own, which no copy has, and one that its
 * copies share.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { debianBin } from '../../test/journey/world/postgres-cluster.ts'
import { openWorld, serversAsked, type World } from './world.ts'

/**
 * Debian's pg_dump reads servers of its own version and of older ones, and the servers that
 * `npm run postgres` installs bring none: CANDOR_POSTGRES_CLIENTS names a folder of newer ones.
 */
const clients = process.env['CANDOR_POSTGRES_CLIENTS'] ?? debianBin()

function isDumpable(version: string): boolean {
  const said = execFileSync(join(clients, 'pg_dump'), ['--version'], { encoding: 'utf8' })
  return !/^\d+$/.test(version) || Number(version) <= Number(/\) (\d+)/.exec(said)?.[1])
}

describe.each(serversAsked())('PostgreSQL %s', (version, bin) => {
  let world: World
  const sql = (database: string, text: string): string => world.cluster.sql(database, text)
  const idsOf = async (database: string): Promise<{ installation: string; lineage: string }> => {
    world.makeDue(database)
    expect((await world.look(database)).is).toBe('sent')
    return JSON.parse(world.collector.bodies().at(-1) ?? '{}') as never
  }
  beforeAll(async () => {
    world = await openWorld(bin)
  })
  afterAll(() => world.close())

  it('keeps both from one report to the next', async () => {
    world.create('original')
    const first = await idsOf('original')
    const second = await idsOf('original')
    expect(first.installation).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/)
    expect([second.installation, second.lineage]).toEqual([first.installation, first.lineage])
    expect(first.installation).not.toBe(first.lineage)
  })

  it('gives a copy of a template an id, a schedule and a history of its own', async () => {
    const first = await idsOf('original')
    sql('postgres', 'CREATE DATABASE copied TEMPLATE original')
    expect(sql('copied', 'SELECT acme.get_telemetry_report()')).not.toContain(first.installation)
    const copy = await idsOf('copied')
    expect(copy.lineage).toBe(first.lineage)
    expect(copy.installation).not.toBe(first.installation)
    expect(sql('copied', 'SELECT total_runs FROM acme.telemetry_job_stats')).toBe('1')
    expect(sql('copied', 'SELECT count(*) FROM candor.sent')).toBe('1')
    expect((await idsOf('original')).installation).toBe(first.installation)
  })

  it.runIf(isDumpable(version))(
    'leaves its own id out of a dump, and the shared one in it',
    async () => {
      const first = await idsOf('original')
      const dump = execFileSync(join(clients, 'pg_dump'), [world.cluster.url('original')], {
        encoding: 'utf8'
      })
      expect(dump).not.toContain(first.installation)
      expect(dump).toContain(first.lineage)
      sql('postgres', 'CREATE DATABASE restored TEMPLATE template0')
      execFileSync(
        join(clients, 'psql'),
        ['-Xqv', 'ON_ERROR_STOP=1', world.cluster.url('restored')],
        {
          // A newer pg_dump sets what an older server does not know.
          input: dump.replace(/^SET transaction_timeout.*$/m, ''),
          stdio: ['pipe', 'ignore', 'inherit']
        }
      )
      expect(sql('restored', 'SELECT count(*) FROM candor.sent')).not.toBe('0')
      const restored = await idsOf('restored')
      expect(sql('restored', 'SELECT body FROM candor.sent')).toBe(world.collector.bodies().at(-1))
      expect(restored.lineage).toBe(first.lineage)
      expect(restored.installation).not.toBe(first.installation)
    }
  )
})
