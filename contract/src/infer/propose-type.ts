/**
 * Which type is proposed for what was seen? Conservative: a text is an enum, a version or a moment,
 * or it is dropped.
 */
import { wordsOf } from '../check/words.ts'
import type { Observed } from './observe.ts'
import { looksPersonal, soundsPersonal } from './personal-text.ts'

export type ProposedType =
  /** `spell` are the keys of the type; `review` is what somebody should look at, each a clause. */
  | {
      readonly is: 'kept'
      readonly spell: Readonly<Record<string, unknown>>
      readonly review: readonly string[]
    }
  | { readonly is: 'object' }
  | { readonly is: 'dropped'; readonly because: string }

/** Fewer samples show no pattern, and a word in fewer places may be one user's own. */
const enumRules = {
  samplesMin: 20,
  wordCountMin: 3,
  wordSendersMin: 3,
  wordLengthMax: 40,
  samplesPerWord: 4,
  coverage: 0.5
}
/** With fewer senders in the whole file nothing can be said about how many share a word. */
const sendersKnownMin = 5
const listItemsMax = 1_000

/**
 * `sendersKnown`: how many different senders the whole file has. `name` is the key as it was sent.
 */
export function proposeType(
  observed: Observed,
  { name, sendersKnown }: { readonly name: string; readonly sendersKnown: number }
): ProposedType {
  const { kinds } = observed
  if (kinds.size === 0) return dropped('only null was seen, so nobody can tell what it is')
  if (kinds.size > 1) return dropped('it came as several kinds of value')
  if (kinds.has('boolean')) return kept({ type: 'boolean' })
  if (kinds.has('object')) return { is: 'object' }
  const sounds = soundsPersonal(name)
  if (kinds.has('array')) return listType(observed, { name, sendersKnown })
  if (kinds.has('number')) return numberType(observed, name)
  return textType(observed, { name, sendersKnown, sounds })
}

function textType(
  { seen, texts }: Observed,
  {
    name,
    sendersKnown,
    sounds
  }: { readonly name: string; readonly sendersKnown: number; readonly sounds: string | undefined }
): ProposedType {
  if (texts.allBooleans) return kept({ type: 'boolean' }, 'it came as text')
  if (texts.allTimes)
    return kept({ type: 'timestamp', round: 'day' }, 'whether the day is fine enough')
  const saysVersion = wordsOf(name).some((word) => word === 'version' || word === 'release')
  if (saysVersion && texts.allVersions && !texts.personal.has('IP addresses'))
    return kept({ type: 'version', parts: 3 })
  const [looks] = texts.personal
  if (looks !== undefined) return dropped(`some of its values look like ${looks}`)
  if (sounds !== undefined) return dropped(`its name sounds like ${sounds}`)
  const shared = [...texts.words].filter(
    ([word, { count, senders }]) =>
      isWord(word) &&
      count >= enumRules.wordCountMin &&
      (sendersKnown < sendersKnownMin || senders.size >= enumRules.wordSendersMin)
  )
  const covered = shared.reduce((sum, [, { count }]) => sum + count, 0)
  const isEnum =
    !texts.many &&
    seen >= enumRules.samplesMin &&
    seen >= enumRules.samplesPerWord * texts.words.size &&
    shared.length > 0 &&
    covered >= enumRules.coverage * seen
  if (!isEnum)
    return dropped(
      seen < enumRules.samplesMin
        ? 'free text may hold anything, and too few were seen to tell whether it is a word of ' +
            'a list'
        : 'free text may hold anything'
    )
  const left = texts.words.size - shared.length
  return kept(
    { type: 'enum', values: shared.map(([word]) => word).toSorted(), other: 'collapse' },
    'whether each word is one of yours and none that a user chose',
    ...(left === 0
      ? []
      : [
          `${left} rarer ${left === 1 ? 'word is' : 'words are'} not shown and would become ` +
            '`other`'
        ])
  )
}

function isWord(text: string): boolean {
  return (
    /^[A-Za-z][A-Za-z0-9_.+-]*( [A-Za-z0-9_.+-]+){0,2}$/.test(text) &&
    text.length <= enumRules.wordLengthMax &&
    text !== 'other' &&
    looksPersonal(text) === undefined
  )
}

