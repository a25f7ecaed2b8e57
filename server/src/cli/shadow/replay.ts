/** Counts an export: JSON lines or a JSON array, packed by gzip or not, line by line. */
import { Readable } from 'node:stream'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import type { Effects } from '../../effects.ts'
import { CandorError } from '../../errors.ts'
import type { Counter } from './counts.ts'
import { readerOf, requestOf } from './wire.ts'

/** An array has to be read whole. */
const arrayBytesMax = 256 * 1_048_576

export interface ReplayOptions {
  readonly counter: Counter
  readonly effects: Pick<Effects, 'clock' | 'files'>
  readonly signal: AbortSignal
  /** After each so many lines. */
  readonly progress: () => void
}

const progressEvery = 50_000

export async function replayFile(
  path: string,
  { effects, ...options }: ReplayOptions
): Promise<void> {
  const handle = await effects.files.open(path).catch((cause: unknown) => {
    throw new CandorError('PARAMETER_INVALID', `No events can be read at ${path}.`, { cause })
  })
  const file = handle.createReadStream()
  const plain = path.endsWith('.gz') ? file.pipe(createGunzip()) : file
  file.once('error', (error) => plain.destroy(error))
  try {
    await replay(plain, { effects, ...options })
  } catch (cause) {
    if (cause instanceof CandorError) throw cause
    throw new CandorError('PARAMETER_INVALID', `${path} can’t be read to its end.`, { cause })
  } finally {
    file.destroy()
  }
}

export function replayText(text: string, options: ReplayOptions): Promise<void> {
  return replay(Readable.from([text]), options)
}

async function replay(
  input: NodeJS.ReadableStream,
  { counter, effects, signal, progress }: ReplayOptions
): Promise<void> {
  const { from, product } = counter.counts
  const read = readerOf(from, product)
  const count = (value: unknown): void => {
    const now = effects.clock.now()
    const events = read(requestOf(from, value, now))
    if (events.is === 'events') counter.read(events, now)
    else counter.pass('unread')
  }
  const array: string[] = []
  let bytes = 0
  let lines = 0
  for await (const said of createInterface({ input, crlfDelay: Infinity })) {
    if (signal.aborted) return
    lines += 1
    const line = lines === 1 ? said.replace(/^\uFEFF/, '') : said
    if (line.trim() === '') continue
    if (array.length > 0 || (counter.counts.requests.unread === 0 && isArrayStart(line))) {
      array.push(line)
      bytes += line.length
      if (bytes <= arrayBytesMax) continue
      throw new CandorError(
        'PARAMETER_INVALID',
        'A JSON array of more than 256 MiB is not read: write one event a line.'
      )
    }
    countLine(line, count, () => counter.pass('unread'))
    if (lines % progressEvery === 0) progress()
  }
  if (array.length === 0) return
  const value = parsed(array.join('\n'))
  if (Array.isArray(value)) for (const each of value as readonly unknown[]) count(each)
  else for (const line of array) countLine(line, count, () => counter.pass('unread'))
}

function isArrayStart(line: string): boolean {
  return line.trimStart().startsWith('[')
}

/** A line may be one event, or a request as it was recorded, with a batch of them. */
function countLine(line: string, count: (value: unknown) => void, unread: () => void): void {
  const value = parsed(line)
  if (value === undefined) return unread()
  const batch = typeof value === 'object' && value !== null && 'batch' in value ? value.batch : []
  if (Array.isArray(batch) && batch.length > 0) for (const each of batch) count(each)
  else count(value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
