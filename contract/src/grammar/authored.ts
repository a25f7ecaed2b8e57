/**
 * Reads typed values out of an authored document and notes a problem, with its place, for each that
 * is not what it should be.
 */
import { closest, distance } from 'fastest-levenshtein'
import { sentenceLengthMax } from '../form/limits.ts'
import type { Problem, ProblemCode } from '../form/problem.ts'
import type { SourcePosition, Source } from './source.ts'
import { extendPath } from '../form/wire-path.ts'

/** One authored value: what it is, where it stands, and where its problems go. */
export interface Authored {
  readonly source: Source
  readonly path: string
  /** Of the key, if it has one: problems with a name point there. */
  readonly keyAt: SourcePosition
  readonly problems: Problem[]
}

/** A message that lists more is not read. */
const wordsListedMax = 24

export type Entries = ReadonlyMap<string, Authored>

export function note(
  at: Authored,
  code: ProblemCode,
  message: string,
  options: { readonly onKey?: boolean; readonly severity?: 'warning' } = {}
): void {
  const place = options.onKey === true ? at.keyAt : at.source.at
  at.problems.push({
    code,
    severity: options.severity ?? 'error',
    message,
    line: place.line,
    column: place.column,
    path: at.path
  })
}

export function noteMissing(at: Authored, key: string, advice: string): void {
  note(at, 'KEY_MISSING', `\`${key}\` is missing here: ${advice}.`, { onKey: true })
}

/** `; did you mean `x`?` or nothing, for the end of a message. */
export function nearest(word: string, known: readonly string[]): string {
  if (known.length === 0 || word.length > 100) return ''
  const near = closest(word, known)
  return distance(word, near) <= Math.max(1, Math.floor(word.length / 2))
    ? `, did you mean \`${near}\`?`
    : ''
}

/** The members of a mapping with any keys. Something else is a problem, and no members. */
export function membersOf(at: Authored): Entries {
  const members = new Map<string, Authored>()
  if (at.source.is !== 'map') {
    note(at, 'VALUE_INVALID', 'A mapping belongs here: write `key: value` lines, or `{}` for none.')
    return members
  }
  for (const [key, entry] of at.source.entries)
    members.set(key, member(at, key, entry.keyAt, entry.value))
  return members
}

/**
 * The members of a mapping with known keys; others are a problem each. A null member counts as
 * absent.
 */
export function entriesOf(at: Authored, known: readonly string[]): Entries {
  const members = new Map(membersOf(at))
  for (const [key, authored] of members) {
    if (!known.includes(key)) {
      noteUnknownKey(authored, key, known)
      members.delete(key)
    } else if (authored.source.is === 'scalar' && authored.source.value === null) {
      note(
        authored,
        'VALUE_INVALID',
        `\`${key}\` has no value: give it one, or leave the key out.`,
        { onKey: true }
      )
      members.delete(key)
    }
  }
  return members
}

export function noteUnknownKey(at: Authored, key: string, known: readonly string[]): void {
  const hint = nearest(key, known)
  const advice = hint === '' ? `: use ${listed(known.slice(0, wordsListedMax))}.` : hint
  note(at, 'KEY_UNKNOWN', `\`${shown(key)}\` is not a key here${advice}`, { onKey: true })
}

export function itemsOf(at: Authored, countMax: number): readonly Authored[] {
  if (at.source.is !== 'list') {
    note(at, 'VALUE_INVALID', 'A list belongs here: write `[a, b]`, or one `- item` a line.')
    return []
  }
  if (at.source.items.length > countMax)
    note(
      at,
      'LIMIT_EXCEEDED',
      `This list has ${at.source.items.length} items: keep it within ${countMax}.`
    )
  return at.source.items.slice(0, countMax).map((source, index) => ({
    source,
    path: `${at.path}[${index}]`,
    keyAt: source.at,
    problems: at.problems
  }))
}

