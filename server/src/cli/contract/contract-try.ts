/**
 * `candor contract try`: what would a newer contract keep, reduce and drop of what comes in now?
 * Before it is deployed, since what a mistake of a contract drops is lost.
 */
import type { Command } from 'commander'
import { readContractVersion } from '@candor/contract/command'
import type { TrialCounts } from '../../collector/trials.ts'
import { tableFormatOption } from '../questions/format-option.ts'
import { printTable, type TableFormat } from '../questions/print-table.ts'
import { wholeNumber } from '../terminal/choice.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

interface TryOptions extends ServerOptions {
  readonly seconds: number
  readonly format: TableFormat
}

type Counts = TrialCounts & { readonly seconds: number }

export function addContractTry(contract: Command, terminal: Terminal): void {
  const command = contract
    .command('try')
    .description(
      'count what a newer contract would keep, reduce and drop of what a running collector ' +
        'receives now; nothing of it is kept'
    )
    .argument('<new>', 'the newer contract: a file, a folder, or a git revision')
    .option(
      '--seconds <count>',
      'for how long; Ctrl-C ends it earlier, with what was counted',
      wholeNumber({ from: 1, to: 3_600, example: 60 }),
      60
    )
    .addOption(tableFormatOption())
    .addHelpText(
      'after',
      '\nReduced: both keep it, the newer one says it more coarsely or otherwise. Lost: only ' +
        "today's keeps it.\nExample: candor contract try ./contract.yaml --seconds 600"
    )
  addServerOptions(command).action(async (spelled: string, options: TryOptions) => {
    const { contract: tried } = await readContractVersion(spelled, terminal)
    const client = await connectTo(terminal, options)
    const body = { contract: JSON.stringify(tried.document), seconds: options.seconds }
    if (terminal.isInteractive)
      terminal.error(`Counting for ${options.seconds} s; Ctrl-C ends with what was counted.\n`)
    let last: Counts | undefined
    try {
      const lines = client.lines('/api/v1/contract-trials', {}, terminal.signal, body)
      for await (const line of lines) if (line !== '') last = JSON.parse(line) as Counts
    } catch (error) {
      if (!terminal.signal.aborted) throw error
    }
    if (last !== undefined) terminal.out(trialText(last, options.format))
  })
}

const number = (name: string): { name: string; type: string } => ({ name, type: 'integer' })
const word = (name: string): { name: string; type: string } => ({ name, type: 'text' })

/** For programs, JSON holds all; the other formats have a row for each record and field. */
function trialText(counts: Counts, format: TableFormat): string {
  if (format === 'json') return `${JSON.stringify(counts, undefined, 2)}\n`
  const { records, fields, refused, judged, skipped, seconds } = counts
  const faster = skipped > 0 ? `, and ${skipped} more that came too fast to be judged` : ''
  const rows = records.flatMap(({ record, today, kept }) => [
    {
      record,
      field: '(whole)',
      today,
      kept,
      reduced: 0,
      lost: Math.max(0, today - kept),
      gained: 0
    },
    ...fields.filter((field) => field.record === record).map((field) => ({ ...field }))
  ])
  const kept = printTable(
    {
      columns: [
        ...['record', 'field'].map(word),
        ...['today', 'kept', 'reduced', 'lost', 'gained'].map(number)
      ],
      rows,
      notes: [`${judged} records in ${seconds} s${faster}. Duplicates count.`]
    },
    format
  )
  const left = refused.filter(({ tried }) => tried > 0)
  if (format !== 'table' || left.length === 0) return kept
  const why = printTable(
    {
      columns: [...['record', 'name', 'reason'].map(word), ...['today', 'tried'].map(number)],
      rows: left
        .map((each) => ({
          ...each,
          record: each.record ?? '(no contract has it)',
          name: each.name ?? '(no contract has it)'
        }))
        .toSorted((one, other) => other.tried - one.tried),
      notes: ['What is sent and the newer contract leaves out; `today`: is left out already.']
    },
    format
  )
  return `${kept}\n${why}`
}
