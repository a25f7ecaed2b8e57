/**
 * What does a collector's answer mean for the body that it answers? Nothing in it is believed that
 * has not its exact shape.
 */
import type { DroppedRecord } from '../telemetry.ts'
import type { NetworkAnswer } from '../network/transport.ts'
import { retryAfterMs } from './delivery-state.ts'
import { isObject, parseJson, type JsonObject } from '../json.ts'
import type { WireReport } from '../wire.ts'

export type Verdict =
  /** Kept there: the body is done. */
  | {
      readonly is: 'accepted'
      readonly dropped: readonly DroppedRecord[]
      readonly afterSeconds: number | undefined
      /** The share of events that it asks for. */
      readonly sample: number | undefined
    }
  /** Will never be kept: the body is done, its records are lost. */
  | { readonly is: 'refused'; readonly status: number }
  /** Not now. */
  | {
      readonly is: 'keep'
      readonly because: 'network' | 'refused'
      readonly says: string
      readonly retryAfterMs: number
    }
  /** The product no longer collects. */
  | { readonly is: 'retired' }

export interface SentReport {
  readonly wire: 'native' | 'segment'
  readonly product: string
  /** The body that was sent. */
  readonly text: string
  readonly now: number
}

/** A hundred is as many as anybody reads. */
const droppedMax = 100

export function judgeAnswer(answer: NetworkAnswer, asked: SentReport): Verdict {
  if (answer.is === 'failed')
    return { is: 'keep', because: 'network', says: answer.says, retryAfterMs: 0 }
  const { status, headers } = answer
  const keep = (says: string): Verdict => ({
    is: 'keep',
    because: 'refused',
    says,
    retryAfterMs: retryAfterMs(headers['retry-after'], asked.now)
  })
  const body = parseJson(answer.body)
  if (status >= 200 && status <= 299) {
    // A library of Segment's looks at the status only, and so do its look-alikes. A login page is
    // neither.
    if (asked.wire === 'segment')
      return isPage(answer)
        ? keep(`something answered ${status} with a page`)
        : { is: 'accepted', dropped: [], afterSeconds: undefined, sample: undefined }
    if (!isObject(body) || !couldBeAccepted(body, asked.text))
      // A hotel's network answers 200 to everything.
      return keep(`something answered ${status} that is no collector`)
    return {
      is: 'accepted',
      dropped: droppedOf(body['dropped'], asked.text),
      afterSeconds: afterSecondsOf(body['next']),
      sample: sampleOf(body['next'])
    }
  }
  if (status >= 300 && status <= 399)
    return keep(`it answered ${status}; redirects are not followed`)
  // A firewall says 400, a proxy 413 and a scanner 415 too: whoever refuses for good says so in the
  // protocol's words.
  if (isObject(body) && isRefusal(status, body, asked.wire)) return { is: 'refused', status }
  if (status === 410 && isRetired(body, asked.product)) return { is: 'retired' }
  return keep(`it answered ${status}`)
}

/** No more than was sent, and a list of what was not kept. */
function couldBeAccepted({ accepted, dropped }: JsonObject, text: string): boolean {
  const { runs = [] } = JSON.parse(text) as Partial<WireReport>
  const sent = runs.reduce((sum, { records }) => sum + records.length, 0)
  return (
    Number.isSafeInteger(accepted) &&
    Number(accepted) >= 0 &&
    Number(accepted) <= sent &&
    Array.isArray(dropped)
  )
}

function isRefusal(status: number, body: JsonObject, wire: SentReport['wire']): boolean {
  if (wire === 'segment') return status === 400 || status === 413 || status === 415
  const { code } = body
  return typeof code === 'string' && status in refusals
    ? refusals[status as keyof typeof refusals].test(code)
    : false
}

/** What a collector says when it will never keep a body, by status. */
const refusals = {
  400: /^(?:BODY_NOT_[A-Z0-9]+|VERSION_UNSUPPORTED|REQUEST_MALFORMED)$/,
  404: /^PRODUCT_UNKNOWN$/,
  413: /^(?:BODY_TOO_LARGE|TOO_MANY_[A-Z]+)$/,
  415: /^(?:CONTENT_TYPE|ENCODING)_UNSUPPORTED$/
}

function isPage({
  headers,
  body
}: {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}): boolean {
  return /\bhtml\b/i.test(headers['content-type'] ?? '') || /^\s*<[!?a-z]/i.test(body)
}

/** Exactly this: a proxy may answer 410 to anything. */
function isRetired(body: unknown, product: string): boolean {
  return (
    isObject(body) &&
    Object.keys(body).length === 3 &&
    body['candor'] === 1 &&
    body['product'] === product &&
    body['retired'] === true
  )
}

function afterSecondsOf(next: unknown): number | undefined {
  const seconds = isObject(next) ? next['afterSeconds'] : undefined
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0
    ? seconds
    : undefined
}

/** Between none and all, without either end: 1 is not to be said, and 0 is what 410 is for. */
function sampleOf(next: unknown): number | undefined {
  const sample = isObject(next) ? next['sample'] : undefined
  return typeof sample === 'number' && sample > 0 && sample < 1 ? sample : undefined
}

function droppedOf(dropped: unknown, text: string): readonly DroppedRecord[] {
  if (!Array.isArray(dropped)) return []
  const { runs = [] } = JSON.parse(text) as {
    runs?: readonly { records: readonly { seq: number; name: string }[] }[]
  }
  return dropped.slice(0, droppedMax).flatMap((each: unknown) => {
    if (!isObject(each)) return []
    const { run, seq, code, field } = each
    // Kept, but for what the second net took out of it.
    if (code === 'TEXT_REMOVED') return []
    const record = runs[Number(run)]?.records.find((sent) => sent.seq === seq)
    if (record === undefined || typeof code !== 'string' || !/^[A-Z][A-Z_]{0,63}$/.test(code))
      return []
    return [
      {
        name: record.name,
        code,
        ...(typeof field === 'string'
          ? { field: field.slice(0, 128).replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '') }
          : {})
      }
    ]
  })
}
