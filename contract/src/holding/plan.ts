/**
 * Finds the declared values of one raw object in a single walk, and everything in it that nobody
 * declared.
 */
import { endOf } from '#values/expiry'
import { countsOthers } from '../form/columns.ts'
import type { FieldDeclaration, FieldType } from '../form/contract.ts'
import { addToldCounts, type CountPlace } from './told-counts.ts'
import { comparedText, type Reader, type Run, type Wire } from './scalar-readers.ts'
import type { ColumnValue } from '../form/validated.ts'
import { readPath } from '../form/wire-path.ts'

/**
 * How one set of fields is read on one wire. Its scratch is reused by every run: runs never
 * overlap, since nothing in them waits.
 */
export interface Plan {
  /** `level` is the rank that the sender agreed to; undefined where the wire has no levels. */
  read(
    raw: object,
    run: Run,
    level: number | undefined,
    /** What the sender counted itself; undefined where nothing was told. */
    told?: unknown
  ): Record<string, ColumnValue>
}

export interface PlanInput {
  readonly fields: ReadonlyMap<string, FieldDeclaration>
  readonly wire: Wire
  /** The path of the object itself, and the column that its fields' names continue. */
  readonly path: string
  readonly column: string
  /**
   * True inside a list or map: objects stay objects there, and what is undeclared is a key that
   * must never be shown.
   */
  readonly insideCollection: boolean
  /** Inside a collection: undeclared keys are only counted. */
  readonly countsOthers: boolean
  readonly rankOf: (level: string) => number
  readonly isDeclared: (path: string) => boolean
  readonly readerOf: (type: FieldType, column: string, path: string) => Reader
}

/** A field that is read: where its raw value lands, and what becomes of it. */
interface Slot {
  /** The name in the result; undefined if only a condition looks at it. */
  readonly column: string | undefined
  readonly othersColumn: string | undefined
  readonly rank: number
  /** From when on it is no longer kept. */
  readonly end: number
  readonly type: FieldType
  readonly read: Reader
  readonly paths: readonly string[]
  readonly conditions: readonly Condition[]
}

interface Condition {
  readonly slot: number
  readonly type: FieldType
  readonly values: ReadonlySet<string>
}

/** One key of the declared paths. */
interface Node {
  readonly path: string
  readonly children: Map<string, Node>
  readonly slots: {
    readonly slot: number
    readonly priority: number
    readonly takesObject: boolean
  }[]
  /** Everything under it is dropped by contract, so nothing is undeclared there. */
  drops: boolean
  /** It is a declared object, so something else in its place is a wrong type. */
  isObject: boolean
  /** Which count its undeclared keys add to; -1 for a violation each. */
  counts: number
  /** Paths lead on through it, or it is an object: true once all paths are placed. */
  branches: boolean
}

/** A field while its place is being found: the same for its slot's paths on the wire. */
interface Placed {
  readonly field: FieldDeclaration
  readonly column: string
  /** Its own end, or that of what it stands in. */
  readonly end: number
  readonly paths: readonly (readonly string[])[]
  readonly siblings: ReadonlyMap<string, FieldDeclaration>
}

const lastPriority = 255

const countType: FieldType = {
  is: 'integer',
  unit: undefined,
  min: 0,
  max: Number.MAX_SAFE_INTEGER,
  coarsen: undefined
}

