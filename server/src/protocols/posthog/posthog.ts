/**
 * Speaks PostHog's capture API: its routes with project keys, and the same below a product's base.
 * Flags are answered as empty: nobody is experimented on here.
 */
import { refusalsIn } from '../refusals.ts'
import { gunzipSync } from 'node:zlib'
import { DAY_MS } from '#values/days'
import { marked, problemsIn } from '../answers.ts'
import { isObject, jsonAnswer, parseJson, textOf } from '../json.ts'
import type { Decoded, DroppedEarly, IngestRoute, Protocol } from '../protocol.ts'
import { readEvents, segmentLimits } from '../segment/read-events.ts'
import { plainReading, type EventReading } from '../segment/reading.ts'
import { recordsOf } from '../segment/records.ts'
import { resultsOf, type Placed } from '../segment/results.ts'
import { eventsIn, keysIn } from './posthog-events.ts'

export interface PosthogServices {
  /** The product that a project key belongs to; undefined for a key that nobody gave out. */
  readonly resolveKey: (key: string) => string | undefined
  /** Whether the product's contract has a record of this name. */
  readonly declares: (product: string, name: string) => boolean
}

export interface Posthog {
  readonly routes: readonly IngestRoute[]
  /** The routes below `/in/<product>`: the key is not looked at. */
  below(product: string): readonly IngestRoute[]
}

// Of the server libraries, of the browser's, and of old ones.
const captures = ['batch', 'capture', 'e', 'i/v0/e', 'track']
const questions = ['flags', 'decide']

export function createPosthog(services: PosthogServices): Posthog {
  const routesAt = (base: string, product: string | undefined): readonly IngestRoute[] => [
    ...captures.map((name): IngestRoute => ({
      method: 'POST',
      path: `${base}/${name}`,
      protocol: capture(services, product)
    })),
    ...questions.map((name): IngestRoute => ({
      method: 'POST',
      path: `${base}/${name}`,
      protocol: noFlags
    }))
  ]
  return {
    routes: routesAt('', undefined),
    below: (product) => routesAt(`/in/${product}`, product)
  }
}

const success = jsonAnswer(200, { status: 1 })
const unknownKey = marked(success, 'unknown-key')

// Long enough for a restart; the libraries ask three times more, seconds apart.
const retryAfterSeconds = 30
export const duplicatesMs = DAY_MS

const problems = {
  BODY_NOT_JSON: { status: 400, message: 'The body must be one JSON object, or a list of events.' },
  BODY_TOO_LARGE: { status: 413, message: 'The body must not be larger than 4 MiB.' },
  BODY_NOT_READABLE: { status: 400, message: 'The body could not be decompressed.' },
  ENCODING_UNSUPPORTED: { status: 415, message: 'Content-Encoding must be gzip, or absent.' },
  ROUTE_UNKNOWN: { status: 404, message: 'There is no such call; try POST /batch/.' },
  METHOD_NOT_ALLOWED: { status: 405, message: 'Events are sent with POST.' },
  OVERLOADED: { status: 503, message: 'Nothing can be kept right now; try again later.' }
} as const satisfies Record<string, { readonly status: number; readonly message: string }>

const problem = problemsIn(problems, { status: 0 })
// The libraries halve a batch that is too large, and send the halves.
const refusals = refusalsIn(problem, 'BODY_NOT_JSON')

