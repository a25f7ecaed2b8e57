/**
 * Fills a store with a plausible fleet of 90 days, by statements of the engine's own, through the
 * tables that the loader fills.
 */
import { request } from 'node:http'

const DAY_MS = 86_400_000

export interface FleetPart {
  /** Records of dlt that the store has already. Their installations are others than this part's. */
  readonly from: number
  readonly to: number
  /** Digests of the contracts that records say they were held against. */
  readonly contracts: Readonly<Record<'dlt' | 'timescaledb', string>>
}

/** Runs a statement in the engine and gives back its rows. */
export type Run = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>

const fleetDays = 90
/**
 * The loader sends fifty thousand at most; larger blocks make fewer parts, and after their merges
 * the tables are alike.
 */
const blockRowsMax = 250_000
const recordsPerRun = 5
/** With the ephemeral ones of CI, one in 200. */
const recordsPerInstallation = 330
/** A database reports once a day. */
const recordsPerReport = 10
const recordsPerDriftRow = 5_000
const statementMsMax = 600_000

/**
 * The engine listens on a socket of its own beside the server's; `load-` puts a statement on the
 * loader's lane, which has no limits of a question.
 */
export function engineAt(socketPath: string): Run {
  return (sql) =>
    new Promise((resolve, reject) => {
      const path = `/?query_id=load-bench&default_format=JSONEachRow&max_execution_time=${statementMsMax / 1000}`
      const sent = request({ socketPath, path, method: 'POST', agent: false }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          if (response.statusCode !== 200)
            return reject(new Error(`the engine refused a statement: ${text.slice(0, 2000)}`))
          resolve(
            text
              .split('\n')
              .filter((line) => line !== '')
              .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
          )
        })
      })
      sent.setTimeout(statementMsMax, () =>
        sent.destroy(new Error('the engine did not answer a statement in ten minutes'))
      )
      sent.on('error', reject)
      sent.end(sql)
    })
}

/** From the oldest day to today, as they would have come. */
export async function fillFleet(run: Run, part: FleetPart, now: number): Promise<void> {
  const today = Math.floor(now / DAY_MS) * DAY_MS
  for (let day = 0; day < fleetDays; day += 1) {
    const startMs = today - (fleetDays - 1 - day) * DAY_MS
    const span = { day, startMs, lengthMs: Math.min(DAY_MS, Math.max(60_000, now - startMs)) }
    const [first, end] = [rowOfDay(part, day), rowOfDay(part, day + 1)]
    for (let at = first; at < end; at += blockRowsMax)
      await run(dltBlock(part, span, { at, rows: Math.min(blockRowsMax, end - at) }))
    await run(timescaledbBlock(part, span))
  }
  await run(driftBlock(part, today))
}

function rowOfDay({ from, to }: FleetPart, day: number): number {
  return from + Math.floor(((to - from) * day) / fleetDays)
}

interface DaySpan {
  readonly day: number
  readonly startMs: number
  readonly lengthMs: number
}

type Columns = Readonly<Record<string, string>>

/**
 * Runs of pipelines, five records each. Half of the fleet is there on the first day, the rest joins
 * day by day, and of the oldest a third is
 * gone at the end; four runs in ten are of the eighth that runs most. Each takes up a release of
 * every ninth day within a month.
 */
