/**
 * Each question as a route of its own, with the parameters that it declares, answered as JSON or as
 * CSV.
 */
import { dimensionsOf } from '../../analytics/reading/dimension.ts'
import { contractQuestions } from '../../analytics/asking/contract-questions.ts'
import { commonParameters, type Parameter } from '../../analytics/asking/parameter.ts'
import { units } from '../../analytics/reading/span.ts'
import type { AnswerTable, Facts, IngestCounts, Question } from '../../analytics/asking/question.ts'
import { askQuestion, questionNamed, questions } from '../../analytics/asking/questions.ts'
import { parametersOf } from '../../analytics/asking/read-parameters.ts'
import type { Effects } from '../../effects.ts'
import type { Storage } from '../../storage/storage.ts'
import { keepAnswers, type KeptAnswers } from '../kept-answer.ts'
import { csvStream, type CsvTable } from '../csv.ts'
import {
  json,
  type ApiRequest,
  type Endpoint,
  type QueryParameter,
  type Schema
} from '../describe/endpoint.ts'
import { oneOf } from '../describe/parameters.ts'
import type { ProductServices } from './products.ts'
import { csvHeaders } from './query.ts'
import {
  anything,
  asJson,
  flag,
  list,
  map,
  object,
  oneOf as oneWord,
  orNull,
  text
} from '../describe/schema.ts'
import type { HttpAnswer } from '../../http/route.ts'

export interface QuestionServices {
  readonly effects: Pick<Effects, 'clock'>
  readonly storage: Pick<Storage, 'query'>
  readonly productNamed: ProductServices['productNamed']
  readonly releases: ProductServices['releases']
  /** What the collector counted of a product since its start. */
  readonly counts: (product: string) => IngestCounts | undefined
}

const path = '/api/v1/questions'
const formats = ['json', 'csv'] as const

const parameterSchema = object({
  name: text,
  says: text,
  type: text,
  values: orNull(list(text)),
  default: orNull(text),
  required: flag
})
const fieldSchema = object({
  name: text,
  records: list(text),
  type: text,
  unit: orNull(text),
  values: orNull(list(text)),
  isDimension: flag,
  isShape: flag
})
const answerSchema = object({
  question: text,
  parameters: map(text),
  columns: list(
    object({
      name: text,
      title: text,
      type: oneWord([
        'text',
        'integer',
        'number',
        'date',
        'timestamp',
        'boolean',
        'share',
        'trend'
      ]),
      'unit?': text
    })
  ),
  rows: list(map(anything)),
  notes: list(text),
  'partial?': list(object({ period: text, because: oneWord(['unfinished', 'cut', 'expired']) })),
  'marks?': list(object({ day: text, says: text, 'isBreak?': flag })),
  'sql?': text
})

/** A page asks a dozen questions at once, and every minute again. */
const factsMs = 10_000
/** A few of each product and day. */
const factsMax = 500

/** Asks with all that the server knows of the product. */
export type AskProduct = (
  product: string,
  question: string,
  parameters: ReadonlyMap<string, string>
) => Promise<AnswerTable>

type AskingServices = Pick<QuestionServices, 'productNamed'> & { readonly ask: AskProduct }

/** One for all endpoints that ask, so that they share what they look up. */
export function askerOf(services: QuestionServices): AskProduct {
  const facts = keptFacts(services)
  return (name, question, parameters) => {
    const { product, newest } = services.productNamed(name)
    const file = services.releases.of(product)?.file
    return askQuestion({
      name: question,
      parameters,
      storage: services.storage,
      facts,
      product: newest,
      now: services.effects.clock.now(),
      releases: file?.releases.filter(({ withdrawn }) => withdrawn !== true),
      advisories: file?.advisories
        .filter(({ withdrawn }) => withdrawn !== true)
        .map(({ id, level: severity, affected }) => ({ id, severity, affected })),
      counts: services.counts(product)
    })
  }
}

export function questionEndpoints(services: AskingServices): readonly Endpoint[] {
  return [
    listEndpoint(services),
    ...questions.map((question) => questionEndpoint(question, services)),
    {
      method: 'GET',
      path: `${path}/{question}`,
      says: 'no question: tells the nearest one',
      scope: 'read',
      isUnlisted: true,
      answers: {},
      handle: ({ path }) => json(questionNamed(path['question'] ?? '').name)
    }
  ]
}

/** Routes are listed without a clock: it is looked at when somebody asks. */
function keptFacts(services: QuestionServices): Facts {
  let kept: KeptAnswers<unknown> | undefined
  return {
    async of<Fact>(key: string, look: () => Promise<Fact>) {
      kept ??= keepAnswers(services.effects.clock, { ms: factsMs, keysMax: factsMax })
      return (await kept.of(key, look)) as Fact
    }
  }
}

