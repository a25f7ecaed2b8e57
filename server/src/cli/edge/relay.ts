/**
 * `candor relay`: one address inside a network that takes reports, leaves out what may not go on,
 * and hands on the rest to their collector.
 */
import { basename, dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Option, type Command } from 'commander'
import { isLoopback } from '../../config/loopback.ts'
import { readTlsFiles } from '../../config/tls-files.ts'
import { builtIn } from '../../edge/built-in.ts'
import { askOver } from '../../edge/handing-on.ts'
import { CandorError } from '../../errors.ts'
import { createLog } from '../../log.ts'
import type { ProductBehaviour } from '../../products/product.ts'
import { wholeNumber } from '../terminal/choice.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { addRelayStatus, relayFolder } from './relay-status.ts'
import { collectorAddress } from './collector-address.ts'

interface RelayFlags {
  readonly collector?: string
  readonly policy?: string
  readonly data: string
  readonly host: string
  readonly port: number
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly insecure?: true
  readonly queueMib: number
  readonly behaviour: readonly string[]
}

const mebibyte = 1024 * 1024

export function addRelay(program: Command, terminal: Terminal): void {
  const relay = program
    .command('relay')
    .description(
      'one address inside a network: takes reports, leaves out what a policy says, and hands on ' +
        'the rest to their collector'
    )
    .option('--collector <url>', 'where the collector takes reports; they go there alone')
    .option('--policy <file>', 'what may not go on; without one, what the contracts keep goes on')
    .option('--data <folder>', 'where what was answered waits until it is handed on', relayFolder)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .addOption(
      new Option('--port <number>', 'port that reports come in through; 0 takes a free one')
        .argParser(wholeNumber({ from: 0, to: 65_535, example: 4710 }))
        .default(4710)
    )
    .option('--tls-cert <file>', 'certificate chain in PEM')
    .option('--tls-key <file>', 'its private key in PEM')
    .option('--insecure', 'listen beyond loopback without TLS')
    .addOption(
      new Option(
        '--queue-mib <number>',
        'MiB that may wait on the disk; more is answered as overload'
      )
        .argParser(wholeNumber({ from: 1, to: 1_000_000, example: 4096 }))
        .default(4096)
    )
    .option(
      '--behaviour <file>',
      "a product.js of one's own, named by its folder; may be said again",
      (file: string, others: readonly string[]) => [...others, file],
      []
    )
    .addHelpText(
      'after',
      '\nCANDOR_EDGE_TOKEN is a token whose digest the collector has in `edge_tokens`, if its ' +
        'operator gave\nyou one. Policy, status and service: docs/guide/relay.md'
    )
    .action((flags: RelayFlags) => run(flags, terminal))
  addRelayStatus(relay, terminal)
}

async function run(flags: RelayFlags, terminal: Terminal): Promise<void> {
  const { effects, network, folder, environment, out, signal } = terminal
  const { collector: said, host, port } = flags
  if (said === undefined)
    throw new CandorError(
      'PARAMETER_INVALID',
      'Name the collector: candor relay --collector https://telemetry.example.com'
    )
  const tls = tlsOf(flags, folder)
  if (tls === undefined && flags.insecure !== true && !isLoopback(host))
    throw new CandorError(
      'LISTEN_UNSAFE',
      `${host} can be reached from other machines, and without TLS reports travel there in ` +
        'clear. Give --tls-cert and --tls-key, or accept it with --insecure.'
    )
  const url = collectorAddress(said)
  const path = flags.policy === undefined ? undefined : resolve(folder, flags.policy)
  const policy = path === undefined ? undefined : { path, text: await policyIn(path, terminal) }
  const data = resolve(folder, flags.data)
  const token = environment['CANDOR_EDGE_TOKEN'] || undefined
  // Loaded only here: the status needs neither a server nor a queue.
  const { startRelay } = await import('../../edge/relay/relay.ts')
  const relay = await startRelay({
    collector: { url, token, ask: askOver(network) },
    data,
    policy,
    behaviours: { ...builtIn, ...(await behavioursIn(flags.behaviour, folder)) },
    host,
    port,
    tls: await readTlsFiles({ tls }, effects.files),
    queueBytesMax: flags.queueMib * mebibyte,
    effects,
    log: createLog('info')
  })
  try {
    out(
      `Candor relays from ${relay.url}\n` +
        `  to         ${url}, and to nobody else\n` +
        `  policy     ${path ?? 'none: what the contracts keep goes on'}\n` +
        `  data       ${data} (closed for the collector: nothing in it can be read here)\n` +
        `  look       candor relay status --data ${data}\n`
    )
    if (!signal.aborted)
      await new Promise<void>((done) =>
        signal.addEventListener('abort', () => done(), { once: true })
      )
  } finally {
    await relay.close()
  }
}

function tlsOf(
  { tlsCert, tlsKey }: RelayFlags,
  folder: string
): { readonly cert: string; readonly key: string } | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined
  if (tlsCert === undefined || tlsKey === undefined)
    throw new CandorError('PARAMETER_INVALID', '--tls-cert and --tls-key go together.')
  return { cert: resolve(folder, tlsCert), key: resolve(folder, tlsKey) }
}

async function policyIn(path: string, { effects }: Pick<Terminal, 'effects'>): Promise<string> {
  try {
    return await effects.files.readFile(path, 'utf8')
  } catch (cause) {
    // Going on without it would let everything go on.
    throw new CandorError('CONFIG_INVALID', `The policy ${path} can't be read.`, { cause })
  }
}

async function behavioursIn(
  files: readonly string[],
  folder: string
): Promise<Readonly<Record<string, ProductBehaviour>>> {
  const own: Record<string, ProductBehaviour> = {}
  for (const file of files) {
    const path = resolve(folder, file)
    const { product } = (await import(pathToFileURL(path).href)) as { product?: ProductBehaviour }
    if (product === undefined)
      throw new CandorError('PARAMETER_INVALID', `${file} exports no \`product\`.`)
    own[basename(dirname(path))] = product
  }
  return own
}