function dltBlock(
  part: FleetPart,
  { day, startMs, lengthMs }: DaySpan,
  { at, rows }: { at: number; rows: number }
): string {
  const fleet = Math.max(100, Math.floor((part.to - part.from) / recordsPerInstallation))
  const low = Math.floor((0.33 * fleet * day) / fleetDays)
  const pool = Math.floor(fleet * (0.5 + (0.5 * (day + 1)) / fleetDays)) - low
  const names =
    "['pipeline_extract', 'pipeline_normalize', 'pipeline_load', 'pipeline_run', " +
    "multiIf(chance % 20 < 11, 'pipeline_access_dataset', chance % 20 < 15, " +
    "'command_pipeline', chance % 20 < 17, 'command_init', 'mcp_tool')]"
  const given = `
    intDiv(number, ${recordsPerRun}) AS run_number,
    toUInt8(number % ${recordsPerRun}) AS step,
    sipHash64('run', run_number) AS chance,
    chance % 100 = 7 AS is_ephemeral,
    ${low} + sipHash64('who', run_number) % ${pool} AS any_member,
    if(chance % 10 < 4, toUInt64(any_member - any_member % 8), toUInt64(any_member)) AS member,
    if(is_ephemeral, run_number, member) AS identity,
    sipHash64(is_ephemeral, identity, ${part.from}) AS trait,
    ${token('installation', `trait, identity`)} AS who,
    toInt64(${startMs} + sipHash64('when', run_number) % ${lengthMs}) AS began,
    chance % 16 = 3 AS is_failing,
    ${names}[step + 1] AS name,
    startsWith(name, 'pipeline_') AS is_pipeline`
  const destinations =
    "['duckdb', 'bigquery', 'snowflake', 'postgres', 'filesystem', 'databricks', 'motherduck', " +
    "'other']"
  const columns: Columns = {
    name: 'name',
    kind: `'event'`,
    received_at: `fromUnixTimestamp64Milli(began, 'UTC')`,
    // One in twenty lay in a spool for up to three days; the others came within seconds.
    occurred_at:
      "fromUnixTimestamp64Milli(began - if(chance % 20 = 5, toInt64(sipHash64('late', " +
      `run_number) % ${3 * DAY_MS}), 10000) + step * 1700, 'UTC')`,
    occurred_from: `'corrected'`,
    installation: 'who',
    session: token('session', 'run_number'),
    key_epoch: '1',
    version: `concat('1.', toString(20 + intDiv(${day + 27} - trait % 28, 9)), '.0')`,
    class: `['interactive', 'batch', 'unknown'][trait % 3 + 1]`,
    automation: `multiIf(is_ephemeral OR trait % 50 < 4, 'ci', trait % 50 = 4, 'agent', 'none')`,
    container: `if(trait % 5 < 3, 'true', 'false')`,
    os:
      "if(is_ephemeral, 'linux', ['linux', 'linux', 'linux', 'linux', 'linux', 'linux', " +
      "'darwin', 'darwin', 'darwin', 'windows'][trait % 10 + 1])",
    os_version: `['6.8', '6.1', '5.15', '24.1'][trait % 4 + 1]`,
    runtime: `concat('python 3.', toString(10 + trait % 4))`,
    cpu: `[2, 4, 8, 10, 16][trait % 5 + 1]`,
    level: `if(trait % 10 < 8, 'pipelines', 'basic')`,
    contract: text(part.contracts.dlt),
    sdk_name: `'candor-ts'`,
    sdk_version: `'0.1.0'`,
    protocol: `'native'`,
    seq: 'step',
    message_digest: token('message', 'number'),
    deletion: `concat(who, who)`,
    exec_info:
      "if(trait % 5 < 3, ['docker'], if(trait % 5 = 3, ['notebook'], CAST([], " +
      "'Array(String)')))",
    run_context: `if(trait % 7 = 0, 'other', 'dlt')`,
    elapsed:
      "if(name = 'pipeline_access_dataset', NULL, round(exp(sipHash64('elapsed', number) % " +
      '1000 / 160) / 10 + step, 2))',
    success: 'NOT (is_failing AND step IN (2, 3))',
    operation: `if(name = 'command_pipeline', ['info', 'show', 'sync', 'trace'][chance % 4 + 1], NULL)`,
    destination_type: `if(is_pipeline OR name = 'command_init', ${destinations}[trait % 23 % 8 + 1], NULL)`,
    source_name:
      "if(name = 'command_init', ['rest_api', 'sql_database', 'filesystem', 'github', " +
      "'other'][chance % 5 + 1], NULL)",
    agent_name: `if(name = 'mcp_tool', ['claude_code', 'cursor', 'other'][trait % 3 + 1], NULL)`,
    tool:
      "if(name = 'mcp_tool', ['list_tables', 'preview_table', 'get_table_schema'][chance % 3 + " +
      '1], NULL)',
    transaction_id: `if(is_pipeline AND step < 4, ${token('transaction', 'run_number')}, NULL)`,
    pipeline_name_hash: `if(is_pipeline, ${token('pipeline', 'identity, chance % 3')}, NULL)`,
    dataset_name_hash: `if(is_pipeline, ${token('dataset', 'identity, chance % 3')}, NULL)`,
    default_schema_name_hash: `if(is_pipeline, ${token('schema', 'identity, chance % 3')}, NULL)`,
    destination_fingerprint:
      `if(name = 'pipeline_load' AND trait % 23 % 8 > 0, ${token('fingerprint', 'identity')}, ` +
      'NULL)',
    extract_data:
      "if(step = 0, [CAST(('source', ['github', 'sql_database', 'other'][chance % 3 + 1]), " +
      "'Tuple(data_type Nullable(String), name Nullable(String))')], [])"
  }
  return insert('incoming_dlt', columns, given, `numbers(${at}, ${rows})`)
}

/**
 * Each database once a day, all of them every day: what is asked of them is their latest report.
 */
