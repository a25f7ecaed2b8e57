/** A product at a glance: the few numbers that somebody looks at first, each from a question. */
import { z } from 'zod'
import { type Glance, glanceAt } from '../../analytics/asking/glance.ts'
import { commonParameters } from '../../analytics/asking/parameter.ts'
import { questionNamed } from '../../analytics/asking/questions.ts'
import { parametersOf } from '../../analytics/asking/read-parameters.ts'
import type { Clock } from '../../effects.ts'
import { endpoint, json, type Endpoint } from '../describe/endpoint.ts'
import { day, named, productName } from '../describe/shapes.ts'
import { keepAnswers, type KeptAnswers } from '../kept-answer.ts'
import type { ProductNamed } from './products.ts'
import type { AskProduct } from './question-endpoints.ts'

export interface GlanceServices {
  readonly effects: { readonly clock: Pick<Clock, 'now'> }
  readonly productNamed: ProductNamed
  readonly ask: AskProduct
}

/** Full days change little: the start page of ten products costs one look each half minute. */
const keptMs = 30_000
const keysMax = 100
const usualSince = '7d'

const filters = commonParameters.filter(
  ({ name }) => name !== 'since' && name !== 'until' && name !== 'compare'
)

const glance = named('Glance', () =>
  z.strictObject({
    product: z.string(),
    span: z.strictObject({ first: day(), last: day() }),
    figures: z.array(
      z.strictObject({
        name: z.string(),
        title: z.string(),
        type: z.enum(['integer', 'share']),
        /** Null: nobody told. */
        value: z.number().nullable(),
        /** The same of as many days before; null: not known, or not comparable. */
        before: z.number().nullable(),
        /** What stands behind the number: names, or how many. */
        says: z.string().nullable(),
        /** Where the number comes from, so that it can be asked again. */
        asked: z.strictObject({
          question: z.string(),
          parameters: z.record(z.string(), z.string())
        })
      })
    ),
    /** Each day of the span, and as many before: records, null where nothing is known. */
    trend: z.array(z.strictObject({ day: day(), value: z.number().nullable() }))
  })
)

export function glanceEndpoint(services: GlanceServices): Endpoint {
  let kept: KeptAnswers<Glance> | undefined
  return endpoint({
    method: 'GET',
    path: '/api/v1/glance',
    says:
      'a product at a glance: who is alive, on which versions, what fails and what is not kept, ' +
      'over full days',
    scope: 'read',
    query: () =>
      z.strictObject({
        product: productName().describe('whose; for example dlt'),
        since: z.string().optional().describe('the first day, or how far back'),
        until: z.string().optional().describe('the last day; yesterday if nothing is said'),
        ...Object.fromEntries(
          filters.map(({ name, says }) => [name, z.string().optional().describe(says)])
        )
      }),
    answer: glance,
    async handle({ query: { product: name, ...asked }, reach }) {
      const named = services.productNamed(reach, name)
      const { product } = named
      kept ??= keepAnswers(services.effects.clock, { ms: keptMs, keysMax })
      const given = Object.entries(asked).flatMap(([parameter, value]): [string, string][] =>
        typeof value === 'string' ? [[parameter, value]] : []
      )
      const key = JSON.stringify([product, given.toSorted()])
      const found = await kept.of(key, () => look(services, named, new Map(given)))
      return json({ product, ...found })
    }
  })
}

function look(
  { ask }: GlanceServices,
  product: ReturnType<ProductNamed>,
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
