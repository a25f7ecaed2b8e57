/** How is what was sent erased? By revealing the keys whose hashes it carried. */
import { deletionsUrl } from '../bodies/addresses.ts'
import { dropReceipts, receiptKeys } from '../bodies/receipts.ts'
import { limits } from '../limits.ts'
import type { ForgetResult } from '../telemetry.ts'
import { sdkVersion } from '../version.ts'
import type { ControlParts } from './control-parts.ts'

/** A collector takes no more in one request. */
const keysMax = 100

/**
 * What waits goes too, since it would carry a key that is known now; then come a new id and new
 * keys.
 */
export async function forgetSent(parts: ControlParts): Promise<ForgetResult> {
  const { state, identity } = parts
  const keys = receiptKeys(state)
  if (keys.length === 0) return { is: 'nothing' }
  const result = await requestErasure(parts, keys)
  if (result.is !== 'requested') return result
  for (const name of state.list('outbox')) state.remove(`outbox/${name}`)
  state.removeAll(state.list('').filter((name) => !/^(?:spool|claimed|frozen|spent)/.test(name)))
  dropReceipts(state, keys)
  identity.reset()
  return result
}

export async function requestErasure(
  { form, options, consent, delivery }: ControlParts,
  keys: readonly string[]
): Promise<ForgetResult> {
  if (keys.length === 0) return { is: 'nothing' }
  const { url, writeKey, warning } = consent.endpoint()
  const failed = (says: string, left: readonly string[] = keys): ForgetResult => ({
    is: 'failed',
    says,
    keys: left
  })
  if (url === undefined) return failed(warning ?? 'no endpoint is set')
  if (writeKey !== undefined)
    return failed('reports go to a source of Segment, which is asked to delete in its own ways')
  // A key says nothing of the stream whose report it erases, so each is asked.
  const products = [form.product, ...(form.edition?.streams ?? []).map(({ product }) => product)]
  for (const { product, from } of products.flatMap((name) =>
    Array.from({ length: Math.ceil(keys.length / keysMax) }, (_none, part) => ({
      product: name,
      from: part * keysMax
    }))
  )) {
    const answer = await delivery.transport.send({
      method: 'POST',
      url: deletionsUrl(url),
      headers: { 'Content-Type': 'application/json', 'User-Agent': `candor-ts/${sdkVersion}` },
      body: JSON.stringify({ product, keys: keys.slice(from, from + keysMax) }),
      connectMs: askedConnectMs,
      deadlineMs: askedDeadlineMs,
      answerBytesMax: limits.answerBytesMax,
      ca: options.ca,
      awaited: true
    })
    if (answer.is === 'failed') return failed(answer.says, keys.slice(from))
    if (answer.status !== 202)
      return failed(`the collector answered ${answer.status}`, keys.slice(from))
  }
  return { is: 'requested', keys: keys.length }
}

/** Somebody waits for this one at a keyboard, and there is no second attempt. */
const askedConnectMs = 3_000
const askedDeadlineMs = 10_000
