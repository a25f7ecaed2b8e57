/** `candor query`: a reader's own SQL over the documented views, read-only and limited. */
import { InvalidArgumentError, Option, type Command } from 'commander'
import type { AnswerTable } from '../analytics/question.ts'
import { printTable, tableFormats, type TableFormat } from './print-table.ts'
import { connectTo, dataOption, type ServerOptions, type Terminal } from './terminal.ts'

interface QueryOptions extends ServerOptions {
  readonly format: TableFormat
  readonly rows: number
  readonly timeout: number
}

export function addQuery(program: Command, terminal: Terminal): void {
  program
    .command('query')
    .description('run one SELECT over the documented views')
    .argument('<sql>', 'one SELECT; - reads it from standard input')
    .addOption(new Option('--format <format>', 'how to print').choices(tableFormats).default('table'))
    .option('--rows <count>', 'rows at most', wholeNumber, 1000)
    .option('--timeout <seconds>', 'seconds at most', wholeNumber, 30)
    .addOption(dataOption())
    .addHelpText(
      'after',
      '\nViews: records, installations, snapshots, daily, drift, quarantine, and one per product (dblab, readyset, timescaledb, dlt, …).\n' +
        'docs/reference/views.md lists their columns.\n\nExample: candor query "SELECT destination_type, count() AS runs FROM dlt GROUP BY 1 ORDER BY 2 DESC"'
    )
    .action(async (sql: string, options: QueryOptions) => {
      const client = await connectTo(terminal, options)
      const text = sql === '-' ? await readStandardInput() : sql
      const answer = await client.post<AnswerTable>('/api/v1/query', {
        sql: text,
        rowsMax: options.rows,
        deadlineMs: options.timeout * 1000
      })
      terminal.out(printTable(answer, options.format))
    })
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number > 0) return number
  throw new InvalidArgumentError('a whole number above zero is needed, for example 100')
}

async function readStandardInput(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk)
  return text
}
