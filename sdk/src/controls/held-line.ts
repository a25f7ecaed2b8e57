/**
 * What would a line of the spool say of what was recorded before anybody decided? It serves the
 * preview only.
 */
import { DAY_MS, HOUR_MS } from '#values/days'
import type { Effects } from '../effects.ts'
import type { Surroundings } from '../environment/environment.ts'
import type { ContractForm } from '../form.ts'
import { partsOf, type Pending } from '../record/recorder.ts'
import { compileFields, type Others } from '../record/validate.ts'
import type { WireRun } from '../wire.ts'

interface HeldInput {
  readonly form: ContractForm
  readonly version: string
  readonly environment: () => Surroundings
  readonly effects: Pick<Effects, 'now'>
}

/**
 * What the lines would say if its user agreed to the contract's default, with names and ids that
 * stand for what is not made before that.
 */
export function heldLines(
  { form, version, environment, effects }: HeldInput,
  pending: readonly Pending[]
): readonly string[] {
  const records = pending.map(({ name, form: record, fields, at }) => {
    const others: Others = {}
    const rules = { allows: () => true, hashName: () => '0'.repeat(64) }
    const read = compileFields(record.fields, rules)({ ...fields }, () => {}, others)
    return { name, at, fields: read, ...(Object.keys(others).length === 0 ? {} : { others }) }
  })
  return previewLines({ form, version, environment, effects }, records)
}

/** Lines of records that nobody has agreed to yet; the nameless ones by themselves. */
export function previewLines(
  { form, version, environment, effects }: HeldInput,
  records: readonly (Pick<Pending, 'name' | 'at' | 'fields'> & { readonly others?: Others })[]
): readonly string[] {
  const { levels, defaultLevel } = form.consent
  const run: WireRun = {
    session: '00000000-0000-4000-8000-000000000000',
    version,
    contract: form.digest,
    consent: { level: defaultLevel ?? levels.at(-1)?.name ?? '', accepted: form.terms },
    environment: partsOf(new Set(form.environment), environment()),
    records: []
  }
  return [false, true].flatMap((isNameless) => {
    const these = records.filter(
      ({ name }) => (form.records[name]?.identity === 'none') === isNameless
    )
    if (these.length === 0) return []
    const told = these.map(({ name, at, ...said }, seq) => {
      const timeMs = { hour: HOUR_MS, day: DAY_MS, no: 1 }[form.records[name]?.time ?? 'no']
      return { seq, name, at: new Date(Math.floor(at / timeMs) * timeMs).toISOString(), ...said }
    })
    const nameless = isNameless ? { nameless: true } : {}
    return [JSON.stringify({ written: effects.now(), ...nameless, run: { ...run, records: told } })]
  })
}
