/** What each wire answers when a request can't be read at all: one table, one row for each fault. */
import type { Answer } from './protocol.ts'

/** Found before a format's own decoding; all are final for the client, and none is 5xx. */
export const faults = [
  'too-large',
  'bad-encoding',
  'unsupported-encoding',
  'not-found',
  'method-not-allowed',
  'malformed'
] as const
export type Fault = (typeof faults)[number]

/** A wire has an answer to each of them: that its clients can bear, and in words that they read. */
export type Refusals = Readonly<Record<Fault, Answer>>

/** What each fault is called on the wires that are free to choose; a wire names what is no body. */
const codes = {
  'too-large': 'BODY_TOO_LARGE',
  'bad-encoding': 'BODY_NOT_READABLE',
  'unsupported-encoding': 'ENCODING_UNSUPPORTED',
  'not-found': 'ROUTE_UNKNOWN',
  'method-not-allowed': 'METHOD_NOT_ALLOWED'
} as const satisfies Readonly<Record<Exclude<Fault, 'malformed'>, string>>

export function refusalsIn<Malformed extends string>(
  answerTo: (code: (typeof codes)[keyof typeof codes] | Malformed) => Answer,
  malformed: Malformed
): Refusals {
  const table = { ...codes, malformed }
  return Object.fromEntries(
    faults.map((fault) => [fault, answerTo(table[fault])])
  ) as unknown as Refusals
}
