/** Moving the embedded store to a ClickHouse server: begun, gone on with, and how far it is. */
import { z } from 'zod'
import { CandorError } from '../../../errors.ts'
import type { Mover } from '../../../storage/move/mover.ts'
import type { Audit } from '../../access/audit.ts'
import {
  endpoint,
  json,
  type AnswerOf,
  type Endpoint,
  type Reply
} from '../../describe/endpoint.ts'
import { instant, named, whole } from '../../describe/shapes.ts'

export interface MoveServices {
  readonly mover: Mover | undefined
  readonly audit: Pick<Audit, 'write'>
}

const answer = named('Move', () =>
  z.strictObject({
    is: z.enum(['none', 'copying', 'comparing', 'done', 'failed']),
    says: z.string().nullable().describe('why it failed'),
    takenAt: instant().nullable().describe('what was loaded before this moment is copied'),
    startBy: instant()
      .nullable()
      .describe('until then the inbox can load what came later, once the collector starts there'),
    tables: z.array(
      z.strictObject({
        table: z.string(),
        rows: whole().describe('as they lie in parts, unmerged'),
        moved: whole(),
        same: whole().nullable().describe('merged, alike in both stores; null: not compared yet')
      })
    )
  })
)
export type MoveAnswer = AnswerOf<typeof answer>

export function moveEndpoints({ mover, audit }: MoveServices): readonly Endpoint[] {
  const told = (): Reply<MoveAnswer> => {
    const state = mover?.state() ?? { is: 'none' as const }
    if (state.is === 'none')
      return json({ is: 'none', says: null, takenAt: null, startBy: null, tables: [] })
    const iso = (at: number | undefined): string | null =>
      at === undefined ? null : new Date(at).toISOString()
    return json({
      is: state.is,
      says: state.says ?? null,
      takenAt: iso(state.takenAt),
      startBy: iso(state.startBy),
      tables: state.tables.map(({ same = null, ...counts }) => ({ ...counts, same }))
    })
  }
  return [
    endpoint({
      method: 'GET',
      path: '/api/v1/move',
      says: 'how far the move to a ClickHouse server is',
      scope: 'operate',
      answer,
      handle: told
    }),
    endpoint({
      method: 'POST',
      path: '/api/v1/move',
      says:
        'copy what the embedded store holds into an empty database of a ClickHouse server, or go ' +
        'on with that; audited',
      scope: 'operate',
      body: () =>
        z.strictObject({
          url: z.url({ protocol: /^https?$/ }),
          user: z.string().min(1),
          password: z.string(),
          database: z.string().regex(/^\w{1,100}$/, 'must be a name of letters, digits and _')
        }),
      answer,
      async handle({ body, who }) {
        if (mover === undefined)
          throw new CandorError(
            'CONFIG_INVALID',
            'This collector loads into a ClickHouse server already (`clickhouse`).'
          )
        await audit.write({ who: who.name, act: 'move' })
        mover.start(body)
        return told()
      }
    })
  ]
}
