/**
 * What does a proposed change add to what a contract tells of an installation? Both sides are
 * measured on the same installations.
 */
import type { RecordRisk, Risk } from './assess.ts'
import type { Counted } from './measure.ts'

export interface RiskChange {
  readonly record: string
  /** Undefined for the record as a whole. */
  readonly field: string | undefined
  /** Undefined for what is new, or gone. */
  readonly before: Counted | undefined
  readonly after: Counted | undefined
}

/** Only what differs; the record as a whole before its fields. */
export function compareRisk(before: Risk, after: Risk): readonly RiskChange[] {
  const old = new Map(before.records.map((record) => [record.name, record]))
  const now = new Map(after.records.map((record) => [record.name, record]))
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) =>
    compareRecord(name, old.get(name), now.get(name))
  )
}

function compareRecord(
  record: string,
  before: RecordRisk | undefined,
  after: RecordRisk | undefined
): readonly RiskChange[] {
  const [old, now] = [before, after].map(
    (risk) => new Map(risk?.fields.map(({ name, counted }) => [name, counted]))
  )
  const names = [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])]
  return [
    { record, field: undefined, before: before?.whole, after: after?.whole },
    ...names.map((field) => ({ record, field, before: old?.get(field), after: now?.get(field) }))
  ].filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after))
}
