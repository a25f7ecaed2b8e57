/**
 * Which events a body holds, and which of them are over a limit: one event's fault never costs its
 * neighbours.
 */
import type { Dropped, Instant } from '../../record.ts'
import { readClientTime } from '../client-time.ts'
import { isObject, type JsonObject } from '../json.ts'
import { eventBytes, mayHoldLarge } from './event-bytes.ts'
import type { SegmentEvent } from './segment-event.ts'

export const segmentLimits = {
  // Segment's own three, which its libraries are built around (one of them miscounts, so larger
  // events do arrive).
  eventBytesMax: 32 * 1024,
  requestBytesMax: 500 * 1024,
  eventsMax: 2_500,
  // Eight times Segment's request: what a library with a broken size guard still sends is read and
  // judged event by event.
  bodyBytesMax: 4 * 1024 * 1024
} as const

interface DroppedEvent {
  readonly code: Extract<Dropped['code'], 'EVENT_TOO_LARGE' | 'TOO_MANY_EVENTS' | 'EVENT_MALFORMED'>
  /** As sent: only to be shown if it is declared. */
  readonly name: string | undefined
  readonly bytes: number
  readonly events: number
  /** Where it stood in the batch; of several, the first. */
  readonly index: number
}

export interface ReadEvents {
  readonly events: readonly SegmentEvent[]
  /** Where each of `events` stood in the batch. Undefined: as here. */
  readonly places: readonly number[] | undefined
  readonly dropped: readonly DroppedEvent[]
}

const types: ReadonlySet<unknown> = new Set([
  'track',
  'identify',
  'page',
  'screen',
  'group',
  'alias'
] satisfies SegmentEvent['type'][])

export function readEvents(
  body: JsonObject,
  request: {
    readonly body: Buffer
    readonly receivedAt: Instant
    readonly type: SegmentEvent['type'] | undefined
  }
): ReadEvents {
  const batch = body['batch']
  if (Array.isArray(batch)) return readBatch(body, batch, request)
  const event = readEvent(
    body,
    request.type ?? (body['type'] === undefined ? 'track' : undefined),
    undefined,
    readClientTime(body['sentAt']),
    request.receivedAt
  )
  const bytes = request.body.length
  if (event === undefined) return { events: [], places: undefined, dropped: [malformed(bytes, 0)] }
  if (bytes > segmentLimits.eventBytesMax)
    return { events: [], places: undefined, dropped: [tooLarge(event, bytes, 0)] }
  return { events: [event], places: undefined, dropped: [] }
}

function readBatch(
  body: JsonObject,
  batch: readonly unknown[],
  request: { readonly body: Buffer; readonly receivedAt: Instant }
): ReadEvents {
  const events: SegmentEvent[] = []
  const places: number[] = []
  const dropped: DroppedEvent[] = []
  const context = isObject(body['context']) ? body['context'] : undefined
  const sentAt = readClientTime(body['sentAt'])
  const isSmall =
    request.body.length <= segmentLimits.requestBytesMax &&
    !mayHoldLarge(request.body, batch, segmentLimits.eventBytesMax)
  let sizes: readonly number[] | undefined
  const bytesOf = (index: number): number => {
    sizes ??= eventBytes(request.body)
    return sizes[index] ?? 0
  }
  let bytesKept = 0
  const count = Math.min(batch.length, segmentLimits.eventsMax)
  for (let index = 0; index < count; index++) {
    const event = readEvent(batch[index], undefined, context, sentAt, request.receivedAt)
    if (event === undefined) {
      dropped.push(malformed(bytesOf(index), index))
      continue
    }
    const bytes = isSmall ? 0 : bytesOf(index)
    if (bytes > segmentLimits.eventBytesMax || bytesKept + bytes > segmentLimits.requestBytesMax) {
      dropped.push(tooLarge(event, bytes, index))
      continue
    }
    bytesKept += bytes
    events.push(event)
    places.push(index)
  }
  if (batch.length > count) {
    // One entry for all the rest: four megabytes can hold a million empty events, which are not
    // worth a million of ours.
    let bytes = 0
    for (let index = count; index < batch.length; index++) bytes += bytesOf(index)
    const events = batch.length - count
    dropped.push({ code: 'TOO_MANY_EVENTS', name: undefined, bytes, events, index: count })
  }
  return { events, places: dropped.length === 0 ? undefined : places, dropped }
}

function malformed(bytes: number, index: number): DroppedEvent {
  return { code: 'EVENT_MALFORMED', name: undefined, bytes, events: 1, index }
}

function tooLarge({ event }: SegmentEvent, bytes: number, index: number): DroppedEvent {
  return { code: 'EVENT_TOO_LARGE', name: event, bytes, events: 1, index }
}

/** Undefined when it is no event of Segment's. `type` is what the path says, if it does. */
function readEvent(
  raw: unknown,
  type: SegmentEvent['type'] | undefined,
  batchContext: JsonObject | undefined,
  batchSentAt: Instant | undefined,
  receivedAt: Instant
): SegmentEvent | undefined {
  if (!isObject(raw)) return undefined
  const stated = type ?? raw['type']
  if (!isType(stated)) return undefined
  const event = stated === 'track' ? raw['event'] : stated
  if (typeof event !== 'string' || event === '') return undefined
  const context = mergeContext(batchContext, raw['context'])
  return {
    type: stated,
    event,
    messageId: readId(raw['messageId']),
    anonymousId: readId(raw['anonymousId']),
    userId: readId(raw['userId']),
    properties: stated === 'page' || stated === 'screen' ? withPageName(raw) : raw['properties'],
    // RudderStack's libraries say them in the context.
    traits: raw['traits'] ?? (isObject(context) ? context['traits'] : undefined),
    groupId: readId(raw['groupId']),
    previousId: readId(raw['previousId']),
    context,
    timestamp: readClientTime(raw['timestamp'] ?? raw['originalTimestamp']),
    // The batch's word goes first: a library may stamp an event once, and send it again much later.
    sentAt: batchSentAt ?? readClientTime(raw['sentAt']),
    receivedAt
  }
}

function isType(value: unknown): value is SegmentEvent['type'] {
  return types.has(value)
}

/** Ids are texts, but libraries without types also send the numbers that a database gave them. */
function readId(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined
}

/** Key by key, not deeper, and the event's own word counts: as Segment merges. */
function mergeContext(ofBatch: JsonObject | undefined, ofEvent: unknown): unknown {
  if (ofBatch === undefined) return ofEvent
  return isObject(ofEvent) ? { ...ofBatch, ...ofEvent } : ofBatch
}

/**
 * Pages and screens say their name beside their properties; some libraries also say it inside,
 * which then counts.
 */
function withPageName(raw: JsonObject): unknown {
  const { name, category, properties = {} } = raw
  if (!isObject(properties) || (name === undefined && category === undefined)) return properties
  return {
    ...(name === undefined ? {} : { name }),
    ...(category === undefined ? {} : { category }),
    ...properties
  }
}
