/**
 * What may be sent of a record? Only what its contract declares and its user allows, each value
 * within its type; the rest stays home and is counted.
 */
import { countsIn } from '#values/coarsening'
import { isPlainText } from '#values/plain-text'
import type { FieldForm, TypeForm } from '../form.ts'
import type { WireValue } from '../wire.ts'
import {
  comparedText,
  lost,
  scalarReader,
  unitsPerSecond,
  type HashName,
  type Lose,
  type Read
} from './scalars.ts'

type WireFields = Record<string, WireValue>
type Raw = Readonly<Record<string, unknown>>
type FieldForms = { readonly [name: string]: FieldForm }

export interface ReadingRules {
  /**
   * `path` is the field's name, with those of the objects around it: `pools.size`. Inside lists and
   * maps nobody is asked.
   */
  readonly allows: (path: string, field: FieldForm) => boolean
  readonly hashName: HashName
}

/**
 * How many undeclared keys came where the contract asks for their number alone, by the path of the
 * field: their names never leave the process.
 */
export type Others = Record<string, number>

/**
 * Compiled once for what is allowed now. `raw` is a snapshot: plain data, of any shape. Never
 * throws. What is only counted is added to `others`.
 */
export type ReadFields = (raw: Raw, lose: Lose, others?: Others) => WireFields

/** Inside lists and maps, and in the fields of their objects, it is the same for every path. */
type Count = (path: string) => void
type CountingRules = ReadingRules & { readonly count: Count }

export function compileFields(fields: FieldForms, rules: ReadingRules): ReadFields {
  // Readings never overlap, since nothing in them waits.
  let counted: Others | undefined
  const count: Count = (path) => {
    if (counted !== undefined) counted[path] = (counted[path] ?? 0) + 1
  }
  const read = objectReader(fields, false, '', { ...rules, count }, fields)
  return (raw, lose, others) => {
    counted = others
    return read(raw, lose, raw, {})
  }
}

function noCount(): void {}

/**
 * `rootRaw` and `rootSent` are the record's own fields, where a condition looks that finds no
 * sibling.
 */
type ReadObject = (raw: Raw, lose: Lose, rootRaw: Raw, rootSent: WireFields) => WireFields

interface Slot {
  readonly name: string
  /** Made when the first value comes: most records leave most of their fields out. */
  readonly read: () => Read
  readonly readObject: ReadObject | undefined
  readonly conditions: readonly (readonly [
    name: string,
    type: TypeForm,
    inRoot: boolean,
    values: readonly string[]
  ])[]
}

function objectReader(
  fields: FieldForms,
  countsOthers: boolean,
  path: string,
  rules: CountingRules,
  /**
   * The record's own fields. Undefined inside a list or map, where an object stands for itself: no
   * default may stand in for it.
   */
  root: FieldForms | undefined
): ReadObject {
  const slots: Slot[] = []
  for (const name of Object.keys(fields)) {
    const field = fields[name] as FieldForm
    const own = path === '' ? name : `${path}.${name}`
    if (root !== undefined && !rules.allows(own, field)) continue
    const { type } = field
    const isObject = type.is === 'object' && root !== undefined
    // What the collector drops whole has no count there.
    const within = field.collector === 'drops' ? { ...rules, count: noCount } : rules
    const inField = root === undefined ? within : { ...within, count: () => within.count(own) }
    slots.push({
      name,
      read: once(() => readerOf(type, own, inField)),
      readObject: isObject
        ? objectReader(type.fields, type.others === 'count', own, within, root)
        : undefined,
      conditions: Object.entries(field.onlyWhen ?? {}).map(([other, values]) => {
        const inRoot = !Object.hasOwn(fields, other)
        // A condition on a field that never travels is never met.
        return [other, ((inRoot ? root : fields)?.[other] ?? field).type, inRoot, values] as const
      })
    })
  }
  // A condition looks at what is sent, so what it looks at comes first; objects last, since theirs
  // may look at the record's own.
  slots.sort((one, other) => order(one) - order(other))
  return (raw, lose, rootRaw, rootSent) => {
    const sent: WireFields = {}
    for (const slot of slots) {
      const value = Object.hasOwn(raw, slot.name) ? raw[slot.name] : undefined
      if (value === null || value === undefined) continue
      const isMet = slot.conditions.every(([name, type, inRoot, values]) => {
        const [from, to] = inRoot ? [rootRaw, rootSent] : [raw, sent]
        return includes(values, from, name, type) && includes(values, to, name, type)
      })
      if (!isMet) continue
      const read =
        slot.readObject === undefined
          ? slot.read()(value, lose)
          : isRaw(value)
            ? slot.readObject(value, lose, rootRaw, root === fields ? sent : rootSent)
            : lost(lose, 'invalid_value')
      if (read !== undefined) sent[slot.name] = read
    }
    for (const name of Object.keys(raw)) {
      if (Object.hasOwn(fields, name) || raw[name] === null || raw[name] === undefined) continue
      if (countsOthers) rules.count(path)
      else lose('undeclared')
    }
    return sent
  }
}

