/**
 * Proposes the next version of a contract from what a collector saw and did not keep: names and
 * kinds alone, since values were never kept.
 */
import { Document, isMap, type Pair } from 'yaml'
import { checkContract } from '../check/check.ts'
import { isReservedColumn } from '../form/columns.ts'
import type { Contract } from '../form/contract.ts'
import { extendPath } from '../form/wire-path.ts'
import { fieldAt, keysOf, sameRecord, similarRecord } from './drifted-place.ts'
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

/** Something declared that came otherwise than it says: nothing is changed but a remark's place. */
interface Otherwise {
  readonly record: string
  /** From the record on, through the fields of objects. Empty: another name of the record. */
  readonly fields: readonly string[]
  readonly alias: string | undefined
  readonly says: string
}

const lookedAt = new Set(['FIELD_NOT_IN_CONTRACT', 'RECORD_NOT_IN_CONTRACT'])

/** What is said of a declared field, by why its value was not kept. */
const otherwise: Readonly<Record<string, (kind: string) => string>> = {
  FIELD_WRONG_TYPE: (kind) =>
    kind === 'object'
      ? 'as an object, which its type is not; `from: [a, a.b]` reads a member where there is one'
      : `as ${kind === 'array' ? 'an array' : `a ${kind}`}, which its type is not`,
  FIELD_OUT_OF_BOUNDS: () => 'beyond its bounds',
  VALUE_NOT_IN_CONTRACT: () => 'with a word that it does not list'
}

export function inferFromDrift(
  contract: Contract,
  rows: readonly DriftedName[],
  { today }: { readonly today: string }
): DriftInference {
  const undeclared = rows.filter(({ reason }) => lookedAt.has(reason))
  const additions = new Map<string, Addition>()
  const remarks = rows.flatMap((row) => otherwiseOf(contract, row) ?? [])
  const renamed = new Set(remarks.flatMap(({ alias }) => alias ?? []))
  let hidden = 0
  for (const row of undeclared) {
    if (row.reason === 'RECORD_NOT_IN_CONTRACT' && renamed.has(row.name ?? '')) continue
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
    const text = write(contract, { additions: chosen, remarks, hidden })
    const errors = checkContract(text, { today }).findings.filter(
      ({ severity }) => severity === 'error'
    )
    const found = [...additions].filter(
      ([key, { record, field }]) =>
        !refused.has(key) &&
        field !== undefined &&
        errors.some(({ path }) => `${path}.`.includes(`.${record}.fields.${field}.`))
    )
    const added = additions.size + renamed.size
    if (found.length === 0) return { text, added, hidden }
    for (const [key] of found) refused.add(key)
  }
}

function additionFor(
  contract: Contract,
  row: DriftedName,
  known: ReadonlyMap<string, Addition>
): Addition | 'hidden' | 'known' {
  const { name, reason, kind } = row
  const seen = seenOf(row)
  if (name === null || name.startsWith('#') || name === '(other)') return 'hidden'
  if (reason === 'RECORD_NOT_IN_CONTRACT') {
    const record = identifier(name)
    if (!isShowable(name, isShowableName)) return 'hidden'
    if (contract.records.has(record) || known.has(`${record}.`)) return 'known'
    const similar = similarRecord(contract, name)
    const perhaps =
      similar === undefined
        ? ''
        : `perhaps \`${similar.name}\` by another name, which then belongs to its aliases; `
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
        `${seen}; ${perhaps}say when it is sent, who answers for it and until when; its ` +
        'fields show once it is declared'
    }
  }
  const record = row.record === null ? undefined : contract.records.get(row.record)
  if (record === undefined || !isShowable(name, isShowableKey)) return 'hidden'
  const keys = keysOf(record, name)
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

function seenOf({ records, installations }: DriftedName): string {
  return (
    `came ${records} ${records === 1 ? 'time' : 'times'}` +
    (installations === undefined ? '' : ` from ${installations} installations`)
  )
}

/** A point alone makes no host name of what the ledger shows already. */
function isShowable(name: string, isShown: (part: string) => boolean): boolean {
  return name.split('.').every(isShown)
}

function otherwiseOf(contract: Contract, row: DriftedName): Otherwise | undefined {
  const { name, reason, kind, record } = row
  if (name === null || name.startsWith('#')) return undefined
  if (reason === 'RECORD_NOT_IN_CONTRACT') {
    const same = isShowable(name, isShowableName) ? sameRecord(contract, name) : undefined
    if (same === undefined || [same.name, ...same.aliases].includes(name)) return undefined
    const says = `\`${name}\` ${seenOf(row)}, and is written alike`
    return { record: same.name, fields: [], alias: name, says }
  }
  const declared = record === null ? undefined : contract.records.get(record)
  const said = Object.hasOwn(otherwise, reason) ? otherwise[reason]?.(kind) : undefined
  const fields = declared === undefined ? undefined : fieldAt(declared, name)
  if (declared === undefined || said === undefined || fields === undefined) return undefined
  return {
    record: declared.name,
    fields: fields.map((field) => field.name),
    alias: undefined,
    says: `${seenOf(row)} ${said}`
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

function write(
  contract: Contract,
  {
    additions,
    remarks,
    hidden
  }: {
    readonly additions: readonly Addition[]
    readonly remarks: readonly Otherwise[]
    readonly hidden: number
  }
): string {
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
  for (const { record, alias } of remarks) {
    if (alias === undefined) continue
    const own = (authored[sectionOf(record)] ??= {})[record] ?? {}
    const aliases = (own['aliases'] as readonly string[] | undefined) ?? []
    if (!aliases.includes(alias)) own['aliases'] = [...aliases, alias]
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
      (additions.length + remarks.length === 0
        ? 'nothing that has a name yet.'
        : 'each of that is marked "review".'),
    ...(hidden === 0 ? [] : [` ${names} like data.`])
  ].join('\n')
  for (const { record, field, says } of additions) {
    const own = pairOf(pairOf(document.contents, sectionOf(record))?.value, record)
    remark(field === undefined ? own : pairOf(pairOf(own?.value, 'fields')?.value, field), says)
  }
  for (const { record, fields, says } of remarks) {
    const own = pairOf(pairOf(document.contents, sectionOf(record))?.value, record)
    remark(fields.length === 0 ? own : (authoredField(document, own, fields) ?? own), says)
  }
  return layOut(document)
}

/** In the record itself, or in a group that it uses. */
function authoredField(
  document: Document,
  record: Pair | undefined,
  fields: readonly string[]
): Pair | undefined {
  const [first = '', ...inner] = fields
  const groups = pairOf(document.contents, 'groups')?.value
  const places = [
    pairOf(record?.value, 'fields')?.value,
    ...(isMap(groups) ? groups.items.map(({ value }) => value) : [])
  ]
  const found = places.map((place) => pairOf(place, first)).find((pair) => pair !== undefined)
  return inner.reduce<Pair | undefined>(
    (pair, name) => pairOf(pairOf(pair?.value, 'fields')?.value, name) ?? pair,
    found
  )
}
