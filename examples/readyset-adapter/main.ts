/**
 * A service that lives ReadySet's telemetry life with our SDK: an id for each process only, the
 * user's key as account, Segment where a write key is set.
 */
import { createInterface } from 'node:readline'
import { unlisted } from '@candor/sdk'
import { readSwitches, telemetryCommand } from '@candor/sdk/command'
import { countQueries, readTraffic } from './queries.ts'
import { contract, createTelemetry } from './telemetry.ts'

const version = '1.17.0'
const upstream = { db_backend: 'postgresql', db_version: '16.2' } as const
/** As often as the adapter looks at what it has proxied. */
const lookEveryMs = 30_000
const trafficFile = process.env['READYSET_TRAFFIC'] ?? 'traffic.json'
const switches = readSwitches(contract, process.argv.slice(2))
const log = (line: string): void => void process.stdout.write(`${line}\n`)

const telemetry = createTelemetry({
  version,
  runs: 'service',
  ...(switches.flag === undefined ? {} : { flag: switches.flag }),
  log,
  context: {
    adapter_version: version,
    commit_id: 'dev',
    ...(process.env['DEPLOYMENT_ENV'] === undefined
      ? {}
      : { deployment_env: unlisted(process.env['DEPLOYMENT_ENV']) }),
    ...(process.env['DEPLOYMENT'] === undefined ? {} : { deployment_id: process.env['DEPLOYMENT'] })
  }
})

/**
 * A query is told of once, and again when its status changes; a table once. What is sent is the
 * statement's shape, and never a name.
 */
async function look(): Promise<void> {
  const traffic = await readTraffic(trafficFile)
  for (const { text, shape, status } of traffic?.queries ?? [])
    telemetry.recordOnce('proxied_query', text, {
      query_id: text,
      proxied_query: shape,
      migration_status: unlisted(status)
    })
  for (const { name, shape } of traffic?.tables ?? [])
    telemetry.recordOnce('schema', name, { schema: shape })
}

/** The adapter's own SQL commands; anything else is passed on upstream. */
function run(statement: string): string {
  const words = statement.trim().replace(/;$/, '').toUpperCase().split(/\s+/)
  const command = words.slice(0, 3).join(' ')
  if (command.startsWith('CREATE CACHE')) {
    telemetry.record('create_cache', {})
    return 'CREATE CACHE'
  }
  if (command.startsWith('SHOW CACHES')) {
    telemetry.record('show_caches', {})
    return '(0 rows)'
  }
  if (command === 'SHOW PROXIED QUERIES') {
    telemetry.record('show_proxied_queries', {})
    return `(${countQueries(trafficFile)} rows)`
  }
  if (!/^(SELECT|WITH|INSERT|UPDATE|DELETE)\b/.test(words[0] ?? '')) {
    telemetry.record('query_parse_failed', { query_id: statement, server_version: version })
    return 'passed on: ReadySet cannot parse it'
  }
  return 'passed on'
}

if (switches.rest[0] === 'telemetry') {
  process.exitCode = await telemetryCommand(telemetry.controls, switches.rest.slice(1), {
    name: 'readyset-adapter telemetry',
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text)
  })
  await telemetry.close()
} else await serve()

async function serve(): Promise<void> {
  telemetry.record('adapter_start', upstream)
  telemetry.record('upstream_connected', upstream)
  telemetry.record('snapshot_complete', upstream)
  await look()
  const looking = setInterval(() => void look(), lookEveryMs)
  log(`ReadySet ${version} takes SQL, a line each`)
  void telemetry.controls.versions().then(({ is, says }) => is === 'known' && log(says))

  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => {
    if (line.trim() !== '') log(run(line))
  })
  let isStopping = false
  const stop = (): void => {
    if (isStopping) return
    isStopping = true
    clearInterval(looking)
    lines.close()
    process.stdin.pause()
    telemetry.record('adapter_stop', upstream, { durable: true })
    void telemetry.close()
  }
  lines.once('close', stop)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop)
}
