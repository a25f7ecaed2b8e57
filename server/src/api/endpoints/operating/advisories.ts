/** Advisories, published while the server runs: into the product's file, and so into its feed. */
import { z } from 'zod'
import type { Advisory } from '../../../releases/release-file.ts'
import { advisoryLevels } from '../../../releases/release-file.ts'
import type { Audit } from '../../access/audit.ts'
import type { Reach } from '../../access/scope.ts'
import { endpoint, json, type Endpoint } from '../../describe/endpoint.ts'
import { day, word } from '../../describe/shapes.ts'

export interface AdvisoryServices {
  readonly effects: { readonly clock: { now(): number } }
  readonly productNamed: (reach: Reach, name: string) => { readonly product: string }
  /** In the feed once it resolves. Throws RELEASES_INVALID and changes nothing. */
  readonly addAdvisory: (product: string, advisory: Advisory) => Promise<void>
  readonly audit: Pick<Audit, 'write'>
}

export function advisoryEndpoint(services: AdvisoryServices): Endpoint {
  return endpoint({
    method: 'POST',
    path: '/api/v1/products/{product}/advisories',
    says: 'publish an advisory: it is in the product’s file and its signed feed from then on',
    scope: 'maintain',
    body: () =>
      z.strictObject({
        id: word('ACME-2026-1'),
        date: day().optional(),
        level: z.enum(advisoryLevels),
        title: word('Loads may be lost'),
        message: word('…').optional(),
        url: z
          .string()
          .regex(/^https:\/\//, 'must begin with https://')
          .meta({ examples: ['https://example.com/advisory'] }),
        affected: word('>=2.0.0 <2.14.3').describe('Such as `>=2.0.0 <2.14.3`.'),
        fixed: word('2.14.3').optional()
      }),
    answer: () => z.strictObject({ product: z.string(), published: z.string() }),
    async handle({ path, body, who, reach }) {
      const { product } = services.productNamed(reach, path.product)
      const today = new Date(services.effects.clock.now()).toISOString().slice(0, 10)
      const { date = today, ...advisory } = body
      // Before it goes out: what can't be written down is not published.
      await services.audit.write({ who: who.name, act: 'advisory-add', product })
      await services.addAdvisory(product, { ...advisory, date })
      return json({ product, published: body.id })
    }
  })
}
