/**
 * Which ClickHouse type holds everything that a kept column and its changed contract hold: the
 * same, with the members of both tuples?
 */

/**
 * Undefined when no such type exists and the change is a conflict. The first type's members come
 * first.
 */
export function mergedType(before: string, after: string): string | undefined {
  const [old, wide] = [parsed(before), parsed(after)]
  if (old.name !== wide.name) return undefined
  if (old.parts.length === 0 && wide.parts.length === 0) return old.name
  return old.name === 'Tuple'
    ? mergedTuple(old.parts, wide.parts)
    : mergedParts(old.name, old.parts, wide.parts)
}

function mergedParts(
  name: string,
  before: readonly string[],
  after: readonly string[]
): string | undefined {
  if (before.length !== after.length) return undefined
  const parts = before.map((part, index) => mergedType(part, after[index] ?? ''))
  return parts.includes(undefined) ? undefined : `${name}(${parts.join(', ')})`
}

function mergedTuple(before: readonly string[], after: readonly string[]): string | undefined {
  const members = new Map(before.map(member))
  for (const [name, type] of after.map(member)) {
    const merged = mergedType(members.get(name) ?? type, type)
    if (merged === undefined) return undefined
    members.set(name, merged)
  }
  return `Tuple(${[...members].map(([name, type]) => `\`${name}\` ${type}`).join(', ')})`
}

/**
 * `Array(Tuple(a Int64, b String))` is the name `Array` with one part; a part of a tuple is a name
 * and a type.
 */
function parsed(type: string): { readonly name: string; readonly parts: readonly string[] } {
  const text = type.trim()
  const open = text.indexOf('(')
  return open === -1
    ? { name: text, parts: [] }
    : { name: text.slice(0, open), parts: split(text.slice(open + 1, -1)) }
}

function split(text: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let index = 0; index < text.length; index++) {
    const sign = text[index]
    if (sign === '(') depth++
    if (sign === ')') depth--
    if (sign === ',' && depth === 0) {
      parts.push(text.slice(start, index).trim())
      start = index + 1
    }
  }
  return [...parts, text.slice(start).trim()]
}

function member(part: string): readonly [string, string] {
  const space = part.indexOf(' ')
  return [part.slice(0, space).replaceAll('`', ''), part.slice(space + 1)]
}
