/** Write keys, given out and taken back while the server runs. */
import { z } from 'zod'
import type { WriteKeys } from '../../../products/write-keys.ts'
import type { Audit } from '../../access/audit.ts'
import { endpoint, json, type Endpoint } from '../../describe/endpoint.ts'
import { instant, named, productName } from '../../describe/shapes.ts'

export interface WriteKeyServices {
  readonly writeKeys: Pick<WriteKeys, 'list' | 'create' | 'revoke'>
  readonly audit: Pick<Audit, 'write'>
}

const entry = named('WriteKey', () =>
  z.strictObject({
    key: z.string(),
    product: z.string(),
    revoked: z.boolean(),
    from: z.enum(['configuration', 'command', 'name']),
    createdAt: instant().nullable()
  })
)

export function writeKeyEndpoints(services: WriteKeyServices): readonly Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/api/v1/write-keys',
      says: 'the keys that clients of each product send, revoked ones too',
      scope: 'operate',
      answer: () => z.strictObject({ keys: z.array(entry()) }),
      handle: () => json({ keys: services.writeKeys.list() })
    }),
    endpoint({
      method: 'POST',
      path: '/api/v1/write-keys',
      says:
        'give out a write key; with the first, the product’s name is none any more unless it ' +
        'is given out too',
      scope: 'operate',
      body: () =>
        z.strictObject({
          product: productName(),
          key: z
            .string()
            .regex(/^[A-Za-z0-9_-]{3,200}$/, 'must be 3 to 200 letters, digits, dashes and _')
            .optional()
        }),
      answer: () => z.strictObject({ made: entry() }),
      async handle({ body, who }) {
        const { product, key } = body
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
    }),
    endpoint({
      method: 'DELETE',
      path: '/api/v1/write-keys/{key}',
      says: 'revoke a write key: what comes with it is answered as before, and not kept',
      scope: 'operate',
      answer: () => z.strictObject({ revoked: entry() }),
      async handle({ path, who }) {
        const revoked = await services.writeKeys.revoke(path.key)
        const { product } = revoked
        await services.audit.write({ who: who.name, act: 'write-key-revoke', product })
        return json({ revoked })
      }
    })
  ]
}
