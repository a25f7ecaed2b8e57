/**
 * What the native routes answer when they keep nothing, and how: each with a code that a program
 * can act on.
 */
import { jsonAnswer } from '../json.ts'
import type { Answer, Refusals } from '../protocol.ts'
import { refusalsIn } from '../refusals.ts'

const nativeProblems = {
  BODY_NOT_UTF8: { status: 400, message: 'The body must be UTF-8.' },
  BODY_NOT_JSON: { status: 400, message: 'The body must be one JSON object.' },
  BODY_NOT_READABLE: {
    status: 400,
    message: 'The body could not be decompressed as its Content-Encoding says.'
  },
  BODY_TOO_LARGE: {
    status: 413,
    message: 'The body must not be larger than 64 KiB, after decompression.'
  },
  CONTENT_TYPE_UNSUPPORTED: {
    status: 415,
    message: 'Content-Type must be application/json, or absent.'
  },
  ENCODING_UNSUPPORTED: { status: 415, message: 'Content-Encoding must be gzip, or absent.' },
  VERSION_UNSUPPORTED: {
    status: 400,
    message: 'This collector reads reports of version 1: `candor` must be 1.'
  },
  REQUEST_MALFORMED: { status: 400, message: 'The request does not have the shape of version 1.' },
  TOO_MANY_RUNS: { status: 413, message: 'A report must not have more than 50 runs.' },
  TOO_MANY_RECORDS: { status: 413, message: 'A report must not have more than 500 records.' },
  TOO_MANY_KEYS: { status: 413, message: 'A request must not have more than 100 deletion keys.' },
  PRODUCT_UNKNOWN: {
    status: 404,
    message: 'This collector does not receive reports of this product.'
  },
  ROUTE_UNKNOWN: { status: 404, message: 'There is no such call; reports go to POST /v1/reports.' },
  METHOD_NOT_ALLOWED: { status: 405, message: 'Reports and deletions are sent with POST.' },
  OVERLOADED: { status: 503, message: 'Nothing can be kept right now; try again later.' }
} as const satisfies Record<string, { readonly status: number; readonly message: string }>

export type NativeProblem = keyof typeof nativeProblems

/** `detail` says which part of the request is meant; it holds places and shapes, never a value. */
export function problemAnswer(code: NativeProblem, detail?: string): Answer {
  const { status, message } = nativeProblems[code]
  return jsonAnswer(
    status,
    { code, message: detail === undefined ? message : `${message} ${detail}` },
    headersOf(code)
  )
}

/** Of both routes. */
export const nativeRefusals: Refusals = refusalsIn(problemAnswer, 'BODY_NOT_JSON')

function headersOf(code: NativeProblem): Readonly<Record<string, string>> {
  // A minute: our client keeps its spool for 21 days, and need not be the first at the door.
  return code === 'OVERLOADED' ? { 'Retry-After': '60' } : {}
}