function capture(services: PosthogServices, fixed: string | undefined): Protocol {
  return {
    name: 'posthog',
    bodyBytesMax: segmentLimits.bodyBytesMax,
    decode(request): Decoded {
      const body = unpacked(request.body, request.headers['content-type'])
      const value = body === undefined ? undefined : parseJson(textOf(body))
      const told = Array.isArray(value) ? { batch: value as readonly unknown[] } : value
      if (body === undefined || !isObject(told))
        return { is: 'refused', answer: problem('BODY_NOT_JSON'), code: 'BODY_NOT_JSON' }
      const product = fixed ?? keysIn(told).map(services.resolveKey).find(isText)
      if (product === undefined)
        return { is: 'answered', answer: unknownKey, because: 'unknown-key' }
      const { receivedAt } = request
      const { events, places, dropped } = readEvents(eventsIn(told, receivedAt), {
        body,
        receivedAt,
        type: undefined
      })
      const placed: Placed = { product, places: places?.slice(), dropped }
      return {
        is: 'records',
        records: recordsOf(product, readingFor(services, product), events, placed),
        dropped: dropped.map(({ code, name, bytes, events }): DroppedEarly => {
          const isShown = name !== undefined && services.declares(product, name)
          return { product, code, bytes, events, ...(isShown ? { name } : {}) }
        }),
        duplicates: { by: 'record', ttlMs: duplicatesMs },
        saidAt: events[0]?.sentAt,
        context: placed
      }
    },
    accepted(decoded, outcomes) {
      const isWhole =
        decoded.dropped.length === 0 && outcomes.every((outcome) => outcome.is === 'kept')
      if (isWhole) return success
      const results = resultsOf(decoded.context as Placed, outcomes)
      return marked(jsonAnswer(200, { status: 1, ...results }), 'contract')
    },
    overloaded: () => problem('OVERLOADED', { 'Retry-After': String(retryAfterSeconds) }),
    refusals
  }
}

/** What libraries say of themselves (`$feature_flag_called`) is no event unless it is declared. */
function readingFor({ declares }: PosthogServices, product: string): EventReading {
  return {
    read: (event) =>
      event.event.startsWith('$') && !declares(product, event.event)
        ? undefined
        : plainReading.read(event)
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

/**
 * Libraries pack by themselves, as JSON, as gzip, or either as base64, alone or as a form's `data`.
 * JSON that is sent as a form, as curl does unless it is told otherwise, is JSON all the same.
 */
function unpacked(body: Buffer, contentType = ''): Buffer | undefined {
  try {
    const told = /^application\/x-www-form-urlencoded/i.test(contentType) ? dataIn(body) : body
    const bytes = fromBase64(told)
    return isGzip(bytes) ? gunzipSync(bytes, { maxOutputLength: bytesMax }) : bytes
  } catch {
    return undefined
  }
}

function dataIn(body: Buffer): Buffer {
  const text = textOf(body)
  const data = /^\s*[[{]/.test(text) ? null : new URLSearchParams(text).get('data')
  return data === null ? body : Buffer.from(data)
}

/** A plus sign that stood in a form as it is was read as a blank. */
function fromBase64(bytes: Buffer): Buffer {
  if (bytes.length % 4 !== 0 || !isBase64.test(bytes.toString('latin1', 0, 128))) return bytes
  return Buffer.from(bytes.toString('latin1').replaceAll(' ', '+'), 'base64')
}

const isBase64 = /^[A-Za-z0-9+/ ]+={0,2}$/

const bytesMax = segmentLimits.bodyBytesMax

function isGzip(body: Buffer): boolean {
  return body[0] === 0x1f && body[1] === 0x8b
}

/** Valid for each version of the question that a library may ask. */
const flagless = jsonAnswer(200, {
  flags: {},
  featureFlags: {},
  featureFlagPayloads: {},
  errorsWhileComputingFlags: false,
  quotaLimited: [],
  config: { enable_collect_everything: false },
  supportedCompression: ['gzip', 'gzip-js'],
  sessionRecording: false,
  capturePerformance: false,
  autocapture_opt_out: true,
  autocaptureExceptions: false,
  surveys: false,
  heatmaps: false,
  siteApps: [],
  editorParams: {},
  toolbarParams: {},
  isAuthenticated: false,
  defaultIdentifiedOnly: true
})

const noFlags: Protocol = {
  name: 'posthog',
  bodyBytesMax: segmentLimits.bodyBytesMax,
  decode: () => ({ is: 'answered', answer: flagless, because: 'constant' }),
  accepted: () => flagless,
  overloaded: () => flagless,
  refusals
}
