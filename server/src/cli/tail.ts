/** `candor tail`: records as they are kept, with what was dropped and why. */
import { Option, type Command } from 'commander'
import { connectTo, dataOption, type ServerOptions, type Terminal } from './terminal.ts'

interface TailOptions extends ServerOptions {
  readonly product?: string
  readonly format: 'text' | 'json'
  readonly limit?: string
}

/** One line of the live view, as the API sends it. */
interface TailLine {
  readonly at?: string
  readonly product?: string
  readonly name?: string
  readonly is?: string
  readonly fields?: unknown
  readonly installation?: string
  readonly dropped?: readonly { readonly code: string; readonly field?: string; readonly name?: string }[]
}

export function addTail(program: Command, terminal: Terminal): void {
  program
    .command('tail')
    .description('watch records as they are kept, with what was dropped and why')
    .option('--product <name>', 'only this product')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .option('--limit <count>', 'stop after so many lines')
    .addOption(dataOption())
    .action(async (options: TailOptions) => {
      const client = await connectTo(terminal, options)
      const enough = new AbortController()
      const signal = AbortSignal.any([terminal.signal, enough.signal])
      let left = options.limit === undefined ? Number.POSITIVE_INFINITY : Number(options.limit)
      try {
        for await (const line of client.lines('/api/v1/tail', { product: options.product }, signal)) {
          if (line === '') continue
          terminal.out(options.format === 'json' ? `${line}\n` : asText(JSON.parse(line) as TailLine))
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

function asText({ at = '', product = '', name = '', is = '', fields, installation, dropped = [] }: TailLine): string {
  const time = at.slice(11, 23)
  const who = installation === undefined ? '' : ` ${installation}`
  const lost = dropped.map(({ code, field, name: shown }) => ` −${field ?? shown ?? ''} ${code}`).join('')
  return `${time} ${is.padEnd(7)} ${product} ${name}${who}${fields === undefined ? '' : ` ${JSON.stringify(fields)}`}${lost}\n`
}
