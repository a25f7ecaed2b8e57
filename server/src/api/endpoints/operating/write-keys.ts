/** Write keys, given out and taken back while the server runs. */
import type { WriteKeys } from '../../../products/write-keys.ts'
import type { Audit } from '../../access/audit.ts'
import { json, type Endpoint, type Schema } from '../../describe/endpoint.ts'
import { requiredText } from '../../describe/parameters.ts'
import { asJson, flag, instant, list, object, oneOf, orNull, text } from '../../describe/schema.ts'

export interface WriteKeyServices {
  readonly writeKeys: Pick<WriteKeys, 'list' | 'create' | 'revoke'>
  readonly audit: Pick<Audit, 'write'>
}

const entry: Schema = object({
  key: text,
  product: text,
  revoked: flag,
  from: oneOf(['configuration', 'command', 'name']),
  createdAt: orNull(instant)
})

export function writeKeyEndpoints(services: WriteKeyServices): readonly Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/write-keys',
      says: 'the keys that clients of each product send, revoked ones too',
      scope: 'operate',
      answers: asJson(object({ keys: list(entry) })),
      handle: () => json({ keys: services.writeKeys.list() })
    },
    {
      method: 'POST',
      path: '/api/v1/write-keys',
      says:
        'give out a write key; with the first, the product’s name is none any more unless it ' +
        'is given out too',
      scope: 'operate',
      body: {
        properties: { product: text, key: { ...text, pattern: '^[A-Za-z0-9_-]{3,200}$' } },
        required: ['product']
      },
      answers: asJson(object({ made: entry })),
      async handle({ body, who }) {
        const product = requiredText(body['product'], 'product', 'dlt')
        const key = body['key'] === undefined ? undefined : requiredText(body['key'], 'key', 'abc1')
        const made = await services.writeKeys.create({ product, key })
        try {
          await services.audit.write({ who: who.name, act: 'write-key-create', product })
        } catch (error) {
          // What can't be written down is not granted.
          await services.writeKeys.revoke(made.key)
          throw error
        }
        return json({ made })
      }
    },
    {
      method: 'DELETE',
      path: '/api/v1/write-keys/{key}',
      says: 'revoke a write key: what comes with it is answered as before, and not kept',
      scope: 'operate',
      answers: asJson(object({ revoked: entry })),
      async handle({ path, who }) {
        const revoked = await services.writeKeys.revoke(path['key'] ?? '')
        const { product } = revoked
        await services.audit.write({ who: who.name, act: 'write-key-revoke', product })
        return json({ revoked })
      }
    }
  ]
}
