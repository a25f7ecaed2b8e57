/**
 * Segment's HTTP tracking API: its routes with write keys, and the same format for one fixed
 * product.
 */
import { refusalsIn } from '../refusals.ts'
import { DAY_MS } from '#values/days'
import { marked, problemsIn } from '../answers.ts'
import { isObject, jsonAnswer, textOf, type JsonObject } from '../json.ts'
import type {
  Answer,
  Decoded,
  DroppedEarly,
  DuplicateRule,
  IngestRoute,
  Protocol
} from '../protocol.ts'
import { parseLenientJson } from './bare-numbers.ts'
import { pixelRoute } from './pixel.ts'
import { readEvents, segmentLimits } from './read-events.ts'
import { plainReading, type OverloadPolicy, type EventReading } from './reading.ts'
import { recordsOf } from './records.ts'
import type { SegmentEvent } from './segment-event.ts'
import { resultsOf, type Placed } from './results.ts'
import { settingsRoute } from './settings.ts'
import { writeKeysOf } from './write-key.ts'

export interface SegmentServices {
  /**
   * The product that a write key belongs to; undefined for a key that nobody gave out, or that was
   * revoked.
   */
  readonly resolveKey: (writeKey: string) => string | undefined
  /**
   * A product's own reading, if it has one. Asked for each request, so that a replaced product is
   * read anew.
   */
  readonly readingOf: (product: string) => EventReading | undefined
  /** Whether the product's contract has a record of this name, so that the name may be shown. */
  readonly declares: (product: string, name: string) => boolean
  /** What this collector's own door speaks. */
  readonly scheme: 'http' | 'https'
}

interface FixedOptions {
  /** success: `200 {"success":true}`. no-content: 204 and empty. */
  readonly answer: 'success' | 'no-content'
  /** Default: what the product's reading says, else each event by its messageId for 24 hours. */
  readonly duplicates?: ((body: Buffer) => DuplicateRule) | undefined
  /** Default: what the product's reading says, else unavailable. */
  readonly overload?: OverloadPolicy | undefined
}

export interface Segment {
  /** `/v1/track` and its siblings; the product is found by the write key. */
  readonly routes: readonly IngestRoute[]
  /**
   * The same format on a path that already names the product: a key is not needed, and not looked
   * at.
   */
  forProduct(product: string, options: FixedOptions): Protocol
  /** The routes below `/in/<product>`, for libraries that are given a base. */
  below(product: string, options: FixedOptions): readonly IngestRoute[]
}

const paths: Readonly<Record<string, SegmentEvent['type'] | undefined>> = {
  track: 'track',
  identify: 'identify',
  page: 'page',
  screen: 'screen',
  group: 'group',
  alias: 'alias',
  batch: undefined,
  import: undefined,
  // The browser library's: the first letter of each.
  t: 'track',
  i: 'identify',
  p: 'page',
  s: 'screen',
  g: 'group',
  a: 'alias',
  b: undefined
}

export const duplicatesMs = DAY_MS
const byMessageId: DuplicateRule = { by: 'record', ttlMs: duplicatesMs }

// Long enough for a restart or an operator's look at the disk; the node library asks at most 23
// times, so it still holds on for ten minutes.
const retryAfterSeconds = 30

const success = jsonAnswer(200, { success: true })
const noContent: Answer = { status: 204, headers: {}, body: '' }
const noContentKept = marked(noContent, 'contract')
const unknownKey = marked(success, 'unknown-key')

const segmentProblems = {
  BODY_NOT_JSON: { status: 400, message: 'The body must be one JSON object.' },
  BODY_TOO_LARGE: {
    status: 400,
    message:
      'The body must not be larger than 4 MiB; a request should have at most 500 KiB, an ' +
      'event 32 KiB.'
  },
  BODY_NOT_READABLE: {
    status: 400,
    message: 'The body could not be decompressed as its Content-Encoding says.'
  },
  ENCODING_UNSUPPORTED: { status: 415, message: 'Content-Encoding must be gzip, or absent.' },
  ROUTE_UNKNOWN: { status: 404, message: 'There is no such call; try POST /v1/batch.' },
  METHOD_NOT_ALLOWED: { status: 405, message: 'Calls are sent with POST.' },
  OVERLOADED: { status: 503, message: 'Nothing can be kept right now; try again later.' }
} as const satisfies Record<string, { readonly status: number; readonly message: string }>

// The Python library needs both `code` and `message`, or it takes our refusal for a network fault
// and sends again.
const problem = problemsIn(segmentProblems, { success: false })

