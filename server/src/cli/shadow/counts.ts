/**
 * How often was each event and field sent, and what would have become of it? Counts under names,
 * which a file keeps over restarts.
 */
import type { CompiledContract } from '@candor/contract'
import { keepEnvironment } from '../../collector/environment.ts'
import type { Instant, WireRecord } from '../../record.ts'
import { createJudge, eventName, type EventFate, type Fate, type Judge } from './fates.ts'
import type { PassedEvents, ShadowedWire } from './wire.ts'

interface FieldCounts {
  sent: number
  kept: number
  reduced: number
  dropped: number
  readonly because: Record<string, number>
}

interface EventCounts {
  sent: number
  whole: number
  part: number
  dropped: number
  readonly because: Record<string, number>
  readonly fields: Record<string, FieldCounts>
}

/** As JSON: what the file of counts holds. */
export interface ShadowCounts {
  readonly shadow: 1
  readonly from: ShadowedWire
  readonly product: string
  readonly contract: string
  readonly since: string
  until: string
  /** Requests by what became of them on their way. */
  readonly requests: Record<Passage, number>
  readonly events: Record<string, EventCounts>
  /** Who and where, which libraries put around every event. */
  readonly around: Record<string, FieldCounts>
}

/**
 * passed: the upstream took it. refused: it said no, and the library may come again. unanswered: it
 * said nothing in time. other: no event was in it. unread: passed on, and not counted, since it
 * could not be read. copied, notCopied: to the second place.
 */
export type Passage =
  | 'passed'
  | 'refused'
  | 'unanswered'
  | 'other'
  | 'unread'
  | 'copied'
  | 'notCopied'

// What strangers may make up, beside what the contract names, has a bound, or the file would grow
// with it.
const eventsMax = 200
const fieldsMax = 400
const otherNames = '(other)'
const nameless = '(no event)'

export function newCounts({
  from,
  compiled,
  now
}: {
  readonly from: ShadowedWire
  readonly compiled: CompiledContract
  readonly now: Instant
}): ShadowCounts {
  const moment = new Date(now).toISOString()
  const { product, digest } = compiled.contract
  return {
    shadow: 1,
    from,
    product,
    contract: digest,
    since: moment,
    until: moment,
    requests: {
      passed: 0,
      refused: 0,
      unanswered: 0,
      other: 0,
      unread: 0,
      copied: 0,
      notCopied: 0
    },
    // Declared ones are there from the beginning, so that the report tells which nobody sends.
    events: Object.fromEntries([...compiled.contract.records.keys()].map((name) => [name, none()])),
    around: {}
  }
}

function none(): EventCounts {
  return { sent: 0, whole: 0, part: 0, dropped: 0, because: {}, fields: {} }
}

/** Adds to `counts` what each event would be under the contract. */
export class Counter {
  readonly counts: ShadowCounts
  readonly #compiled: CompiledContract
  readonly #judge: Judge

  constructor(counts: ShadowCounts, compiled: CompiledContract) {
    this.counts = counts
    this.#compiled = compiled
    this.#judge = createJudge(compiled)
  }

  pass(passage: Passage): void {
    this.counts.requests[passage] += 1
  }

  read(events: PassedEvents & { is: 'events' }, at: Instant): void {
    this.counts.until = new Date(at).toISOString()
    for (const { code, name, events: count = 1 } of events.dropped)
      this.#add(
        {
          event: name === undefined ? nameless : eventName(name),
          is: 'dropped',
          because: code,
          fields: []
        },
        count
      )
    for (const record of events.records) {
      this.#add(this.#judge(record, at), 1)
      for (const fate of this.#around(record)) addField(this.counts.around, fate, fieldsMax)
    }
  }

  #add({ event, is, because, fields }: EventFate, times: number): void {
    const { records } = this.#compiled.contract
    const counts = entry(this.counts.events, event, eventsMax + records.size, none)
    const declared = records.get(event)?.fields.size ?? 0
    counts.sent += times
    counts[is] += times
    if (because !== undefined) counts.because[because] = (counts.because[because] ?? 0) + times
    for (const fate of fields) addField(counts.fields, fate, fieldsMax + declared)
  }

  #around({ source }: WireRecord): readonly Fate[] {
    const { identity, environment } = this.#compiled.contract
    const names = aroundNames[this.counts.from]
    const fates: Fate[] = []
    const add = (field: string, value: unknown, fate: Omit<Fate, 'field'>): void => {
      if (value !== undefined) fates.push({ field, ...fate })
    }
    const reKeyed = { is: 'reduced' } as const
    const drop = (because: string): Omit<Fate, 'field'> => ({ is: 'dropped', because })
    add(
      names.installation,
      source.installation,
      identity.kind === 'none' ? drop('identity: none') : reKeyed
    )
    add(names.account, source.account, identity.account ? reKeyed : drop('no account'))
    add(names.version, source.version, { is: 'kept' })
    const kept = new Map<string, unknown>(
      Object.entries(
        keepEnvironment({
          sent: source.environment,
          declared: environment,
          undeclared: () => undefined
        })
      )
    )
    for (const [part, value] of Object.entries(source.environment ?? {})) {
      const own = kept.get(camel(part))
      const notDeclared = drop('not in environment')
      add(
        part,
        value ?? undefined,
        own === undefined ? notDeclared : { is: own === value ? 'kept' : 'reduced' }
      )
    }
    return fates
  }
}

const aroundNames = {
  segment: { installation: 'anonymousId', account: 'userId', version: 'context.app.version' },
  posthog: { installation: 'distinct_id', account: 'userId', version: '$app_version' }
} as const satisfies Readonly<Record<ShadowedWire, Readonly<Record<string, string>>>>

function camel(part: string): string {
  return part.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function addField(
  fields: Record<string, FieldCounts>,
  { field, is, because }: Fate,
  fieldsMax: number
): void {
  const counts = entry<FieldCounts>(fields, field, fieldsMax, () => ({
    sent: 0,
    kept: 0,
    reduced: 0,
    dropped: 0,
    because: {}
  }))
  counts.sent += 1
  counts[is] += 1
  if (because !== undefined) counts.because[because] = (counts.because[because] ?? 0) + 1
}

/** Own names alone: an event may be called `constructor`. */
function entry<Value>(
  all: Record<string, Value>,
  name: string,
  namesMax: number,
  make: () => Value
): Value {
  const known = Object.hasOwn(all, name) ? all[name] : undefined
  if (known !== undefined) return known
  const isCrowded = Object.keys(all).length >= namesMax
  if (isCrowded && name !== otherNames) return entry(all, otherNames, namesMax, make)
  return (all[name] = make())
}
