/** Which events does a request of Segment's or PostHog's libraries hold, whoever it is meant for? */
import { gunzipSync } from 'node:zlib'
import { createPosthog } from '../../protocols/posthog/posthog.ts'
import type { Decoded, IngestRoute } from '../../protocols/protocol.ts'
import { createSegment } from '../../protocols/segment/segment.ts'
import type { Instant } from '../../record.ts'

export const shadowedWires = ['segment', 'posthog'] as const
export type ShadowedWire = (typeof shadowedWires)[number]

export interface PassedRequest {
  readonly method: string
  /** With its query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  readonly receivedAt: Instant
}

export type PassedEvents =
  | (Pick<Decoded & { is: 'records' }, 'records' | 'dropped'> & { readonly is: 'events' })
  /** A question about flags or settings: no event is in it. */
  | { readonly is: 'other' }
  | { readonly is: 'unreadable' }

export type ReadPassed = (request: PassedRequest) => PassedEvents

export const bodyBytesMax = 4 * 1_048_576

/** Whatever key a request has, its events are the product's. */
export function readerOf(wire: ShadowedWire, product: string): ReadPassed {
  // Below a product's base no key is asked for.
  const base = `/in/${product}`
  const protocols = new Map(
    routesOf(wire, product).map(({ method, path, protocol }) => [
      `${method} ${path.slice(base.length)}`,
      protocol
    ])
  )
  return ({ method, url, headers, body, receivedAt }) => {
    const mark = url.indexOf('?')
    const path = mark < 0 ? url : url.slice(0, mark)
    const tidy = path.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1')
    const protocol = protocols.get(`${method} ${tidy}`)
    if (protocol === undefined) return { is: 'other' }
    const plain = unpacked(body, headers['content-encoding'])
    if (plain === undefined) return { is: 'unreadable' }
    const decoded = protocol.decode({
      path: tidy,
      query: mark < 0 ? '' : url.slice(mark + 1),
      headers,
      body: plain,
      receivedAt
    })
    if (decoded.is === 'answered') return { is: 'other' }
    if (decoded.is === 'refused') return { is: 'unreadable' }
    return { is: 'events', records: decoded.records, dropped: decoded.dropped }
  }
}

/** One line of an export, as a request of its library would hold it. */
export function requestOf(wire: ShadowedWire, line: unknown, receivedAt: Instant): PassedRequest {
  return {
    method: 'POST',
    url: wire === 'segment' ? '/v1/batch' : '/batch',
    headers: {},
    body: Buffer.from(JSON.stringify({ batch: [withProperties(line)] })),
    receivedAt
  }
}

/** Exports to tables write an event's properties as one text. */
function withProperties(line: unknown): unknown {
  if (typeof line !== 'object' || line === null || !('properties' in line)) return line
  const { properties } = line
  if (typeof properties !== 'string') return line
  try {
    return { ...line, properties: JSON.parse(properties) as unknown }
  } catch {
    return line
  }
}

function routesOf(wire: ShadowedWire, product: string): readonly IngestRoute[] {
  // Every name is looked at, also those that the libraries say of themselves.
  const services = { resolveKey: () => product, declares: () => true }
  return wire === 'posthog'
    ? createPosthog(services).below(product)
    : createSegment({ ...services, readingOf: () => undefined, scheme: 'http' }).below(product, {
        answer: 'success'
      })
}

function unpacked(body: Buffer, encoding: string | undefined): Buffer | undefined {
  if (encoding === undefined || encoding === 'identity') return body
  if (encoding !== 'gzip') return undefined
  try {
    return gunzipSync(body, { maxOutputLength: bodyBytesMax })
  } catch {
    return undefined
  }
}