function timescaledbBlock(part: FleetPart, { day, startMs, lengthMs }: DaySpan): string {
  const databases = Math.max(10, Math.floor((part.to - part.from) / recordsPerReport / fleetDays))
  const given = `
    sipHash64('database', number, ${part.from}) AS trait,
    toInt64(${startMs} + trait % ${lengthMs}) AS at,
    toInt64(trait % 40) AS hypertables`
  const numbers = {
    telemetry_version: '3',
    data_volume: `toInt64(exp(trait % 1000 / 60) * 100) + ${day}`,
    tables_num_relations: 'toInt64(trait % 300)',
    views_num_relations: 'toInt64(trait % 50)',
    hypertables_num_relations: 'hypertables',
    hypertables_num_children: 'hypertables * toInt64(trait % 90)',
    hypertables_num_reltuples: 'hypertables * toInt64(trait % 1000000)',
    hypertables_num_compressed_chunks: 'if(trait % 2 = 0, 0, hypertables * 3)',
    hypertables_heap_size: 'hypertables * toInt64(trait % 100000000)',
    hypertables_indexes_size: 'hypertables * toInt64(trait % 10000000)',
    continuous_aggregates_num_relations: 'toInt64(trait % 11)',
    num_compression_policies: 'toInt64(trait % 5)',
    num_retention_policies: 'toInt64(trait % 3)',
    num_continuous_aggs_policies: 'toInt64(trait % 4)',
    num_user_defined_actions: 'toInt64(trait % 2)',
    replication_num_wal_senders: 'toInt64(trait % 3)',
    related_extensions_postgis: 'trait % 4 = 0',
    related_extensions_vector: 'trait % 6 = 0',
    related_extensions_timescaledb_toolkit: 'trait % 5 = 0'
  }
  const columns: Columns = {
    name: `'report'`,
    kind: `'snapshot'`,
    received_at: `fromUnixTimestamp64Milli(at, 'UTC')`,
    occurred_at: `fromUnixTimestamp64Milli(at, 'UTC')`,
    occurred_from: `'none'`,
    installation: token('database', 'trait'),
    key_epoch: '1',
    version: `concat('2.', toString(${16 + Math.floor(day / 30)} + trait % 6), '.1')`,
    class: `'service'`,
    automation: `'unknown'`,
    container: `'unknown'`,
    os: `'linux'`,
    level: `'no_functions'`,
    contract: text(part.contracts.timescaledb),
    protocol: `'timescaledb'`,
    postgresql_version: `['14.15', '15.10', '16.6', '17.2'][trait % 4 + 1]`,
    license_edition: `if(trait % 3 = 0, 'apache', 'timescale')`,
    ...numbers
  }
  return insert('incoming_timescaledb', columns, given, `numbers(${databases})`)
}

function driftBlock({ from, to }: FleetPart, today: number): string {
  const columns: Columns = {
    product: `'dlt'`,
    day:
      `toDate(fromUnixTimestamp64Milli(toInt64(${today - (fleetDays - 1) * DAY_MS} + (number % ` +
      `${fleetDays}) * ${DAY_MS}), 'UTC'))`,
    record: `['pipeline_load', 'pipeline_run', 'command_init'][number % 3 + 1]`,
    name: 'NULL',
    name_digest: token('name', 'number % 60'),
    kind: `['string', 'object', 'number'][number % 60 % 3 + 1]`,
    reason: `'FIELD_NOT_IN_CONTRACT'`,
    installation: token('drifting', `number, ${from}`),
    count: '3',
    received_at: `fromUnixTimestamp64Milli(toInt64(${today}), 'UTC')`
  }
  return insert(
    'drift_rows',
    columns,
    '1 AS one',
    `numbers(${Math.ceil((to - from) / recordsPerDriftRow)})`
  )
}

/** One block, which no retry can repeat: it needs no mark by which it would be recognised. */
function insert(table: string, columns: Columns, given: string, from: string): string {
  const names = Object.keys(columns).map((name) => `\`${name}\``)
  const values = Object.entries(columns).map(([name, sql]) => `${sql} AS \`value_${name}\``)
  return `INSERT INTO ${table} (${names.join(', ')}) WITH ${given} SELECT ${values.join(', ')} FROM ${from}
    SETTINGS insert_deduplicate = 0, min_insert_block_size_rows = 1048576, min_insert_block_size_bytes = 1073741824, parallel_view_processing = 1`
}

/**
 * 32 lower-case hexadecimal digits, as the collector's keyed digests are, and as badly
 * compressible.
 */
function token(kind: string, of: string): string {
  return `lower(hex(sipHash128(${text(kind)}, ${of})))`
}

function text(value: string): string {
  return `'${value.replaceAll("'", "\\'")}'`
}