function listEndpoint(services: AskingServices): Endpoint {
  return {
    method: 'GET',
    path,
    says:
      'every question, with its definition and parameters; and what a product’s records can be ' +
      'told apart by',
    scope: 'read',
    parameters: [
      { name: 'product', says: 'whose dimensions, fields and records to list', schema: text }
    ],
    answers: asJson(
      object({
        questions: list(
          object({
            name: text,
            title: text,
            says: text,
            explains: text,
            chart: text,
            since: orNull(text),
            parameters: list(parameterSchema),
            common: list(text)
          })
        ),
        filters: list(parameterSchema),
        dimensionsOf: map(
          object({
            dimensions: list(text),
            fields: list(fieldSchema),
            records: list(object({ name: text, kind: text })),
            questions: list(
              object({
                name: text,
                says: text,
                asks: list(object({ title: text, question: text, parameters: map(text) }))
              })
            )
          })
        )
      })
    ),
    handle({ parameters }) {
      const name = parameters.get('product')
      return json({
        questions: questions.map(listed),
        filters: commonParameters.map(shownParameter),
        dimensionsOf: name === undefined ? {} : dimensions(services.productNamed(name))
      })
    }
  }
}

/** Its own parameters; `common` names those of the filters that it takes as well. */
function listed({
  name,
  title,
  says,
  explains,
  chart,
  since,
  common,
  parameters
}: Question): object {
  return {
    name,
    title,
    says,
    explains,
    chart,
    since: since ?? null,
    parameters: parameters.map(shownParameter),
    common
  }
}

function shownParameter({
  name,
  says,
  type,
  values,
  default: usual,
  required = false
}: Parameter): object {
  return { name, says, type, values: values ?? null, default: usual ?? null, required }
}

function dimensions({ product, newest }: ReturnType<QuestionServices['productNamed']>): object {
  const { fields, ...rest } = dimensionsOf(newest)
  const plain = fields.map(({ unit, values, ...field }) => ({
    ...field,
    unit: unit ?? null,
    values: values ?? null
  }))
  return { [product]: { ...rest, fields: plain, questions: contractQuestions(newest) } }
}

function questionEndpoint(question: Question, services: AskingServices): Endpoint {
  const own = parametersOf(question).map(queryParameter)
  return {
    method: 'GET',
    path: `${path}/${question.name}`,
    says: question.says,
    scope: 'read',
    parameters: [
      { name: 'product', says: 'whose records; for example dlt', schema: text, required: true },
      ...own,
      { name: 'format', says: 'how to answer', schema: { ...oneWord(formats), default: 'json' } }
    ],
    answers: { 'application/json': answerSchema, 'text/csv': text },
    handle: (request) => answer(question, services, request)
  }
}

async function answer(
  question: Question,
  services: AskingServices,
  { parameters }: ApiRequest
): Promise<HttpAnswer> {
  const format = oneOf(parameters.get('format') ?? 'json', formats, 'format')
  const { product } = services.productNamed(parameters.get('product') ?? '')
  const asked = new Map([...parameters].filter(([name]) => name !== 'product' && name !== 'format'))
  const table = await services.ask(product, question.name, asked)
  if (format === 'json') return json(table)
  return {
    status: 200,
    headers: csvHeaders(`${product}-${question.name}`),
    body: csvStream(withPartial(table))
  }
}

/** A file has no marks beside it: a column says which periods are not whole, and why. */
function withPartial({ columns, rows, partial = [] }: AnswerTable): CsvTable {
  const period = columns.find(({ name }) => units.some((unit) => unit === name))
  if (period === undefined || partial.length === 0) return { columns, rows }
  const because = new Map(partial.map((one) => [one.period, one.because]))
  return {
    columns: [...columns, { name: 'partial' }],
    rows: rows.map((row) => ({ ...row, partial: because.get(String(row[period.name])) ?? '' }))
  }
}

function queryParameter({
  name,
  says,
  type,
  values,
  default: usual,
  required
}: Parameter): QueryParameter {
  const standard = usual === undefined ? {} : { default: type === 'count' ? Number(usual) : usual }
  const schema: Schema =
    type === 'count'
      ? { type: 'integer', minimum: 1 }
      : type === 'choice' && values !== undefined
        ? oneWord(values)
        : {
            type: 'string',
            ...(values === undefined
              ? {}
              : { description: `A comma list of ${values.join(', ')}.` })
          }
  return {
    name,
    says,
    schema: { ...schema, ...standard },
    ...(required === undefined ? {} : { required })
  }
}
