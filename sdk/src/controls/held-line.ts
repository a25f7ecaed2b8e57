/**
 * What would a line of the spool say of what was recorded before anybody decided? For the preview
 * only.
 */
import type { Effects } from '../effects.ts'
import type { Surroundings } from '../environment/environment.ts'
import type { ContractForm } from '../form.ts'
import { partsOf, type Pending } from '../record/recorder.ts'
import { compileFields } from '../record/validate.ts'
import type { WireRun } from '../wire.ts'

interface HeldInput {
  readonly form: ContractForm
  readonly version: string
  readonly environment: () => Surroundings
  readonly effects: Pick<Effects, 'now'>
}

/**
 * What a line would say if its user agreed to the contract's default, with names and ids that stand
 * for what is not made before that.
 */
export function heldLine(
  { form, version, environment, effects }: HeldInput,
  pending: readonly Pending[]
): string | undefined {
  if (pending.length === 0) return undefined
  const records = pending.map(({ name, form: record, fields, at }, seq) => ({
    seq,
    name,
    at: new Date(at).toISOString(),
    fields: compileFields(record.fields, { allows: () => true, hashName: () => '0'.repeat(64) })(
      { ...fields },
      () => {}
    )
  }))
  const run: WireRun = {
    session: '00000000-0000-4000-8000-000000000000',
    version,
    contract: form.digest,
    consent: { level: form.consent.levels.at(-1)?.name ?? '', accepted: form.terms },
    environment: partsOf(new Set(form.environment), environment()),
    records
  }
  return JSON.stringify({ written: effects.now(), run })
}
