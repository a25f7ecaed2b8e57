/** `candor ask`: a question by name, its answer as a table, JSON or CSV. */
import { Option, type Command } from 'commander'
import type { Parameter } from '../../analytics/asking/parameter.ts'
import type { AnswerTable, Question } from '../../analytics/asking/question.ts'
import { questions } from '../../analytics/asking/questions.ts'
import { parametersOf } from '../../analytics/asking/read-parameters.ts'
import { oneOf } from '../terminal/choice.ts'
import { printTable, tableFormats, type TableFormat } from './print-table.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

interface AskOptions extends ServerOptions {
  readonly product: string
  readonly format: TableFormat
  readonly [parameter: string]: string | undefined
}

/** One command for each question, so that each has a help of its own. */
export function addAsk(program: Command, terminal: Terminal): void {
  const ask = program
    .command('ask')
    .description('ask a question about a product')
    .addHelpText(
      'after',
      '\nEach has parameters of its own: candor ask versions --help\n\nExample: candor ask versions --product timescaledb --since 90d'
    )
  for (const question of questions) addQuestion(ask, question, terminal)
}

function addQuestion(ask: Command, question: Question, terminal: Terminal): void {
  const parameters = parametersOf(question)
  const command = ask
    .command(question.name)
    .summary(question.says)
    .description(`${question.says}\n\n${question.explains}`)
    .requiredOption('--product <name>', 'whose records')
  for (const parameter of parameters) command.addOption(optionFor(parameter))
  command.addOption(
    new Option('--format <format>', 'how to print')
      .choices(tableFormats)
      .argParser(oneOf(tableFormats))
      .default('table')
  )
  addServerOptions(command).action(async (options: AskOptions) => {
    const client = await connectTo(terminal, options)
    const given = Object.fromEntries(parameters.map(({ name }) => [name, options[name]]))
    const asked = { ...given, product: options.product }
    const path = `/api/v1/questions/${question.name}`
    terminal.out(printTable(await client.get<AnswerTable>(path, asked), options.format))
  })
}

/** The server holds each value against the contract; only what it is here is known here. */
function optionFor({ name, says, type, values, default: usual }: Parameter): Option {
  const choices = values === undefined ? '' : `: ${values.join(', ')}`
  const standard = usual === undefined ? '' : ` (${usual} if nothing is said)`
  return new Option(`--${name} <${placeholders[type]}>`, `${says}${choices}${standard}`)
}

const placeholders: Readonly<Record<Parameter['type'], string>> = {
  choice: 'word',
  dimension: 'field',
  field: 'field',
  'number-field': 'field',
  'boolean-field': 'field',
  record: 'record',
  records: 'records',
  count: 'number',
  version: 'version',
  words: 'list',
  day: 'day'
}
