/**
 * What was seen at each place of the events: kinds, bounds and how often; never more values than an
 * enum may have.
 */
import { readClientInstant } from '#values/instants'
import { versionIn } from '#values/version-text'
import { looksPersonal } from './personal-text.ts'
import { isObject } from './read-events.ts'

export interface Observed {
  seen: number
  /** Numbers, texts and the like that were seen. Null is absent on every wire. */
  readonly kinds: Set<'boolean' | 'number' | 'string' | 'array' | 'object'>
  readonly numbers: {
    min: number
    max: number
    whole: boolean
    finite: boolean
    readonly different: Set<number>
  }
  readonly texts: {
    /** Each with how often and by how many senders; emptied once there are too many for an enum. */
    readonly words: Map<string, { count: number; readonly senders: Set<string> }>
    many: boolean
    /** What some of them look like. */
    readonly personal: Set<string>
    allTimes: boolean
    allVersions: boolean
    allBooleans: boolean
  }
  /** Of lists: what is in them, and how many at most. */
  items: Observed | undefined
  itemsMax: number
  readonly members: Map<string, Observed>
}

/** Words that are remembered of one field; more are no enum. */
const wordsMax = 24
/** A sender beyond the third tells nothing new. */
const sendersMax = 3
const differentMax = 1_000
const depthMax = 5
/** Keys of one object; more are data. */
export const membersMax = 400
const listItemsMax = 1_000

export function newObserved(): Observed {
  return {
    seen: 0,
    kinds: new Set(),
    numbers: { min: Infinity, max: -Infinity, whole: true, finite: true, different: new Set() },
    texts: {
      words: new Map(),
      many: false,
      personal: new Set(),
      allTimes: true,
      allVersions: true,
      allBooleans: true
    },
    items: undefined,
    itemsMax: 0,
    members: new Map()
  }
}

function observe(observed: Observed, value: unknown, sender: string | undefined, depth = 0): void {
  observed.seen += 1
  if (typeof value === 'boolean') observed.kinds.add('boolean')
  else if (typeof value === 'number') observeNumber(observed, value)
  else if (typeof value === 'string') observeText(observed, value, sender)
  else if (Array.isArray(value)) {
    observed.kinds.add('array')
    const items: readonly unknown[] = value
    observed.itemsMax = Math.max(observed.itemsMax, items.length)
    const into = (observed.items ??= newObserved())
    if (depth < depthMax)
      for (const item of items.slice(0, listItemsMax)) observe(into, item, sender, depth + 1)
  } else if (isObject(value)) {
    observed.kinds.add('object')
    if (depth >= depthMax) return
    for (const [key, member] of Object.entries(value))
      observeMember(observed, key, member, sender, depth + 1)
  }
}

/** Beyond the bound nothing is remembered, and the object is too large to be one. */
export function observeMember(
  observed: Observed,
  key: string,
  value: unknown,
  sender: string | undefined,
  depth = 1
): void {
  const known = observed.members.get(key)
  if (known === undefined && observed.members.size > membersMax) return
  const member = known ?? newObserved()
  observed.members.set(key, member)
  observe(member, value, sender, depth)
}

function observeNumber({ kinds, numbers }: Observed, value: number): void {
  kinds.add('number')
  numbers.min = Math.min(numbers.min, value)
  numbers.max = Math.max(numbers.max, value)
  numbers.whole &&= Number.isSafeInteger(value)
  numbers.finite &&= Number.isFinite(value)
  if (numbers.different.size < differentMax) numbers.different.add(value)
}

function observeText({ kinds, texts }: Observed, text: string, sender: string | undefined): void {
  kinds.add('string')
  texts.allTimes &&= readClientInstant(text) !== undefined
  texts.allVersions &&= versionIn(text) !== undefined
  texts.allBooleans &&= text === 'true' || text === 'false'
  // A moment has many digits, and is no telephone number.
  const looks = texts.allTimes ? undefined : looksPersonal(text)
  if (looks !== undefined) texts.personal.add(looks)
  if (texts.many) return
  const word = texts.words.get(text) ?? { count: 0, senders: new Set<string>() }
  word.count += 1
  if (sender !== undefined && word.senders.size < sendersMax) word.senders.add(sender)
  texts.words.set(text, word)
  if (texts.words.size <= wordsMax) return
  texts.many = true
  texts.words.clear()
}
