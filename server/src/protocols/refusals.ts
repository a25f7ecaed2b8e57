/** What each wire answers when a request can't be read: one table, one row for each fault. */
import { faults, type Answer, type Fault, type Refusals } from './protocol.ts'

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