export function buildPlan(input: PlanInput): Plan {
  const { wire, insideCollection, isDeclared } = input
  const root = newNode(input.path)
  const slots: Slot[] = []
  const counts: { readonly column: string; readonly rank: number; readonly end: number }[] = []
  if (input.countsOthers) root.counts = -2
  const placed = placeFields(input)
  const countPlaces = new Map<string, CountPlace>()
  const slotOf = new Map<FieldDeclaration, number>()
  // Of what was kept, a count of undeclared keys is a column like any other.
  const placeCount = (field: FieldDeclaration, of: string, end: number): void => {
    const column = `${of}_others`
    const node = nodeAt(root, [column])
    const slot = slots.push({
      column,
      othersColumn: undefined,
      rank: input.rankOf(field.level),
      end,
      type: countType,
      read: input.readerOf(countType, column, column),
      paths: [column],
      conditions: []
    })
    node.slots.push({ slot: slot - 1, priority: 0, takesObject: false })
  }
  const watched = new Set(
    placed.flatMap(({ field, siblings }) =>
      conditionsOf(field, siblings, input.fields).map(([other]) => other)
    )
  )

  for (const { field, column, end, paths } of placed) {
    const dropped = field.collector === 'drops'
    const { type } = field
    const flattens = type.is === 'object' && !insideCollection
    if (wire === 'kept' && dropped) continue
    const nodes = paths.map((keys) => nodeAt(root, keys))
    if (dropped) for (const node of nodes) node.drops = true
    if (flattens && !dropped && wire === 'kept') {
      if (type.others === 'count') placeCount(field, column, end)
      continue
    }
    if (flattens && !dropped) {
      const counter = { column: `${column}_others`, rank: input.rankOf(field.level), end }
      const count = type.others === 'count' ? counts.push(counter) - 1 : -1
      if (count >= 0)
        for (const { path } of nodes) countPlaces.set(path, { ...counter, slot: undefined })
      for (const node of nodes) {
        node.isObject = true
        node.counts = count
      }
      continue
    }
    if (dropped && !watched.has(field)) continue
    const countsKeys = !dropped && !insideCollection && countsOthers(type)
    const shownPaths = nodes.map((node) => node.path)
    const slot = slots.push({
      column: dropped ? undefined : column,
      othersColumn: countsKeys && wire !== 'kept' ? `${column}_others` : undefined,
      rank: input.rankOf(field.level),
      end,
      type,
      read: input.readerOf(type, joined(input.column, column, '_'), shownPaths[0] ?? column),
      paths: shownPaths,
      conditions: []
    })
    slotOf.set(field, slot - 1)
    const { othersColumn, rank } = slots[slot - 1] as Slot
    if (othersColumn !== undefined)
      for (const path of shownPaths)
        countPlaces.set(path, { column: othersColumn, rank, end, slot: slot - 1 })
    const takesObject = type.is === 'map' || type.is === 'object'
    for (const [priority, node] of nodes.entries())
      node.slots.push({ slot: slot - 1, priority, takesObject })
    if (countsKeys && wire === 'kept') placeCount(field, column, end)
  }
  for (const { field, siblings } of placed) {
    const slot = slots[slotOf.get(field) ?? -1]
    // What was kept met its conditions.
    if (slot === undefined || wire === 'kept') continue
    const conditions = conditionsOf(field, siblings, input.fields).map(([other, values]) => ({
      slot: slotOf.get(other) ?? -1,
      type: other.type,
      values: new Set(values)
    }))
    slots[slotOf.get(field) ?? -1] = { ...slot, conditions }
  }
  finish(root)

  const raws: unknown[] = Array.from({ length: slots.length }, () => undefined)
  const priorities = new Uint8Array(slots.length)
  const counted = new Float64Array(counts.length)

  const walk = (node: Node, raw: object, run: Run): void => {
    const keys = Object.keys(raw)
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index] as string
      const value = (raw as Record<string, unknown>)[key]
      if (value === null || value === undefined) continue
      const child = node.children.get(key)
      if (child === undefined) {
        if (node.drops) continue
        if (node.counts >= 0) counted[node.counts] = (counted[node.counts] ?? 0) + 1
        else if (node.counts === -2) run.others += 1
        else {
          const path = joined(node.path, key, '.')
          run.note('FIELD_NOT_IN_CONTRACT', path, value, {
            declared: !insideCollection && isDeclared(path),
            insideCollection
          })
        }
        continue
      }
      const isObject = child.branches && typeof value === 'object' && !Array.isArray(value)
      for (let each = 0; each < child.slots.length; each += 1) {
        const { slot, priority, takesObject } = child.slots[each] as Node['slots'][number]
        // A path that other paths lead through may hold an object or a plain value; each field
        // takes its own.
        if (isObject && !takesObject) continue
        if (raws[slot] === undefined || priority < (priorities[slot] ?? lastPriority)) {
          raws[slot] = value
          priorities[slot] = priority
        }
      }
      if (isObject) walk(child, value, run)
      else if (child.branches && child.slots.length === 0 && !child.drops) {
        const declared = child.isObject || isDeclared(child.path)
        run.note(child.isObject ? 'FIELD_WRONG_TYPE' : 'FIELD_NOT_IN_CONTRACT', child.path, value, {
          declared: declared && !insideCollection,
          insideCollection
        })
      }
    }
  }

  const isAllowed = (slot: Slot): boolean => {
    for (const { slot: other, type, values } of slot.conditions) {
      const text = comparedText(raws[other], type)
      if (text === undefined || !values.has(text)) return false
    }
    return true
  }

  return {
    read(raw, run, level, told) {
      raws.fill(undefined)
      counted.fill(0)
      walk(root, raw, run)
      const kept: Record<string, ColumnValue> = {}
      for (let index = 0; index < slots.length; index += 1) {
        const value = raws[index]
        if (value === undefined) continue
        const slot = slots[index] as Slot
        if (slot.column === undefined) continue
        if (level !== undefined && slot.rank > level) {
          run.note('ABOVE_CONSENT', pathOf(slot, priorities[index]), value, {
            declared: true,
            insideCollection: false
          })
          continue
        }
        if (run.at >= slot.end) {
          run.note('EXPIRED', pathOf(slot, priorities[index]), value, {
            declared: true,
            insideCollection: false
          })
          continue
        }
        if (slot.conditions.length > 0 && !isAllowed(slot)) continue
        run.failed = undefined
        if (slot.othersColumn !== undefined) run.others = 0
        const keptValue = slot.read(value, run)
        if (keptValue !== undefined) kept[slot.column] = keptValue
        else if (run.failed !== undefined)
          run.note(run.failed, pathOf(slot, priorities[index]), value, {
            declared: true,
            insideCollection: false
          })
        if (slot.othersColumn !== undefined && run.others > 0) kept[slot.othersColumn] = run.others
      }
      for (let index = 0; index < counts.length; index += 1) {
        const { column, rank, end } = counts[index] as (typeof counts)[number]
        const count = counted[index] ?? 0
        if (count > 0 && run.at < end && (level === undefined || rank <= level))
          kept[column] = count
      }
      if (told !== undefined)
        addToldCounts(told, {
          placeOf: (path) => countPlaces.get(path),
          isMet: ({ slot }) => slot === undefined || isAllowed(slots[slot] as Slot),
          isDeclared,
          run,
          level,
          kept
        })
      // Nothing raw outlives the run.
      raws.fill(undefined)
      run.failed = undefined
      return kept
    }
  }

  function pathOf(slot: Slot, priority: number | undefined): string {
    return slot.paths[wire === 'client' ? (priority ?? 0) : 0] ?? ''
  }
}

