/**
 * Each question as a route of its own, with the parameters that it declares, answered as JSON or as
 * CSV.
 */
import { z } from 'zod'
import { dimensionsOf } from '../../analytics/reading/dimension.ts'
import { contractQuestions } from '../../analytics/asking/contract-questions.ts'
import {
  commonParameters,
  parameterTypes,
  type Parameter
} from '../../analytics/asking/parameter.ts'
import {
  chartKinds,
  columnTypes,
  type AnswerTable,
  type Facts,
  type IngestCounts,
  type Question
} from '../../analytics/asking/question.ts'
import { answerTo, questionNamed, questions } from '../../analytics/asking/questions.ts'
import { dayOf, units } from '../../analytics/reading/span.ts'
import { parametersOf } from '../../analytics/asking/read-parameters.ts'
import type { Effects } from '../../effects.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Reach } from '../access/scope.ts'
import type { FieldUse } from '../field-use.ts'
import { keepAnswers, type KeptAnswers } from '../kept-answer.ts'
import { KeptPeriods } from '../kept-periods.ts'
import { KeptTables } from '../kept-tables.ts'
import { csvStream, type CsvTable } from '../csv.ts'
import {
  endpoint,
  json,
  other,
  type AnswerOf,
  type Endpoint,
  type Reply
} from '../describe/endpoint.ts'
import { productName, named, texts } from '../describe/shapes.ts'
import type { ProductServices } from './products.ts'
import { csvHeaders } from './query.ts'

export interface QuestionServices {
  readonly effects: Pick<Effects, 'clock'>
  readonly storage: Pick<Storage, 'query' | 'changes'>
  readonly productNamed: ProductServices['productNamed']
  readonly releases: ProductServices['releases']
  readonly fieldUse: Pick<FieldUse, 'used'>
  /** What the collector counted of a product since its start. */
  readonly counts: (product: string) => IngestCounts | undefined
}

const path = '/api/v1/questions'
const formats = ['json', 'csv'] as const

const parameter = named('Parameter', () =>
  z.strictObject({
    name: z.string(),
    says: z.string(),
    type: z.enum(parameterTypes).meta({ id: 'ParameterType' }),
    values: texts().nullable(),
    default: z.string().nullable(),
    required: z.boolean()
  })
)
const question = named('Question', () =>
  z.strictObject({
    name: z.string(),
    title: z.string(),
    says: z.string(),
    explains: z.string(),
    chart: z.enum(chartKinds).meta({ id: 'ChartKind' }),
    since: z.string().nullable(),
    /** Its own, and the common ones that it takes. */
    parameters: z.array(parameter()),
    /** Names of the common filters that it takes. */
    common: texts()
  })
)
const questionField = named('QuestionField', () =>
  z.strictObject({
    name: z.string(),
    records: texts(),
    type: z.string(),
    unit: z.string().nullable(),
    values: texts().nullable(),
    /** Few distinct values: records can be told apart by it. */
    isDimension: z.boolean(),
    /** Whether it holds shapes of SQL statements. */
    isShape: z.boolean()
  })
)
const askable = named('Askable', () =>
  z.strictObject({
    dimensions: texts(),
    /** Ids of what is published and not taken back, the newest first. */
    advisories: texts(),
    fields: z.array(questionField()),
    records: z.array(z.strictObject({ name: z.string(), kind: z.string() })),
    /** Of the contract, each with what answers it. */
    questions: z.array(
      z.strictObject({
        name: z.string(),
        says: z.string(),
        asks: z.array(
          z.strictObject({
            title: z.string(),
            question: z.string(),
            parameters: z.record(z.string(), z.string())
          })
        )
      })
    )
  })
)
/** Oldest first; null where nothing is known. */
const trend = named('Trend', () => z.array(z.number().nullable()))
const cell = named('Cell', () => z.union([z.string(), z.number(), z.boolean(), trend(), z.null()]))
const row = named('AnswerRow', () => z.record(z.string(), cell()))
const column = named('Column', () =>
  z.strictObject({
    name: z.string(),
    title: z.string(),
    type: z.enum(columnTypes).meta({ id: 'ColumnType' }),
    unit: z.string().optional()
  })
)
export const answerShape = named('Answer', () =>
  z.strictObject({
    question: z.string(),
    /** As they were understood: what was asked, with the defaults of what was not. */
    parameters: z.record(z.string(), z.string()),
    columns: z.array(column()),
    rows: z.array(row()),
    /** What a reader must know to read the numbers right, the most important first. */
    notes: texts(),
    /** Periods that are not whole, as they stand in the rows, and why. */
    partial: z
      .array(
        z.strictObject({ period: z.string(), because: z.enum(['unfinished', 'cut', 'expired']) })
      )
      .optional(),
    /** Days on which something happened, so that numbers before and after don’t compare. */
    marks: z
      .array(
        z.strictObject({
          day: z.string(),
          says: z.string(),
          /** What is counted means something else from then on. */
          isBreak: z.boolean().optional()
        })
      )
      .optional(),
    /** A statement over documented views that gives the same numbers. */
    sql: z.string().optional()
  })
)

