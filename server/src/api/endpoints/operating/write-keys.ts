/** Write keys, given out and taken back while the server runs. */
import { z } from 'zod'
import type { WriteKeys } from '../../../products/write-keys.ts'
import { CandorError } from '../../../errors.ts'
import type { Audit } from '../../access/audit.ts'
import type { Reach } from '../../access/scope.ts'
import { endpoint, json, type Endpoint } from '../../describe/endpoint.ts'
import { instant, named, productName } from '../../describe/shapes.ts'

export interface WriteKeyServices {
  readonly writeKeys: Pick<WriteKeys, 'list' | 'create' | 'revoke'>
  readonly productNamed: (reach: Reach, name: string) => { readonly product: string }
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
      scope: 'maintain',
      answer: () => z.strictObject({ keys: z.array(entry()) }),
      handle: ({ reach }) =>
        json({ keys: services.writeKeys.list().filter(({ product }) => reach.has(product)) })
    }),
    endpoint({
      method: 'POST',
      path: '/api/v1/write-keys',
      says:
        'give out a write key; with the first, the product’s name is none any more unless it ' +
        'is given out too',
      scope: 'maintain',
      body: () =>
        z.strictObject({
          product: productName(),
          key: z
            .string()
            .regex(/^[A-Za-z0-9_-]{3,200}$/, 'must be 3 to 200 letters, digits, dashes and _')
            .optional()
        }),
      answer: () => z.strictObject({ made: entry() }),
      async handle({ body, who, reach }) {
        const { key } = body
        const { product } = services.productNamed(reach, body.product)
        // Whether a key is taken would tell what others gave out.
        if (!reach.isAll && key !== undefined && key !== product)
          throw new CandorError(
            'PARAMETER_INVALID',
            `"key" is chosen by an operator of all products; leave it out, or say ${product}.`
          )
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
      scope: 'maintain',
      answer: () => z.strictObject({ revoked: entry() }),
      async handle({ path, who, reach }) {
        const found = services.writeKeys.list().find(({ key }) => key === path.key)
        if (found === undefined || !reach.has(found.product))
          throw new CandorError('WRITE_KEY_UNKNOWN', 'Nobody gave out this write key.')
        const revoked = await services.writeKeys.revoke(path.key)
        const { product } = revoked
        await services.audit.write({ who: who.name, act: 'write-key-revoke', product })
        return json({ revoked })
      }
    })
  ]
}
