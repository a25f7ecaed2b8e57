/**
 * Simulated ReadySet deployments: restarts every few days, a burst of events each time, chatty
 * connections between.
 */
import type { Chance } from './chance.ts'
import { lagOf, lifeOf, versionOn, type Member, type Release, type Send } from './member.ts'

const releases: readonly Release[] = [
  ['1.12.0', -300],
  ['1.18.0', -40],
  ['1.24.0', 10],
  ['1.30.0', 52]
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
  const commits = new Map(releases.map(([version]) => [version, chance.hex(40)]))

  return {
    day(day, { chance }) {
      if (day < life.from || day > life.to || !chance.happens(0.4)) return []
      const version = versionOn(day, releases, lag)
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
      for (let index = chance.whole(0, 2); index > 0; index -= 1) {
        const status = chance.weighted([
          ['pending', 5],
          ['unsupported: reason unknown', 3],
          ['successful (deep)', 4]
        ])
        send(hour + 1.2, 'proxied_query', {
          proxied_query: 'SELECT `anon_id_1` FROM `anon_id_0` WHERE (`anon_id_2` = $1)',
          migration_status: status
        })
      }
      if (chance.happens(0.4)) send(hour + 1.5, 'create_cache', {})
      if (chance.happens(0.5)) send(hour + 3, 'adapter_stop', {})
      return sends
    }
  }
}