type ShownAnswer = AnswerOf<typeof answerShape>

/** Questions give plain cells; a test holds what each really answers to that. */
export function shownAnswer(table: AnswerTable): ShownAnswer {
  return table as ShownAnswer
}

/** A page asks a dozen questions at once, and every minute again. */
const factsMs = 10_000
/** A few of each product and day. */
const factsMax = 500

/**
 * Asks with all that the server knows of the product: one that was named within somebody's reach.
 */
export type AskProduct = (
  product: ReturnType<ProductServices['productNamed']>,
  question: string,
  parameters: ReadonlyMap<string, string>,
  options?: { readonly isAnew?: boolean }
) => Promise<AnswerTable>

type AskingServices = Pick<QuestionServices, 'productNamed' | 'releases'> & {
  readonly ask: AskProduct
}

/** One for all endpoints that ask, so that they share what they look up. */
export function askerOf(services: QuestionServices): AskProduct {
  const facts = keptFacts(services)
  const tables = new KeptTables()
  const periods = new KeptPeriods()
  return (asked, question, parameters, { isAnew = false } = {}) => {
    const { storage, effects } = services
    const { product, newest } = asked
    const file = services.releases.of(product)?.file
    const now = effects.clock.now()
    const key = JSON.stringify([question, dayOf(now), [...parameters].toSorted()])
    const from = [newest, file]
    return tables.of(storage.changes, { product, key, from, isAnew }, async () => {
      let asOf = storage.changes?.latest() ?? 0
      const given = await answerTo({
        name: question,
        parameters,
        storage,
        facts: facts((at) => (asOf = Math.min(asOf, at))),
        // Nothing is kept of a store that others write to as well.
        periodRows: storage.changes && periods.rowsOf(storage.changes, { product, isAnew }),
        product: newest,
        now,
        releases: file?.releases.filter(({ withdrawn }) => withdrawn !== true),
        advisories: file?.advisories
          .filter(({ withdrawn }) => withdrawn !== true)
          .map(({ id, level: severity, date, affected, platforms }) => ({
            id,
            severity,
            date,
            affected,
            platforms
          })),
        counts: services.counts(product),
        used: (columns) => services.fieldUse.used(product, columns)
      })
      return { ...given, asOf }
    })
  }
}

export function questionEndpoints(services: AskingServices): readonly Endpoint[] {
  return [
    listEndpoint(services),
    ...questions.map((question) => questionEndpoint(question, services)),
    endpoint({
      method: 'GET',
      path: `${path}/{question}`,
      says: 'no question: tells the nearest one',
      scope: 'read',
      isUnlisted: true,
      answer: () => z.string(),
      handle: ({ path }) => json(questionNamed(path.question).name)
    })
  ]
}

/**
 * Routes are listed without a clock: it is looked at when somebody asks. Each asker hears how old
 * what it was told is, as the number of the last change before.
 */
function keptFacts({
  effects,
  storage
}: QuestionServices): (hear: (asOf: number) => void) => Facts {
  let kept: KeptAnswers<{ readonly asOf: number; readonly fact: unknown }> | undefined
  return (hear) => ({
    async of<Fact>(key: string, look: () => Promise<Fact>) {
      kept ??= keepAnswers(effects.clock, { ms: factsMs, keysMax: factsMax })
      const { asOf, fact } = await kept.of(key, async () => {
        const before = storage.changes?.latest() ?? 0
        return { asOf: before, fact: await look() }
      })
      hear(asOf)
      return fact as Fact
    }
  })
}

