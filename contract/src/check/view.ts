/**
 * A contract as rules look at it: every record, field and type with its place in the text and the
 * waivers that hold there.
 */
import { presenceName } from '../form/presence.ts'
import type { Contract, FieldDeclaration, FieldType, RecordDeclaration } from '../form/contract.ts'
import type { SourcePosition, Source } from '../grammar/source.ts'

export interface ContractView extends Spot {
  readonly contract: Contract
  /** The day of the check, as 2026-11-20: the package has no clock. */
  readonly today: string
  readonly records: readonly RecordView[]
  /** Every field of every record, members of objects too; shared ones once for each use. */
  readonly fields: readonly FieldView[]
  /** Every waiver of the document, whether anything is under it or not. */
  readonly waivers: readonly Waiver[]
  /** A place by its keys, as far as it is there. */
  find(...keys: readonly string[]): Spot
}

/** Something of the contract that a rule may point at. */
export interface Spot {
  readonly path: string
  readonly place: SourcePosition
  /** Those of what it stands in as well. */
  readonly waivers: readonly Waiver[]
  /** Whether the key is written here, or in the named type. */
  has(key: string): boolean
  /** Where the key's value stands; its own place when it has none. */
  at(key: string): SourcePosition
}

interface RecordView extends Spot {
  readonly record: RecordDeclaration
}

export interface FieldView extends Spot {
  readonly field: FieldDeclaration
  readonly record: RecordView
  /** Names from the record's field down to this one. */
  readonly column: string
  /** False when it, or what it stands in, is dropped. */
  readonly isKept: boolean
  /** Its type and what lists and maps in it hold, down to objects. */
  readonly types: readonly TypeView[]
}

export interface TypeView extends Spot {
  readonly type: FieldType
}

export interface Waiver {
  readonly code: string
  readonly reason: string
  readonly path: string
  readonly place: SourcePosition
  /** The same object for the same writing of it, through however many uses it is met. */
  readonly written: Source
}

export function viewContract(contract: Contract, source: Source, today: string): ContractView {
  const root = spotOf('', source.at, [source], [])
  const types = valueOf(source, 'types')
  const records: RecordView[] = []
  const fields: FieldView[] = []
  for (const record of contract.records.values()) {
    const section = `${record.kind}s`
    const entry = entryOf(valueOf(source, section), record.name)
    const nodes = entry === undefined ? [] : [entry.value]
    // Presence is declared by its one word, and has nothing that a maintainer could mend.
    if (entry === undefined && record.name === presenceName) continue
    const path = `${section}.${record.name}`
    const view: RecordView = {
      ...spotOf(path, entry?.keyAt ?? source.at, nodes, root.waivers),
      record
    }
    records.push(view)
    const find = (name: string): SourceEntry | undefined => fieldEntry(source, nodes[0], name)
    fields.push(
      ...viewFields({
        fields: record.fields,
        record: view,
        holder: view,
        column: '',
        isKept: true,
        find,
        types
      })
    )
  }
  return {
    ...root,
    contract,
    today,
    records,
    fields,
    waivers: waiversBelow(source, ''),
    find: (...keys) => findSpot(source, keys, root.waivers)
  }
}

type SourceEntry = NonNullable<ReturnType<typeof entryOf>>

interface Holding {
  readonly fields: ReadonlyMap<string, FieldDeclaration>
  readonly record: RecordView
  /** The record, object, list or map that holds them. */
  readonly holder: Spot
  readonly column: string
  readonly isKept: boolean
  readonly find: (name: string) => SourceEntry | undefined
  readonly types: Source | undefined
}

function viewFields({
  fields,
  record,
  holder,
  column,
  isKept,
  find,
  types
}: Holding): readonly FieldView[] {
  return [...fields.values()].flatMap((field) => {
    const entry = find(field.name)
    const nodes = chainOf(entry?.value, types)
    const spot = spotOf(
      `${holder.path}.fields.${field.name}`,
      entry?.keyAt ?? holder.place,
      nodes,
      holder.waivers
    )
    const inside = viewTypes(field.type, nodes, spot, types)
    const view: FieldView = {
      ...spot,
      field,
      record,
      column: `${column}${field.name}`,
      isKept: isKept && field.collector !== 'drops',
      types: inside.map(({ type, spot: typeSpot }) => ({ ...typeSpot, type }))
    }
    const members = inside.flatMap(({ type, nodes: typeNodes, spot: typeSpot }) => {
      if (type.is !== 'object') return []
      const declared = typeNodes
        .map((node) => valueOf(node, 'fields'))
        .find((value) => value !== undefined)
      return viewFields({
        fields: type.fields,
        record,
        holder: typeSpot,
        column: `${view.column}_`,
        isKept: view.isKept,
        find: (name) => entryOf(declared, name),
        types
      })
    })
    return [view, ...members]
  })
}

