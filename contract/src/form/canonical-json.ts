/** Writes JSON in its one canonical form (RFC 8785), so that equal documents have equal bytes. */
import { isWellFormed } from '#values/plain-text'

/**
 * Keys in the order of their UTF-16 code units, no white space, numbers and strings as ECMAScript
 * writes them.
 * Throws on what JSON cannot say: an infinite number, half a surrogate pair, a function.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      if (!isWellFormed(value)) throw new TypeError('Half a surrogate pair has no canonical JSON.')
      return JSON.stringify(value)
    case 'number':
      if (!Number.isFinite(value))
        throw new TypeError('A number without end has no canonical JSON.')
      return JSON.stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object': {
      if (value === null) return 'null'
      if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
      return `{${membersText(value as Readonly<Record<string, unknown>>)}}`
    }
    default:
      throw new TypeError(`A ${typeof value} has no canonical JSON.`)
  }
}

/** The default order of `sort()` is that of UTF-16 code units, as the RFC asks. */
function membersText(of: Readonly<Record<string, unknown>>): string {
  let text = ''
  for (const key of Object.keys(of).sort()) {
    const member = of[key]
    if (member === undefined) continue
    text += `${text === '' ? '' : ','}${canonicalJson(key)}:${canonicalJson(member)}`
  }
  return text
}
