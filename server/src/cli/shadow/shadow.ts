/**
 * `candor shadow`: before anything is switched, what would a contract keep, reduce and drop of
 * what goes to Segment or PostHog today? Counted on its way there, or in an export of it.
 */
import { resolve } from 'node:path'
import { compileContract, type CompiledContract } from '@candor/contract'
import { readContractVersion } from '@candor/contract/command'
import { Option, type Command } from 'commander'
import { isLoopback } from '../../config/loopback.ts'
import { CandorError } from '../../errors.ts'
import { tableFormatOption } from '../questions/format-option.ts'
import type { TableFormat } from '../questions/print-table.ts'
import { oneOf, wholeNumber } from '../terminal/choice.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { continueCounts, countsFileOf, lockCounts, readCounts, writeCounts } from './counts-file.ts'
import { Counter, newCounts, type ShadowCounts } from './counts.ts'
import { startProxy } from './proxy.ts'
import { replayFile, replayText } from './replay.ts'
import { reportText, summaryOf } from './report.ts'
import { readerOf, shadowedWires, type PassedRequest, type ShadowedWire } from './wire.ts'

interface ShadowOptions {
  readonly from: ShadowedWire
  readonly contract: string
  readonly host: string
  readonly port: number
  readonly insecure?: true
  readonly forward?: string
  readonly copyTo?: string
  readonly counts?: string
  readonly report?: true
  readonly format: TableFormat
}

/** Who receives it today, unless another is named. */
const upstreams: Readonly<Record<ShadowedWire, string>> = {
  segment: 'https://api.segment.io',
  posthog: 'https://us.i.posthog.com'
}

const writeEveryMs = 5_000

export function addShadow(program: Command, terminal: Terminal): void {
  program
    .command('shadow')
    .description(
      'before you switch: what would a contract keep, reduce and drop of what your program ' +
        'sends to Segment or PostHog? Nothing but counts is kept'
    )
    .argument('[export]', 'events that were exported: JSON lines, .gz too; - reads standard input')
    .addOption(
      new Option('--from <wire>', 'whose libraries send it')
        .choices(shadowedWires)
        .argParser(oneOf(shadowedWires))
        .makeOptionMandatory()
    )
    .requiredOption('--contract <where>', 'the contract: a file, a folder, or a git revision')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--port <number>',
      'port to listen on; 0 takes a free one',
      wholeNumber({ from: 0, to: 65_535, example: 4_710 }),
      4_710
    )
    .option('--insecure', 'listen beyond loopback, where a proxy in front ends TLS')
    .option('--forward <url>', 'who receives it today (https://api.segment.io or PostHog’s host)')
    .option('--copy-to <url>', 'a collector’s base that is sent a copy: http://…/in/acme')
    .option('--counts <file>', 'where counts are kept (./shadow-<product>-<wire>.json)')
    .option('--report', 'print what was counted so far, and end')
    .addOption(tableFormatOption())
    .addHelpText(
      'after',
      '\nWithout an export it listens: give its address to your library in place of the host ' +
        'that it\nreports to. Each request is passed on as it is, and answered as it is answered ' +
        'there.\nExample: candor shadow --from segment --contract ./acme'
    )
    .action((file: string | undefined, options: ShadowOptions) => shadow(file, options, terminal))
}

async function shadow(
  file: string | undefined,
  options: ShadowOptions,
  terminal: Terminal
): Promise<void> {
  const { effects, folder, out } = terminal
  const { contract } = await readContractVersion(options.contract, terminal)
  const compiled = compileContract(contract)
  const path = resolve(folder, options.counts ?? countsFileOf(contract.product, options.from))
  const print = (counts: ShadowCounts): void =>
    out(reportText(counts, { format: options.format, width: terminal.width }))
  if (options.report === true) {
    const counts = await readCounts(path, effects.files)
    if (counts !== undefined) return print(counts)
    throw new CandorError('PARAMETER_INVALID', `Nothing was counted yet: there is no ${path}.`)
  }
  const fresh = newCounts({ from: options.from, compiled, now: effects.clock.now() })
  if (file !== undefined) return print(await replayed(file, new Counter(fresh, compiled), terminal))
  const lock = await lockCounts(path, effects)
  try {
    const { counts, laidAside } = await continueCounts(path, fresh, effects.files)
    if (laidAside !== undefined)
      terminal.error(`Counts of another contract lie in ${laidAside} now; counting begins anew.\n`)
    await listen({ options, path, counter: new Counter(counts, compiled), compiled, terminal })
    print(counts)
  } finally {
    await lock?.release()
  }
}

async function replayed(
  file: string,
  counter: Counter,
  { effects, signal, folder, readInput, isInteractive, error }: Terminal
): Promise<ShadowCounts> {
  const progress = (): void => {
    if (isInteractive) error(`${summaryOf(counter.counts)} so far\n`)
  }
  const options = { counter, effects, signal, progress }
  if (file === '-') await replayText(await readInput(), options)
  else await replayFile(resolve(folder, file), options)
  return counter.counts
}

async function listen({
  options: { from, host, port, insecure, forward, copyTo },
  path,
  counter,
  compiled,
  terminal: { effects, signal, isInteractive, error }
}: {
  readonly options: ShadowOptions
  readonly path: string
  readonly counter: Counter
  readonly compiled: CompiledContract
  readonly terminal: Terminal
}): Promise<void> {
  if (!isLoopback(host) && insecure !== true)
    throw new CandorError(
      'LISTEN_UNSAFE',
      `${host} is reachable from other machines without TLS. Let a proxy end TLS in front of ` +
        'it and say --insecure, or listen on 127.0.0.1.'
    )
  const upstream = addressOf('--forward', forward ?? upstreams[from])
  const proxy = await startProxy({
    host,
    port,
    upstream,
    copyTo: copyTo === undefined ? undefined : addressOf('--copy-to', copyTo),
    clock: effects.clock,
    passed: (passage) => counter.pass(passage),
    taken: takerOf(counter, from, compiled)
  })
  error(
    `The shadow listens on http://${host}:${proxy.port}, and passes everything on to ` +
      `${upstream.origin}; counts lie in ${path}. Ctrl-C ends it and prints them.\n`
  )
  let written = ''
  try {
    while (!signal.aborted) {
      await effects.clock.sleep(writeEveryMs, signal)
      await keep()
    }
  } finally {
    await proxy.close()
    await keep()
  }

  // A disk that is full costs counts, and no client its answer.
  async function keep(): Promise<void> {
    const { counts } = counter
    const seen = JSON.stringify([counts.requests, counts.until])
    if (seen === written) return
    try {
      await writeCounts(path, counts, effects.files)
      written = seen
      if (isInteractive) error(`${summaryOf(counts)} so far\n`)
    } catch (cause) {
      error(`${path} can’t be written (${(cause as Error).message}); counting goes on.\n`)
    }
  }
}

function takerOf(
  counter: Counter,
  from: ShadowedWire,
  { contract }: CompiledContract
): (request: PassedRequest) => void {
  const read = readerOf(from, contract.product)
  return (request) => {
    const events = read(request)
    if (events.is === 'events') counter.read(events, request.receivedAt)
    else counter.pass(events.is === 'other' ? 'other' : 'unread')
  }
}

function addressOf(flag: string, text: string): URL {
  try {
    const url = new URL(text)
    if (url.protocol === 'http:' || url.protocol === 'https:') return url
  } catch {
    // It is refused like any other that can't be posted to.
  }
  throw new CandorError(
    'PARAMETER_INVALID',
    `${flag} must be an address: https://api.segment.io, for example.`
  )
}