interface TypeAt {
  readonly type: FieldType
  readonly nodes: readonly Source[]
  readonly spot: Spot
}

function viewTypes(
  type: FieldType,
  nodes: readonly Source[],
  spot: Spot,
  types: Source | undefined
): readonly TypeAt[] {
  const own: TypeAt = { type, nodes, spot }
  // What a counter counts with is nothing that its author wrote.
  if (type.is !== 'list' && (type.is !== 'map' || type.counts !== undefined)) return [own]
  const key = type.is === 'list' ? 'of' : 'values'
  const written = nodes.map((node) => valueOf(node, key)).find((value) => value !== undefined)
  const named = written?.is === 'scalar' ? valueOf(types, String(written.value)) : written
  const inner = chainOf(named, types)
  const innerSpot = spotOf(`${spot.path}.${key}`, written?.at ?? spot.place, inner, spot.waivers)
  return [own, ...viewTypes(type.is === 'list' ? type.of : type.values, inner, innerSpot, types)]
}

function spotOf(
  path: string,
  place: SourcePosition,
  nodes: readonly Source[],
  outer: readonly Waiver[]
): Spot {
  const valuesOf = (key: string): readonly Source[] =>
    nodes.flatMap((node) => valueOf(node, key) ?? [])
  return {
    path,
    place,
    waivers: [...nodes.flatMap((node) => waiversOf(node, path)), ...outer],
    has: (key) => valuesOf(key).length > 0,
    // A built-in type stands where the last of the named types is declared.
    at: (key) => (key === 'type' ? valuesOf(key).at(-1) : valuesOf(key)[0])?.at ?? place
  }
}

function findSpot(root: Source, keys: readonly string[], waivers: readonly Waiver[]): Spot {
  let at: { keyAt: SourcePosition; value: Source } = { keyAt: root.at, value: root }
  for (const key of keys) {
    const item = at.value.is === 'list' ? at.value.items[Number(key)] : undefined
    const next = item === undefined ? entryOf(at.value, key) : { keyAt: item.at, value: item }
    if (next === undefined) break
    at = next
  }
  return spotOf(keys.join('.'), at.keyAt, [at.value], waivers)
}

/** What is written at a field or type, and the named types behind it, nearest first. */
function chainOf(node: Source | undefined, types: Source | undefined): readonly Source[] {
  const chain: Source[] = []
  let next = node
  while (next?.is === 'map' && !chain.includes(next)) {
    chain.push(next)
    const type = valueOf(next, 'type')
    next = type?.is === 'scalar' ? valueOf(types, String(type.value)) : undefined
  }
  return chain
}

/** The record's own writing of a field, or that of the group that it comes from. */
function fieldEntry(
  root: Source,
  record: Source | undefined,
  name: string
): SourceEntry | undefined {
  const own = entryOf(valueOf(record, 'fields'), name)
  if (own !== undefined) return own
  const uses = valueOf(record, 'uses')
  for (const use of uses?.is === 'list' ? uses.items : []) {
    const group =
      use.is === 'scalar' ? valueOf(valueOf(root, 'groups'), String(use.value)) : undefined
    const found = entryOf(group, name) ?? entryOf(valueOf(group, 'fields'), name)
    if (found !== undefined) return found
  }
  return undefined
}

function waiversOf(node: Source, path: string): readonly Waiver[] {
  const written = valueOf(node, 'waive')
  if (written?.is !== 'map') return []
  return [...written.entries].map(([code, { keyAt, value }]) => ({
    code,
    reason: value.is === 'scalar' ? String(value.value) : '',
    path,
    place: keyAt,
    written: value
  }))
}

/** A name may be `waive` as well: only a mapping of reasons is one. */
function waiversBelow(node: Source, path: string): readonly Waiver[] {
  if (node.is === 'scalar') return []
  if (node.is === 'list') return node.items.flatMap((item) => waiversBelow(item, path))
  const own = waiversOf(node, path).filter(
    ({ code, written }) => written.is === 'scalar' && /^[A-Z_]+$/.test(code)
  )
  const below = [...node.entries].filter(([key]) => key !== 'waive')
  return [
    ...own,
    ...below.flatMap(([key, entry]) =>
      waiversBelow(entry.value, path === '' ? key : `${path}.${key}`)
    )
  ]
}

function entryOf(
  node: Source | undefined,
  key: string
): { readonly keyAt: SourcePosition; readonly value: Source } | undefined {
  return node?.is === 'map' ? node.entries.get(key) : undefined
}

function valueOf(node: Source | undefined, key: string): Source | undefined {
  return entryOf(node, key)?.value
}