export function textOf(
  at: Authored | undefined,
  options: { readonly lengthMax?: number; readonly emptyAllowed?: boolean } = {}
): string | undefined {
  if (at === undefined) return undefined
  if (at.source.is !== 'scalar' || typeof at.source.value !== 'string') {
    const quoted =
      at.source.is === 'scalar' && at.source.value !== null
        ? quotedAs(shown(at.source.written ?? String(at.source.value)))
        : 'write one'
    note(at, 'VALUE_INVALID', `A text belongs here: ${quoted}.`)
    return undefined
  }
  const text = at.source.value
  const lengthMax = options.lengthMax ?? sentenceLengthMax
  if (text === '' && options.emptyAllowed !== true) {
    note(at, 'VALUE_INVALID', 'This text is empty: write it, or leave the key out.')
    return undefined
  }
  if (text.length > lengthMax) {
    note(
      at,
      'LIMIT_EXCEEDED',
      `This text has ${text.length} characters: keep it within ${lengthMax}.`
    )
    return undefined
  }
  return text
}

function quotedAs(written: string): string {
  return `put \`${written}\` in quotes, as \`"${written}"\``
}

/** A text, or a list of texts. */
export function textsOf(
  at: Authored | undefined,
  options: {
    readonly countMax: number
    readonly lengthMax?: number
    readonly emptyAllowed?: boolean
  }
): readonly string[] {
  if (at === undefined) return []
  const items = at.source.is === 'list' ? itemsOf(at, options.countMax) : [at]
  return items.flatMap((item) => textOf(item, options) ?? [])
}

export function wordOf<Word extends string>(
  at: Authored | undefined,
  words: readonly Word[]
): Word | undefined {
  if (at === undefined) return undefined
  const word = at.source.is === 'scalar' ? at.source.value : undefined
  const known = words.find((each) => each === word)
  if (known === undefined) {
    const hint = typeof word === 'string' ? nearest(word, words) : ''
    note(
      at,
      'VALUE_INVALID',
      `${typeof word === 'string' ? `\`${shown(word)}\`` : 'This'} is not one of the words ` +
        `for it${hint === '' ? `: use ${listed(words)}.` : hint}`
    )
  }
  return known
}

export function booleanOf(at: Authored | undefined): boolean | undefined {
  if (at === undefined) return undefined
  if (at.source.is === 'scalar' && typeof at.source.value === 'boolean') return at.source.value
  note(at, 'VALUE_INVALID', 'A boolean belongs here: write `true` or `false`.')
  return undefined
}

export function numberOf(
  at: Authored | undefined,
  bounds: { readonly min?: number; readonly max?: number } = {}
): number | undefined {
  if (at === undefined) return undefined
  const value = at.source.is === 'scalar' ? at.source.value : undefined
  if (typeof value !== 'number') {
    note(at, 'VALUE_INVALID', 'A number belongs here: write it in digits, without quotes.')
    return undefined
  }
  if (value < (bounds.min ?? -Infinity) || value > (bounds.max ?? Infinity)) {
    note(at, 'LIMIT_EXCEEDED', `${value} is out of bounds: choose ${boundsOf(bounds)}.`)
    return undefined
  }
  return value
}

export function integerOf(
  at: Authored | undefined,
  bounds: { readonly min?: number; readonly max?: number } = {}
): number | undefined {
  const value = numberOf(at, bounds)
  if (value === undefined || Number.isInteger(value)) return value
  if (at !== undefined) note(at, 'VALUE_INVALID', `${value} is not whole: write a whole number.`)
  return undefined
}

export function listed(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ')
}

/** Authored words go into messages, so never at any length. */
export function shown(word: string): string {
  return word.length > 60 ? `${word.slice(0, 60)}…` : word
}

function member(parent: Authored, key: string, keyAt: SourcePosition, source: Source): Authored {
  return { source, path: extendPath(parent.path, key), keyAt, problems: parent.problems }
}

function boundsOf({ min, max }: { readonly min?: number; readonly max?: number }): string {
  if (min === undefined) return `at most ${max}`
  return max === undefined ? `at least ${min}` : `between ${min} and ${max}`
}
