/**
 * What does a collector's answer mean for the body that it answers? Nothing in it is believed that
 * has not its exact shape.
 */
import type { DroppedRecord } from '../telemetry.ts'
import type { NetworkAnswer } from '../network/transport.ts'
import { retryAfterMs } from './delivery-state.ts'
import { isObject, parseJson } from '../json.ts'

export type Verdict =
  /** Kept there: the body is done. */
  | {
      readonly is: 'accepted'
      readonly dropped: readonly DroppedRecord[]
      readonly afterSeconds: number | undefined
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

export interface Asked {
  readonly wire: 'native' | 'segment'
  readonly product: string
  /** The body that was sent. */
  readonly text: string
  readonly now: number
}

/** A hundred is as many as anybody reads. */
const droppedMax = 100

export function judgeAnswer(answer: NetworkAnswer, asked: Asked): Verdict {
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
    // A library of Segment's looks at the status only, and so do its look-alikes.
    if (asked.wire === 'segment') return { is: 'accepted', dropped: [], afterSeconds: undefined }
    if (!isObject(body) || !Number.isSafeInteger(body['accepted']) || Number(body['accepted']) < 0)
      // A hotel's network answers 200 to everything.
      return keep(`something answered ${status} that is no collector`)
    return {
      is: 'accepted',
      dropped: droppedOf(body['dropped'], asked.text),
      afterSeconds: afterSecondsOf(body['next'])
    }
  }
  if (status >= 300 && status <= 399)
    return keep(`it answered ${status}; redirects are not followed`)
  if (status === 400 || status === 413 || status === 415) return { is: 'refused', status }
  if (status === 404 && isObject(body) && body['code'] === 'PRODUCT_UNKNOWN')
    return { is: 'refused', status }
  if (status === 410 && isRetired(body, asked.product)) return { is: 'retired' }
  return keep(`it answered ${status}`)
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

function droppedOf(dropped: unknown, text: string): readonly DroppedRecord[] {
  if (!Array.isArray(dropped)) return []
  const { runs = [] } = JSON.parse(text) as {
    runs?: readonly { records: readonly { seq: number; name: string }[] }[]
  }
  return dropped.slice(0, droppedMax).flatMap((each: unknown) => {
    if (!isObject(each)) return []
    const { run, seq, code, field } = each
    const record = runs[Number(run)]?.records.find((sent) => sent.seq === seq)
    if (record === undefined || typeof code !== 'string' || !/^[A-Z][A-Z_]{0,63}$/.test(code))
      return []
    return [
      {
        name: record.name,
        code,
        ...(typeof field === 'string'
          ? { field: field.slice(0, 128).replaceAll(/\p{Cc}/gu, '') }
          : {})
      }
    ]
  })
}
