/** How the events of one request become records, whatever library of Segment's kind sent them. */
import type { WireRecord } from '../../record.ts'
import { skewOf } from '../client-time.ts'
import type { EventReading } from './reading.ts'
import type { Placed } from './results.ts'
import type { SegmentEvent } from './segment-event.ts'
import { senders } from './senders.ts'

/** Events that their product's reading takes for a refusal are left out, also of `placed`. */
export function recordsOf(
  product: string,
  reading: EventReading,
  events: readonly SegmentEvent[],
  placed: Placed
): readonly WireRecord[] {
  const share = senders(product)
  const records: WireRecord[] = []
  for (const event of events) {
    const read = reading.read(event)
    if (read === undefined) {
      placed.places ??= events.map((_, place) => place)
      placed.places.splice(records.length, 1)
      continue
    }
    const { source, name, fields } = read
    const at = event.timestamp
    const skew =
      at === undefined ? 0 : skewOf({ at, sentAt: event.sentAt, receivedAt: event.receivedAt })
    records.push({
      source: share(source),
      wire: 'client',
      name,
      occurredAt: at === undefined ? undefined : at + skew,
      skewApplied: skew !== 0,
      fields,
      duplicateOf:
        event.messageId === undefined ? undefined : duplicateOf(product, event, event.messageId)
    })
  }
  return records
}

/**
 * Told apart by lengths, so that no choice of ids can make one sender's message look like
 * another's.
 */
function duplicateOf(product: string, event: SegmentEvent, messageId: string): string {
  const sender = event.anonymousId ?? event.userId ?? ''
  return (
    `${product} ${event.anonymousId === undefined ? 'user' : 'anonymous'} ${sender.length} ` +
    `${sender}${messageId}`
  )
}
