/** Advisories, published while the server runs: into the product's file, and so into its feed. */
import type { Advisory } from '../../../releases/release-file.ts'
import { advisoryLevels } from '../../../releases/release-file.ts'
import type { Audit } from '../../access/audit.ts'
import { json, type Endpoint } from '../../describe/endpoint.ts'
import { oneOf, requiredText } from '../../describe/parameters.ts'
import { asJson, day, object, oneOf as oneWord, text } from '../../describe/schema.ts'

export interface AdvisoryServices {
  readonly effects: { readonly clock: { now(): number } }
  readonly productNamed: (name: string) => { readonly product: string }
  /** In the feed once it resolves. Throws RELEASES_INVALID and changes nothing. */
  readonly addAdvisory: (product: string, advisory: Advisory) => Promise<void>
  readonly audit: Pick<Audit, 'write'>
}

export function advisoryEndpoint(services: AdvisoryServices): Endpoint {
  return {
    method: 'POST',
    path: '/api/v1/products/{product}/advisories',
    says: 'publish an advisory: it is in the product’s file and its signed feed from then on',
    scope: 'operate',
    body: {
      properties: {
        id: text,
        date: day,
        level: oneWord(advisoryLevels),
        title: text,
        message: text,
        url: { ...text, pattern: '^https://' },
        affected: { ...text, description: 'Such as `>=2.0.0 <2.14.3`.' },
        fixed: text
      },
      required: ['id', 'level', 'title', 'url', 'affected']
    },
    answers: asJson(object({ product: text, published: text })),
    async handle({ path, body, who }) {
      const { product } = services.productNamed(path['product'] ?? '')
      const today = new Date(services.effects.clock.now()).toISOString().slice(0, 10)
      const optional = (name: 'message' | 'fixed'): object =>
        body[name] === undefined ? {} : { [name]: requiredText(body[name], name, '…') }
      const id = requiredText(body['id'], 'id', 'ACME-2026-1')
      // Before it goes out: what can't be written down is not published.
      await services.audit.write({ who: who.name, act: 'advisory-add', product })
      await services.addAdvisory(product, {
        id,
        date: requiredText(body['date'] ?? today, 'date', today),
        level: oneOf(requiredText(body['level'], 'level', 'high'), advisoryLevels, 'level'),
        title: requiredText(body['title'], 'title', 'Loads may be lost'),
        url: requiredText(body['url'], 'url', 'https://example.com/advisory'),
        affected: requiredText(body['affected'], 'affected', '>=2.0.0 <2.14.3'),
        ...optional('message'),
        ...optional('fixed')
      })
      return json({ product, published: id })
    }
  }
}
