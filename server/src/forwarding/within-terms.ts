/**
 * What of a record may a recipient be given? What the terms that its own report accepted allow to
 * them, value by value, and nothing else.
 */
import { roundedInstant } from '#values/coarsening'
import {
  environmentParts,
  type CompiledContract,
  type Contract,
  type Digest,
  type FieldDeclaration,
  type FieldType,
  type RecordDeclaration
} from '@candor/contract'
import { fieldColumn } from '../storage/tables/rows.ts'
import type { ForwardedRecord } from './forwarded.ts'

/** A product's contracts, as they stand here: its newest, and every one by digest. */
export interface Contracts {
  readonly newest: CompiledContract
  readonly published: ReadonlyMap<Digest, CompiledContract>
}

/** A row of a product's records, as the store tells it. */
export type StoredRow = Readonly<Record<string, unknown>>

/** `kind` keeps an account from being taken for an installation that happens to be alike. */
export type OutsideId = (kind: string, token: string) => string

export type Fitting =
  | { readonly is: 'forwarded'; readonly record: ForwardedRecord }
  | { readonly is: 'stays'; readonly because: StaysBecause }

/**
 * no-terms: its report stated none, as clients of other makers do. unknown-terms: of no contract
 * that is known here. not-named: they name the recipient not, or elsewhere or for something else.
 * not-agreed: nothing of the record is in them.
 */
type StaysBecause = 'no-terms' | 'unknown-terms' | 'not-named' | 'not-agreed'

/** The recipient of that name that the published contract has; undefined: it names none. */
export function namedRecipient(
  { newest }: Pick<Contracts, 'newest'>,
  to: string
): Contract['recipients'][number] | undefined {
  return newest.contract.recipients.find(({ name }) => name === to)
}

export function withinTerms(
  row: StoredRow,
  contracts: Contracts,
  { to, id, outside }: { readonly to: string; readonly id: string; readonly outside: OutsideId }
): Fitting {
  const terms = textOf(row['accepted_terms'])
  if (terms === undefined) return stays('no-terms')
  const all = [contracts.newest, ...contracts.published.values()]
  const agreed = all.find(({ contract }) => contract.terms === terms)
  const held = all.find(({ contract }) => contract.digest === row['contract'])
  if (agreed === undefined || held === undefined) return stays('unknown-terms')
  const named = namedRecipient(contracts, to)
  if (named === undefined || !agreed.contract.recipients.some((one) => isSame(one, named)))
    return stays('not-named')
  const name = textOf(row['name']) ?? ''
  const [heldRecord, agreedRecord] = [held, agreed].map(({ contract }) =>
    contract.records.get(name)
  )
  if (heldRecord === undefined || agreedRecord === undefined) return stays('not-agreed')
  const validation = agreed.validate({
    name,
    wire: 'native',
    fields: fieldsOf(heldRecord.fields, agreedRecord.fields, row),
    level: textOf(row['level']),
    at: instantOf(row['received_at']),
    // What is kept is a token already, or a statement's shape.
    rekey: ({ field, value }) => outside(`field ${field}`, value),
    shapeOf: ({ text }) => text
  })
  if (validation.is === 'dropped' || validation.kind !== row['kind']) return stays('not-agreed')
  const { fields } = validation
  const frame = frameOf(row, { held, agreed, agreedRecord, outside })
  return { is: 'forwarded', record: { id, name, kind: validation.kind, terms, ...frame, fields } }
}

/** By every word of the terms: another place or purpose is another recipient. */
function isSame(
  one: Contract['recipients'][number],
  other: Contract['recipients'][number]
): boolean {
  return one.name === other.name && one.where === other.where && one.for === other.for
}

interface Frame {
  readonly held: CompiledContract
  readonly agreed: CompiledContract
  readonly agreedRecord: RecordDeclaration
  readonly outside: OutsideId
}

function frameOf(
  row: StoredRow,
  { held, agreed, agreedRecord, outside }: Frame
): Pick<
  ForwardedRecord,
  | 'product'
  | 'at'
  | 'received'
  | 'version'
  | 'level'
  | 'contract'
  | 'installation'
  | 'account'
  | 'lineage'
  | 'session'
  | 'deletion'
  | 'environment'
