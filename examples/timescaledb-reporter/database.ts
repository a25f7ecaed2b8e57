/**
 * What does one PostgreSQL database say of itself, in sizes and counts alone? And where does it
 * keep its two ids?
 */
import type { TwinIdsPlace } from '@candor/sdk'
import type { Client } from 'pg'
import type { Report } from './telemetry.ts'

/**
 * The extension's own: a report's format, and what this reporter would find with TimescaleDB
 * installed.
 */
const reportVersion = 2

/** Counts and sizes; no name of anything that a user made is asked for. */
export async function gatherReport(database: Client): Promise<Report> {
  const { rows } = await database.query<Record<string, string | null>>(`
    SELECT current_setting('server_version') AS postgresql_version,
      pg_database_size(current_database()) AS data_volume,
      count(*) FILTER (WHERE relkind = 'r') AS tables,
      coalesce(sum(greatest(reltuples, 0)) FILTER (WHERE relkind = 'r'), 0)::bigint AS rows,
      coalesce(sum(pg_relation_size(oid)) FILTER (WHERE relkind = 'r'), 0) AS heap,
      coalesce(sum(pg_indexes_size(oid)) FILTER (WHERE relkind = 'r'), 0) AS indexes,
      count(*) FILTER (WHERE relkind = 'v') AS views,
      count(*) FILTER (WHERE relkind = 'm') AS materialized_views,
      count(*) FILTER (WHERE relkind = 'p') AS partitioned_tables,
      pg_is_in_recovery() AS is_standby
    FROM pg_class WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^(pg_|information_schema|_timescaledb)')`)
  const extensions = await database.query<{ extname: string }>('SELECT extname FROM pg_extension')
  const senders = await database.query<{ count: string }>(
    'SELECT count(*) FROM pg_stat_replication'
  )
  const methods = await database.query<{ name: string; pages: string; instances: string }>(`
    SELECT amname AS name, sum(relpages) AS pages, count(*) AS instances
    FROM pg_class JOIN pg_am ON pg_am.oid = relam GROUP BY amname`)
  const [row = {}] = rows
  const count = (name: string): number => Number(row[name] ?? 0)
  const has = (name: string): boolean => extensions.rows.some(({ extname }) => extname === name)
  return {
    telemetry_version: reportVersion,
    postgresql_version: row['postgresql_version']?.split(' ')[0],
    data_volume: count('data_volume'),
    tables: {
      num_relations: count('tables'),
      num_reltuples: count('rows'),
      heap_size: count('heap'),
      indexes_size: count('indexes')
    },
    partitioned_tables: { num_relations: count('partitioned_tables') },
    materialized_views: { num_relations: count('materialized_views') },
    views: { num_relations: count('views') },
    hypertables_num_relations: 0,
    replication_is_wal_receiver: String(row['is_standby']) === 'true',
    replication_num_wal_senders: Number(senders.rows[0]?.count ?? 0),
    related_extensions_postgis: has('postgis'),
    related_extensions_vector: has('vector'),
    related_extensions_timescaledb_toolkit: has('timescaledb_toolkit'),
    access_methods: Object.fromEntries(
      methods.rows.map(({ name, pages, instances }) => [
        name,
        { pages: Number(pages), instances: Number(instances) }
      ])
    )
  }
}

/**
 * The level that this database, role or server is set to; TimescaleDB's own setting, so that `ALTER
 * DATABASE … SET` works.
 */
export async function levelOf(database: Client): Promise<string> {
  const { rows } = await database.query<{ level: string | null }>(
    `SELECT current_setting('timescaledb.telemetry_level', true) AS level`
  )
  return rows[0]?.level ?? ''
}

/** A table that dumps carry along, so that a restored database knows where it came from. */
export function idsIn(database: Client): TwinIdsPlace {
  const read: TwinIdsPlace['read'] = async () => {
    const { rows } = await database.query<{ key: string; value: string }>(
      'SELECT key, value FROM candor_reporter.metadata'
    )
    return rows.length === 0
      ? undefined
      : Object.fromEntries(rows.map(({ key, value }) => [key, value]))
  }
  return {
    async databaseMark() {
      // Made here, before anything is read of it: the first call of all three.
      await database.query('CREATE SCHEMA IF NOT EXISTS candor_reporter')
      await database.query(
        'CREATE TABLE IF NOT EXISTS candor_reporter.metadata (key text PRIMARY KEY, value text NOT NULL)'
      )
      const { rows } = await database.query<{ mark: string }>(
        `SELECT system_identifier || ' ' || (SELECT oid FROM pg_database WHERE datname = current_database()) AS mark FROM pg_control_system()`
      )
      return rows[0]?.mark ?? ''
    },
    read,
    async replace(before, next) {
      await database.query('BEGIN')
      await database.query('LOCK TABLE candor_reporter.metadata IN EXCLUSIVE MODE')
      const stands = await read()
      if (stands?.of === before?.of) {
        await database.query('DELETE FROM candor_reporter.metadata')
        for (const [key, value] of Object.entries(next))
          await database.query('INSERT INTO candor_reporter.metadata VALUES ($1, $2)', [key, value])
      }
      await database.query('COMMIT')
      return await read()
    }
  }
}
