/**
 * `candor serve`: starts the collector, says where things are, and stops in order when asked to.
 */
import { Option, type Command } from 'commander'
import { isLoopback } from '../../config/loopback.ts'
import { findConfigFile, readConfig, type Config } from '../../config/config.ts'
import type { Clock } from '../../effects.ts'
import type { App } from '../../app/start.ts'
import { createLog } from '../../log.ts'
import { demoKeys } from '../demo/demo-keys.ts'
import { demoReleases } from '../demo/demo-releases.ts'
import { runDemo, shiftedClock } from '../demo/demo.ts'
import { demoDaysMax } from '../demo/fleet.ts'
import { oneOf, wholeNumber } from '../terminal/choice.ts'
import type { Terminal } from '../terminal/terminal.ts'

interface ServeFlags extends Readonly<Record<string, unknown>> {
  readonly demo?: true
  readonly demoDays: number
  readonly product?: string
}

const levels = ['error', 'warn', 'info', 'debug'] as const

export function addServe(program: Command, terminal: Terminal): void {
  program
    .command('serve')
    .description('run the collector')
    .option('--port <number>', 'port that reports come in through (4700)')
    .option('--host <address>', 'address to listen on (127.0.0.1)')
    .option('--data <folder>', 'folder of the inbox and the embedded store (./data)')
    .option('--config <file>', 'configuration file (./candor.yaml, if there is one)')
    .option('--secret <file>', 'file of the master secret, outside the data folder (<data>.secret)')
    .option('--clickhouse <url>', 'a ClickHouse to use instead of the embedded engine')
    .option('--products <folders>', 'folders of further products, commas between')
    .option('--admin-host <address>', 'where API, dashboard and metrics listen (127.0.0.1)')
    .option('--admin-port <number>', 'its port (4701)')
    .option('--public-host <address>', 'where anybody reads published numbers (127.0.0.1)')
    .option('--public-port <number>', 'its port; without it nothing is shown')
    .option(
      '--dashboard-hosts <names>',
      'names under which a proxy hands on API and dashboard, commas between'
    )
    .option(
      '--trusted-proxies <networks>',
      'proxies whose X-Forwarded-For is believed, commas between'
    )
    .option('--edge-tokens <digests>', 'of edges that are believed, commas between')
    .option(
      '--network-records-per-hour <number>',
      'records of one product that one network may send before more are marked (7200)'
    )
    .option('--tls-cert <file>', 'certificate chain in PEM')
    .option('--tls-key <file>', 'its private key in PEM')
    .option('--insecure', 'listen beyond loopback without TLS')
    .option('--inbox-bytes-max <size>', 'how large the inbox may grow (4 GiB)')
    .option('--inbox-replay <span>', 'how long loaded entries stay for a replay (72 h)')
    .option('--releases <folder>', 'folder of <product>.yaml files with releases (./releases)')
    .option('--keys <folder>', 'folder of the keys that sign the feeds (<data>.keys)')
    .addOption(
      new Option('--log <level>', 'how much is logged').choices(levels).argParser(oneOf(levels))
    )
    .option('--demo', 'fill an empty collector with a simulated fleet, sent through its own routes')
    .addOption(
      new Option('--demo-days <count>', 'how many days of it')
        .argParser(wholeNumber({ from: 1, to: demoDaysMax, example: 30 }))
        .default(demoDaysMax)
    )
    .option('--product <name>', 'with --demo: only this one, simulated from its contract')
    .addHelpText(
      'after',
      '\nEach flag is also a key of candor.yaml and a CANDOR_* variable: docs/reference/config.md'
    )
    .action((flags: ServeFlags) => serve(flags, terminal))
}

async function serve(
  { demo, demoDays: days, product, ...flags }: ServeFlags,
  terminal: Terminal
): Promise<void> {
  const { environment, effects, isInteractive, out, signal } = terminal
  const source = { flags, environment, folder: terminal.folder }
  const said = readConfig({ ...source, file: await findConfigFile(source, effects.files) })
  const config =
    demo === true
      ? {
          ...said,
          // The demonstration shows all there is.
          public: said.public ?? { host: '127.0.0.1', port: said.port === 0 ? 0 : 4_702 },
          releases: await demoReleases({
            ...said,
            product,
            now: effects.clock.now(),
            files: effects.files
          }),
          keys: await demoKeys({ ...said, effects })
        }
      : said
  // Loaded only here: the other commands start in a fraction of the time without the server's
  // parts.
  const { startApp } = await import('../../app/start.ts')
  const clock = demo === true ? shiftedClock(effects.clock) : undefined
  const app = await startApp({
    config,
    effects: clock === undefined ? effects : { ...effects, clock: clock as Clock },
    log: createLog(config.log),
    // The demonstration brings settings of its own.
    ...(demo === true
      ? {}
      : {
          readConfigAgain: async () =>
            readConfig({ ...source, file: await findConfigFile(source, effects.files) })
        }),
    ...(clock === undefined ? {} : { isClockMoved: () => clock.isMoved() })
  })
  try {
    out(banner(config, app.urls))
    if (clock !== undefined) {
      await runDemo({ app, clock, days, product, terminal })
      await app.publishDue()
      out('             public numbers are ready\n')
    }
    // Only where a person looks: in a log, a link would let its reader in.
    if (isInteractive && !signal.aborted)
      out(
        `  dashboard  ${app.signInLink()} (once, within 10 minutes; then: npx candor dashboard)\n`
      )
    await Promise.race([untilAborted(signal), app.failed])
  } finally {
    await app.close()
  }
}

function banner(config: Config, { ingest, admin, public: numbers }: App['urls']): string {
  const lines = [
    `Candor listens on ${ingest}`,
    '  reports    POST /v1/reports (native), /v1/track … (Segment), /batch … (PostHog), ' +
      '/v1/metrics (TimescaleDB), /rpc/telemetry_event (DBLab)',
    '             below a product: /in/<product>, also /in/<product>/v1/logs and …/v1/metrics ' +
      '(OTLP)',
    `  questions  npx candor ask events --product dlt (API on ${admin}, token in ` +
      `${config.data}/server.json)`,
    `  what it accepts  ${ingest}/.well-known/telemetry.json`,
    ...(numbers === undefined ? [] : [`  numbers    ${numbers}/public (for anybody to read)`]),
    `  data       ${config.data}`,
    `  secret     ${config.secret} (keep it, and keep it apart from backups of the data)`
  ]
  if (!isLoopback(config.host) && config.tls === undefined)
    lines.push(
      `  WARNING    ${config.host} is reachable from other machines without TLS: what ` +
        'clients send can be read on the way'
    )
  return `${lines.join('\n')}\n`
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
