/** What do PostHog's words mean in Segment's, which all products read? */
import type { Instant } from '../../record.ts'
import { isObject, type JsonObject } from '../json.ts'

/** In the order in which they are tried. */
export function keysIn(body: JsonObject): readonly string[] {
  const batch = body['batch']
  const first: unknown = Array.isArray(batch) ? batch[0] : undefined
  const ofEvent = [body, first].flatMap((event) =>
    isObject(event) ? [event['properties'], event] : []
  )
  return [body['api_key'], body['token'], ...ofEvent.flatMap(tokensOf)].filter(
    (key): key is string => typeof key === 'string' && key !== ''
  )
}

function tokensOf(value: unknown): readonly unknown[] {
  return isObject(value) ? [value['token'], value['api_key']] : []
}

/** Of a line that is an event of PostHog's or of Segment's. */
export function isPosthogEvent(line: JsonObject): boolean {
  return typeof line['distinct_id'] === 'string' && line['anonymousId'] === undefined
}

/** The body as a batch of Segment's. What is no event stays what it was, to be counted as such. */
export function eventsIn(body: JsonObject, receivedAt: Instant): JsonObject {
  const batch = body['batch']
  const events: readonly unknown[] = Array.isArray(batch) ? batch : [body]
  return {
    batch: events.map((event) => (isObject(event) ? eventOf(event, receivedAt) : event)),
    sentAt: body['sent_at']
  }
}

function eventOf(event: JsonObject, receivedAt: Instant): JsonObject {
  const properties = isObject(event['properties']) ? event['properties'] : {}
  return {
    type: 'track',
    event: event['event'],
    messageId: event['uuid'] ?? properties['$insert_id'],
    anonymousId: event['distinct_id'] ?? properties['distinct_id'],
    timestamp: event['timestamp'] ?? timeBefore(receivedAt, event['offset']),
    properties: ownOf(properties),
    context: {
      library: { name: properties['$lib'], version: properties['$lib_version'] },
      app: { version: properties['$app_version'] },
      ...(properties['$os'] === undefined
        ? {}
        : { os: { name: properties['$os'], version: properties['$os_version'] } })
    }
  }
}

/** The browser's library says how many milliseconds ago it was. */
function timeBefore(receivedAt: Instant, offset: unknown): number | undefined {
  return typeof offset === 'number' && offset >= 0 ? receivedAt - offset : undefined
}

/** Whatever begins with a dollar sign is the library's own. */
function ownOf(properties: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).filter(
      ([name]) => !name.startsWith('$') && name !== 'token' && name !== 'distinct_id'
    )
  )
}
