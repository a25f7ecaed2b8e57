/**
 * What would a contract make of one event, field by field? Names and reasons alone leave this file,
 * never a value.
 */
import { readClientInstant } from '#values/instants'
import {
  isShowableKey,
  isShowableName,
  readPath,
  type ColumnValue,
  type CompiledContract,
  type FieldDeclaration,
  type FieldType,
  type JsonKind,
  type Validation,
  type ViolationCode
} from '@candor/contract'
import type { Instant, WireRecord } from '../../record.ts'

/** kept: as it was sent. reduced: more coarsely or otherwise. */
export interface Fate {
  readonly field: string
  readonly is: 'kept' | 'reduced' | 'dropped'
  /** Why it is dropped. */
  readonly because?: string
}

export interface EventFate {
  readonly event: string
  /** part: the event is kept, and not all of its fields are. */
  readonly is: 'whole' | 'part' | 'dropped'
  readonly because?: string
  readonly fields: readonly Fate[]
}

/** A field of a contract that has a value of its own. */
interface Leaf {
  readonly column: string
  readonly paths: readonly (readonly string[])[]
  readonly type: FieldType
  /** The contract says that it is dropped, and why. */
  readonly dropped: string | undefined
}

export type Judge = (record: WireRecord, at: Instant) => EventFate

const unshowableName = '(a name that looks like data)'
const notWhen = 'only_when'

export function createJudge({ contract, validate }: CompiledContract): Judge {
  const leaves = new Map<string, readonly Leaf[]>()
  for (const record of contract.records.values()) leaves.set(record.name, leavesOf(record.fields))
  return ({ name, wire, fields, source }, at) => {
    const input = { name, wire, fields, level: source.level, at, rekey: () => token }
    const validation = validate(input)
    if (validation.is === 'dropped') {
      const code = validation.violations[0]?.code ?? 'RECORD_NOT_IN_CONTRACT'
      const because = code === 'RECORD_NOT_IN_CONTRACT' && name.startsWith('$') ? librarysOwn : code
      return { event: eventName(name), is: 'dropped', because, fields: [] }
    }
    const declared = (leaves.get(validation.name) ?? []).flatMap((leaf) =>
      fateOf(leaf, fields, validation)
    )
    const found = [...declared, ...othersIn(validation, { told: declared, fields })]
    const is = found.every((fate) => fate.is !== 'dropped') ? 'whole' : 'part'
    return { event: validation.name, is, fields: found }
  }
}

// What a library reports of itself; a contract may declare it like any other.
const librarysOwn = 'the library’s own'

/** Every token has this form; a fate tells only that there is one. */
const token = '0'.repeat(32)

/** As the contract names it, or as it was sent where it looks like a name that a program has. */
export function eventName(sent: string): string {
  return isShowableName(sent) ? sent : unshowableName
}

function leavesOf(
  fields: ReadonlyMap<string, FieldDeclaration>,
  column = '',
  parents: readonly (readonly string[])[] = [[]]
): readonly Leaf[] {
  return [...fields.values()].flatMap((field): readonly Leaf[] => {
    const { name, type, collector, because } = field
    const paths = parents.flatMap((parent) => pathsOf(field).map((path) => [...parent, ...path]))
    const ownColumn = column === '' ? name : `${column}_${name}`
    const isDropped = collector === 'drops'
    if (type.is === 'object' && !isDropped) return leavesOf(type.fields, ownColumn, paths)
    const dropped = isDropped ? (because ?? 'by the contract') : undefined
    return [{ column: ownColumn, paths, type, dropped }]
  })
}

function pathsOf({ name, from }: FieldDeclaration): readonly (readonly string[])[] {
  return from.length === 0 ? [[name]] : from.map((path) => readPath(path) ?? [])
}

function fateOf(
  { column, paths, type, dropped }: Leaf,
  fields: unknown,
  { fields: kept, violations }: Validation & { is: 'kept' }
): readonly Fate[] {
  const takesObject = type.is === 'map' || type.is === 'object'
  const found = paths.flatMap((path) => {
    const value = valueAt(fields, path)
    return value === undefined || value === null ? [] : [{ path, value }]
  })
  const taken = found.find(({ value }) => takesObject || !isObject(value)) ?? found[0]
  if (taken === undefined) return []
  const field = taken.path.join('.')
  if (dropped !== undefined) return [{ field, is: 'dropped', because: dropped }]
  const value = kept[column]
  if (value === undefined) {
    const violation = violations.find((each) => each.declared && each.field === field)
    const because = violation === undefined ? notWhen : reasonOf(violation.code, violation.kind)
    return [{ field, is: 'dropped', because }]
  }
  return [{ field, is: isSame(taken.value, value, type) ? 'kept' : 'reduced' }]
}

/** What no declared field has taken. Keys of maps and lists are data, and so have no row. */
function othersIn(
  { violations }: Validation,
  { told, fields }: { readonly told: readonly Fate[]; readonly fields: unknown }
): readonly Fate[] {
  const known = new Set(told.map(({ field }) => field))
  return violations.flatMap(({ code, kind, field, declared, insideCollection }) => {
    if (insideCollection || known.has(field)) return []
    // A library puts all that its product adds there under one name.
    const inside = field === 'context' ? valueAt(fields, ['context']) : undefined
    const names = isObject(inside) ? Object.keys(inside).map((key) => `context.${key}`) : [field]
    return names.map((name): Fate => {
      const isShown = declared || name.split('.').every((key) => isShowableKey(key))
      return {
        field: isShown ? name : unshowableName,
        is: 'dropped',
        because: reasonOf(code, kind)
      }
    })
  })
}

function reasonOf(code: ViolationCode, kind: JsonKind): string {
  return code === 'FIELD_WRONG_TYPE' ? `${code} (${kind})` : code
}

/** Another spelling of the same is the same: `"5"` and 5, two notations of one moment. */
function isSame(sent: unknown, kept: ColumnValue, type: FieldType): boolean {
  if (type.is === 'timestamp') {
    const moment = readClientInstant(String(sent))
    return moment !== undefined && moment === readClientInstant(String(kept))
  }
  // It is kept in seconds, whatever its unit on the wire.
  if (type.is === 'duration') return type.coarsen === undefined
  if (Array.isArray(sent) && Array.isArray(kept)) {
    const inner = type.is === 'list' ? type.of : type
    const all: readonly unknown[] = sent
    return (
      all.length === kept.length &&
      all.every((each, index) => isSame(each, (kept as ColumnValue[])[index] ?? null, inner))
    )
  }
  if (isObject(sent)) return JSON.stringify(sent) === JSON.stringify(kept)
  return String(sent) === String(kept)
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let found = value
  for (const key of path)
    found = isObject(found) && Object.hasOwn(found, key) ? found[key] : undefined
  return found
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
