/**
 * What does a database say of its telemetry now? Settings and catalogs first; a table is read only
 * if they allow it.
 */
import type { Session } from './session.ts'

export type Level = 'off' | 'no_functions' | 'basic'

export interface Settings {
  /** Undefined: nobody set it. */
  readonly level: Level | undefined
  readonly versionCheck: boolean
  readonly isStandby: boolean
  /** Names this database on this server for the reporter's own folder; it is never sent. */
  readonly mark: string
  readonly isInstalled: boolean
  /** False: a superuser would run what an ordinary role has written. */
  readonly isTrusted: boolean
  /** As 15.4. */
  readonly serverVersion: string
}

export interface Job {
  readonly everyMs: number
  readonly runtimeMs: number
  readonly retriesMax: number
  readonly retryMs: number
}

export interface JobState {
  readonly runs: number
  readonly failures: number
  /** Milliseconds since 1970; undefined before the first run. */
  readonly nextAt: number | undefined
  readonly versionCheckedAt: number | undefined
}

/**
 * In a session that was just opened, so that PostgreSQL itself has put instance, database and role
 * in their order. Every word but the two levels means off: a placeholder takes any value, and
 * whoever wrote one wanted something other than the default.
 */
export async function readSettings(
  session: Session,
  { setting, schema }: { readonly setting: string; readonly schema: string }
): Promise<Settings> {
  const [row] = await session.read<Record<string, string | boolean | null>>(
    `SELECT current_setting($1, true) AS level, current_setting($2, true) AS version_check,
       EXISTS (SELECT FROM pg_db_role_setting AS s, unnest(s.setconfig) AS entry
         WHERE lower(entry) = $1 || '=' AND s.setdatabase IN (0, d.oid)
           AND s.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = session_user))
       ) AS is_emptied,
       pg_is_in_recovery() AS is_standby, current_setting('server_version') AS server_version,
       (SELECT system_identifier FROM pg_control_system()) || ' ' || d.oid AS mark,
       NOT EXISTS (SELECT FROM pg_namespace AS n, pg_roles AS own, pg_roles AS theirs
         WHERE n.nspname IN ($3, 'candor') AND own.rolname = current_user AND own.rolsuper
           AND theirs.oid = n.nspowner AND NOT theirs.rolsuper) AS is_trusted,
       EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE n.nspname = $3 AND c.relname = 'telemetry_job') AS is_installed
     FROM pg_database AS d WHERE d.datname = current_database()`,
    [`${setting}.telemetry_level`, `${setting}.version_check`, schema]
  )
  return {
    level: levelOf(textOf(row?.['level']), row?.['is_emptied'] === true),
    versionCheck: !/^(?:off|false|no|0)$/i.test(textOf(row?.['version_check']) ?? ''),
    isStandby: row?.['is_standby'] === true,
    mark: textOf(row?.['mark']) ?? '',
    isInstalled: row?.['is_installed'] === true,
    isTrusted: row?.['is_trusted'] === true,
    serverVersion: /^[\d.]+/.exec(textOf(row?.['server_version']) ?? '')?.[0] ?? ''
  }
}

/**
 * A line that was taken out of the configuration file leaves an empty text behind until the server
 * starts again: it says nothing. One that somebody gave to a database or a role is a word like any
 * other.
 */
function levelOf(setting: string | undefined, isEmptied = false): Level | undefined {
  if (setting === undefined || (setting === '' && !isEmptied)) return undefined
  const word = setting.toLowerCase()
  return word === 'basic' || word === 'no_functions' ? word : 'off'
}

/** Undefined: the row is gone, and with it every reason to do anything. */
export async function readJob(
  session: Session,
  { schema, product }: { readonly schema: string; readonly product: string }
): Promise<{ readonly job: Job; readonly state: JobState } | undefined> {
  const ms = (interval: string): string => `(extract(epoch FROM ${interval}) * 1000)::float8`
  const [row] = await session.read<Record<string, number | null>>(
    `SELECT ${ms('j.schedule_interval')} AS every, ${ms('j.max_runtime')} AS runtime,
       j.max_retries AS retries, ${ms('j.retry_period')} AS retry,
       s.total_runs::float8 AS runs, s.consecutive_failures AS failures,
       -- A job that was given a shorter interval meanwhile does not wait for the end of the longer
       -- one.
       ${ms(`CASE WHEN s.consecutive_failures > 0 THEN s.next_start
         ELSE least(s.next_start, s.last_finish + j.schedule_interval * 1.125) END`)} AS next,
       (SELECT ${ms('checked_at')} FROM candor.version_status WHERE product = $1) AS checked
     FROM ${schema}.telemetry_job AS j LEFT JOIN ${schema}.telemetry_job_stats AS s ON true`,
    [product]
  )
  if (row === undefined) return undefined
  return {
    job: {
      everyMs: row['every'] ?? 0,
      runtimeMs: row['runtime'] ?? 0,
      retriesMax: row['retries'] ?? -1,
      retryMs: row['retry'] ?? 0
    },
    state: {
      runs: row['runs'] ?? 0,
      failures: row['failures'] ?? 0,
      nextAt: row['next'] ?? undefined,
      versionCheckedAt: row['checked'] ?? undefined
    }
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