function once<Made>(make: () => Made): () => Made {
  let made: Made | undefined
  return () => (made ??= make())
}

function order({ conditions, readObject }: Slot): number {
  return (conditions.length > 0 ? 1 : 0) + (readObject === undefined ? 0 : 2)
}

function includes(
  values: readonly string[],
  from: Readonly<Record<string, unknown>>,
  name: string,
  type: TypeForm
): boolean {
  const text = comparedText(Object.hasOwn(from, name) ? from[name] : undefined, type)
  return text !== undefined && values.includes(text)
}

function readerOf(type: TypeForm, path: string, rules: CountingRules): Read {
  switch (type.is) {
    case 'list':
      return listReader(type, path, rules)
    case 'map':
      return mapReader(type, path, rules)
    case 'object': {
      const read = objectReader(type.fields, type.others === 'count', path, rules, undefined)
      return (raw, lose) => (isRaw(raw) ? read(raw, lose, {}, {}) : lost(lose, 'invalid_value'))
    }
    default:
      return scalarReader(type, path.replaceAll('.', '_'), rules.hashName)
  }
}

function listReader(
  type: TypeForm & { readonly is: 'list' },
  path: string,
  rules: CountingRules
): Read {
  const read = readerOf(type.of, path, rules)
  return (raw, lose) => {
    if (!Array.isArray(raw)) return lost(lose, 'invalid_value')
    const items: WireValue[] = []
    for (const item of raw.slice(0, type.itemsMax) as readonly unknown[]) {
      const value = item === null || item === undefined ? undefined : read(item, lose)
      if (value !== undefined) items.push(value)
    }
    if (raw.length > type.itemsMax) lose('overflow')
    return items
  }
}

function mapReader(
  type: TypeForm & { readonly is: 'map' },
  path: string,
  rules: CountingRules
): Read {
  const read = readerOf(type.values, path, rules)
  const { keys } = type
  const expression = 'pattern' in keys ? new RegExp(keys.pattern, 'u') : undefined
  const isKey = (key: string): boolean =>
    'values' in keys
      ? keys.values.includes(key)
      : key.length <= keys.lengthMax && isPlainText(key) && expression?.test(key) === true
  const { counts } = type
  return (given, lose) => {
    const raw = counts === undefined ? given : countsIn(given, counts)
    if (!isRaw(raw)) return lost(lose, 'invalid_value')
    const sent: WireFields = {}
    let entries = 0
    let rest: WireValue | undefined
    for (const key of Object.keys(raw)) {
      const member = raw[key]
      if (member === null || member === undefined) continue
      if (isKey(key) && entries >= type.entriesMax) {
        lose('overflow')
        if (type.others === undefined) break
      } else if (isKey(key)) {
        const value = read(member, lose)
        if (value === undefined) continue
        sent[key] = value
        entries += 1
      } else if (type.others === 'sum') rest = summed(type.values, rest, read(member, lose))
      else if (type.others === 'count') rules.count(path)
      else lose('undeclared')
    }
    rest = summed(type.values, sent['other'], rest)
    if (rest !== undefined) sent['other'] = rest
    return sent
  }
}

/**
 * Adds numbers up, objects and maps member by member; a sum stays within its type, or the collector
 * would refuse it.
 */
function summed(
  type: TypeForm,
  one: WireValue | undefined,
  other: WireValue | undefined
): WireValue | undefined {
  if (one === undefined || other === undefined) return one ?? other
  if (type.is === 'map' || type.is === 'object') {
    const sum: WireFields = { ...(one as WireFields) }
    for (const [key, value] of Object.entries(other as WireFields)) {
      const member = type.is === 'map' ? type.values : type.fields[key]?.type
      const added =
        member === undefined
          ? undefined
          : summed(member, Object.hasOwn(sum, key) ? sum[key] : undefined, value)
      if (added !== undefined) sum[key] = added
    }
    return sum
  }
  const [min, max] = boundsOf(type)
  return Math.min(Math.max(Number(one) + Number(other), min), max)
}

function boundsOf(type: TypeForm): readonly [min: number, max: number] {
  if (type.is === 'integer' || type.is === 'number') return [type.min, type.max]
  const max = type.is === 'duration' ? type.max * unitsPerSecond[type.unit] : Infinity
  return [-max, max]
}

function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
