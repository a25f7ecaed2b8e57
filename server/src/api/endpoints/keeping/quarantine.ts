/** What could not be kept as it was, and judging it again. */
import { z } from 'zod'
import type { Replayed } from '../../../collector/quarantine.ts'
import type { Storage } from '../../../storage/storage.ts'
import {
  listQuarantine,
  refusedRows,
  releaseRows,
  type RefusedRow
} from '../../../storage/jobs/quarantined-rows.ts'
import type { Audit } from '../../access/audit.ts'
import type { Reach } from '../../access/scope.ts'
import { endpoint, json, type Endpoint } from '../../describe/endpoint.ts'
import { instant, named, productName, whole, wholeFrom1 } from '../../describe/shapes.ts'

export interface QuarantineServices {
  readonly storage: Pick<Storage, 'query' | 'command'>
  readonly replayRows: (rows: readonly RefusedRow[]) => Promise<Replayed>
  readonly products: (reach: Reach) => ReadonlyMap<string, unknown>
  readonly productNamed: (reach: Reach, name: string) => { readonly product: string }
  readonly audit: Pick<Audit, 'write'>
}

const limitUsual = 100
const limitMax = 1_000
/** Of one request: their marks and lines are in memory together. */
const replayMax = 10_000

const quarantined = named('Quarantined', () =>
  z.strictObject({
    product: z.string(),
    at: instant(),
    code: z.string(),
    record: z.string().nullable(),
    reason: z.string().nullable(),
    place: whole().nullable(),
    bytes: whole(),
    isRow: z.boolean()
  })
)

export function quarantineEndpoints(services: QuarantineServices): readonly Endpoint[] {
  const { storage } = services
  return [
    endpoint({
      method: 'GET',
      path: '/api/v1/quarantine',
      says:
        'what could not be kept as it was, newest first: rows that the store refused, and of ' +
        'bodies that could not be read their length, what was wrong and where',
      scope: 'maintain',
      query: () =>
        z.strictObject({
          product: productName().optional().describe('only this product'),
          limit: wholeFrom1(limitUsual, limitMax).describe('how many')
        }),
      answer: () => z.strictObject({ quarantined: z.array(quarantined()) }),
      async handle({ query: { product: name, limit }, reach }) {
        const one = name === undefined ? undefined : services.productNamed(reach, name).product
        const own = reach.isAll ? undefined : [...services.products(reach).keys()]
        const products = one === undefined ? own : [one]
        return json({ quarantined: await listQuarantine(storage, { products, limit }) })
      }
    }),
    endpoint({
      method: 'POST',
      path: '/api/v1/quarantine/replay',
      says:
        'judge again what the store refused of a product, at most 10,000 rows at once; what it ' +
        'still refuses comes back',
      scope: 'maintain',
      body: () => z.strictObject({ product: productName() }),
      answer: () => z.strictObject({ again: whole(), gone: whole() }),
      async handle({ body, who, reach }) {
        const { product } = services.productNamed(reach, body.product)
        await services.audit.write({ who: who.name, act: 'quarantine-replay', product })
        const rows = await refusedRows(storage, { product, limit: replayMax })
        const replayed = await services.replayRows(rows)
        await releaseRows(storage, rows)
        return json(replayed)
      }
    })
  ]
}
