/** The route of `candor contract risk`: how many installations share the values of each group. */
import type { Effects } from '../../effects.ts'
import type { Storage } from '../../storage/storage.ts'
import { json, type Endpoint } from '../describe/endpoint.ts'
import { requiredText } from '../describe/parameters.ts'
import type { ProductServices } from './products.ts'
import { answerRisk, riskGroupsMax } from './risk.ts'
import { asJson, anything, instant, list, object, text, whole } from '../describe/schema.ts'

export function riskEndpoint(services: {
  readonly effects: Pick<Effects, 'clock'>
  readonly storage: Pick<Storage, 'query'>
  readonly productNamed: ProductServices['productNamed']
}): Endpoint {
  return {
    method: 'POST',
    path: '/api/v1/risk',
    says: 'how many installations share the values of each group of columns; only counts',
    scope: 'read',
    body: {
      properties: {
        product: text,
        record: text,
        since: { ...text, default: '30d' },
        until: instant,
        groups: { ...list(list(anything)), minItems: 1, maxItems: riskGroupsMax }
      },
      required: ['product', 'record', 'groups']
    },
    answers: asJson(
      object({
        counted: list(
          object({
            installations: whole,
            values: whole,
            alone: whole,
            few: whole,
            bits: { type: 'number' }
          })
        ),
        until: instant
      })
    ),
    async handle({ body }) {
      const { newest } = services.productNamed(requiredText(body['product'], 'product', 'dlt'))
      const { storage, effects } = services
      return json(await answerRisk({ storage, product: newest, body, now: effects.clock.now() }))
    }
  }
}
