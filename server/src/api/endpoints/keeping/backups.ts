/** All that is kept as of one moment, put together for whoever takes it elsewhere. */
import { z } from 'zod'
import type { Instant } from '../../../record.ts'
import type { DayCount } from '../../../storage/jobs/back-up.ts'
import type { Audit } from '../../access/audit.ts'
import { endpoint, json, type AnswerOf, type Endpoint } from '../../describe/endpoint.ts'
import { instant, named, whole } from '../../describe/shapes.ts'

export interface BackupServices {
  readonly backups: {
    stage(): Promise<{
      readonly name: string
      readonly folder: string
      readonly at: Instant
      readonly tables: 'embedded' | 'remote'
      readonly entriesWaiting: number
      readonly deletions: number
      readonly counts: readonly DayCount[]
    }>
    remove(name: string): Promise<void>
  }
  readonly audit: Pick<Audit, 'write'>
}

const staged = named('StagedBackup', () =>
  z.strictObject({
    name: z.string(),
    folder: z.string(),
    at: instant(),
    tables: z.enum(['embedded', 'remote']),
    entriesWaiting: whole(),
    deletions: whole(),
    counts: z.array(
      z.strictObject({
        product: z.string(),
        day: z.string(),
        is: z.enum(['records', 'frozen']),
        records: whole()
      })
    )
  })
)
export type StagedBackup = AnswerOf<typeof staged>

export function backupEndpoints(services: BackupServices): readonly Endpoint[] {
  return [
    endpoint({
      method: 'POST',
      path: '/api/v1/backups',
      says:
        'puts all that is kept together below the data folder, as of one moment; the command ' +
        'line takes it elsewhere; audited',
      scope: 'operate',
      answer: staged,
      async handle({ who }) {
        await services.audit.write({ who: who.name, act: 'backup' })
        const { at, ...made } = await services.backups.stage()
        return json({ ...made, at: new Date(at).toISOString() })
      }
    }),
    endpoint({
      method: 'DELETE',
      path: '/api/v1/backups/{name}',
      says: 'removes what was put together, once it lies elsewhere',
      scope: 'operate',
      answer: () => z.strictObject({ removed: z.string() }),
      async handle({ path: { name } }) {
        await services.backups.remove(name)
        return json({ removed: name })
      }
    })
  ]
}
