/** Compiles any type into its reader: scalars, and the lists, maps and objects made of them. */
import { countsIn } from '#values/coarsening'
import { isPlainText } from '#values/plain-text'
import type { FieldDeclaration, FieldType, MapKeys } from '../form/contract.ts'
import { buildPlan, joined } from './plan.ts'
import { fail, scalarReader, type Reader, type Run, type Wire } from './scalar-readers.ts'
import type { ColumnValue } from '../form/validated.ts'

export interface ReaderInput {
  readonly wire: Wire
  readonly rankOf: (level: string) => number
  readonly isDeclared: (path: string) => boolean
}

/** `path` is where the value stands as sent, for violations. */
export function readerOf(
  type: FieldType,
  column: string,
  path: string,
  input: ReaderInput
): Reader {
  switch (type.is) {
    case 'list':
      return listReader(type, column, path, input)
    case 'map':
      return mapReader(type, column, path, input)
    case 'object':
      return objectReader(type, column, path, input)
    default:
      return scalarReader(type, input.wire, column)
  }
}

/**
 * A member that is not kept is told under its collection's name, which is declared; its key may not
 * be shown.
 */
function readMember(read: Reader, raw: unknown, run: Run, path: string): ColumnValue | undefined {
  if (raw === null || raw === undefined) return undefined
  run.failed = undefined
  const value = read(raw, run)
  if (value === undefined && run.failed !== undefined) {
    run.note(run.failed, path, raw, { declared: true, insideCollection: false })
    run.failed = undefined
  }
  return value
}

function listReader(
  type: FieldType & { readonly is: 'list' },
  column: string,
  path: string,
  input: ReaderInput
): Reader {
  const read = readerOf(type.of, column, path, input)
  const { itemsMax } = type
  return (raw, run) => {
    if (!Array.isArray(raw)) return fail(run, 'FIELD_WRONG_TYPE')
    const items: readonly unknown[] = raw
    const kept: ColumnValue[] = []
    const end = Math.min(items.length, itemsMax)
    for (let index = 0; index < end; index += 1) {
      const value = readMember(read, items[index], run, path)
      if (value !== undefined) kept.push(value)
    }
    if (items.length > itemsMax)
      run.note('LIMIT_EXCEEDED', path, raw, { declared: true, insideCollection: false })
    return kept
  }
}

function mapReader(
  type: FieldType & { readonly is: 'map' },
  column: string,
  path: string,
  input: ReaderInput
): Reader {
  const read = readerOf(type.values, column, path, input)
  const { entriesMax, others, counts } = type
  const isKept = input.wire === 'kept'
  const isKey = keyTest(type.keys)
  const add = adderOf(type.values)
  return (sent, run) => {
    const raw = counts === undefined || isKept ? sent : countsIn(sent, counts)
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
      return fail(run, 'FIELD_WRONG_TYPE')
    const kept: Record<string, ColumnValue> = {}
    let entries = 0
    let exceeded = false
    let rest: ColumnValue | undefined
    for (const key of Object.keys(raw)) {
      const member = (raw as Record<string, unknown>)[key]
      if (member === null || member === undefined) continue
      if (!isKey(key) || (isKept && others === 'sum' && key === 'other')) {
        if (others === 'violation')
          run.note('KEY_NOT_IN_CONTRACT', joined(path, key, '.'), member, {
            declared: false,
            insideCollection: true
          })
        else if (others === 'count') run.others += 1
        else rest = add(rest, readMember(read, member, run, path))
        continue
      }
      if (entries >= entriesMax) {
        exceeded = true
        // Without a rest to add up or count, nothing after the last kept entry matters.
        if (others === 'violation') break
        continue
      }
      const value = readMember(read, member, run, path)
      if (value === undefined) continue
      kept[key] = value
      entries += 1
    }
    const sum = rest === undefined ? undefined : add(kept['other'], rest)
    if (sum !== undefined) kept['other'] = sum
    if (exceeded) run.note('LIMIT_EXCEEDED', path, raw, { declared: true, insideCollection: false })
    return kept
  }
}

function keyTest(keys: MapKeys): (key: string) => boolean {
  if (keys.is === 'enum') {
    const known = new Set(keys.values)
    return (key) => known.has(key)
  }
  const expression = new RegExp(keys.pattern, 'u')
  const { lengthMax } = keys
  return (key) =>
    key.length <= lengthMax && key !== '__proto__' && isPlainText(key) && expression.test(key)
}

type Add = (one: ColumnValue | undefined, other: ColumnValue | undefined) => ColumnValue | undefined

/** Adds numbers up, objects member by member; sums stay within what their column holds. */
function adderOf(type: FieldType): Add {
  switch (type.is) {
    case 'map': {
      const add = adderOf(type.values)
      return both((one, other) => addMembers(one, other, () => add))
    }
    case 'object': {
      const adders = new Map([...type.fields].map(([name, field]) => [name, adderOf(field.type)]))
      return both((one, other) => addMembers(one, other, (key) => adders.get(key)))
    }
    default: {
      const most = type.is === 'integer' ? Number.MAX_SAFE_INTEGER : Number.MAX_VALUE
      return both((one, other) => Math.min(Math.max(Number(one) + Number(other), -most), most))
    }
  }
}

function both(add: (one: ColumnValue, other: ColumnValue) => ColumnValue): Add {
  return (one, other) =>
    one === undefined || other === undefined ? (one ?? other) : add(one, other)
}

function addMembers(
  one: ColumnValue,
  other: ColumnValue,
  adderFor: (key: string) => Add | undefined
): ColumnValue {
  const sum: Record<string, ColumnValue> = { ...(one as Record<string, ColumnValue>) }
  for (const [key, value] of Object.entries(other as Record<string, ColumnValue>)) {
    const added = adderFor(key)?.(Object.hasOwn(sum, key) ? sum[key] : undefined, value)
    if (added !== undefined) sum[key] = added
  }
  return sum
}

/** Inside a list or map an object is kept as an object, a tuple of its declared members. */
function objectReader(
  type: FieldType & { readonly is: 'object' },
  column: string,
  path: string,
  input: ReaderInput
): Reader {
  const fields: ReadonlyMap<string, FieldDeclaration> = type.fields
  const plan = buildPlan({
    fields,
    path,
    column,
    wire: input.wire,
    insideCollection: true,
    countsOthers: type.others === 'count',
    rankOf: input.rankOf,
    isDeclared: input.isDeclared,
    readerOf: (inner, innerColumn, innerPath) => readerOf(inner, innerColumn, innerPath, input)
  })
  return (raw, run) => {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
      return fail(run, 'FIELD_WRONG_TYPE')
    return plan.read(raw, run, undefined)
  }
}
