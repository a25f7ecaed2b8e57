/**
 * Reads what a DBLab Engine posts to `/rpc/…`, and answers in the only words that it takes for
 * success: 200 and a JSON object.
 */
import { readClientTime } from '../../protocols/client-time.ts'
import { isObject, jsonAnswer, parseJson } from '../../protocols/json.ts'
import {
  type Answer,
  type Decoded,
  type Protocol,
  type WireRequest,
  faults,
  type Refusals
} from '../../protocols/protocol.ts'
import type { WireRecord } from '../../record.ts'
import { productVersion } from './engine-version.ts'

/** 64 KiB: a hundred times the largest report recorded from an engine (642 bytes with its head). */
const eventBytesMax = 64 * 1024
/**
 * Paid editions upload session logs as CSV. They are read off the socket up to this much, so that
 * the connection survives the refusal.
 */
const refusedBytesMax = 1024 * 1024
/** An xid has 20 characters; a program that is built from the page may bring another kind of id. */
const installationLengthMax = 256

const kept = jsonAnswer(200, { result: 'ok' })
const keptNothing = jsonAnswer(200, { result: 'ok' }, { 'Candor-Dropped': 'contract' })

/**
 * Engines 3.4.0 to 4.1.3 crash when `recognized_org` is missing, and refuse to create clones
 * without `billing_active`. The misspelling is theirs.
 */
export const harmless = jsonAnswer(200, {
  result: 'ok',
  billing_active: true,
  recognized_org: {
    id: 1,
    name: 'candor',
    alias: 'candor',
    priveleged_until: '2099-01-01T00:00:00Z'
  }
})

const notFound = problem(
  404,
  'NOT_FOUND',
  'This collector takes telemetry events only.',
  'Re-point only Community editions, without an organisation key or an access token.'
)

/** `POST …/rpc/telemetry_event`: one event per request. */
export function telemetryEvent(product: string): Protocol {
  return {
    name: 'dblab',
    bodyBytesMax: eventBytesMax,
    decode: (request) => decodeEvent(product, request),
    accepted: (_decoded, outcomes) =>
      outcomes.some((outcome) => outcome.is === 'kept') ? kept : keptNothing,
    overloaded: () => problem(503, 'OVERLOADED', 'The collector cannot keep events at the moment.'),
    refusals
  }
}

/**
 * The paid editions' billing calls where no accounts are kept: answered so that no engine crashes
 * or stops making clones; nothing of them is read.
 */
export function harmlessConstant(): Protocol {
  return {
    name: 'dblab',
    bodyBytesMax: refusedBytesMax,
    decode: () => ({ is: 'answered', answer: harmless, because: 'constant' }),
    accepted: () => harmless,
    overloaded: () => harmless,
    refusals: {
      ...everyFault(harmless),
      'not-found': refusals['not-found'],
      'method-not-allowed': refusals['method-not-allowed']
    }
  }
}

/** Access tokens and the query logs of observed sessions: refused, and never looked at. */
export function neverRead(): Protocol {
  return {
    name: 'dblab',
    bodyBytesMax: refusedBytesMax,
    decode: () => ({ is: 'refused', answer: notFound, code: 'NOT_FOUND' }),
    accepted: () => notFound,
    overloaded: () => notFound,
    refusals: everyFault(notFound)
  }
}

/**
 * PostgREST's shape, whose four texts the engine reads: a number where it wants a string makes its
 * log unreadable.
 */
function problem(status: number, code: string, message: string, hint = ''): Answer {
  return jsonAnswer(status, { hint, details: message, code, message })
}

function everyFault(answer: Answer): Refusals {
  return Object.fromEntries(faults.map((fault) => [fault, answer])) as unknown as Refusals
}

export const refusals: Refusals = {
  'too-large': problem(413, 'BODY_TOO_LARGE', `An event has at most ${eventBytesMax} bytes.`),
  'bad-encoding': problem(
    400,
    'BODY_NOT_DECODED',
    'The body is not what its Content-Encoding says.'
  ),
  'unsupported-encoding': problem(400, 'ENCODING_UNSUPPORTED', 'The body may be plain or gzip.'),
  'not-found': notFound,
  'method-not-allowed': problem(405, 'METHOD_NOT_ALLOWED', 'Events are sent with POST.'),
  malformed: problem(400, 'REQUEST_MALFORMED', 'This is not an HTTP request that can be read.')
}

export const notJson = problem(
  400,
  'BODY_NOT_JSON',
  'The body is not JSON.',
  'Send an object with instance_id, event_type and event_data.'
)
export const notAnObject = problem(
  400,
  'BODY_NOT_AN_OBJECT',
  'The body is JSON but not an object.',
  'Send an object with instance_id, event_type and event_data.'
)
const noEventType = problem(
  400,
  'EVENT_TYPE_MISSING',
  'The event has no event_type.',
  'Name the event in event_type, as a text.'
)

/** No client sets a Content-Type, so none is asked for: the body is JSON or it is refused. */
function decodeEvent(product: string, request: WireRequest): Decoded {
  const envelope = parseJson(request.body.toString('utf8'))
  if (envelope === undefined) return { is: 'refused', answer: notJson, code: 'BODY_NOT_JSON' }
  if (!isObject(envelope)) return { is: 'refused', answer: notAnObject, code: 'BODY_NOT_AN_OBJECT' }
  const {
    instance_id: instance,
    event_type: name,
    event_time: time,
    event_data: data,
    ...unknownParts
  } = envelope
  if (typeof name !== 'string' || name === '')
    return { is: 'refused', answer: noEventType, code: 'EVENT_TYPE_MISSING' }
  const installation =
    typeof instance === 'string' && instance !== '' && instance.length <= installationLengthMax
      ? instance
      : undefined
  const record: WireRecord = {
    source: {
      product,
      installation,
      version: isObject(data) ? productVersion(data['engine_version']) : undefined
    },
    wire: 'client',
    name,
    occurredAt: readClientTime(time),
    fields: fieldsOf(data, unknownParts, contradicts(request, instance))
  }
  return { is: 'records', records: [record], dropped: [], duplicates: { by: 'none' } }
}

/**
 * The contract's paths start in `event_data`. What contradicts the envelope goes beside it under a
 * name that no contract declares,
 * so that it is counted as drift and never kept.
 */
function fieldsOf(
  data: unknown,
  unknownParts: Readonly<Record<string, unknown>>,
  contradictory: boolean
): unknown {
  const hasUnknownParts = Object.keys(unknownParts).length > 0
  if (!hasUnknownParts && !contradictory) return data ?? {}
  const fields: Record<string, unknown> = isObject(data) ? { ...data } : {}
  if (hasUnknownParts) fields['envelope'] = unknownParts
  if (contradictory) fields['header_mismatch'] = true
  return fields
}

/**
 * Since 3.4 the id is repeated in one header, before that in another; a newer engine's Access-Token
 * is a credential and is not looked at.
 */
function contradicts(request: WireRequest, instance: unknown): boolean {
  const repeated = request.headers['selfassigned-instance-id'] ?? request.headers['access-token']
  return repeated !== undefined && repeated !== (instance ?? '')
}
