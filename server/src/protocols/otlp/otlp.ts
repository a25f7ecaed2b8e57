/**
 * OpenTelemetry's protocol over HTTP: logs and metrics of one product, below its base, since
 * `/v1/metrics` alone is TimescaleDB's.
 */
import { refusalsIn } from '../refusals.ts'
import type { WireRecord } from '../../record.ts'
import { problemsIn } from '../answers.ts'
import type { Answer, IngestRoute, Outcome, Protocol } from '../protocol.ts'
import { segmentLimits } from '../segment/read-events.ts'
import { senders } from '../segment/senders.ts'
import { readMessage, writeResponse, type Encoding, type Signal } from './messages.ts'
import { eventsOf } from './otlp-events.ts'

// Exporters send 512 log records at once. Two bytes can be a message of their own, so a body costs
// more to read than one of JSON.
const bodyBytesMax = 1024 * 1024
// Exporters try again for some minutes, with the same bytes.
export const retriesEndMs = 15 * 60_000
const retryAfterSeconds = 30

/** `/in/<product>/v1/logs` and `/v1/metrics`: JSON and protobuf. */
export function otlpRoutes(product: string): readonly IngestRoute[] {
  return (['logs', 'metrics'] as const).map((signal) => ({
    method: 'POST',
    path: `/in/${product}/v1/${signal}`,
    protocol: otlp(product, signal)
  }))
}

const problems = {
  BODY_NOT_OTLP: { status: 400, message: 'The body is no export request of this signal.' },
  BODY_TOO_LARGE: { status: 413, message: 'The body must not be larger than 1 MiB.' },
  BODY_NOT_READABLE: { status: 400, message: 'The body could not be decompressed.' },
  CONTENT_TYPE_UNSUPPORTED: {
    status: 415,
    message: 'Content-Type must be application/json or application/x-protobuf.'
  },
  ENCODING_UNSUPPORTED: { status: 415, message: 'Content-Encoding must be gzip, or absent.' },
  ROUTE_UNKNOWN: { status: 404, message: 'There are v1/logs and v1/metrics.' },
  METHOD_NOT_ALLOWED: { status: 405, message: 'Exports are sent with POST.' },
  OVERLOADED: { status: 503, message: 'Nothing can be kept right now; try again later.' }
} as const satisfies Record<string, { readonly status: number; readonly message: string }>

const problem = problemsIn(problems)
const refusals = refusalsIn(problem, 'BODY_NOT_OTLP')

/** What the answer needs of the request. */
interface Asked {
  readonly encoding: Encoding
}

function otlp(product: string, signal: Signal): Protocol {
  return {
    name: 'otlp',
    bodyBytesMax,
    decode({ body, headers, receivedAt }) {
      const encoding = encodingOf(headers['content-type'])
      if (encoding === undefined) return refusedAs('CONTENT_TYPE_UNSUPPORTED')
      const message = readMessage(body, { signal, encoding })
      if (message === undefined) return refusedAs('BODY_NOT_OTLP')
      const { events, more } = eventsOf(message, { signal, max: segmentLimits.eventsMax })
      const share = senders(product)
      const named = events.flatMap((event): WireRecord[] => {
        if (event.name === undefined) return []
        return [
          {
            source: share(event.source),
            wire: 'client',
            name: event.name,
            occurredAt: event.at === undefined ? undefined : Math.min(event.at, receivedAt),
            skewApplied: false,
            fields: event.fields,
            duplicateOf: undefined
          }
        ]
      })
      const nameless = events.length - named.length
      return {
        is: 'records',
        records: named,
        dropped: [
          ...(nameless === 0 ? [] : [dropped('EVENT_MALFORMED', nameless)]),
          ...(more === 0 ? [] : [dropped('TOO_MANY_EVENTS', more)])
        ],
        duplicates: { by: 'request', ttlMs: retriesEndMs, key: body, scope: `otlp ${product}` },
        context: { encoding } satisfies Asked
      }
    },
    accepted(decoded, outcomes) {
      const { encoding } = decoded.context as Asked
      const early = decoded.dropped.reduce((sum, { events = 1 }) => sum + events, 0)
      const count = early + outcomes.filter(({ is }) => is === 'dropped').length
      const codes = codesOf(decoded.dropped, outcomes)
      const refused =
        count === 0 ? undefined : { count, message: `not kept: ${[...codes].join(', ')}` }
      return {
        status: 200,
        headers: {
          'Content-Type': encoding === 'json' ? 'application/json' : 'application/x-protobuf',
          ...(refused === undefined ? {} : { 'Candor-Dropped': 'contract' })
        },
        body: writeResponse(encoding, signal, refused)
      }
    },
    overloaded: () => problem('OVERLOADED', { 'Retry-After': String(retryAfterSeconds) }),
    refusals
  }

  function dropped(
    code: 'EVENT_MALFORMED' | 'TOO_MANY_EVENTS',
    events: number
  ): { product: string; code: typeof code; bytes: number; events: number } {
    return { product, code, bytes: 0, events }
  }
}

/** Our own words alone: what was sent is in none of them. */
function codesOf(
  early: readonly { readonly code: string }[],
  outcomes: readonly Outcome[]
): ReadonlySet<string> {
  return new Set([
    ...early.map(({ code }) => code),
    ...outcomes.flatMap((outcome) =>
      outcome.is === 'dropped' ? outcome.dropped.map(({ code }) => code) : []
    )
  ])
}

function encodingOf(contentType: string | undefined): Encoding | undefined {
  const type = contentType?.split(';')[0]?.trim().toLowerCase()
  if (type === 'application/json') return 'json'
  return type === 'application/x-protobuf' ? 'protobuf' : undefined
}

function refusedAs(code: keyof typeof problems): {
  readonly is: 'refused'
  readonly answer: Answer
  readonly code: string
} {
  return { is: 'refused', answer: problem(code), code }
}
