/**
 * `candor contract infer`: proposes a contract for what is sent already, from a file of events or
 * from what a collector did not keep.
 */
import { dayOf } from '#values/days'
import { dirname, resolve } from 'node:path'
import { inferFromDrift } from '../infer/infer-drift.ts'
import { inferContract } from '../infer/infer.ts'
import type { Command } from 'commander'
import { CommandError } from './command-error.ts'
import type { Collector, CollectorOptions } from './collector.ts'
import type { World } from './world.ts'

interface Options extends CollectorOptions {
  readonly product: string
  readonly nameFrom?: string
  readonly drift?: string
  readonly since?: string
  readonly out?: string
}

/**
 * A contract is small; the events that it is made from fit into memory, or the first of them are
 * enough.
 */
const bytesMax = 256 * 1_048_576

export function addContractInfer(
  contract: Command,
  world: World,
  collector: Collector | undefined
): void {
  const command = contract
    .command('infer')
    .description('propose a contract for what is sent already; nothing in it is decided')
    .argument(
      '[file]',
      'JSON lines or a JSON array of events, as Segment sends them, as native reports, or ' +
        'plain; - reads standard input'
    )
    .option('--product <name>', "the product's name", 'my-product')
    .option('--name-from <path>', 'where a plain event has its name: event, or meta.kind')
    .option('--out <path>', 'the file to write, if there is none; default: print it')
    .addHelpText(
      'after',
      '\nNo value is printed that is not proposed as a word of an enum. What looks personal, ' +
        'or like free text, is proposed to be dropped.'
    )
  if (collector !== undefined) {
    command
      .option(
        '--drift <product>',
        'of a running collector: its newest contract, and what arrives that it does not declare'
      )
      .option('--since <span>', 'with --drift: what arrived since then', '30d')
    collector.addOptions(command)
  }
  command.action(async (file: string | undefined, options: Options) => {
    if ((file === undefined) === (options.drift === undefined))
      throw new CommandError(
        'PARAMETER_INVALID',
        'Name a file of events (- for standard ' +
          `input)${collector === undefined ? '' : ', or a product with --drift'}.`
      )
    const text =
      file === undefined
        ? await fromDrift(options, world, collector)
        : await fromEvents(file, options, world)
    if (options.out === undefined) return world.out(text)
    const path = resolve(world.folder, options.out)
    await world.effects.files.mkdir(dirname(path), { recursive: true })
    await world.effects.files.writeFile(path, text, { flag: 'wx' }).catch((cause: unknown) => {
      throw new CommandError(
        'PARAMETER_INVALID',
        `${options.out} exists already, or cannot be written; nothing was changed.`,
        {
          cause
        }
      )
    })
    world.out(`wrote ${options.out}\n`)
  })
}

async function fromEvents(
  file: string,
  { product, nameFrom }: Options,
  world: World
): Promise<string> {
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(product))
    throw new CommandError(
      'PARAMETER_INVALID',
      `"${product.slice(0, 60)}" can't be a product's name. Use lower-case letters, digits ` +
        'and dashes, a letter first: acme-db'
    )
  const text = file === '-' ? await world.readInput() : await readEvents(file, world)
  const inference = inferContract(text, { product, nameFrom, today: todayOf(world) })
  if (inference.events === 0)
    throw new CommandError(
      'PARAMETER_INVALID',
      'There is no event in it: JSON lines or a JSON array of objects are needed.'
    )
  return inference.text
}

async function readEvents(file: string, { effects: { files }, folder }: World): Promise<string> {
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
    throw new CommandError('PARAMETER_INVALID', `No events can be read at ${file} (${because}).`, {
      cause
    })
  }
}

async function fromDrift(
  options: Options,
  world: World,
  collector: Collector | undefined
): Promise<string> {
  const asked = { product: options.drift ?? '', since: options.since ?? '30d' }
  if (collector === undefined) throw new TypeError('--drift is offered without a collector')
  const { contract, rows } = await collector.driftOf(asked, options)
  return inferFromDrift(contract, rows, { today: todayOf(world) }).text
}

function todayOf({ effects }: World): string {
  return dayOf(effects.clock.now())
}
