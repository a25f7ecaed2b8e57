/** What does a request of ClickHouse's HTTP interface ask the engine to run? */
import { engineDatabase, type LaneName } from './engine-settings.ts'

export interface Statement {
  /** An insert of lines is kept apart, since its lines go to the engine without becoming text. */
  readonly work:
    | { readonly is: 'text'; readonly sql: string }
    | ({ readonly is: 'lines'; readonly lines: Buffer } & InsertTarget)
  readonly lane: LaneName
  readonly format: string
  readonly deadlineMs: number
  /** Settings and parameters (`param_…`), as `SET` takes them. */
  readonly settings: ReadonlyMap<string, string>
}

interface InsertTarget {
  readonly table: string
  readonly columns: readonly string[] | undefined
}

export interface StatementRefused {
  readonly is: 'refused'
  readonly code: number
  readonly says: string
}

// Parameters of the interface itself, and what a session must keep as it was opened.
const notSettings = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'session_id',
  'session_timeout',
  'session_check',
  'role',
  'user',
  'password',
  'quota_key',
  'compress',
  'decompress',
  'stacktrace',
  'buffer_size',
  'wait_end_of_query',
  'enable_http_compression',
  'cancel_http_readonly_queries_on_client_close',
  'log_comment'
])
const insertOfLines =
  /^\s*INSERT\s+INTO\s+([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)?)\s*(?:\(([A-Za-z0-9_,\s]+)\)\s*)?FORMAT\s+JSONEachRow\s*$/i
const deadlineMsDefault = 60_000

export function readStatement(url: string, body: Buffer): Statement | StatementRefused {
  const query = new URL(url, 'http://embedded').searchParams
  const database = query.get('database')
  if (database !== null && database !== engineDatabase)
    return refused(81, 'the embedded engine has one database')
  const settings = new Map<string, string>()
  for (const [name, value] of query) {
    if (notSettings.has(name)) continue
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(name))
      return refused(115, 'a setting has no such name')
    // A session that was once read-only could never be set up for its next statement.
    if (name === 'readonly') return refused(115, 'write readonly into the statement')
    settings.set(name, value)
  }
  const seconds = Number(settings.get('max_execution_time'))
  const frame = {
    lane: laneOf(query.get('query_id') ?? ''),
    format: query.get('default_format') ?? 'TabSeparated',
    deadlineMs: seconds > 0 ? Math.ceil(seconds * 1000) : deadlineMsDefault,
    settings
  }
  const sql = query.get('query') ?? ''
  const insert = insertOfLines.exec(sql)
  if (insert !== null) {
    const columns = insert[2]?.split(',').map((name) => name.trim())
    return { ...frame, work: { is: 'lines', lines: body, table: insert[1] ?? '', columns } }
  }
  const whole = [sql, body.toString('utf8')].filter((part) => part !== '').join('\n')
  if (whole.trim() === '') return refused(62, 'an empty statement')
  return { ...frame, work: { is: 'text', sql: whole } }
}

/**
 * One statement that brings a session from the settings in force to those wanted, or undefined when
 * nothing differs.
 */
export function settingsChange(
  inForce: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>
): string | undefined {
  const changes: string[] = []
  // A parameter cannot be unset. It stays in memory until it is set anew, and only a statement that
  // forgot its own could read it.
  for (const name of inForce.keys())
    if (!wanted.has(name) && !name.startsWith('param_')) changes.push(`${name} = DEFAULT`)
  for (const [name, value] of wanted)
    if (inForce.get(name) !== value) changes.push(`${name} = ${quoted(value)}`)
  return changes.length === 0 ? undefined : `SET ${changes.join(', ')}`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`
}

/** The client names the lane at the beginning of the query's id: `load-<uuid>`. */
function laneOf(queryId: string): LaneName {
  if (queryId.startsWith('load-')) return 'load'
  if (queryId.startsWith('control-')) return 'control'
  if (queryId.startsWith('guest-')) return 'guest'
  return queryId.startsWith('user-') ? 'user' : 'question'
}

function refused(code: number, says: string): StatementRefused {
  return { is: 'refused', code, says }
}
