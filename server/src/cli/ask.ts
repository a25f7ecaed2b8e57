/** `candor ask`: a question by name, its answer as a table, JSON or CSV. */
import { Argument, Option, type Command } from 'commander'
import type { AnswerTable } from '../analytics/question.ts'
import { questions } from '../analytics/questions.ts'
import { oneOf } from './choice.ts'
import { printTable, tableFormats, type TableFormat } from './print-table.ts'
import { addServerOptions, connectTo, type ServerOptions, type Terminal } from './terminal.ts'

interface AskOptions extends ServerOptions {
  readonly product: string
  readonly since: string
  readonly by?: string
  readonly format: TableFormat
}

export function addAsk(program: Command, terminal: Terminal): void {
  const listed = questions.map(
    ({ name, says, dimensions, byField }) =>
      `  ${name.padEnd(22)}${says}\n${' '.repeat(24)}--by ${dimensions.join(', ')}${byField ? ', or a field of the contract' : ''}`
  )
  const names = questions.map(({ name }) => name)
  const ask = program
    .command('ask')
    .description('ask a question about a product')
    .addArgument(new Argument('<question>', 'what to ask').choices(names).argParser(oneOf(names)))
    .requiredOption('--product <name>', 'whose records')
    .option('--since <span>', 'how far back, today included: 30d, 12w, 6m, 1y', '30d')
    .option('--by <field>', 'what to count by')
    .addOption(
      new Option('--format <format>', 'how to print').choices(tableFormats).argParser(oneOf(tableFormats)).default('table')
    )
    .addHelpText('after', `\nQuestions:\n${listed.join('\n')}\n\nExample: candor ask versions --product timescaledb --since 90d`)
  addServerOptions(ask).action(async (question: string, options: AskOptions) => {
    const client = await connectTo(terminal, options)
    const { product, since, by, format } = options
    terminal.out(printTable(await client.get<AnswerTable>('/api/v1/ask', { question, product, since, by }), format))
  })
}