export function createSegment(services: SegmentServices): Segment {
  const { resolveKey, scheme } = services
  return {
    routes: routesAt('', { services, knows: (key) => resolveKey(key) !== undefined }),
    forProduct: (product, options) =>
      protocolFor({ services, type: undefined, fixed: { product, options } }),
    below: (product, options) =>
      routesAt(`/in/${product}`, { services, knows: () => true, fixed: { product, options } })
  }

  function routesAt(
    base: string,
    { knows, ...variant }: Omit<Variant, 'type'> & { readonly knows: (key: string) => boolean }
  ): readonly IngestRoute[] {
    return [
      ...Object.entries(paths).flatMap(([name, type]): IngestRoute[] => {
        const call = protocolFor({ ...variant, type, tellsClamped: name === 'import' })
        return [
          { method: 'POST', path: `${base}/v1/${name}`, protocol: call },
          ...(type === name ? [pixelRoute({ path: `${base}/v1/pixel/${name}`, call })] : [])
        ]
      }),
      { method: 'POST', path: `${base}/v1/m`, protocol: browserMetrics },
      settingsRoute({ base, knows, scheme, refusals })
    ]
  }
}

interface Variant {
  readonly services: SegmentServices
  /** What the path says; undefined where the body does. */
  readonly type: SegmentEvent['type'] | undefined
  /** Whoever sends history must hear that it was not kept as history. */
  readonly tellsClamped?: boolean
  readonly fixed?: { readonly product: string; readonly options: FixedOptions } | undefined
}

function protocolFor({ services, type, tellsClamped = false, fixed }: Variant): Protocol {
  const kept = fixed?.options.answer === 'no-content' ? noContent : success
  return {
    name: 'segment',
    bodyBytesMax: segmentLimits.bodyBytesMax,
    decode(request) {
      // Bytes that are no UTF-8 are replaced, not refused: Segment's clients cannot be told, and
      // one bad text should not cost a batch.
      const body = parseLenientJson(withoutMark(textOf(request.body)))
      if (!isObject(body))
        return { is: 'refused', answer: problem('BODY_NOT_JSON'), code: 'BODY_NOT_JSON' }
      const product = fixed?.product ?? productOf(services, request.headers['authorization'], body)
      if (product === undefined)
        return { is: 'answered', answer: unknownKey, because: 'unknown-key' }
      const reading: EventReading = services.readingOf(product) ?? plainReading
      const { events, places, dropped } = readEvents(body, {
        body: request.body,
        receivedAt: request.receivedAt,
        type
      })
      const duplicates = fixed?.options.duplicates ?? reading.duplicates
      const placed: Placed = { product, places: places?.slice(), dropped }
      const records = recordsOf(product, reading, events, placed)
      // Nothing of a refusal is left, not even the mark by which a second one would be known.
      if (records.length === 0 && events.length > 0 && dropped.length === 0)
        return { is: 'answered', answer: kept, because: 'refusal' }
      return {
        is: 'records',
        records,
        dropped: dropped.map(({ code, name, bytes, events }): DroppedEarly => {
          return {
            product,
            code,
            bytes,
            events,
            ...(name !== undefined && services.declares(product, name) ? { name } : {})
          }
        }),
        duplicates: duplicates === undefined ? byMessageId : duplicates(request.body),
        saidAt: events[0]?.sentAt,
        context: placed
      }
    },
    accepted(decoded, outcomes) {
      const isWhole =
        decoded.dropped.length === 0 && outcomes.every((outcome) => outcome.is === 'kept')
      const clamped = outcomes.filter((one) => one.is === 'kept' && one.isClamped === true).length
      if (tellsClamped && clamped > 0) {
        const results = isWhole ? {} : resultsOf(decoded.context as Placed, outcomes)
        return marked(
          jsonAnswer(200, { success: true, clamped, says: clampedSays, ...results }),
          'contract'
        )
      }
      if (isWhole) return kept
      if (kept === noContent) return noContentKept
      const body = { success: true, ...resultsOf(decoded.context as Placed, outcomes) }
      return marked(jsonAnswer(200, body), 'contract')
    },
    overloaded(_because, decoded) {
      const product = fixed?.product ?? (decoded?.context as Placed | undefined)?.product
      const policy =
        fixed?.options.overload ??
        (product === undefined ? undefined : services.readingOf(product)?.overload)
      return overloadAnswers[policy ?? 'unavailable']
    },
    refusals
  }
}

function productOf(
  services: SegmentServices,
  authorization: string | undefined,
  body: JsonObject
): string | undefined {
  for (const key of writeKeysOf(authorization, body)) {
    const product = services.resolveKey(key)
    if (product !== undefined) return product
  }
  return undefined
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

const overloadAnswers: Readonly<Record<OverloadPolicy, Answer>> = {
  // The node library spends its retries on a 503 and waits out a 429.
  unavailable: {
    ...problem('OVERLOADED', { 'Retry-After': String(retryAfterSeconds) }),
    status: 429
  },
  'no-retry': problem('OVERLOADED'),
  drop: marked(noContent, 'overload')
}

const clampedSays =
  'Times further back than 30 days were set to now. History keeps its times with an operator’s ' +
  'token: candor import.'

const refusals = refusalsIn(problem, 'BODY_NOT_JSON')

/** The browser library counts its own failures; nobody here declared those. */
const browserMetrics: Protocol = {
  name: 'segment',
  bodyBytesMax: segmentLimits.bodyBytesMax,
  decode: (): Decoded => ({ is: 'answered', answer: success, because: 'constant' }),
  accepted: () => success,
  overloaded: () => success,
  refusals
}
