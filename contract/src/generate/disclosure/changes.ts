/** What came with which release: the newest first, records and fields with a `since`. */
import { compareVersionTexts } from '#values/version-order'
import type { FieldDeclaration, RecordDeclaration } from '../../form/contract.ts'

export interface Change {
  readonly version: string
  /** Whole records that this release sends for the first time. */
  readonly records: readonly string[]
  /** Fields that came later than their record. */
  readonly fields: readonly { readonly field: string; readonly records: readonly string[] }[]
}

export function changesOf(records: readonly RecordDeclaration[]): readonly Change[] {
  const versions = new Map<
    string,
    { readonly records: string[]; readonly fields: Map<string, string[]> }
  >()
  const at = (
    version: string
  ): { readonly records: string[]; readonly fields: Map<string, string[]> } => {
    const known = versions.get(version) ?? { records: [], fields: new Map<string, string[]>() }
    versions.set(version, known)
    return known
  }
  const addFields = (
    fields: ReadonlyMap<string, FieldDeclaration>,
    record: string,
    prefix: string,
    inherited: string | undefined
  ): void => {
    for (const field of fields.values()) {
      const name = `${prefix}${field.name}`
      if (field.since !== undefined && field.since !== inherited) {
        const known = at(field.since).fields
        known.set(name, [...(known.get(name) ?? []), record])
      }
      if (field.type.is === 'object') addFields(field.type.fields, record, `${name}.`, field.since)
    }
  }
  for (const record of records) {
    if (record.since !== undefined) at(record.since).records.push(record.name)
    addFields(record.fields, record.name, '', record.since)
  }
  return [...versions]
    .sort(([one], [other]) => compareVersionTexts(other, one))
    .map(([version, { records: names, fields }]) => ({
      version,
      records: names,
      fields: [...fields].map(([field, recordNames]) => ({ field, records: recordNames }))
    }))
}
