/**
 * Proposes the next version of a contract from what a collector saw and did not keep: names and
 * kinds alone, since values were never kept.
 */
import { Document } from 'yaml'
import { checkContract } from '../check/check.ts'
import { isReservedColumn } from '../form/columns.ts'
import type { Contract } from '../form/contract.ts'
import { extendPath } from '../form/wire-path.ts'
import { identifier } from './identifier.ts'
import { isShowableKey, isShowableName, soundsPersonal } from './personal-text.ts'
import { layOut, pairOf, remark } from './yaml-layout.ts'

/** A row of the drift ledger, as `candor ask drift` answers it. */
export interface DriftedName {
  readonly reason: string
  readonly record: string | null
  /** A digest, which begins with `#`, where the name may not be shown. */
  readonly name: string | null
  readonly kind: string
  readonly records: number
  readonly installations?: number
}

export interface DriftInference {
  /** The contract, as YAML with comments. */
  readonly text: string
  /** Fields and records that were added. */
  readonly added: number
  /** Names that the ledger does not show yet, or that look like data. */
  readonly hidden: number
}

interface Addition {
  readonly record: string
  /** Undefined for a whole record. */
  readonly field: string | undefined
  readonly spell: Readonly<Record<string, unknown>>
  readonly says: string
}

const lookedAt = new Set(['FIELD_NOT_IN_CONTRACT', 'RECORD_NOT_IN_CONTRACT'])

export function inferFromDrift(
  contract: Contract,
  rows: readonly DriftedName[],
  { today }: { readonly today: string }
): DriftInference {
  const undeclared = rows.filter(({ reason }) => lookedAt.has(reason))
  const additions = new Map<string, Addition>()
  let hidden = 0
  for (const row of undeclared) {
    const addition = additionFor(contract, row, additions)
    if (addition === 'hidden') hidden += 1
    else if (addition !== 'known')
      additions.set(`${addition.record}.${addition.field ?? ''}`, addition)
  }
  const refused = new Set<string>()
  // What the check refuses is dropped; each round drops one more, or is the last.
  for (;;) {
    const chosen = [...additions].map(([key, addition]) =>
      refused.has(key) ? dropping(addition) : addition
    )
    const text = write(contract, chosen, hidden)
    const errors = checkContract(text, { today }).findings.filter(
      ({ severity }) => severity === 'error'
    )
    const found = [...additions].filter(
      ([key, { record, field }]) =>
        !refused.has(key) &&
        field !== undefined &&
        errors.some(({ path }) => `${path}.`.includes(`.${record}.fields.${field}.`))
    )
    if (found.length === 0) return { text, added: additions.size, hidden }
    for (const [key] of found) refused.add(key)
  }
}

function additionFor(
  contract: Contract,
  row: DriftedName,
  known: ReadonlyMap<string, Addition>
): Addition | 'hidden' | 'known' {
  const { name, reason, kind } = row
  const seen =
    `came ${row.records} ${row.records === 1 ? 'time' : 'times'}` +
    (row.installations === undefined ? '' : ` from ${row.installations} installations`)
  if (name === null || name.startsWith('#') || name === '(other)') return 'hidden'
  if (reason === 'RECORD_NOT_IN_CONTRACT') {
    const record = identifier(name)
    if (!isShowableName(name)) return 'hidden'
    if (contract.records.has(record) || known.has(`${record}.`)) return 'known'
    const serves = [...contract.questions.keys()].slice(0, 1)
    const spell = {
      when: `Say when \`${record}\` is sent.`,
      ...(record === name ? {} : { aliases: [name] }),
      ...(serves.length === 0 ? {} : { serves })
    }
    return {
      record,
      field: undefined,
      spell,
      says:
        `${seen}; say when it is sent, who answers for it and until when; its fields show once ` +
        'it is declared'
    }
  }
  const record = row.record === null ? undefined : contract.records.get(row.record)
  const keys = name.split('.')
  if (record === undefined || !keys.every(isShowableKey)) return 'hidden'
  const field = freeField(
    contract,
    record.name,
    identifier((keys[0] === 'properties' && keys.length > 1 ? keys.slice(1) : keys).join('_'))
  )
  const from = keys.reduce(extendPath, '')
  const same = known.get(`${record.name}.${field}`)
  if (same !== undefined) {
    // The same name came as another kind as well.
    return dropping(same)
  }
  return {
    record: record.name,
    field,
    spell: { ...spellKind(kind, name, field), ...(from === field ? {} : { from }) },
    says: seen
  }
}

function spellKind(kind: string, name: string, field: string): Readonly<Record<string, unknown>> {
  const says = field.replaceAll('_', ' ')
  const sounds = soundsPersonal(name.replaceAll('.', '_'))
  if (sounds !== undefined) return drops(`its name sounds like ${sounds}`)
  switch (kind) {
    case 'boolean':
      return { type: 'boolean', says }
    case 'number':
      return { type: 'number', says }
    default:
      return drops(
        kind === 'string'
          ? 'free text may hold anything; an enum needs words that only you know'
          : `nobody has looked through what is in this ${kind}`
      )
  }
}

function drops(because: string): Readonly<Record<string, unknown>> {
  return { sdk: 'never', collector: 'drops', because }
}

function dropping(addition: Addition): Addition {
  const { from } = addition.spell
  return {
    ...addition,
    spell: {
      ...drops('the check refuses it as it is, or it came as several kinds of value'),
      ...(from === undefined ? {} : { from })
    }
  }
}

/** A field of another record may have the column with another type: then the name is told apart. */
function freeField(contract: Contract, record: string, wanted: string): string {
  const isTaken = (name: string): boolean =>
    isReservedColumn(name) ||
    [...contract.records.values()].some(({ fields }) =>
      [...fields.keys()].some((field) => field === name || name.startsWith(`${field}_`))
    )
  return isTaken(wanted) ? `${record}_${wanted}`.slice(0, 63) : wanted
}

function write(contract: Contract, additions: readonly Addition[], hidden: number): string {
  const authored = structuredClone(contract.document) as Record<
    string,
    Record<string, Record<string, unknown>>
  >
  const sectionOf = (record: string): string => `${contract.records.get(record)?.kind ?? 'event'}s`
  for (const { record, field, spell } of additions) {
    const section = (authored[sectionOf(record)] ??= {})
    if (field === undefined) section[record] = { ...spell }
    else
      (section[record] ??= {})['fields'] = {
        ...(section[record]?.['fields'] as object | undefined),
        [field]: spell
      }
  }
  const document = new Document(authored, {
    version: '1.2',
    schema: 'core',
    aliasDuplicateObjects: false
  })
  const names =
    hidden === 1
      ? 'One name is not shown: too few installations sent it, or it looks'
      : `${hidden} names are not shown: too few installations sent them, or they look`
  document.commentBefore = [
    ` The newest contract of ${contract.product} that the collector accepts, and what ` +
      'arrived that it does not declare: ' +
      (additions.length === 0
        ? 'nothing that has a name yet.'
        : 'each of that is marked "review".'),
    ...(hidden === 0 ? [] : [` ${names} like data.`])
  ].join('\n')
  for (const { record, field, says } of additions) {
    const own = pairOf(pairOf(document.contents, sectionOf(record))?.value, record)
    remark(field === undefined ? own : pairOf(pairOf(own?.value, 'fields')?.value, field), says)
  }
  return layOut(document)
}
