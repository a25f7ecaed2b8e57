/**
 * How is what was recorded before a yes kept from being sent after it? It goes when the yes is
 * found.
 */
import type { StateFolder } from '../state/state-folder.ts'

/** Stands beside what was recorded to be looked at only: under `local`, or for the local log. */
export const notToBeSentFile = 'not-to-be-sent'

/** Lines of the spool, whoever has taken them up, and bodies made of them. */
const waits = /^(?:spool|claimed|frozen|spent|outbox|not-to-be-sent)(?:[.-]|$)/

export function forgetWaiting(state: StateFolder): void {
  state.removeAll(state.list('').filter((name) => !waits.test(name)))
}

/** Whether what waits was recorded under another word than a yes. */
export function isNotToBeSent(state: StateFolder): boolean {
  return state.stampOf(notToBeSentFile) !== undefined
}
