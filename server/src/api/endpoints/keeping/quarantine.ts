/** What could not be kept as it was, and judging it again. */
import type { Replayed } from '../../../collector/quarantine.ts'
import type { Storage } from '../../../storage/storage.ts'
import {
  listQuarantine,
  refusedRows,
  releaseRows,
  type RefusedRow
} from '../../../storage/jobs/quarantined-rows.ts'
import type { Audit } from '../../access/audit.ts'
import { json, type Endpoint } from '../../describe/endpoint.ts'
import { requiredText, wholeText } from '../../describe/parameters.ts'
import { asJson, flag, instant, list, object, orNull, text, whole } from '../../describe/schema.ts'

export interface QuarantineServices {
  readonly storage: Pick<Storage, 'query' | 'command'>
  readonly replayRows: (rows: readonly RefusedRow[]) => Promise<Replayed>
  readonly productNamed: (name: string) => { readonly product: string }
  readonly audit: Pick<Audit, 'write'>
}

const limitUsual = 100
const limitMax = 1_000
/** Of one request: their marks and lines are in memory together. */
const replayMax = 10_000

export function quarantineEndpoints(services: QuarantineServices): readonly Endpoint[] {
  const { storage } = services
  return [
    {
      method: 'GET',
      path: '/api/v1/quarantine',
      says:
        'what could not be kept as it was, newest first: rows that the store refused, and of ' +
        'bodies that could not be read their length, what was wrong and where',
      scope: 'operate',
      parameters: [
        { name: 'product', says: 'only this product', schema: text },
        {
          name: 'limit',
          says: 'how many',
          schema: { type: 'integer', minimum: 1, maximum: limitMax, default: limitUsual }
        }
      ],
      answers: asJson(
        object({
          quarantined: list(
            object({
              product: text,
              at: instant,
              code: text,
              record: orNull(text),
              reason: orNull(text),
              place: orNull(whole),
              bytes: whole,
              isRow: flag
            })
          )
        })
      ),
      handle: async ({ parameters }) =>
        json({
          quarantined: await listQuarantine(storage, {
            product: parameters.get('product'),
            limit: wholeText(parameters.get('limit'), 'limit', limitUsual, limitMax)
          })
        })
    },
    {
      method: 'POST',
      path: '/api/v1/quarantine/replay',
      says:
        'judge again what the store refused of a product, at most 10,000 rows at once; what it ' +
        'still refuses comes back',
      scope: 'operate',
      body: { properties: { product: text }, required: ['product'] },
      answers: asJson(object({ again: whole, gone: whole })),
      async handle({ body, who }) {
        const { product } = services.productNamed(requiredText(body['product'], 'product', 'dlt'))
        await services.audit.write({ who: who.name, act: 'quarantine-replay', product })
        const rows = await refusedRows(storage, { product, limit: replayMax })
        const replayed = await services.replayRows(rows)
        await releaseRows(storage, rows)
        return json(replayed)
      }
    }
  ]
}
