/**
 * How is a level set for an instance, a database or a role, where PostgreSQL does not know the
 * setting? As whoever may, in the order that works.
 */
import { Client } from 'pg'

export type Scope =
  | { readonly is: 'instance' }
  | { readonly is: 'database'; readonly name: string }
  | { readonly is: 'role'; readonly name: string; readonly database?: string }

export const levelWords = ['off', 'no_functions', 'basic', 'default'] as const
export type LevelWord = (typeof levelWords)[number]

/**
 * The statements, for one session. No extension's library makes the setting known, so ALTER SYSTEM
 * refuses it in a fresh session up to 16: a SET before it makes a placeholder. `default` takes back
 * what was said at this scope.
 */
export function statementsFor(setting: string, scope: Scope, level: LevelWord): readonly string[] {
  const name = `${setting}.telemetry_level`
  const change = level === 'default' ? `RESET ${name}` : `SET ${name} = '${level}'`
  switch (scope.is) {
    case 'instance':
      return [`SET ${name} = 'off'`, `ALTER SYSTEM ${change}`, 'SELECT pg_reload_conf()']
    case 'database':
      return [`ALTER DATABASE ${quoted(scope.name)} ${change}`]
    case 'role': {
      const place = scope.database === undefined ? '' : ` IN DATABASE ${quoted(scope.database)}`
      return [`ALTER ROLE ${quoted(scope.name)}${place} ${change}`]
    }
  }
}

export async function setLevel(
  client: Client,
  setting: string,
  scope: Scope,
  level: LevelWord
): Promise<void> {
  // One by one: ALTER SYSTEM can't run inside a transaction, which several statements of one
  // message are.
  for (const statement of statementsFor(setting, scope, level)) await client.query(statement)
}

export interface SaidLevel {
  readonly scope: string
  readonly value: string
}

/**
 * Every place where somebody said something, the strongest first, and what a new session of this
 * role gets.
 */
export async function saidLevels(
  client: Client,
  setting: string
): Promise<{ readonly said: readonly SaidLevel[]; readonly here: string | undefined }> {
  const name = `${setting}.telemetry_level`
  const { rows } = await client.query<{
    role: string | null
    database: string | null
    value: string
  }>(
    `SELECT r.rolname AS role, d.datname AS database, substr(entry, strpos(entry, '=') + 1) AS value
     FROM pg_db_role_setting AS s
     CROSS JOIN unnest(s.setconfig) AS entry
     LEFT JOIN pg_roles AS r ON r.oid = s.setrole
     LEFT JOIN pg_database AS d ON d.oid = s.setdatabase
     WHERE lower(split_part(entry, '=', 1)) = $1
     ORDER BY s.setrole = 0, s.setdatabase = 0, role, database`,
    [name]
  )
  const here = await client.query<{ level: string | null }>(
    'SELECT current_setting($1, true) AS level',
    [name]
  )
  return {
    said: rows.map(({ role, database, value }) => ({
      scope:
        [role === null ? '' : `role ${role}`, database === null ? '' : `database ${database}`]
          .filter((part) => part !== '')
          .join(' in ') || 'all roles',
      value
    })),
    here: here.rows[0]?.level ?? undefined
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
