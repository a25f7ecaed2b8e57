/** A product at a glance: the few numbers that somebody looks at first, each from a question. */
import { type Glance, glanceAt } from '../../analytics/asking/glance.ts'
import { commonParameters } from '../../analytics/asking/parameter.ts'
import { questionNamed } from '../../analytics/asking/questions.ts'
import { parametersOf } from '../../analytics/asking/read-parameters.ts'
import type { Clock } from '../../effects.ts'
import { json, type ApiRequest, type Endpoint } from '../describe/endpoint.ts'
import {
  anything,
  asJson,
  day,
  list,
  map,
  object,
  oneOf,
  orNull,
  text
} from '../describe/schema.ts'
import { keepAnswers, type KeptAnswers } from '../kept-answer.ts'
import type { AskProduct } from './question-endpoints.ts'

export interface GlanceServices {
  readonly effects: { readonly clock: Pick<Clock, 'now'> }
  readonly productNamed: (name: string) => { readonly product: string }
  readonly ask: AskProduct
}

/** Full days change little: the start page of ten products costs one look each half minute. */
const keptMs = 30_000
const keysMax = 100
const usualSince = '7d'

const filters = commonParameters.filter(
  ({ name }) => name !== 'since' && name !== 'until' && name !== 'compare'
)

export function glanceEndpoint(services: GlanceServices): Endpoint {
  let kept: KeptAnswers<Glance> | undefined
  return {
    method: 'GET',
    path: '/api/v1/glance',
    says:
      'a product at a glance: who is alive, on which versions, what fails and what is not kept, ' +
      'over full days',
    scope: 'read',
    parameters: [
      { name: 'product', says: 'whose; for example dlt', schema: text, required: true },
      { name: 'since', says: 'the first day, or how far back', schema: text },
      { name: 'until', says: 'the last day; yesterday if nothing is said', schema: text },
      ...filters.map(({ name, says }) => ({ name, says, schema: text }))
    ],
    answers: asJson(
      object({
        product: text,
        span: object({ first: day, last: day }),
        figures: list(
          object({
            name: text,
            title: text,
            type: oneOf(['integer', 'share']),
            value: orNull(anything),
            before: orNull(anything),
            says: orNull(text),
            asked: object({ question: text, parameters: map(text) })
          })
        ),
        trend: list(object({ day, value: orNull(anything) }))
      })
    ),
    async handle({ parameters }: ApiRequest) {
      const { product } = services.productNamed(parameters.get('product') ?? '')
      kept ??= keepAnswers(services.effects.clock, { ms: keptMs, keysMax })
      const key = JSON.stringify([product, [...parameters].toSorted()])
      const glance = await kept.of(key, () => look(services, product, parameters))
      return json({ product, ...glance })
    }
  }
}

function look(
  { ask }: GlanceServices,
  product: string,
  parameters: ReadonlyMap<string, string>
): Promise<Glance> {
  return glanceAt({
    since: parameters.get('since') ?? usualSince,
    until: parameters.get('until'),
    filters: Object.fromEntries(
      filters.flatMap(({ name }) => {
        const value = parameters.get(name)
        return value === undefined ? [] : [[name, value]]
      })
    ),
    takes: (question) => parametersOf(questionNamed(question)).map(({ name }) => name),
    ask: (question, own) => ask(product, question, new Map(Object.entries(own)))
  })
}
