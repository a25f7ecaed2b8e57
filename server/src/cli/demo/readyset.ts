/**
 * These are simulated ReadySet deployments: restarts every few days, a burst of events each time,
 * chatty connections between.
 */
import { chanceFrom, type Chance } from './chance.ts'
import { lagOf, lifeOf, versionOn, type Member, type Release, type Send } from './member.ts'

export const readysetReleases: readonly Release[] = [
  ['1.12.0', -300],
  ['1.18.0', -40],
  ['1.24.0', 10],
  ['1.30.0', 52]
]

/** As ReadySet writes statements, how many ask them, and the first release that caches them. */
const queries: readonly (readonly [text: string, weight: number, cachedSince?: string])[] = [
  ['SELECT `anon_id_1` FROM `anon_id_0` WHERE (`anon_id_2` = $1)', 9, '1.12.0'],
  ['SELECT count(*) FROM `anon_id_0` WHERE (`anon_id_1` IN ($1, $2, $3))', 7, '1.12.0'],
  [
    'SELECT `anon_id_0`.`anon_id_2` FROM `anon_id_0` JOIN `anon_id_1` ON ' +
      '(`anon_id_0`.`anon_id_3` = `anon_id_1`.`anon_id_3`) ORDER BY `anon_id_0`.`anon_id_4` ' +
      'LIMIT 20',
    6,
    '1.18.0'
  ],
  [
    'SELECT `anon_id_1`, row_number() OVER (PARTITION BY `anon_id_2` ORDER BY `anon_id_3`) ' +
      'FROM `anon_id_0`',
    6,
    '1.24.0'
  ],
  ['SELECT `anon_id_1` FROM `anon_id_0` WHERE (`anon_id_2` LIKE $1)', 5, '1.30.0'],
  ['SELECT `anon_id_1` FROM `anon_id_0` WHERE (`anon_id_2` = $1) FOR UPDATE', 4],
  ['SELECT date(`anon_id_1`), sum(`anon_id_2`) FROM `anon_id_0` GROUP BY date(`anon_id_1`)', 3],
  ['WITH `anon_id_0` AS (SELECT max(`anon_id_2`) FROM `anon_id_1`) SELECT * FROM `anon_id_0`', 2]
]

export function readysetMember(chance: Chance, days: number): Member {
  const life = lifeOf(chance, days)
  const lag = lagOf(chance, 20)
  const machine = chance.happens(0.1) ? 'e4a6a0577479b2b4' : chance.hex(16)
  const backend = chance.weighted([
    ['mysql', 6],
    ['postgresql', 4]
  ])
  const deployment = chance.weighted([
    ['quickstart_docker', 5],
    ['package', 3],
    ['', 2]
  ])
  const commits = new Map(readysetReleases.map(([version]) => [version, chance.hex(40)]))
  // It has its own, so that a query more changes no other member's life.
  const own = chanceFrom(Number.parseInt(commits.get('1.12.0')?.slice(0, 8) ?? '', 16))
  const asks = queries.filter(([, weight]) => own.happens(weight / 12))

  return {
    day(day, { chance }) {
      if (day < life.from || day > life.to || !chance.happens(0.4)) return []
      const version = versionOn(day, readysetReleases, lag)
      const session = chance.uuid()
      const sends: Send[] = []
      const send = (hour: number, event: string, properties: Record<string, string>): void => {
        const always = {
          commit_id: commits.get(version) ?? '',
          deployment_env: deployment,
          deployment_id: 'readyset.db'
        }
        sends.push({
          hour,
          path: '/v1/track',
          headers: {
            Authorization: `Basic ${Buffer.from('readyset:').toString('base64')}`,
            'Content-Type': 'application/json'
          },
          body: JSON.stringify({
            userId: machine,
            anonymousId: session,
            event,
            properties: { ...properties, ...always }
          })
        })
      }
      const hour = chance.unit() * 20
      send(hour, 'adapter_start', { db_backend: backend, adapter_version: version })
      send(hour, 'server_start', { server_version: version })
      for (let index = chance.whole(1, 3); index > 0; index -= 1)
        send(hour + chance.unit(), 'upstream_connected', {})
      send(hour + 1, 'snapshot_complete', {
        db_backend: backend === 'mysql' ? 'mysql' : 'psql',
        db_version: backend === 'mysql' ? '8.0.35' : '16.2'
      })
      for (const [text, , cachedSince] of asks) {
        const isCached = isSince(version, cachedSince)
        const told = isCached ? 'successful (deep)' : 'unsupported: reason unknown'
        const statuses = own.happens(0.9) ? ['pending', told] : ['pending']
        for (const [index, status] of statuses.entries())
          send(hour + 1.2 + index / 100, 'proxied_query', {
            proxied_query: text,
            migration_status: status
          })
      }
      if (chance.happens(0.4)) send(hour + 1.5, 'create_cache', {})
      if (chance.happens(0.5)) send(hour + 3, 'adapter_stop', {})
      return sends
    }
  }
}

function isSince(version: string, since: string | undefined): boolean {
  const place = (wanted: string): number => readysetReleases.findIndex(([name]) => name === wanted)
  return since !== undefined && place(version) >= place(since)
}
