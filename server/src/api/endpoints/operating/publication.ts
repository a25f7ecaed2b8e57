/** What an operator makes public, and the files of it as they stand. */
import { z } from 'zod'
import type { Outcome, Publishing } from '../../../publication/publish.ts'
import { CandorError } from '../../../errors.ts'
import type { Audit } from '../../access/audit.ts'
import type { Reach } from '../../access/scope.ts'
import { endpoint, json, type Endpoint } from '../../describe/endpoint.ts'
import { texts, word } from '../../describe/shapes.ts'

export interface PublicationServices {
  readonly productNamed: (reach: Reach, name: string) => { readonly product: string }
  readonly publications: {
    publish(product: string, withdraw?: Publishing['withdraw']): Promise<Outcome>
    files(product: string): Promise<ReadonlyMap<string, Buffer> | undefined>
  }
  readonly audit: Pick<Audit, 'write'>
}

const told = (): z.ZodType<{ readonly table: string; readonly period: string }> =>
  z.strictObject({ table: z.string(), period: z.string() })

export function publicationEndpoints(services: PublicationServices): readonly Endpoint[] {
  return [
    endpoint({
      method: 'POST',
      path: '/api/v1/products/{product}/publication',
      says: 'publish what is due of the tables that its contract names, or withdraw a number',
      scope: 'maintain',
      body: () =>
        z.strictObject({
          withdraw: z
            .strictObject({
              table: word('versions'),
              period: word('2026-11'),
              because: word('a client counted twice')
            })
            .optional()
        }),
      answer: () =>
        z.strictObject({
          published: z.array(told()),
          withheld: z.array(
            z.strictObject({ table: z.string(), period: z.string(), because: z.string() })
          ),
          /** Paths of files that are new or another. */
          written: texts(),
          /** The day on which the next numbers are due. */
          next: z.string()
        }),
      async handle({ path, body, who, reach }) {
        const { product } = services.productNamed(reach, path.product)
        const act = body.withdraw === undefined ? 'publish' : 'publish-withdraw'
        await services.audit.write({ who: who.name, act, product })
        return json(await services.publications.publish(product, body.withdraw))
      }
    }),
    endpoint({
      method: 'GET',
      path: '/api/v1/products/{product}/publication',
      says: 'the published files: all paths, or one file',
      scope: 'read',
      query: () => z.object({ file: z.string().max(200).optional() }),
      answer: () =>
        z.strictObject({
          paths: texts(),
          /** Of the one that was asked for; base64. */
          content: z.string().nullable()
        }),
      async handle({ path, query, reach }) {
        const { product } = services.productNamed(reach, path.product)
        const files = await services.publications.files(product)
        if (files === undefined)
          throw new CandorError('PUBLICATION_NONE', `Nothing of ${product} is published yet.`)
        const content = query.file === undefined ? undefined : files.get(query.file)
        if (query.file !== undefined && content === undefined)
          throw new CandorError('PUBLICATION_UNKNOWN', 'No such file is published.')
        return json({ paths: [...files.keys()], content: content?.toString('base64') ?? null })
      }
    })
  ]
}
