/** `candor query`: a reader's own SQL over the documented views, read-only and limited. */
import type { Command } from 'commander'
import type { AnswerTable } from '../../analytics/asking/question.ts'
import { csvChunks } from '../../api/csv.ts'
import { wholeNumber } from '../terminal/choice.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'
import { addPrintOptions, printAnswers, type PrintFlags } from './print-options.ts'

interface QueryOptions extends ServerOptions, PrintFlags {
  readonly rows: number
  readonly timeout: number
}

/** The rows are right, and not all of them. */
const cutExitCode = 3

export function addQuery(program: Command, terminal: Terminal): void {
  const query = program
    .command('query')
    .description('run one SELECT over the documented views')
    .argument('<sql>', 'one SELECT; - reads it from standard input')
    .option(
      '--rows <count>',
      'rows at most',
      wholeNumber({ from: 1, to: 100_000, example: 100 }),
      1000
    )
    .option(
      '--timeout <seconds>',
      'seconds at most',
      wholeNumber({ from: 1, to: 300, example: 60 }),
      30
    )
    .addHelpText(
      'after',
      '\nViews: records, installations, snapshots, daily, drift, quarantine, and one per ' +
        'product (dblab, readyset, timescaledb, dlt, …).\n' +
        'docs/reference/views.md lists their columns.\nA CSV that --rows cut ends with a ' +
        'line that says so, and the command with 3.\n\nExample: candor query "SELECT ' +
        'destination_type, count() AS runs FROM dlt GROUP BY 1 ORDER BY 2 DESC"'
    )
  addServerOptions(addPrintOptions(query)).action(async (sql: string, options: QueryOptions) => {
    const client = await connectTo(terminal, options)
    const text = sql === '-' ? await terminal.readInput() : sql
    let cut: string | undefined
    await printAnswers(terminal, options, async () => {
      const answer = await client.post<AnswerTable>('/api/v1/query', {
        sql: text,
        rowsMax: options.rows,
        deadlineMs: options.timeout * 1000
      })
      cut = answer.notes[0]
      return [{ answer }]
    })
    const isForPrograms = options.format !== undefined || terminal.width === undefined
    if (cut === undefined || !isForPrograms || options.format === 'table') return
    // A file that was cut says so itself, and to the script that wrote it.
    const line = [...csvChunks({ columns: [{ name: `# ${cut}` }], rows: [] })].join('')
    if (options.format === 'csv') terminal.out(line)
    else terminal.error(`candor: ${cut}\n`)
    process.exitCode = cutExitCode
  })
}
