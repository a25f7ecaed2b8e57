/**
 * A service that lives TimescaleDB's telemetry life with our SDK: a report for each database once a
 * day, two ids, and its SQL switches.
 */
import { openTwinIds } from '@candor/sdk'
import { telemetryCommand } from '@candor/sdk/command'
import { Client } from 'pg'
import { gatherReport, idsIn, levelOf } from './database.ts'
import { createTelemetry } from './telemetry.ts'

const version = '2.29.2'
/**
 * The setting may be changed at any time, and a database that says no is not asked for anything.
 */
const lookEveryMs = 60_000
const log = (line: string): void => void process.stdout.write(`${line}\n`)
/** `--now`: once at the start as well, as when somebody runs the job by hand. */
const [verb, ...words] = process.argv.slice(2)

const database = new Client({
  connectionString: process.env['DATABASE_URL'] ?? 'postgres://localhost/postgres'
})
await database.connect()
const level = await levelOf(database)
// Nothing is written into a database that says no, not even an id.
const ids = level === 'off' ? undefined : await openTwinIds(idsIn(database))
const telemetry = createTelemetry({
  version,
  runs: 'service',
  log,
  ...(ids === undefined ? {} : { ids })
})

function obey(setting: string): void {
  telemetry.controls.configure({
    keys: setting === '' ? {} : { 'timescaledb.telemetry_level': setting }
  })
}
obey(level)

if (verb === 'telemetry') {
  const err = (text: string): void => void process.stderr.write(text)
  // What `get_telemetry_report()` is there: the whole report, whether or not anything is ever sent.
  if (words[0] === 'preview') telemetry.record('report', await gatherReport(database))
  process.exitCode = await telemetryCommand(telemetry.controls, words, {
    name: 'timescaledb-reporter telemetry',
    out: (text) => void process.stdout.write(text),
    err
  })
  await telemetry.close()
  await database.end()
} else {
  if (verb === '--now') telemetry.record('report', await gatherReport(database))
  const stopReports = telemetry.report('report', () => gatherReport(database), {
    everyHours: 24,
    of: ids?.installation ?? ''
  })
  const looking = setInterval(() => {
    void levelOf(database).then(obey, () => obey('off'))
  }, lookEveryMs)
  log(`timescaledb-reporter ${version}: telemetry is ${(await telemetry.controls.status()).state}`)
  void telemetry.controls.versions().then(({ says }) => log(`versions: ${says}`))
  const stop = (): void => {
    stopReports()
    clearInterval(looking)
    void telemetry.close()
    void database.end()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop)
}
