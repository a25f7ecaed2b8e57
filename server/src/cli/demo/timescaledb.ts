/**
 * Simulated TimescaleDB databases: one report a day each; a few are template clones that share
 * their ids.
 */
import { DAY_MS } from '#values/days'
import type { Chance } from './chance.ts'
import { jobsOf } from './timescaledb-jobs.ts'
import { lagOf, lifeOf, versionOn, type Member, type Release } from './member.ts'

export const timescaledbReleases: readonly Release[] = [
  ['2.22.1', -250],
  ['2.26.4', -30],
  ['2.28.3', 20],
  ['2.29.2', 58]
]

/** `copies`: how many databases share the ids, as after `CREATE DATABASE … TEMPLATE`. */
export function timescaledbMember(chance: Chance, days: number, copies = 1): Member {
  const life = lifeOf(chance, days)
  const ids = { db_uuid: chance.uuid(), exported_db_uuid: chance.uuid() }
  const lag = lagOf(chance, 25)
  const hour = chance.unit() * 23
  const postgres = chance.weighted([
    ['16.10', 4],
    ['17.6', 4],
    ['15.20', 3]
  ])
  const cloud = chance.weighted([
    [undefined, 8],
    ['aws', 1],
    ['azure', 1]
  ])
  const hypertables = Math.round(chance.skewed(6))
  // Copies share the ids, and nothing else: each counts its own jobs.
  const failing = Array.from({ length: copies }, () => (chance.happens(0.2) ? 0.08 : 0.002))
  const began = Array.from({ length: copies }, () => chance.whole(20, 4000))
  const volume = chance.skewed(20_000_000_000)

  return {
    day(day, { chance, startsAt }) {
      if (day < life.from || day > life.to || !chance.happens(0.96)) return []
      return Array.from({ length: copies }, (_, copy) => {
        const reported = report(copy)
        return {
          hour: (hour + copy * 0.4) % 24,
          path: '/v1/metrics',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(reported)
        }
      })

      function report(copy: number): unknown {
        const size = Math.round(volume * (1 + day / 120) * (0.98 + chance.unit() / 25))
        return {
          ...ids,
          license: { edition: 'community' },
          os_name: 'Linux',
          os_name_pretty: chance.pick([
            'Debian GNU/Linux 12 (bookworm)',
            'Ubuntu 24.04.1 LTS',
            'Alpine Linux v3.21'
          ]),
          os_release: '6.1.0-40-amd64',
          os_version: '#1 SMP PREEMPT_DYNAMIC',
          data_volume: size,
          db_metadata: {},
          relations: relationsOf(size, hypertables),
          replication: { num_wal_senders: 0, is_wal_receiver: false },
          build_os_name: 'Linux',
          functions_used: {
            'pg_catalog.count()': chance.whole(1, 900),
            'public.time_bucket(interval,timestamp with time zone)': chance.whole(1, 400)
          },
          access_methods: {
            heap: { pages: 505, instances: 145 },
            btree: { pages: 501, instances: 216 }
          },
          install_method: chance.pick(['docker', 'apt', 'docker']),
          installed_time: new Date(startsAt - DAY_MS * 30).toISOString().replace(/\.\d+Z$/, '+00'),
          telemetry_version: 2,
          build_architecture: 'x86_64',
          build_architecture_bit_size: 64,
          postgresql_version: postgres,
          timescaledb_version: versionOn(day, timescaledbReleases, lag),
          ...(cloud === undefined ? {} : { instance_metadata: { cloud } }),
          related_extensions: {
            ai: false,
            vector: false,
            postgis: chance.happens(0.3),
            timescaledb_toolkit: chance.happens(0.2)
          },
          ...jobsOf({
            runs: (began[copy] ?? 0) + (day + 1) * 24,
            day,
            failing: failing[copy] ?? 0
          }),
          num_retention_policies: 0,
          num_compression_policies: 0,
          num_retention_policies_fixed: chance.whole(0, hypertables),
          num_compression_policies_fixed: chance.whole(0, hypertables)
        }
      }
    }
  }
}

function relationsOf(size: number, hypertables: number): object {
  const table = (relations: number): object => ({
    heap_size: Math.round(size / 8),
    toast_size: 0,
    indexes_size: 8192 * relations,
    num_relations: relations,
    num_reltuples: relations * 5000
  })
  return {
    views: { num_relations: 3 },
    tables: table(12),
    hypertables: {
      ...table(hypertables),
      num_children: hypertables * 30,
      compression: {
        num_compressed_hypertables: Math.min(hypertables, 2),
        num_compressed_chunks: hypertables * 10,
        compressed_heap_size: Math.round(size / 32),
        uncompressed_heap_size: Math.round(size / 4)
      }
    }
  }
}
