/** The route of `candor contract risk`: how many installations share the values of each group. */
import { z } from 'zod'
import type { Effects } from '../../effects.ts'
import type { Storage } from '../../storage/storage.ts'
import { endpoint, json, type Endpoint } from '../describe/endpoint.ts'
import { instant, productName, whole, word } from '../describe/shapes.ts'
import type { ProductServices } from './products.ts'
import { answerRisk, riskGroups } from './risk.ts'

export function riskEndpoint(services: {
  readonly effects: Pick<Effects, 'clock'>
  readonly storage: Pick<Storage, 'query'>
  readonly productNamed: ProductServices['productNamed']
}): Endpoint {
  return endpoint({
    method: 'POST',
    path: '/api/v1/risk',
    says: 'how many installations share the values of each group of columns; only counts',
    scope: 'read',
    body: () =>
      z.strictObject({
        product: productName(),
        record: word('pipeline_load'),
        since: z.string().default('30d'),
        until: instant().optional().describe('As an earlier answer gave it.'),
        groups: riskGroups()
      }),
    answer: () =>
      z.strictObject({
        counted: z.array(
          z.strictObject({
            installations: whole(),
            values: whole(),
            alone: whole(),
            few: whole(),
            bits: z.number()
          })
        ),
        until: instant()
      }),
    async handle({ body, reach }) {
      const { newest } = services.productNamed(reach, body.product)
      const { storage, effects } = services
      return json(await answerRisk({ storage, product: newest, body, now: effects.clock.now() }))
    }
  })
}
