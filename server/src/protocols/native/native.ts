/**
 * Candor's own wire, version 1: what our clients send to `POST /v1/reports`, and what they are
 * told.
 */
import { DAY_MS } from '#values/days'
import { isUtf8 } from 'node:buffer'
import type { Dropped } from '../../record.ts'
import { readInstant } from '../client-time.ts'
import { isObject, jsonAnswer, parseJson, textOf, type JsonObject } from '../json.ts'
import type { Answer, Decoded, IngestRoute, Newest, Outcome, WireRequest } from '../protocol.ts'
import { problemAnswer, nativeRefusals, type NativeProblem } from './problems.ts'
import { readReport, reportLimits } from './report.ts'
import { sentence } from './shape.ts'

export interface NativeServices {
  /** Undefined: this collector does not know the product. */
  readonly productOf: (
    name: string
  ) => { readonly retired: boolean; readonly isNotKept?: true } | undefined
  readonly newest: Pick<Newest, 'newest'>
  /** What the operator asks of a product's clients: every so many milliseconds, and a share. */
  readonly paceOf?: (
    name: string
  ) => { readonly every?: number | undefined; readonly sample?: number | undefined } | undefined
}

// The client's spool lives 21 days, so a report that comes back has been forgotten by its sender
// first.
export const duplicatesMs = 30 * DAY_MS
// A client reports when it has something, at most daily; more often would tell at what hours
// somebody works.
const nextAfterSeconds = 86_400
// As many as a report may have records: one line for each is enough to find what is wrong, and a
// body of a thousand undeclared names is not repeated.
const droppedShownMax = reportLimits.recordsMax
const fieldLengthMax = 128

interface ReportContext {
  readonly product: string
  /** Of each record. */
  readonly runs: readonly number[]
  readonly seqs: readonly number[]
}

export function createNative(services: NativeServices): IngestRoute {
  // Nearly every answer is the one before: written out once, until the number of records or the
  // newest version is another.
  let last:
    | {
        readonly accepted: number
        readonly product: string
        readonly newest: string | undefined
        readonly answer: Answer
      }
    | undefined
  /** A client can only be asked for less than it would send by itself. */
  const nextOf = (product: string): JsonObject => {
    const { every = 0, sample } = services.paceOf?.(product) ?? {}
    const afterSeconds = Math.max(nextAfterSeconds, Math.round(every / 1_000))
    return sample === undefined ? { afterSeconds } : { afterSeconds, sample }
  }
  const wholeAnswer = (accepted: number, product: string): Answer => {
    const newest = services.newest.newest(product)
    if (last?.accepted !== accepted || last.newest !== newest || last.product !== product) {
      const answer = jsonAnswer(200, {
        accepted,
        dropped: [],
        next: nextOf(product),
        newest
      })
      last = { accepted, product, newest, answer }
    }
    return last.answer
  }
  return {
    method: 'POST',
    path: '/v1/reports',
    protocol: {
      name: 'native',
      bodyBytesMax: reportLimits.bodyBytesMax,
      decode(request) {
        const opened = openBody(request)
        if (opened.is === 'refused') return opened
        const { body } = opened
        if (body['candor'] !== 1) return refusal('VERSION_UNSUPPORTED')
        const product = body['product']
        if (typeof product !== 'string')
          return refusal('REQUEST_MALFORMED', sentence({ path: 'product', must: 'be a text' }))
        const known = services.productOf(product)
        if (known === undefined) return refusal('PRODUCT_UNKNOWN')
        const unread = unreadAnswer(product, known)
        if (unread !== undefined) return unread
        const times = {
          sentAt: readInstant(request.headers['candor-sent-at']),
          receivedAt: request.receivedAt
        }
        const read = readReport(body, product, times)
        if (read.is === 'refused')
          return refusal(read.code, read.fault === undefined ? undefined : sentence(read.fault))
        const { id, records, runs } = read.report
        return {
          is: 'records',
          records,
          dropped: [],
          duplicates: { by: 'request', ttlMs: duplicatesMs, key: id, scope: product },
          saidAt: times.sentAt,
          context: {
            product,
            runs,
            seqs: records.map(({ seq }) => seq ?? 0)
          } satisfies ReportContext
        }
      },
      accepted(decoded, outcomes) {
        const { product, runs, seqs } = decoded.context as ReportContext
        if (outcomes.every(isKeptWhole)) return wholeAnswer(outcomes.length, product)
        const dropped: { run: number; seq: number; code: Dropped['code']; field?: string }[] = []
        for (const [index, outcome] of outcomes.entries()) {
          for (const { code, field } of outcome.dropped) {
            if (dropped.length === droppedShownMax) break
            const place = { run: runs[index] ?? 0, seq: seqs[index] ?? 0, code }
            dropped.push(
              field === undefined ? place : { ...place, field: field.slice(0, fieldLengthMax) }
            )
          }
        }
        const accepted = outcomes.filter((outcome) => outcome.is === 'kept').length
        return jsonAnswer(
          200,
          {
            accepted,
            dropped,
            next: nextOf(product),
            newest: services.newest.newest(product)
          },
          accepted < outcomes.length ? { 'Candor-Dropped': 'contract' } : {}
        )
      },
      overloaded: () => problemAnswer('OVERLOADED'),
      refusals: nativeRefusals
    }
  }
}

/**
 * The body as a JSON object, or the answer that says why it is none. Replacing bytes that are no
 * UTF-8 would change ids, so they are refused.
 */
export function openBody(
  request: WireRequest
): { readonly is: 'body'; readonly body: JsonObject } | (Decoded & { is: 'refused' }) {
  if (!isJson(request.headers['content-type'])) return refusal('CONTENT_TYPE_UNSUPPORTED')
  if (!isUtf8(request.body)) return refusal('BODY_NOT_UTF8')
  const body = parseJson(textOf(request.body))
  return isObject(body) ? { is: 'body', body } : refusal('BODY_NOT_JSON')
}

function isKeptWhole(outcome: Outcome): boolean {
  return outcome.is === 'kept' && outcome.dropped.length === 0
}

function refusal(code: NativeProblem, detail?: string): Decoded & { is: 'refused' } {
  return { is: 'refused', answer: problemAnswer(code, detail), code }
}

/** To reports that are not even read. */
function unreadAnswer(
  product: string,
  { retired, isNotKept }: NonNullable<ReturnType<NativeServices['productOf']>>
): Decoded | undefined {
  if (retired) return { is: 'answered', answer: retiredAnswer(product), because: 'retired' }
  return isNotKept === true
    ? { is: 'answered', answer: notKeptAnswer(), because: 'constant' }
    : undefined
}

/** Nothing is wrong with the report: this collector keeps no accounts, so it keeps nothing of it. */
function notKeptAnswer(): Answer {
  return jsonAnswer(
    200,
    { accepted: 0, dropped: [], next: { afterSeconds: nextAfterSeconds } },
    { 'Candor-Dropped': 'contract' }
  )
}

/**
 * Exactly these three: a client falls silent for 30 days on them, and on no other 410, which a
 * proxy may send by mistake.
 */
function retiredAnswer(product: string): Answer {
  return jsonAnswer(410, { candor: 1, product, retired: true })
}

function isJson(contentType: string | undefined): boolean {
  return (
    contentType === undefined ||
    contentType === '' ||
    /^application\/json\s*(;|$)/i.test(contentType)
  )
}
