/** `candor import`: years of events from another tool's export, taken up where it stopped. */
import { createHash } from 'node:crypto'
import { basename, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import cliProgress from 'cli-progress'
import type { Command } from 'commander'
import type { ImportAnswer } from '../../api/endpoints/operating/imports.ts'
import type { Effects } from '../../effects.ts'
import { CandorError } from '../../errors.ts'
import { parseJson } from '../../protocols/json.ts'
import type { ApiClient } from '../terminal/connect.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

interface ImportOptions extends ServerOptions {
  readonly product: string
  readonly from: string
  readonly id?: string
}

// Always cut alike, so that a piece has the same number when the file is read again.
const eventsMax = 1_000
const bytesMax = 400 * 1024

export function addImport(program: Command, terminal: Terminal): void {
  const command = program
    .command('import')
    .description('take in history from Segment or PostHog, each event into the day it belongs to')
    .requiredOption('--product <name>', 'whose history it is')
    .requiredOption('--from <file>', 'lines of JSON, also gzipped; - reads standard input')
    .option('--id <name>', "the import's name, by which it is taken up again (of the file)")
    .addHelpText(
      'after',
      '\nRun it again after it was cut off: it goes on where it stopped, and nothing is there ' +
        'twice.\nWhat is older than the contract keeps records becomes counts; what is older ' +
        'than it keeps counts is dropped.\nExample: candor import --product dlt --from ' +
        'segment-archive.ndjson.gz'
    )
  addServerOptions(command).action(async (options: ImportOptions) => {
    const client = await connectTo(terminal, options)
    const id = options.id ?? (await idOf(options.from, terminal))
    const done = await send(client, { ...options, id }, terminal)
    terminal.out(told(done))
  })
}

async function send(
  client: ApiClient,
  { product, from, id }: ImportOptions & { readonly id: string },
  terminal: Terminal
): Promise<ImportAnswer> {
  const { imports } = await client.get<{ imports: readonly ImportAnswer[] }>('/api/v1/imports')
  const before = imports.find((each) => each.import === id && each.product === product)
  if (before?.isDone === true) return before
  const bar = terminal.isInteractive
    ? new cliProgress.SingleBar({ format: '{value} events, up to {day}' })
    : undefined
  bar?.start(0, 0, { day: '' })
  let chunk = 0
  let answer = before
  let waiting: readonly unknown[] | undefined
  const post = async (events: readonly unknown[], isLast: boolean): Promise<void> => {
    const number = chunk++
    // What was taken in before it was cut off.
    if (number < (before?.next ?? 0) && !isLast) return
    answer = await client.post<ImportAnswer>('/v1/import', {
      product,
      import: id,
      chunk: number,
      isLast,
      events
    })
    bar?.update(answer.events, { day: answer.last ?? '' })
  }
  try {
    for await (const events of pieces(from, terminal)) {
      if (waiting !== undefined) await post(waiting, false)
      waiting = events
    }
    await post(waiting ?? [], true)
  } finally {
    bar?.stop()
  }
  if (answer === undefined) throw new CandorError('SERVER_UNREACHABLE', 'The server took nothing.')
  return answer
}

async function* pieces(from: string, terminal: Terminal): AsyncGenerator<readonly unknown[]> {
  let events: unknown[] = []
  let bytes = 0
  for await (const line of linesIn(from, await open(from, terminal))) {
    if (line.trim() === '') continue
    const size = Buffer.byteLength(line)
    if (events.length > 0 && (events.length === eventsMax || bytes + size > bytesMax)) {
      yield events
      events = []
      bytes = 0
    }
    // What is no JSON is sent as null: the server counts it as malformed.
    events.push(size > bytesMax ? null : (parseJson(line) ?? null))
    bytes += Math.min(size, bytesMax)
  }
  if (events.length > 0) yield events
}

/** A file that breaks off is not over: what came of it is taken up again from a whole one. */
async function* linesIn(from: string, input: Readable): AsyncGenerator<string> {
  try {
    yield* createInterface({ input })
  } catch (cause) {
    throw new CandorError('CONFIG_INVALID', `${from} can't be read to its end.`, { cause })
  }
}

async function open(from: string, { folder, readInput, effects }: Terminal): Promise<Readable> {
  if (from === '-') return Readable.from([await readInput()])
  const path = resolve(folder, from)
  const stream = (await opened(path, effects)).createReadStream()
  // Not `pipe`, which leaves a failing disk to nobody.
  return path.endsWith('.gz') ? pipeline(stream, createGunzip(), () => undefined) : stream
}

function opened(path: string, { files }: Effects): ReturnType<Effects['files']['open']> {
  return files.open(path).catch((cause: unknown) => {
    throw new CandorError('CONFIG_INVALID', `${path} can't be read.`, { cause })
  })
}

/** The same file is the same import: by its name, its size and how it begins. */
async function idOf(from: string, { folder, effects }: Terminal): Promise<string> {
  if (from === '-')
    throw new CandorError(
      'PARAMETER_INVALID',
      'What comes from standard input needs a name: --id segment-2024'
    )
  const file = await opened(resolve(folder, from), effects)
  try {
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1 << 20), 0, 1 << 20, 0)
    const hash = createHash('sha256').update(`${basename(from)}\n${size}\n`)
    return `file-${hash.update(buffer.subarray(0, bytesRead)).digest('hex').slice(0, 32)}`
  } finally {
    await file.close()
  }
}

function told(done: ImportAnswer): string {
  const { events, kept, onlyCounted, dropped, fieldsDropped, first, last } = done
  const list = (counts: Readonly<Record<string, number>>): readonly string[] =>
    Object.entries(counts)
      .toSorted(([, one], [, other]) => other - one)
      .map(([code, count]) => `    ${code}  ${count}`)
  const lines = [
    `${events} events${first === null ? '' : `, of ${first} to ${last}`}`,
    `  kept     ${kept - onlyCounted} as records`,
    `  counted  ${onlyCounted} that are older than records are kept`,
    `  dropped  ${events - kept}`,
    ...list(dropped),
    ...(Object.keys(fieldsDropped).length > 0 ? ['  fields that are not kept'] : []),
    ...list(fieldsDropped),
    `Import ${done.import}: ${done.isDone ? 'done' : `goes on with piece ${done.next}`}.`
  ]
  return `${lines.join('\n')}\n`
}
