/**
 * How an event of Segment's format becomes a record's sender, name and fields, where a product has
 * no reading of its own.
 */
import type { WireSource } from '../../record.ts'
import { isObject, type JsonObject } from '../json.ts'
import type { DuplicateRule } from '../protocol.ts'
import type { SegmentEvent } from './segment-event.ts'

/**
 * unavailable: 429 with Retry-After. no-retry: 503 without. drop: 204, and the header says what
 * became of it.
 */
export type OverloadPolicy = 'unavailable' | 'no-retry' | 'drop'

export interface ReadEvent {
  readonly source: Omit<WireSource, 'product'>
  readonly name: string
  readonly fields: unknown
}

/**
 * How a product reads Segment-shaped events. `fields` is the root for the contract's paths. Must
 * not throw, whatever the event holds. Undefined: the event says only that its user refuses, which
 * is nothing to count; it is answered like any other and kept nowhere.
 */
export interface EventReading {
  read(event: SegmentEvent): ReadEvent | undefined
  /** Per request; default: each record by its messageId, for 24 hours. */
  readonly duplicates?: (body: Buffer) => DuplicateRule
  /** Default: unavailable. */
  readonly overload?: OverloadPolicy
}

// What Segment's libraries put into `context` by themselves: the envelope of an event, not
// something its product declared or forgot to.
const envelope = new Set(
  (
    'active app campaign channel consent device direct externalIds groupId instanceId ip ' +
    'library locale location network os page protocols ' +
    'referrer screen timezone traits userAgent userAgentData'
  ).split(' ')
)

export const plainReading = {
  read(event: SegmentEvent): ReadEvent {
    return { source: sourceOf(event), name: event.event, fields: fieldsOf(event) }
  }
} satisfies EventReading

function sourceOf(event: SegmentEvent): Omit<WireSource, 'product'> {
  const context = isObject(event.context) ? event.context : {}
  const os = isObject(context['os']) ? context['os'] : undefined
  return {
    installation: event.anonymousId,
    account: event.userId,
    version: appVersionOf(context),
    sdk: libraryOf(context),
    environment: os === undefined ? undefined : { os: os['name'], os_version: os['version'] }
  }
}

/** The library that sent the event, as its context says. */
export function libraryOf(context: JsonObject): WireSource['sdk'] {
  const library = context['library']
  if (!isObject(library)) return undefined
  const { name, version } = library
  return typeof name === 'string' && typeof version === 'string' ? { name, version } : undefined
}

/** The version of the program that the event is about. */
export function appVersionOf(context: JsonObject): string | undefined {
  const app = context['app']
  const version = isObject(app) ? app['version'] : undefined
  return typeof version === 'string' ? version : undefined
}

/**
 * The root for the contract's paths: an event's properties, or the traits of identify and group;
 * beside them the `groupId` of a group call and the `previousId` of an alias. A key of `context`
 * that is no part of Segment's format was put there by the product, so it can be declared
 * (`from: context.edition`) and is drift when it is not.
 */
function fieldsOf(event: SegmentEvent): unknown {
  const own = withIds(
    (event.type === 'identify' || event.type === 'group' ? event.traits : event.properties) ?? {},
    event
  )
  const context = isObject(event.context) ? ownContext(event.context) : undefined
  if (context === undefined || !isObject(own) || Object.hasOwn(own, 'context')) return own
  return { ...own, context }
}

function withIds(own: unknown, { type, groupId, previousId }: SegmentEvent): unknown {
  if (!isObject(own)) return own
  if (type === 'group' && groupId !== undefined) return { groupId, ...own }
  return type === 'alias' && previousId !== undefined ? { previousId, ...own } : own
}

/** What is no part of Segment's format; undefined when there is nothing. */
export function ownContext(context: JsonObject): JsonObject | undefined {
  let own: Record<string, unknown> | undefined
  for (const key of Object.keys(context)) {
    if (envelope.has(key)) continue
    own ??= {}
    // Defined, not assigned: a client may name a key `__proto__`.
    if (key === '__proto__')
      Object.defineProperty(own, key, { value: context[key], enumerable: true })
    else own[key] = context[key]
  }
  return own
}
