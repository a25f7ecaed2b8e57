/** Asks the running server, and prints what it answers. */
import type { ContractQuestion } from '../../analytics/asking/contract-questions.ts'
import type { Command } from 'commander'
import type { AnswerTable } from '../../analytics/asking/question.ts'
import { CandorError } from '../../errors.ts'
import type { ApiClient } from '../terminal/connect.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal,
  usualProduct
} from '../terminal/terminal.ts'
import { addPrintOptions, printAnswers, type PrintFlags } from './print-options.ts'

export interface AskOptions extends ServerOptions, PrintFlags {
  readonly product?: string
  readonly question?: string
}

export function addAskOptions(command: Command): Command {
  command
    .option('--product <name>', 'whose records; that of the remote if nothing is said')
    .option('--question <name>', 'what the contract itself asks, in place of a question by name')
  return addServerOptions(addPrintOptions(command))
}

/** Options that are the command line's own; all others are the question's. */
const own: ReadonlySet<string> = new Set([
  'product',
  'question',
  'format',
  'raw',
  'columns',
  'sort',
  'watch',
  'data',
  'config',
  'remote'
])

export async function ask(
  terminal: Terminal,
  name: string | undefined,
  options: AskOptions
): Promise<void> {
  const client = await connectTo(terminal, options)
  const product = options.product ?? (await usualProduct(terminal, options))
  if (product === undefined)
    throw new CandorError(
      'PARAMETER_INVALID',
      '--product says whose records; for example --product dlt. `candor remote add` can keep one.'
    )
  const given = Object.fromEntries(
    Object.entries(options).flatMap(([key, value]) =>
      own.has(key) || typeof value !== 'string' ? [] : [[key, value]]
    )
  )
  if (options.question !== undefined) {
    const asked = await contractQuestion(client, product, options.question)
    await printAnswers(terminal, options, () => answersOf(client, product, asked, given))
    return
  }
  if (name === undefined)
    throw new CandorError(
      'PARAMETER_INVALID',
      'Which question? For example: candor ask versions --product dlt. `candor ask --help` ' +
        'lists them.'
    )
  await printAnswers(terminal, options, async () => [
    { answer: await answerOf(client, name, { ...given, product }) }
  ])
}

function answerOf(
  client: ApiClient,
  name: string,
  parameters: Readonly<Record<string, string>>
): Promise<AnswerTable> {
  return client.get<AnswerTable>(`/api/v1/questions/${encodeURIComponent(name)}`, parameters)
}

async function answersOf(
  client: ApiClient,
  product: string,
  { says, asks }: ContractQuestion,
  given: Readonly<Record<string, string>>
): Promise<readonly { readonly title: string; readonly answer: AnswerTable }[]> {
  const found: { title: string; answer: AnswerTable }[] = []
  for (const { title, question, parameters } of asks) {
    const answer = await answerOf(client, question, { ...parameters, ...given, product })
    found.push({ title: found.length === 0 ? `${says}\n\n${title}` : title, answer })
  }
  return found
}

async function contractQuestion(
  client: ApiClient,
  product: string,
  name: string
): Promise<ContractQuestion> {
  const { dimensionsOf } = await client.get<{
    dimensionsOf: Readonly<Record<string, { readonly questions: readonly ContractQuestion[] }>>
  }>('/api/v1/questions', { product })
  const questions = dimensionsOf[product]?.questions ?? []
  const found = questions.find((question) => question.name === name)
  if (found !== undefined) return found
  const names = questions.map((question) => question.name).join(', ')
  throw new CandorError('QUESTION_UNKNOWN', `The contract of ${product} asks: ${names}.`)
}
