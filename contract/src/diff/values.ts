/** Compares lists and values by what they say. */
import { canonicalJson } from '../form/canonical-json.ts'

export function isSame(one: unknown, other: unknown): boolean {
  return canonicalJson({ value: plain(one) }) === canonicalJson({ value: plain(other) })
}

/** What only the second, and what only the first has, in their order. */
export function differenceOf(
  before: readonly string[],
  after: readonly string[]
): { readonly added: readonly string[]; readonly removed: readonly string[] } {
  const [were, are] = [new Set(before), new Set(after)]
  return {
    added: after.filter((word) => !were.has(word)),
    removed: before.filter((word) => !are.has(word))
  }
}

const shownMax = 8

export function named(words: readonly string[]): string {
  const rest = words.length > shownMax ? ` and ${words.length - shownMax} more` : ''
  return `${words
    .slice(0, shownMax)
    .map((word) => `\`${word}\``)
    .join(', ')}${rest}`
}

function plain(value: unknown): unknown {
  if (value instanceof Map) return plain(Object.fromEntries(value))
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]))
  return value
}
