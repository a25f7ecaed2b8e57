/**
 * Every question that can be asked: what it counts, what it leaves out, and what it can be asked
 * with.
 */
import { commonParameters, type Parameter } from '../../server/src/analytics/asking/parameter.ts'
import { questions } from '../../server/src/analytics/asking/questions.ts'
import { parametersOf } from '../../server/src/analytics/asking/read-parameters.ts'
import { code, page, table } from './page.ts'

export function questionsPage(): string {
  return page(
    'Questions',
    'What `candor ask QUESTION --product PRODUCT`, the API and the dashboard answer, all ' +
      'from the same code. Each answer is a table whose notes say what it counts; ' +
      '`partial` in it names the first period that is not over yet, and `sql` is a statement ' +
      'for `candor query` that gives the same numbers, where there is one. ' +
      'Days, weeks (from Monday) and months are UTC. Lists are separated by commas.',
    '## What most of them take',
    parameterTable(commonParameters),
    ...questions.flatMap((question) => [
      `## ${question.name}`,
      question.explains,
      ...(question.parameters.length === 0 ? [] : [parameterTable(question.parameters)]),
      `And ${question.common.map(code).join(', ')}; since is ` +
        `${code(parametersOf(question).find(({ name }) => name === 'since')?.default)} if ` +
        'nothing is said.'
    ])
  )
}

function parameterTable(parameters: readonly Parameter[]): string {
  return table(
    ['parameter', 'value', 'what it does', 'if nothing is said'],
    parameters.map((parameter) => [
      code(parameter.name),
      valueOf(parameter),
      parameter.says,
      parameter.required === true ? 'required' : code(parameter.default)
    ])
  )
}

function valueOf({ type, values }: Parameter): string {
  if (values !== undefined) return values.map(code).join(', ')
  return kinds[type]
}

const kinds: Readonly<Record<Parameter['type'], string>> = {
  choice: 'a word',
  dimensions: 'a part of the environment, or a field with few values; two at most',
  field: 'a field, alone or as `record.field`',
  'number-field': 'a field that holds a number',
  'boolean-field': 'a field that is true or false',
  'shape-field': 'a field of type `sql-shape`',
  record: 'a record',
  steps: 'a list of records, each with conditions in brackets',
  count: 'a whole number',
  version: 'a version',
  advisory: 'the id of a published advisory',
  words: 'a list',
  conditions: 'conditions, all of which must hold',
  day: 'a day or a span'
}
