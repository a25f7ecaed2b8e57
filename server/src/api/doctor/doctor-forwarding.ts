/** What the doctor says of whom records are passed on to. */
import { DAY_MS } from '#values/days'
import type { ForwarderState } from '../../forwarding/forwarder.ts'
import type { Instant } from '../../record.ts'
import type { KnownCheck } from './doctor.ts'

export function forwardingChecks(
  states: readonly ForwarderState[],
  known: { readonly now: Instant; readonly recordsDaysOf: (product: string) => number }
): readonly KnownCheck[] {
  return states.map((state) => {
    const { product, to } = state
    return { name: `forwarding ${product} to ${to}`, product, ...found(state, known) }
  })
}

function found(
  { product, to, kind, isNamed, failing, reachedAt, refused, owed, counts }: ForwarderState,
  { now, recordsDaysOf }: Parameters<typeof forwardingChecks>[1]
): Pick<KnownCheck, 'is' | 'says'> {
  if (!isNamed)
    return {
      is: 'failed',
      says:
        `FORWARD_UNDECLARED: the published contract of ${product} does not name ${to} among its ` +
        'recipients, so no record goes there; name it there and publish that, or take it out ' +
        'of `forward`'
    }
  if (failing !== undefined) {
    const days = recordsDaysOf(product)
    const reached = new Date(reachedAt).toISOString().slice(0, 16)
    const deletions = owed === 0 ? '' : `, and ${owed} deletions`
    const isLate = now - reachedAt > (days * DAY_MS) / 2
    return {
      is: 'failed',
      says:
        `${kind} ${failing.says}, since ${new Date(failing.since).toISOString().slice(0, 16)}Z: ` +
        `what came after ${reached}Z waits in the store${deletions}; ` +
        `records are kept ${days} days, and what expires before it is taken is never passed on` +
        (isLate ? ', which will begin soon' : '')
    }
  }
  if (refused.length > 0) {
    const records = refused.reduce((total, one) => total + one.records, 0)
    return {
      is: 'warning',
      says:
        `${kind} ${refused.at(-1)?.says} to ${refused.length} batches with ${records} records: ` +
        'they were passed over, and are tried again once a day'
    }
  }
  const stay = ['no-terms', 'unknown-terms', 'not-named', 'not-agreed']
    .map((reason) => [reason, counts.get(reason) ?? 0] as const)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${count} ${reason}`)
  return {
    is: 'ok',
    says:
      `${counts.get('sent') ?? 0} records and ${counts.get('deletion') ?? 0} deletions since the ` +
      `start${stay.length === 0 ? '' : `; by their own terms stayed here: ${stay.join(', ')}`}`
  }
}
