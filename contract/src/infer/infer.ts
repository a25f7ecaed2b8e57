/**
 * Proposes a whole contract for events that somebody sends already: what is harmless by its look is
 * kept, all else is dropped, all is for review.
 */
import { checkContract } from '../check/check.ts'
import { isReservedColumn } from '../form/columns.ts'
import { extendPath } from '../form/wire-path.ts'
import { identifier } from './identifier.ts'
import { membersMax, newObserved, observeMember, type Observed } from './observe.ts'
import { isShowableKey, isShowableName } from './personal-text.ts'
import { proposeType } from './propose-type.ts'
import { readEvents, type ReadEvent } from './read-events.ts'
import { writeContract, type ProposedField, type ProposedRecord } from './write-contract.ts'

export interface InferOptions {
  /** The product's name; a contract cannot be without. */
  readonly product: string
  /** A path in each event that holds its name, for plain ones. */
  readonly nameFrom?: string | undefined
  /** As 2026-11-20. */
  readonly today: string
}

export interface Inference {
  /** The contract, as YAML with comments. */
  readonly text: string
  readonly events: number
  /** Lines that are no JSON, and values that are no event. */
  readonly unreadable: number
  /** Events beyond the bound. */
  readonly beyond: number
  /**
   * Keys of records that are not declared, since they look like data or came once: never to be
   * shown.
   */
  readonly undeclared: readonly { readonly record: string; readonly key: string }[]
}

const recordsMax = 100
/** Below what a contract may declare, over all records. */
const fieldsMax = 1_500
/** A key that came once among so many may be one user's own. */
const onceAmong = 20
/** An object of more keys, most of them rare, is a map: its keys are data. */
const mapRules = { keysMin: 8, rareShare: 0.05, samplesMin: 20, keysMax: 40 }
const unnamed = 'event'

/**
 * Never throws, whatever the text is.
 *
 * @example
 * const { text } = inferContract(await readFile('events.jsonl', 'utf8'), { product: 'acme', today:
 * '2026-11-20' })
 */
export function inferContract(text: string, { product, nameFrom, today }: InferOptions): Inference {
  const { events, unreadable, brokenLines, beyond } = readEvents(text, { nameFrom })
  const seen = observeAll(events)
  // What the check refuses is dropped, and left out if it refuses even that; so each round changes
  // something, and there is a last one.
  for (;;) {
    const { records, undeclared, places } = proposeRecords(seen)
    const written = writeContract({
      product,
      today,
      records,
      seen: {
        events: events.length,
        unreadable,
        brokenLines,
        beyond,
        undeclared: undeclared.length,
        names: seen.namesLeftOut
      }
    })
    const refused = checkContract(written, { today }).findings.flatMap(({ severity, path, code }) =>
      severity === 'error' ? [{ path, code }] : []
    )
    const fields = refused.flatMap(({ path, code }) => {
      const place = places.find(
        ({ at, observed }) =>
          !seen.leftOut.has(observed) &&
          (path === at || path.startsWith(`${at}.`) || path.startsWith(`${at}[`))
      )
      return place === undefined ? [] : [{ observed: place.observed, code }]
    })
    if (fields.length === 0)
      return { text: written, events: events.length, unreadable, beyond, undeclared }
    for (const [observed, code] of new Map(fields.map((each) => [each.observed, each.code]))) {
      if (seen.refused.has(observed)) seen.leftOut.add(observed)
      seen.refused.set(observed, code)
    }
  }
}

interface Seen {
  /** Over all records: a column has one type, so that a field is the same in each. */
  readonly root: Observed
  readonly records: readonly {
    readonly name: string
    readonly sent: readonly string[]
    readonly count: number
    readonly keys: ReadonlyMap<string, number>
  }[]
  readonly sendersKnown: number
  /** Different event names that are not shown. */
  readonly namesLeftOut: number
  /** By the check, with its code. */
  readonly refused: Map<Observed, string>
  readonly leftOut: Set<Observed>
}

function observeAll(events: readonly ReadEvent[]): Seen {
  const root = newObserved()
  const senders = new Set<string>()
  const names = new Map<string, number>()
  for (const { name } of events) if (name !== undefined) names.set(name, (names.get(name) ?? 0) + 1)
  // Where nearly every event has a name of its own, they are no names.
  const areNames = names.size <= 20 || names.size <= 0.2 * events.length
  const shown = new Set(
    [...names.keys()].filter((name) => areNames && isShowableName(name)).slice(0, recordsMax)
  )
  const records = new Map<
    string,
    { name: string; sent: string[]; count: number; keys: Map<string, number> }
  >()
  for (const { name, fields, sender } of events) {
    if (sender !== undefined && senders.size < 1_000) senders.add(sender)
    if (name !== undefined && !shown.has(name)) continue
    const own = identifier(name ?? unnamed)
    const record = records.get(own) ?? {
      name: own,
      sent: [],
      count: 0,
      keys: new Map<string, number>()
    }
    records.set(own, record)
    if (name !== undefined && name !== own && !record.sent.includes(name)) record.sent.push(name)
    record.count += 1
    for (const [key, value] of Object.entries(fields)) {
      observeMember(root, key, value, sender)
      if (record.keys.size <= membersMax) record.keys.set(key, (record.keys.get(key) ?? 0) + 1)
    }
  }
  // An alias that is another record's own name would be two things.
  for (const record of records.values())
    record.sent = record.sent.filter((name) => !records.has(name))
  return {
    root,
    records: [...records.values()],
    sendersKnown: senders.size,
    namesLeftOut: names.size - shown.size,
    refused: new Map(),
    leftOut: new Set()
  }
}

