/** How is the embedded engine set up, so that it stays small, private and silent? */

/**
 * The one database of the embedded engine. Not `default`: there the engine reads files by the names
 * of tables.
 */
export const engineDatabase = 'candor'

export type LaneName = 'load' | 'control' | 'question' | 'user' | 'guest'

/** A session runs one query at a time, so a lane's sessions are its parallelism. */
export const laneSessions: Readonly<Record<LaneName, number>> = {
  load: 1,
  control: 1,
  question: 4,
  // SQL that users wrote never takes a seat of the dashboard's questions.
  user: 2,
  // The same of whoever may see some products only.
  guest: 1
}

/** The engine's configuration file. Names of the elements are ClickHouse's. */
export function engineConfig({
  memoryBytesMax,
  usersFile,
  backupsFolder
}: {
  readonly memoryBytesMax: number
  readonly usersFile: string
  readonly backupsFolder: string
}): string {
  const settings: Readonly<Record<string, number>> = {
    max_server_memory_usage: memoryBytesMax,
    // Two merges at once keep up with one loader, and leave the cores to ingest and questions.
    background_pool_size: 2,
    background_merges_mutations_concurrency_ratio: 2,
    background_move_pool_size: 1,
    background_fetches_pool_size: 1,
    background_common_pool_size: 2,
    background_schedule_pool_size: 4,
    max_thread_pool_size: 500,
    mark_cache_size: 268_435_456,
    uncompressed_cache_size: 0
  }
  const lines = Object.entries(settings).map(([name, value]) => `  <${name}>${value}</${name}>`)
  // No <query_log> and the like: no statement is ever written to a table. No hosts: the engine
  // opens no connection.
  return (
    `<clickhouse>\n${lines.join('\n')}\n  ` +
    '<send_crash_reports><enabled>false</enabled></send_crash_reports>\n  ' +
    '<remote_url_allow_hosts></remote_url_allow_hosts>\n  ' +
    // It writes backups here and nowhere else; who takes them elsewhere is the command line.
    `<backups><allowed_path>${backupsFolder}</allowed_path></backups>\n  ` +
    `<users_config>${usersFile}</users_config>\n</clickhouse>\n`
  )
}

/** What SQL that users wrote runs as. */
export const readerRole = 'reader'

/** The same for whoever may see some products only, in views that show no others. */
export const guestRole = 'guest'
export const guestDatabase = `${engineDatabase}_narrow`

/**
 * The engine's users file: whoever speaks to it is `default`, who may do everything until a session
 * takes the role of a reader, who may do what `readerGrants` say.
 */
export function usersConfig(readerGrants: readonly string[]): string {
  const grants = (queries: readonly string[]): string =>
    `<grants>${queries.map((query) => `<query>${query}</query>`).join('')}</grants>`
  return `<clickhouse>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users>
    <default>
      <password></password>
      <networks><ip>::/0</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      ${grants([`GRANT admin, ${readerRole}, ${guestRole}`])}
    </default>
  </users>
  <roles>
    <admin>${grants(['GRANT ALL ON *.* WITH GRANT OPTION'])}</admin>
    <${readerRole}>${grants(readerGrants)}</${readerRole}>
    <${guestRole}>${grants([`GRANT SELECT ON ${guestDatabase}.*`])}</${guestRole}>
  </roles>
</clickhouse>
`
}

/**
 * What a session is opened with. `mark` finds the statement that runs on it, so that it can be
 * killed.
 */
export function sessionArguments({
  configFile,
  mark
}: {
  readonly configFile: string
  readonly mark: string
}): readonly string[] {
  return [
    `--config-file=${configFile}`,
    `--log_comment=${mark}`,
    '--implicit_select=0',
    '--allow_introspection_functions=0'
  ]
}

/** Settings of a lane's statements that do not bring their own. */
export function laneSettings(lane: LaneName, memoryBytesMax: number): ReadonlyMap<string, string> {
  // One question may not take the memory that the loader needs.
  return new Map(
    lane === 'question' || lane === 'user' || lane === 'guest'
      ? [['max_memory_usage', `${Math.floor(memoryBytesMax / 2)}`]]
      : []
  )
}
