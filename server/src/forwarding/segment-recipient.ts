/** Hands records to Segment, or to what speaks as it does, and deletions to its Public API. */
import type { Network } from '../effects.ts'
import { NotTaken, userOf, type ForwardedRecord, type Recipient } from './forwarded.ts'
import { post } from './post.ts'

interface SegmentRecipient {
  /** Without a path: `https://api.segment.io`. */
  readonly host: string
  readonly writeKey: string
  /** Where regulations are made: `https://api.segmentapis.com`, and the token for it. */
  readonly deletions: { readonly host: string; readonly token: string }
}

/** Segment's own: 500 KB a request and 32 KB an event, with room for what surrounds them. */
const requestBytesMax = 480_000
const eventBytesMax = 32_000
/** Of one regulation. */
const usersMax = 1_000

export function segmentRecipient(
  { host, writeKey, deletions: { host: api, token } }: SegmentRecipient,
  { network, signal }: { readonly network: Pick<Network, 'fetch'>; readonly signal: AbortSignal }
): Recipient {
  const authorization = `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`
  const regulate = (regulationType: string, subjectIds: readonly string[]): Promise<void> =>
    post(
      network,
      `${api}/regulations`,
      {
        headers: { 'Content-Type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ regulationType, subjectType: 'USER_ID', subjectIds })
      },
      signal
    )
  return {
    pace: { recordsMax: 500, pauseMs: 5_000 },
    async send(records) {
      const events = records.map((record) => JSON.stringify(eventOf(record)))
      if (events.some((event) => Buffer.byteLength(event) > eventBytesMax))
        throw new NotTaken('content', 'takes no event above 32 KB')
      for (const batch of requestsOf(events))
        await post(
          network,
          `${host}/v1/batch`,
          {
            headers: { 'Content-Type': 'application/json', authorization },
            body: `{"batch":[${batch.join(',')}]}`
          },
          signal
        )
    },
    async forget(deletions) {
      const named = (isKey: boolean): readonly string[] => [
        ...new Set(
          deletions
            .filter(({ kind }) => (kind === 'deletion') === isKey)
            .flatMap(({ users }) => users)
        )
      ]
      // A key is spent for ever; whoever is known by an id may go on reporting.
      for (const [type, users] of [
        ['SUPPRESS_WITH_DELETE', named(true)],
        ['DELETE_ONLY', named(false)]
      ] as const)
        for (let from = 0; from < users.length; from += usersMax)
          await regulate(type, users.slice(from, from + usersMax))
    }
  }
}

function eventOf(record: ForwardedRecord): object {
  const { id, name, at, version, environment, fields, session } = record
  const user = userOf(record)
  return {
    type: 'track',
    messageId: id,
    // Segment takes no event without somebody, and deletes by `userId` alone.
    ...(user === undefined ? { anonymousId: id } : { userId: user }),
    event: name,
    timestamp: at,
    properties: fields,
    context: {
      ...(version === undefined ? {} : { app: { version } }),
      ...(session === undefined ? {} : { session }),
      candor: { environment, contract: record.contract, terms: record.terms }
    }
  }
}

function requestsOf(events: readonly string[]): readonly (readonly string[])[] {
  const requests: string[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const event of events) {
    const length = Buffer.byteLength(event) + 1
    if (bytes + length > requestBytesMax) {
      requests.push([])
      bytes = 0
    }
    requests.at(-1)?.push(event)
    bytes += length
  }
  return requests
}
