/**
 * What does a value that ClickHouse printed as JSON, with its 64-bit integers as text, mean to a
 * reader?
 */

/**
 * The printed value, with every 64-bit integer that a JSON number can hold as one, however deep;
 * the larger ones stay text.
 */
export type ReadValue = (value: unknown) => unknown

/** By the column's type: text that only looks like a number stays text. */
export function readerOf(type: string): ReadValue {
  const { name, parts } = partsOf(type)
  switch (name) {
    case 'Nullable':
    case 'LowCardinality':
      return readerOf(parts[0] ?? '')
    case 'Int64':
    case 'UInt64':
      return integerOf
    case 'Float32':
    case 'Float64':
      // The sign of what is no number says nothing to anybody.
      return (value) => (value === '-nan' ? 'nan' : value)
    case 'Array':
      return listReader(readerOf(parts[0] ?? ''))
    case 'Map':
      return mapReader(readerOf(parts[1] ?? ''))
    case 'Tuple':
      return tupleReader(parts.map(memberOf))
    default:
      return (value) => value
  }
}

function integerOf(value: unknown): unknown {
  const number = typeof value === 'string' ? Number(value) : value
  return Number.isSafeInteger(number) ? number : value
}

function listReader(read: ReadValue): ReadValue {
  return (value) => (Array.isArray(value) ? value.map(read) : value)
}

function mapReader(read: ReadValue): ReadValue {
  return (value) =>
    isObject(value)
      ? Object.fromEntries(
          Object.entries(value).map(([key, inner]): [string, unknown] => [key, read(inner)])
        )
      : value
}

interface Member {
  /** Undefined in a tuple whose members have none: a list then. */
  readonly name: string | undefined
  readonly read: ReadValue
}

function tupleReader(members: readonly Member[]): ReadValue {
  const named = new Map(members.map(({ name, read }) => [name, read]))
  return (value) => {
    if (Array.isArray(value))
      return value.map((inner: unknown, index) => members[index]?.read(inner) ?? inner)
    if (!isObject(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]): [string, unknown] => [
        key,
        named.get(key)?.(inner) ?? inner
      ])
    )
  }
}

/** `calls Nullable(Int64)`, `` `a name` Int64 `` or `Int64`. */
function memberOf(text: string): Member {
  const match = /^(?:`((?:[^`\\]|\\.)*)`|(\w+)) (.*)$/s.exec(text)
  if (match === null) return { name: undefined, read: readerOf(text) }
  return { name: match[1]?.replaceAll(/\\(.)/g, '$1') ?? match[2], read: readerOf(match[3] ?? '') }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** `Map(String, Int64)` is `Map` of two; commas inside parentheses or quotes part nothing. */
function partsOf(type: string): { readonly name: string; readonly parts: readonly string[] } {
  const open = type.indexOf('(')
  if (open < 0 || !type.endsWith(')')) return { name: type, parts: [] }
  const parts: string[] = []
  let depth = 0
  let from = open + 1
  for (const { 0: found, index } of type.matchAll(/'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|[(),]/g)) {
    if (index <= open) continue
    if (found === '(') depth += 1
    else if (found === ')' && depth > 0) depth -= 1
    else if ((found === ',' && depth === 0) || index === type.length - 1) {
      parts.push(type.slice(from, index).trim())
      from = index + 1
    }
  }
  return { name: type.slice(0, open), parts }
}