interface ObservedPlace {
  /** As a finding of the check names it. */
  readonly at: string
  readonly observed: Observed
}

function proposeRecords(seen: Seen): {
  readonly records: readonly ProposedRecord[]
  readonly undeclared: Inference['undeclared']
  readonly places: readonly ObservedPlace[]
} {
  const undeclared: { record: string; key: string }[] = []
  const places: ObservedPlace[] = []
  const columns = new Set<string>()
  const fields = new Map<string, ProposedField>()
  const taken = new Set<string>()
  for (const [key, observed] of seen.root.members) {
    if (!isShowableKey(key) || seen.leftOut.has(observed)) continue
    fields.set(key, proposeField({ key, observed, seen, columns, taken, prefix: '' }))
  }
  let left = fieldsMax
  const records = seen.records.map(({ name, sent, count, keys }): ProposedRecord => {
    const own: { field: ProposedField; seen: number }[] = []
    for (const [key, times] of keys) {
      const field = fields.get(key)
      const size = field === undefined ? 0 : sizeOf(field)
      if (field === undefined || size > left || (times === 1 && count >= onceAmong)) {
        undeclared.push({ record: name, key })
        continue
      }
      left -= size
      own.push({ field, seen: times })
      places.push(...placesOf(field, `events.${name}`))
    }
    return { name, sent, count, fields: own }
  })
  return { records, undeclared, places: places.toReversed() }
}

interface Proposing {
  readonly key: string
  readonly observed: Observed
  readonly seen: Seen
  readonly columns: Set<string>
  /** Names beside it. */
  readonly taken: Set<string>
  readonly prefix: string
}

function proposeField({ key, observed, seen, columns, taken, prefix }: Proposing): ProposedField {
  const name = freeName(
    identifier(key),
    (each) =>
      !taken.has(each) && !columns.has(`${prefix}${each}`) && !isReservedColumn(`${prefix}${each}`)
  )
  taken.add(name)
  const from = name === key ? undefined : extendPath('', key)
  const base = { name, from, observed }
  const refused = seen.refused.get(observed)
  if (refused !== undefined)
    return { ...base, is: 'dropped', because: `the check refuses it (${refused})` }
  const type = proposeType(observed, { name: key, sendersKnown: seen.sendersKnown })
  if (type.is !== 'object') {
    columns.add(`${prefix}${name}`)
    return type.is === 'dropped' ? { ...base, ...type } : { ...base, ...type }
  }
  const looksLikeMap = isMap(observed)
  if (looksLikeMap)
    return { ...base, is: 'dropped', because: 'its keys look like data, which may be anything' }
  const inside = new Set<string>()
  const members = [...observed.members].map(([member, value]) =>
    proposeField({
      key: member,
      observed: value,
      seen,
      columns,
      taken: inside,
      prefix: `${prefix}${name}_`
    })
  )
  const keeps = members.some((member) => member.is !== 'dropped')
  return keeps
    ? { ...base, is: 'object', members }
    : { ...base, is: 'dropped', because: 'nothing in it could be kept' }
}

function isMap({ members, seen }: Observed): boolean {
  if (
    members.size === 0 ||
    members.size > mapRules.keysMax ||
    [...members.keys()].some((key) => !isShowableKey(key))
  )
    return true
  if (members.size < mapRules.keysMin || seen < mapRules.samplesMin) return false
  const rare = [...members.values()].filter(
    (member) => member.seen < mapRules.rareShare * seen
  ).length
  return rare > members.size / 2
}

function sizeOf(field: ProposedField): number {
  return field.is === 'object'
    ? 1 + field.members.reduce((sum, member) => sum + sizeOf(member), 0)
    : 1
}

function placesOf(field: ProposedField, above: string): readonly ObservedPlace[] {
  const at = `${above}.fields.${field.name}`
  return [
    { at, observed: field.observed },
    ...(field.is === 'object' ? field.members.flatMap((member) => placesOf(member, at)) : [])
  ]
}

function freeName(wanted: string, isFree: (name: string) => boolean): string {
  if (isFree(wanted)) return wanted
  // `kind`, `version` and the like are columns that every record has.
  const sent = `sent_${wanted}`
  if (isFree(sent)) return sent
  for (let number = 2; ; number += 1)
    if (isFree(`${wanted}_${number}`)) return `${wanted}_${number}`
}
