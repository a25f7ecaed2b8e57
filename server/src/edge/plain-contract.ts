/**
 * A parsed contract as plain JSON and back, without what is for people: parsing one takes a hundred
 * times as long, and an edge has ten milliseconds.
 */
import type { Contract } from '@candor/contract'

/** For people: what no record is held against. */
const prose: ReadonlySet<string> = new Set([
  'document',
  'says',
  'because',
  'when',
  'purpose',
  'appeal',
  'notice',
  'questions',
  'publication',
  'controls',
  'recipients',
  'never',
  'serves',
  'since',
  'owner',
  'reviewed',
  'changed',
  'sensitivity',
  'links',
  'unit',
  'sdkSays',
  'contact',
  'source',
  'page',
  'versionCheck',
  'endpoint'
])
/** A duration is read in its unit. */
const isRead = (key: string, of: object): boolean =>
  !prose.has(key) || (key === 'unit' && 'is' in of && of.is === 'duration')

/** `parts` grows with each contract: a field that several of them have stands there once. */
export function plainContracts(): {
  readonly plain: (contract: Contract) => unknown
  readonly parts: readonly unknown[]
} {
  const parts: unknown[] = []
  const numbers = new Map<string, number>()
  // Maps become lists of pairs, and infinity a word: JSON has neither.
  const plain = (value: unknown): unknown => {
    if (value instanceof Map)
      return { $map: [...value].map(([key, each]) => [key as unknown, plain(each)]) }
    if (Array.isArray(value)) return value.map(plain)
    if (typeof value === 'number' && !Number.isFinite(value)) return { $number: String(value) }
    if (typeof value !== 'object' || value === null) return value
    const own = Object.fromEntries(
      Object.entries(value).flatMap(([key, each]) =>
        !isRead(key, value) || each === undefined ? [] : [[key, plain(each)]]
      )
    )
    return 'collector' in value && 'type' in value ? { $part: numberOf(own) } : own
  }
  const numberOf = (part: unknown): number => {
    const text = JSON.stringify(part)
    let number = numbers.get(text)
    if (number === undefined) numbers.set(text, (number = parts.push(part) - 1))
    return number
  }
  return { plain, parts }
}

/** What is for people is read where the contract is published. */
export function contractFrom(said: unknown, parts: readonly unknown[]): Contract {
  const revived = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(revived)
    if (typeof value !== 'object' || value === null) return value
    if ('$part' in value) return revived(parts[Number(value.$part)])
    if ('$number' in value) return Number(value.$number)
    if ('$map' in value)
      return new Map(
        (value.$map as [unknown, unknown][]).map(([key, each]) => [key, revived(each)])
      )
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, revived(each)]))
  }
  return { ...(revived(said) as Contract), document: undefined }
}
