/** History from other tools: taken in piece by piece, each once. */
import { z } from 'zod'
import type { ImportPiece, Imports } from '../../../collector/history/import.ts'
import type { Audit } from '../../access/audit.ts'
import type { Reach } from '../../access/scope.ts'
import { endpoint, json, type AnswerOf, type Endpoint } from '../../describe/endpoint.ts'
import { instant, named, productName, whole } from '../../describe/shapes.ts'

export interface ImportServices {
  readonly imports: {
    take(piece: ImportPiece): ReturnType<Imports['take']>
    list: Imports['list']
  }
  readonly productNamed: (reach: Reach, name: string) => { readonly product: string }
  readonly audit: Pick<Audit, 'write'>
}

/** Fits into the body of a request with room to spare. */
const eventsMax = 2_500

const tally = named('Import', () =>
  z.strictObject({
    import: z.string(),
    product: z.string(),
    next: whole(),
    events: whole(),
    kept: whole(),
    onlyCounted: whole(),
    fieldsDropped: z.record(z.string(), whole()),
    dropped: z.record(z.string(), whole()),
    first: z.string().nullable(),
    last: z.string().nullable(),
    lastAt: instant(),
    isDone: z.boolean()
  })
)
export type ImportAnswer = AnswerOf<typeof tally>

export function importEndpoints(services: ImportServices): readonly Endpoint[] {
  return [
    endpoint({
      method: 'POST',
      path: '/v1/import',
      says:
        'takes a piece of history in, events as Segment’s and PostHog’s exports write them: each ' +
        'into the day that it belongs to, each piece once; the first one is audited',
      scope: 'operate',
      body: () =>
        z.strictObject({
          product: productName(),
          import: z.string().regex(/^[A-Za-z0-9_.:-]{1,128}$/),
          chunk: whole(),
          isLast: z.boolean(),
          events: z.array(z.unknown()).max(eventsMax)
        }),
      answer: tally,
      async handle({ body, who, reach }) {
        const { product } = services.productNamed(reach, body.product)
        if (body.chunk === 0) await services.audit.write({ who: who.name, act: 'import', product })
        return json(told(await services.imports.take({ ...body, product })))
      }
    }),
    endpoint({
      method: 'GET',
      path: '/api/v1/imports',
      says: 'what was imported, and how far each import has come',
      scope: 'operate',
      answer: () => z.strictObject({ imports: z.array(tally()) }),
      handle: () => json({ imports: services.imports.list().map(told) })
    })
  ]
}

function told(
  one: Awaited<ReturnType<Imports['take']>>
): Omit<typeof one, 'lastAt'> & { readonly lastAt: string } {
  return { ...one, lastAt: new Date(one.lastAt).toISOString() }
}