function placeFields(input: PlanInput): readonly Placed[] {
  const placed: Placed[] = []
  const place = (
    fields: ReadonlyMap<string, FieldDeclaration>,
    prefix: string,
    within: { readonly paths: readonly (readonly string[])[]; readonly end: number }
  ): void => {
    for (const field of fields.values()) {
      if (input.wire === 'native' && field.sdk === 'never') continue
      const own =
        input.wire !== 'client'
          ? [[field.name]]
          : field.from.flatMap((path) => [readPath(path) ?? []])
      const column = `${prefix}${field.name}`
      const flattens = field.type.is === 'object' && !input.insideCollection
      const paths =
        input.wire !== 'kept'
          ? within.paths.flatMap((parent) => own.map((keys) => [...parent, ...keys]))
          : flattens
            ? []
            : [[column]]
      const end = Math.min(within.end, endOf(field))
      placed.push({ field, column, end, paths, siblings: fields })
      if (field.type.is === 'object' && field.collector !== 'drops' && !input.insideCollection)
        place(field.type.fields, `${column}_`, { paths, end })
    }
  }
  place(input.fields, '', { paths: [[]], end: Number.POSITIVE_INFINITY })
  return placed
}

/** The field that a condition names stands beside it, or among the record's own. */
function conditionsOf(
  field: FieldDeclaration,
  siblings: ReadonlyMap<string, FieldDeclaration>,
  all: ReadonlyMap<string, FieldDeclaration>
): readonly (readonly [FieldDeclaration, readonly string[]])[] {
  return [...(field.onlyWhen ?? [])].flatMap(([name, values]) => {
    const other = siblings.get(name) ?? all.get(name)
    return other === undefined ? [] : [[other, values] as const]
  })
}

function newNode(path: string): Node {
  return {
    path,
    children: new Map(),
    slots: [],
    drops: false,
    isObject: false,
    counts: -1,
    branches: false
  }
}

function nodeAt(root: Node, keys: readonly string[]): Node {
  let node = root
  for (const key of keys) {
    let next = node.children.get(key)
    if (next === undefined) {
      next = newNode(joined(node.path, key, '.'))
      node.children.set(key, next)
    }
    node = next
  }
  return node
}

/** What is under something dropped is dropped. */
function finish(node: Node, drops = false): void {
  node.drops ||= drops
  node.branches = node.children.size > 0 || node.isObject
  for (const child of node.children.values()) finish(child, node.drops)
}

export function joined(parent: string, key: string, by: string): string {
  return parent === '' ? key : `${parent}${by}${key}`
}
