/**
 * A service that lives TimescaleDB's telemetry life beside PostgreSQL. All of it is what
 * `candor-postgres report --daemon` does; here a program does it that has more to do.
 */
import { fileURLToPath } from 'node:url'
import {
  loadProduct,
  lookForever,
  lookOnce,
  sentenceOf,
  stateFolderOf,
  systemEffects,
  type ReporterInput
} from '@candor/postgres'

/** The setting may be changed at any time. */
const lookEveryMs = 60_000
const log = (line: string): void => void process.stdout.write(`${line}\n`)
const file = new URL('../../timescaledb-reporter/timescaledb.yaml', import.meta.url)
const product = loadProduct(fileURLToPath(file))
const reporter: ReporterInput = {
  product,
  dsn: process.env['DATABASE_URL'],
  isForAll: false,
  // As when somebody runs the job by hand.
  isNow: process.argv.includes('--now'),
  stateFolder: stateFolderOf(product.form.product),
  effects: { ...systemEffects, log, debug: () => {} }
}

const ending = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ending.abort())
for (const visited of await lookOnce(reporter)) log(`timescaledb-reporter: ${sentenceOf(visited)}`)
if (!process.argv.includes('--once'))
  await lookForever({ ...reporter, isNow: false }, { everyMs: lookEveryMs, signal: ending.signal })
