/** `candor quarantine`: what could not be kept as it was, and judging it again. */
import type { Command } from 'commander'
import type { Quarantined } from '../../storage/jobs/quarantined-rows.ts'
import { tableFormatOption } from '../questions/format-option.ts'
import { printTable, type TableFormat } from '../questions/print-table.ts'
import { wholeNumber } from '../terminal/choice.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

interface ListOptions extends ServerOptions {
  readonly product?: string
  readonly limit: number
  readonly format: TableFormat
}

const columns = [
  { name: 'at', type: 'text' },
  { name: 'product', type: 'text' },
  { name: 'code', type: 'text' },
  { name: 'record', type: 'text' },
  { name: 'reason', type: 'text' },
  { name: 'place', type: 'integer' },
  { name: 'bytes', type: 'integer' },
  { name: 'replay', type: 'text' }
]

export function addQuarantine(program: Command, terminal: Terminal): void {
  const quarantine = program
    .command('quarantine')
    .description('what could not be kept as it was: look, and judge it again')
  addList(quarantine, terminal)
  const replay = quarantine
    .command('replay')
    .description('judge again what the store refused of a product, after what was wrong is mended')
    .argument('<product>', 'whose rows')
    .addHelpText(
      'after',
      '\nWhat the store still refuses comes back. What its sender took back meanwhile, and what ' +
        'no contract declares any more, goes.\nExample: candor quarantine replay dlt'
    )
  addServerOptions(replay).action(async (product: string, options: ServerOptions) => {
    const client = await connectTo(terminal, options)
    const { again, gone } = await client.post<{ again: number; gone: number }>(
      '/api/v1/quarantine/replay',
      { product }
    )
    const lost = gone > 0 ? `, ${gone} gone: taken back, or not declared any more` : ''
    terminal.out(`${again} judged again${lost}\n`)
  })
}

function addList(quarantine: Command, terminal: Terminal): void {
  const list = quarantine
    .command('list')
    .description('newest first: rows that the store refused, and bodies that could not be read')
    .option('--product <name>', 'only this product')
    .option('--limit <count>', 'how many', wholeNumber({ from: 1, to: 1_000, example: 100 }), 100)
    .addOption(tableFormatOption())
    .addHelpText(
      'after',
      '\nOf a body that could not be read there is its length, what was wrong and at which byte; ' +
        'never what it held. A value that a contract does not declare lies nowhere.\nThe rows ' +
        'themselves: candor query "SELECT row FROM quarantine WHERE row IS NOT NULL"'
    )
  addServerOptions(list).action(async (options: ListOptions) => {
    const { product, limit, format } = options
    const client = await connectTo(terminal, options)
    const { quarantined } = await client.get<{ quarantined: readonly Quarantined[] }>(
      '/api/v1/quarantine',
      { product, limit: String(limit) }
    )
    const rows = quarantined.map(({ isRow, ...row }) => ({ ...row, replay: isRow ? 'yes' : '' }))
    terminal.out(printTable({ columns, rows }, format))
  })
}
