/** Simulated DBLab engines: long-lived services that clone, branch and snapshot on working days. */
import type { Chance } from './chance.ts'
import { lagOf, lifeOf, versionOn, type Member, type Release, type Send } from './member.ts'

export const dblabReleases: readonly Release[] = [
  ['v3.3.0-20221222-1526', -900],
  ['v4.0.3-20260118-1210', -200],
  ['v4.1.3-20260507-0859', -14],
  ['v4.2.0-rc.3-20260721-1407', 45]
]

export function dblabMember(chance: Chance, days: number): Member {
  const life = lifeOf(chance, days)
  const id = Array.from({ length: 20 }, () =>
    chance.pick([...'0123456789abcdefghijklmnopqrstuv'])
  ).join('')
  const lag = lagOf(chance, 30)
  const disk = Math.round(chance.skewed(600)) * 1_073_741_824
  const postgres = chance.weighted([
    ['16', 5],
    ['17', 4],
    ['15', 3],
    ['14', 2],
    ['18', 1]
  ])
  const mode = chance.weighted([
    ['logical', 7],
    ['physical', 3]
  ])
  const eagerness = chance.skewed(1.5)
  let startedWith = ''

  return {
    day(day, { chance, isWeekend }) {
      if (day < life.from || day > life.to) return []
      const version = versionOn(day, dblabReleases, lag)
      const isGenerationA = version.startsWith('v3.3')
      const headers = isGenerationA ? { 'Access-Token': id } : { 'Selfassigned-Instance-ID': id }
      const sends: Send[] = []
      const send = (hour: number, type: string, data: unknown): void => {
        sends.push({
          hour,
          path: '/api/general/rpc/telemetry_event',
          headers,
          body: JSON.stringify({ instance_id: id, event_type: type, event_data: data })
        })
      }
      if (version !== startedWith || chance.happens(0.02)) {
        startedWith = version
        const used = Math.round(disk * (0.2 + 0.5 * chance.unit()))
        send(8, 'engine_started', {
          engine_version: version,
          ...(isGenerationA ? {} : { db_engine: 'postgres' }),
          db_version: postgres,
          pools: {
            fs_type: mode === 'physical' ? 'lvm' : 'zfs',
            number: chance.whole(1, 3),
            total_size: disk,
            total_used: used
          },
          restore: {
            mode,
            refreshing: chance.pick(['', '0 3 * * 1-5', '0 */6 * * *']),
            jobs:
              mode === 'logical'
                ? ['logicalDump', 'logicalRestore', 'logicalSnapshot']
                : ['physicalRestore', 'physicalSnapshot']
          },
          ...(isGenerationA
            ? {}
            : {
                system: {
                  cpu: chance.pick([4, 8, 16, 32]),
                  total_memory: chance.pick([16, 32, 64]) * 1_073_741_824,
                  data_used: used
                }
              })
        })
      }
      const clones = Math.round(chance.skewed(isWeekend ? eagerness / 6 : eagerness))
      for (let index = 0; index < Math.min(clones, 12); index += 1) {
        const hour = 9 + chance.unit() * 9
        const clone = chance.hex(40)
        send(hour, 'clone_created', {
          id: clone,
          cloning_time: 0,
          dsa_diff: Math.round(chance.skewed(3600) * 1000) / 1000
        })
        if (chance.happens(0.3))
          send(hour + 0.5, 'clone_reset', {
            id: clone,
            cloning_time: Math.round(chance.skewed(1) * 1e6) / 1e6
          })
        if (chance.happens(0.6)) send(hour + 1, 'clone_destroyed', { id: clone })
      }
      if (!isGenerationA && chance.happens(0.15))
        send(11, 'branch_created', { name: `feature-${chance.hex(4)}` })
      if (chance.happens(0.3)) send(3, 'snapshot_created', {})
      if (chance.happens(0.03))
        send(3.5, 'alert', {
          level: 'refresh_skipped',
          message: 'Pool to perform full refresh not found. Skip refreshing'
        })
      return sends
    }
  }
}
