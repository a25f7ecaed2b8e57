/**
 * A question's own parameters as they stand in the address, with something sensible where one is
 * needed and none is given.
 */
import type { Parameter, Question, QuestionField } from '../api/answers.ts'
import type { QuestionCatalogue } from '../api/queries.ts'

/** What a parameter may be chosen from; undefined: it is typed. */
export function choicesOf(
  parameter: Parameter,
  catalogue: QuestionCatalogue
): readonly string[] | undefined {
  switch (parameter.type) {
    case 'choice':
      return parameter.values ?? []
    case 'dimensions':
      return [...catalogue.dimensions, ...namesOf(catalogue, ({ isDimension }) => isDimension)]
    case 'field':
      return namesOf(catalogue, ({ type }) => type !== 'tuple')
    case 'number-field':
      return namesOf(
        catalogue,
        ({ type, name }) =>
          type === 'number' || type === 'integer' || (type === 'map' && name.includes('.'))
      )
    case 'boolean-field':
      return namesOf(catalogue, ({ type }) => type === 'boolean')
    case 'shape-field':
      return namesOf(catalogue, ({ isShape }) => isShape)
    case 'record':
    case 'steps':
      return catalogue.records.map(({ name }) => name)
    case 'advisory':
      return catalogue.advisories
    case 'words':
      return parameter.values ?? undefined
    default:
      return undefined
  }
}

/**
 * Of every parameter its value; what the reader did not choose and the question must have begins
 * with the first choice.
 */
export function ownParameters(
  question: Question,
  catalogue: QuestionCatalogue,
  own: URLSearchParams
): Readonly<Record<string, string>> {
  const values: Record<string, string> = {}
  for (const parameter of question.parameters) {
    const isMissing = parameter.required && parameter.default === null
    const value = own.get(parameter.name) ?? (isMissing ? firstOf(parameter, catalogue) : undefined)
    if (value !== undefined && value !== '') values[parameter.name] = value
  }
  return values
}

function firstOf(parameter: Parameter, catalogue: QuestionCatalogue): string | undefined {
  const choices = choicesOf(parameter, catalogue)
  return parameter.type === 'steps' ? choices?.slice(0, 3).join(',') : choices?.[0]
}

/**
 * Counts of what an object could not keep are told last: they are seldom what somebody came for.
 */
function namesOf(
  { fields }: QuestionCatalogue,
  isWanted: (field: QuestionField) => boolean
): readonly string[] {
  const names = fields.filter(isWanted).map(({ name }) => name)
  return [
    ...names.filter((name) => !name.endsWith('_others')),
    ...names.filter((name) => name.endsWith('_others'))
  ]
}

/** The same in a terminal. */
export function askLine(question: string, parameters: Readonly<Record<string, string>>): string {
  const words = Object.entries(parameters).map(([name, value]) => `--${name} ${quoted(value)}`)
  return ['npx candor ask', question, ...words].join(' ')
}

function quoted(value: string): string {
  return /^[\w.,:@/+-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`
}
