/**
 * TimescaleDB's own report, by the example's product file: beside its catalogs, and where they are
 * not.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadProduct } from '../src/product.ts'
import { fixture, openWorld, serversAsked, type World } from './world.ts'

const file = fileURLToPath(
  new URL('../../examples/timescaledb-reporter/timescaledb.yaml', import.meta.url)
)

describe.each(serversAsked())('PostgreSQL %s', (_version, bin) => {
  let world: World
  const sql = (database: string, text: string): string => world.cluster.sql(database, text)
  const fieldsSent = (): Readonly<Record<string, unknown>> => {
    const { runs } = JSON.parse(world.collector.bodies().at(-1) ?? '{}') as {
      runs: { records: { fields: Readonly<Record<string, unknown>> }[] }[]
    }
    return runs[0]?.records[0]?.fields ?? {}
  }
  beforeAll(async () => {
    world = await openWorld(bin, loadProduct(file))
  })
  afterAll(() => world.close())

  it('counts hypertables, chunks, aggregates, compression and jobs as TimescaleDB does', async () => {
    sql('postgres', 'CREATE DATABASE metrics')
    sql('metrics', readFileSync(fixture('timescaledb-catalogs.sql'), 'utf8'))
    world.install('metrics')
    sql('postgres', `ALTER DATABASE metrics SET timescaledb.license = 'timescale'`)
    sql('postgres', `ALTER DATABASE metrics SET timescaledb_telemetry.cloud = 'AWS'`)
    expect(await world.look('metrics')).toMatchObject({ is: 'sent' })
    expect(fieldsSent()).toMatchObject({
      installed_time: '2026-11-20T11:24:42.000Z',
      license_edition: 'community',
      instance_metadata_cloud: 'aws',
      tables: { num_relations: 1 },
      views: { num_relations: 0 },
      hypertables_num_relations: 1,
      hypertables_num_children: 2,
      hypertables_num_reltuples: 400,
      hypertables_num_compressed_chunks: 1,
      hypertables_num_compressed_hypertables: 1,
      hypertables_compressed_toast_size: 24_576,
      hypertables_uncompressed_row_count: 1000,
      continuous_aggregates_num_relations: 1,
      continuous_aggregates_num_children: 1,
      continuous_aggregates_num_reltuples: 30,
      continuous_aggregates_num_caggs_using_real_time_aggregation: 1,
      continuous_aggregates_num_caggs_finalized: 1,
      continuous_aggregates_num_compressed_chunks: 0,
      num_compression_policies: 1,
      num_continuous_aggs_policies_fixed: 1,
      num_user_defined_actions_fixed: 1,
      num_retention_policies: 0,
      stats_by_job_type: {
        policy_telemetry: { total_runs: 12, total_duration: 1.5 },
        user_defined_action: { total_failures: 3, total_duration_failures: 120 }
      },
      errors_by_sqlerrcode: { user_defined_action: { '0A000': 1, other: 1 } }
    })
    const { runs } = JSON.parse(sql('metrics', 'SELECT timescaledb.get_telemetry_report()')) as {
      runs: { records: { fields: Readonly<Record<string, unknown>> }[] }[]
    }
    const {
      data_volume: _size,
      access_methods: _methods,
      ...shown
    } = runs[0]?.records[0]?.fields ?? {}
    expect(fieldsSent()).toMatchObject(shown)
    expect(world.collector.bodies().join()).not.toMatch(/readings|daily|secret|JANE|metrics"/)
    // The extension's own table keeps its place.
    expect(sql('metrics', 'SELECT count(*) FROM _timescaledb_config.bgw_job')).toBe('4')
  })

  it('says nothing of hypertables where there are none to be known', async () => {
    world.create('plain')
    expect(await world.look('plain')).toMatchObject({ is: 'sent' })
    expect(Object.keys(fieldsSent()).filter((name) => /hypertable|caggs/.test(name))).toEqual([])
    expect(fieldsSent()).toMatchObject({ telemetry_version: 2, tables: { num_relations: 0 } })
  })

  it('takes the statements of the public page as they are printed, its INSERT with the columns of its table', async () => {
    world.create('page')
    sql('postgres', `ALTER DATABASE page SET timescaledb.telemetry_level=off`)
    expect(await world.look('page')).toEqual({ is: 'off' })
    sql('postgres', `ALTER DATABASE page SET timescaledb.telemetry_level=basic`)
    sql(
      'page',
      `DELETE FROM _timescaledb_config.bgw_job
       WHERE job_type = 'telemetry_and_version_check_if_enabled'`
    )
    expect(await world.look('page')).toEqual({ is: 'no job' })
    const values = `VALUES
      ('Telemetry Reporter', 'telemetry_and_version_check_if_enabled', INTERVAL '24h', INTERVAL '100s', -1, INTERVAL '1h')`
    const columns = 'application_name, job_type, schedule_interval'
    expect(
      world.cluster.complaint(
        'page',
        `INSERT INTO _timescaledb_config.bgw_job(${columns}, max_runtime_retries, ` +
          `retry_period) ${values}`
      )
    ).toMatch(/INSERT has more expressions than target columns|does not exist/)
    sql(
      'page',
      `INSERT INTO _timescaledb_config.bgw_job(${columns}, max_runtime, max_retries, ` +
        `retry_period) ${values}`
    )
    expect(await world.look('page')).toMatchObject({ is: 'sent' })
  })
})
