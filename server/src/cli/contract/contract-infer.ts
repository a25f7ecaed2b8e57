/**
 * `candor contract infer`: proposes a contract for what is sent already, from a file of events or
 * from what a collector did not keep.
 */
import { resolve } from 'node:path'
import { inferContract, inferFromDrift, type DriftedName } from '@candor/contract'
import type { Command } from 'commander'
import { CandorError } from '../../errors.ts'
import { readContractVersion } from './contract-version.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

interface Options extends ServerOptions {
  readonly product: string
  readonly nameFrom?: string
  readonly drift?: string
  readonly since: string
  readonly out?: string
}

/**
 * A contract is small; the events that it is made from fit into memory, or the first of them are
 * enough.
 */
const bytesMax = 256 * 1_048_576

export function addContractInfer(contract: Command, terminal: Terminal): void {
  const command = contract
    .command('infer')
    .description('propose a contract for what is sent already; nothing in it is decided')
    .argument(
      '[file]',
      'JSON lines or a JSON array of events, as Segment sends them, as native reports, or plain; - reads standard input'
    )
    .option('--product <name>', "the product's name", 'my-product')
    .option('--name-from <path>', 'where a plain event has its name: event, or meta.kind')
    .option(
      '--drift <product>',
      'of a running collector: its newest contract, and what arrives that it does not declare'
    )
    .option('--since <span>', 'with --drift: what arrived since then', '30d')
    .option('--out <path>', 'the file to write, if there is none; default: print it')
    .addHelpText(
      'after',
      '\nNo value is printed that is not proposed as a word of an enum. What looks personal, or like free text, is proposed to be dropped.'
    )
  addServerOptions(command).action(async (file: string | undefined, options: Options) => {
    if ((file === undefined) === (options.drift === undefined))
      throw new CandorError(
        'PARAMETER_INVALID',
        'Name a file of events (- for standard input), or a product with --drift.'
      )
    const text =
      file === undefined
        ? await fromDrift(options.drift ?? '', options, terminal)
        : await fromEvents(file, options, terminal)
    if (options.out === undefined) return terminal.out(text)
    await terminal.effects.files
      .writeFile(resolve(terminal.folder, options.out), text, { flag: 'wx' })
      .catch((cause: unknown) => {
        throw new CandorError(
          'PARAMETER_INVALID',
          `${options.out} exists already, or cannot be written; nothing was changed.`,
          {
            cause
          }
        )
      })
    terminal.out(`wrote ${options.out}\n`)
  })
}

async function fromEvents(
  file: string,
  { product, nameFrom }: Options,
  terminal: Terminal
): Promise<string> {
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(product))
    throw new CandorError(
      'PARAMETER_INVALID',
      `"${product.slice(0, 60)}" can't be a product's name. Use lower-case letters, digits and dashes, a letter first: acme-db`
    )
  const text = file === '-' ? await terminal.readInput() : await readEvents(file, terminal)
  const inference = inferContract(text, { product, nameFrom, today: todayOf(terminal) })
  if (inference.events === 0)
    throw new CandorError(
      'PARAMETER_INVALID',
      'There is no event in it: JSON lines or a JSON array of objects are needed.'
    )
  return inference.text
}

async function readEvents(file: string, { effects: { files }, folder }: Terminal): Promise<string> {
  const path = resolve(folder, file)
  try {
    const { size } = await files.stat(path)
    if (size > bytesMax)
      throw new Error(
        `it has ${size} bytes, and more than ${bytesMax} are not read: take the first lines`
      )
    return await files.readFile(path, 'utf8')
  } catch (cause) {
    const because =
      (cause as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'there is none'
        : String((cause as Error).message)
    throw new CandorError('PARAMETER_INVALID', `No events can be read at ${file} (${because}).`, {
      cause
    })
  }
}

async function fromDrift(product: string, options: Options, terminal: Terminal): Promise<string> {
  const api = await connectTo(terminal, options)
  const { contract } = await readContractVersion(`${api.address.url}#${product}`, terminal)
  const { rows } = await api.get<{ readonly rows: readonly DriftedName[] }>(
    '/api/v1/questions/drift',
    {
      product: contract.product,
      since: options.since
    }
  )
  return inferFromDrift(contract, rows, { today: todayOf(terminal) }).text
}

function todayOf({ effects }: Terminal): string {
  return new Date(effects.clock.now()).toISOString().slice(0, 10)
}