/** Names of numbers that are personal as they are, and moments, which single out like ids. */
const tellingNumbers =
  /^(ip|ipv4|port|phone|telephone|mobile|fax|lat|lon|lng|latitude|longitude|zip|postcode|birthday|birthdate|ssn|iban|account|pid|uid|gid)$/
const epochs = [
  [1e9, 3e9],
  [1e12, 3e12]
] as const

function numberType({ seen, numbers }: Observed, name: string): ProposedType {
  const { min, max, whole, finite, different } = numbers
  const words = wordsOf(name)
  if (!finite) return dropped('some of its numbers are beyond what can be held')
  if (words.some((word) => tellingNumbers.test(word)) || words.at(-1) === 'id')
    return dropped('its name sounds like a number that tells of somebody')
  if (epochs.some(([from, to]) => min >= from && max <= to))
    return dropped(
      'its numbers look like moments, which single out: send a timestamp, rounded to the day'
    )
  const manyOwn = seen >= 5 && different.size > 0.9 * Math.min(seen, 1_000)
  if (whole && min >= 1e7 && manyOwn) return dropped('its numbers look like ids')
  const [low, high] = [
    min >= 0 ? 0 : -widened(-min),
    max <= 0 ? 0 : !whole && max <= 1 ? 1 : widened(max)
  ]
  const isWhole = whole && Math.max(-low, high) <= Number.MAX_SAFE_INTEGER
  const guess = unitGuess(words)
  return kept(
    { type: isWhole ? 'integer' : 'number', ...bound('min', low), ...bound('max', high) },
    `its bounds, and its unit${guess === undefined ? '' : ` (${guess}?)`}`,
    ...(manyOwn && seen >= 20
      ? ['nearly every record has a number of its own: round it, or use buckets']
      : [])
  )
}

/** What cannot be written exactly is left unbounded. */
function bound(key: string, value: number): Readonly<Record<string, number>> {
  return Math.abs(value) <= 1e15 ? { [key]: value + 0 } : {}
}

/**
 * The power of ten from twice the largest on: tells the scale, and nothing of the one who had it.
 */
function widened(value: number): number {
  let power = 1
  while (power < 2 * value && power < 1e300) power *= 10
  return power
}

const units: readonly (readonly [form: RegExp, guess: string])[] = [
  [/^(ms|msec|milli|millis|millisecond)$/, '`type: duration, unit: ms`'],
  [/^(us|usec|micro|micros|microsecond)$/, '`type: duration, unit: us`'],
  [/^(ns|nsec|nano|nanos|nanosecond)$/, '`type: duration, unit: ns`'],
  [/^(s|sec|second|elapsed|duration|uptime|latency|time|took|age)$/, '`type: duration, unit: s`'],
  [/^(byte|size|memory|ram|heap|disk)$/, '`unit: bytes`'],
  [/^(kb|kib|mb|mib|gb|gib|tb)$/, 'a multiple of bytes'],
  [/^(percent|percentage|pct)$/, '`unit: percent`'],
  [
    /^(row|table|file|core|cpu|thread|connection|request|error|retry|item|job|user|node|query)$/,
    'how many of them'
  ],
  [/^(count|total|num|number|quantity|amount)$/, 'how many of what']
]

/** The last word that has a meaning says most. */
function unitGuess(words: readonly string[]): string | undefined {
  for (const word of words.toReversed()) {
    const found = units.find(([form]) => form.test(word))
    if (found !== undefined) return found[1]
  }
  return undefined
}

function listType(
  { items, itemsMax }: Observed,
  { name, sendersKnown }: { readonly name: string; readonly sendersKnown: number }
): ProposedType {
  if (items === undefined || items.seen === 0) return dropped('only empty lists were seen')
  const most = widened(Math.max(1, itemsMax))
  if (most > listItemsMax) return dropped('it is a list too long to be looked through')
  if (items.kinds.has('object') || items.kinds.has('array'))
    return dropped('it is a list of things that nobody has looked through')
  const inner = proposeType(items, { name, sendersKnown })
  if (inner.is !== 'kept')
    return dropped(`it is a list, and ${inner.is === 'dropped' ? inner.because : 'holds objects'}`)
  return kept({ type: 'list', of: inner.spell, max_items: most }, ...inner.review)
}

function kept(
  spell: Readonly<Record<string, unknown>>,
  ...review: readonly string[]
): ProposedType {
  return { is: 'kept', spell, review }
}

function dropped(because: string): ProposedType {
  return { is: 'dropped', because }
}
