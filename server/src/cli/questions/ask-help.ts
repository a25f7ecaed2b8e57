/** What can be asked, and with what: the help of `candor ask`, one command for each question. */
import { Option, type Command } from 'commander'
import type { Parameter } from '../../analytics/asking/parameter.ts'
import type { Question } from '../../analytics/asking/question.ts'
import { questions } from '../../analytics/asking/questions.ts'
import { parametersOf } from '../../analytics/asking/read-parameters.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { addAskOptions, ask, type AskOptions } from './ask-run.ts'

export function addQuestions(program: Command, terminal: Terminal): void {
  const command = program
    .command('ask')
    .description('ask a question about a product')
    .addHelpText(
      'after',
      '\nEach has parameters of its own: candor ask versions --help\n' +
        'What the contract itself asks: candor ask --question health --product timescaledb\n\n' +
        'Example: candor ask versions --product timescaledb --since 90d'
    )
  addAskOptions(command).action((options: AskOptions) => ask(terminal, undefined, options))
  for (const question of questions) addQuestion(command, question, terminal)
}

function addQuestion(program: Command, question: Question, terminal: Terminal): void {
  const command = program
    .command(question.name)
    .summary(question.says)
    .description(`${question.says}\n\n${question.explains}`)
  for (const parameter of parametersOf(question)) command.addOption(optionFor(parameter))
  addAskOptions(command).action((options: AskOptions) => ask(terminal, question.name, options))
}

/** The server holds each value against the contract; only what it is here is known here. */
function optionFor({ name, says, type, values, default: usual }: Parameter): Option {
  const choices = values === undefined ? '' : `: ${values.join(', ')}`
  const standard = usual === undefined ? '' : ` (${usual} if nothing is said)`
  return new Option(`--${name} <${placeholders[type]}>`, `${says}${choices}${standard}`)
}

const placeholders: Readonly<Record<Parameter['type'], string>> = {
  choice: 'word',
  dimensions: 'fields',
  field: 'field',
  'number-field': 'field',
  'boolean-field': 'field',
  'shape-field': 'field',
  record: 'record',
  steps: 'records',
  count: 'number',
  version: 'version',
  advisory: 'id',
  words: 'list',
  conditions: 'conditions',
  day: 'day'
}