> {
  const { identity, product } = agreed.contract
  const isNameless = agreedRecord.identity === 'none'
  // An id that lasts longer than the one that was agreed to stays.
  const isSameId =
    identity.kind !== 'none' &&
    held.contract.identity.kind === identity.kind &&
    held.contract.identity.days === identity.days
  const may = {
    installation: isSameId,
    account: identity.account,
    lineage: identity.lineage,
    session: true
  }
  const ids = (['installation', 'account', 'lineage', 'session'] as const).flatMap((kind) => {
    const token = textOf(row[kind])
    return token === undefined || isNameless || !may[kind]
      ? []
      : [[kind, outside(kind, token)] as const]
  })
  const deletion = textOf(row['deletion'])
  const [version, level] = [textOf(row['version']), textOf(row['level'])]
  const at = instantOf(row['occurred_at'])
  const parts = environmentParts.filter((part) => agreed.contract.environment.includes(part))
  return {
    product,
    at: new Date(
      agreedRecord.time === undefined ? at : roundedInstant(at, agreedRecord.time)
    ).toISOString(),
    received: new Date(instantOf(row['received_at'])).toISOString().slice(0, 10),
    // A version that the sender had stated before was in another report, under other terms perhaps.
    ...(version !== undefined && row['version_from'] === 'record' && { version }),
    ...(level !== undefined && { level }),
    contract: textOf(row['contract']) ?? '',
    ...Object.fromEntries(ids),
    ...(deletion !== undefined && { deletion: outside('deletion', deletion) }),
    environment: Object.fromEntries(
      parts.flatMap((part) => {
        const value = row[part]
        return typeof value === 'string' || typeof value === 'number' ? [[part, value]] : []
      })
    )
  }
}

/** As a report would hold them: objects that were flattened into columns are objects again. */
function fieldsOf(
  held: ReadonlyMap<string, FieldDeclaration>,
  agreed: ReadonlyMap<string, FieldDeclaration>,
  row: StoredRow,
  prefix = ''
): Readonly<Record<string, unknown>> {
  const found: Record<string, unknown> = {}
  for (const { name, type, collector } of held.values()) {
    const wanted = agreed.get(name)?.type
    if (collector === 'drops' || wanted === undefined) continue
    if (type.is === 'object' && wanted.is === 'object') {
      const inside = fieldsOf(type.fields, wanted.fields, row, `${prefix}${name}_`)
      if (Object.keys(inside).length > 0) found[name] = inside
    } else if (type.is !== 'object' && mayBeReadAgain(type, wanted)) {
      const value = asSent(row[fieldColumn(`${prefix}${name}`)], type)
      if (value !== undefined) found[name] = value
    }
  }
  return found
}

/**
 * A token is no longer the name that it stands for, and a shape no statement: what was kept as one
 * is read as just that, or stays.
 */
function mayBeReadAgain(held: FieldType, agreed: FieldType): boolean {
  return holdsOpaque(held) || holdsOpaque(agreed) ? formOf(held) === formOf(agreed) : true
}

function holdsOpaque(type: FieldType): boolean {
  switch (type.is) {
    case 'keyed-hash':
    case 'sql-shape':
      return true
    case 'list':
      return holdsOpaque(type.of)
    case 'map':
      return holdsOpaque(type.values)
    case 'object':
      return [...type.fields.values()].some((field) => holdsOpaque(field.type))
    default:
      return false
  }
}

function formOf(type: FieldType): string {
  return JSON.stringify(type, (_key, value: unknown) =>
    value instanceof Map ? [...(value as ReadonlyMap<string, unknown>)] : value
  )
}

/** Undefined for what was not sent: NULL, and lists and maps that are empty. */
function asSent(value: unknown, type: FieldType): unknown {
  if (value === null || value === undefined) return undefined
  if (type.is === 'timestamp') return new Date(instantOf(value)).toISOString()
  if (typeof value !== 'object') return value
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(withoutNulls)
  return Object.keys(value).length === 0 ? undefined : withoutNulls(value)
}

function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withoutNulls)
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inside]) =>
      inside === null ? [] : [[key, withoutNulls(inside)]]
    )
  )
}

/** The store writes `2026-11-20 11:00:00.000`, in UTC; a test may give milliseconds. */
function instantOf(value: unknown): number {
  return typeof value === 'number' ? value : Date.parse(`${String(value).replace(' ', 'T')}Z`)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function stays(because: StaysBecause): Fitting {
  return { is: 'stays', because }
}