function listEndpoint(services: AskingServices): Endpoint {
  return endpoint({
    method: 'GET',
    path,
    says:
      'every question, with its definition and parameters; and what a product’s records can be ' +
      'told apart by',
    scope: 'read',
    query: () =>
      z.strictObject({
        product: productName().optional().describe('whose dimensions, fields and records to list')
      }),
    answer: () =>
      z.strictObject({
        questions: z.array(question()),
        filters: z.array(parameter()),
        dimensionsOf: z.record(z.string(), askable())
      }),
    handle({ query: { product: name }, reach }) {
      return json({
        questions: questions.map(listed),
        filters: commonParameters.map(shownParameter),
        dimensionsOf:
          name === undefined ? {} : dimensions(services.productNamed(reach, name), services)
      })
    }
  })
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
}: Question): AnswerOf<typeof question> {
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
}: Parameter): AnswerOf<typeof parameter> {
  return { name, says, type, values: values ?? null, default: usual ?? null, required }
}

function dimensions(
  { product, newest }: ReturnType<QuestionServices['productNamed']>,
  { releases }: Pick<QuestionServices, 'releases'>
): Readonly<Record<string, AnswerOf<typeof askable>>> {
  const advisories = (releases.of(product)?.file.advisories ?? [])
    .filter(({ withdrawn }) => withdrawn !== true)
    .toSorted((one, other) => (one.date < other.date ? 1 : -1))
    .map(({ id }) => id)
  const { fields, ...rest } = dimensionsOf(newest)
  const plain = fields.map(({ unit, values, ...field }) => ({
    ...field,
    unit: unit ?? null,
    values: values ?? null
  }))
  return { [product]: { ...rest, advisories, fields: plain, questions: contractQuestions(newest) } }
}

function questionEndpoint(asked: Question, services: AskingServices): Endpoint {
  return endpoint({
    method: 'GET',
    path: `${path}/${asked.name}`,
    says: asked.says,
    scope: 'read',
    query: () =>
      z.strictObject({
        product: productName().describe('whose records; for example dlt'),
        ...Object.fromEntries(parametersOf(asked).map((each) => [each.name, parameterShape(each)])),
        format: z.enum(formats).default('json').describe('how to answer')
      }),
    answer: answerShape,
    media: ['text/csv'],
    handle: (request) => answer(asked, services, request)
  })
}

async function answer(
  question: Question,
  services: AskingServices,
  {
    query: { product: name, format, ...given },
    headers,
    reach
  }: {
    readonly reach: Reach
    readonly query: Readonly<Record<string, unknown>> & {
      readonly product: string
      readonly format: string
    }
    readonly headers: Readonly<Record<string, string | undefined>>
  }
): Promise<Reply<ShownAnswer>> {
  const named = services.productNamed(reach, name)
  const { product } = named
  const asked = new Map(
    Object.entries(given).flatMap(([parameter, value]): [string, string][] =>
      value === undefined ? [] : [[parameter, String(value)]]
    )
  )
  // As the standard of HTTP has it: whoever says so is answered with nothing that was kept.
  const isAnew = /\bno-cache\b/i.test(headers['cache-control'] ?? '')
  const table = await services.ask(named, question.name, asked, { isAnew })
  if (format === 'json') return json(shownAnswer(table))
  return other({
    status: 200,
    headers: csvHeaders(`${product}-${question.name}`),
    body: csvStream(withPartial(table))
  })
}

/** A file has no marks beside it: a column says which periods are not whole, and why. */
function withPartial({ columns, rows, partial = [] }: AnswerTable): CsvTable {
  // Of a cohort, the later period is called start.
  const period = columns.find(({ name }) => ['start', ...units].includes(name))
  if (period === undefined || partial.length === 0) return { columns, rows }
  const because = new Map(partial.map((one) => [one.period, one.because]))
  return {
    columns: [...columns, { name: 'partial' }],
    rows: rows.map((row) => ({ ...row, partial: because.get(String(row[period.name])) ?? '' }))
  }
}

/**
 * Its reader checks what a question is asked with, and knows the contract; here it is only said
 * what it looks like.
 */
function parameterShape({
  says,
  type,
  values,
  default: usual,
  required = false
}: Parameter): z.ZodType {
  const standard = usual === undefined ? {} : { default: type === 'count' ? Number(usual) : usual }
  const list = values === undefined ? says : `${says}: a comma list of ${values.join(', ')}`
  const kind =
    type === 'count'
      ? { type: 'integer', minimum: 1, description: says }
      : type === 'choice' && values !== undefined
        ? { enum: [...values], description: says }
        : { description: list }
  const shape = z.string().meta({ ...kind, ...standard })
  return required ? shape : shape.optional()
}
