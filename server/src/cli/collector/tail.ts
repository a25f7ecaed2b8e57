/** `candor tail`: records as they are kept, with what was dropped and why. */
import { Option, type Command } from 'commander'
import { oneOf, wholeNumber } from '../terminal/choice.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

interface TailOptions extends ServerOptions {
  readonly product?: string
  readonly format: 'text' | 'json'
  readonly limit?: number
}

/** One line of the live view, as the API sends it. */
interface TailLine {
  readonly at?: string
  readonly product?: string
  readonly name?: string
  readonly is: string
  readonly fields?: Readonly<Record<string, unknown>>
  readonly installation?: string
  readonly version?: string
  readonly dropped?: readonly { readonly code: string; readonly field?: string }[]
  /** Of `skipped` and `missed`. */
  readonly count?: number
}

const formats = ['text', 'json'] as const
const namelessText = '(a name that no contract has)'

export function addTail(program: Command, terminal: Terminal): void {
  const tail = program
    .command('tail')
    .description('watch records as they are kept, with what was dropped and why')
    .option('--product <name>', 'only this product')
    .addOption(
      new Option('--format <format>', 'how to print')
        .choices(formats)
        .argParser(oneOf(formats))
        .default('text')
    )
    .option(
      '--limit <count>',
      'stop after so many lines',
      wholeNumber({ from: 1, to: 1_000_000, example: 10 })
    )
  addServerOptions(tail).action(async (options: TailOptions) => {
    const client = await connectTo(terminal, options)
    const enough = new AbortController()
    const signal = AbortSignal.any([terminal.signal, enough.signal])
    let left = options.limit ?? Number.POSITIVE_INFINITY
    if (terminal.isInteractive) terminal.error('Waiting for records; Ctrl-C ends.\n')
    try {
      for await (const line of client.lines('/api/v1/tail', { product: options.product }, signal)) {
        if (line === '') continue
        terminal.out(
          options.format === 'json' ? `${line}\n` : tailText(JSON.parse(line) as TailLine)
        )
        left -= 1
        if (left <= 0) return
      }
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      enough.abort()
    }
  })
}

/** One line for the record, and one for each thing of it that was not kept. */
export function tailText(line: TailLine): string {
  const {
    at = '',
    product = '',
    name,
    is,
    fields = {},
    installation,
    version,
    dropped = [],
    count = 0
  } = line
  if (is === 'skipped') return `… ${count} more in that second\n`
  if (is === 'missed') return `… ${count} missed: they come faster than they can be shown here\n`
  const who = [installation, version].filter((word) => word !== undefined)
  const said = Object.entries(fields).map(([field, value]) => `${field}=${valueText(value)}`)
  const head = [
    at.slice(11, 23),
    is.padEnd(7),
    product,
    ...(name === undefined ? [] : [name]),
    ...who,
    ...said
  ].join(' ')
  const lost = dropped.map(
    ({ code, field }) => `${' '.repeat(13)}not kept: ${field ?? namelessText}, ${code}`
  )
  // Control characters could move the reader's cursor.
  return `${[head, ...lost].map((text) => text.replaceAll(/\p{Cc}/gu, '·')).join('\n')}\n`
}

function valueText(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
}
