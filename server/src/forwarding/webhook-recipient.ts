/** Hands records and deletions to a webhook, as JSON that is signed as alerts are. */
import type { Effects, Network } from '../effects.ts'
import { signature } from '../protocols/webhook-signature.ts'
import type { Recipient } from './forwarded.ts'
import { post } from './post.ts'

interface WebhookRecipient {
  readonly url: string
  readonly secret: string
}

interface World {
  readonly product: string
  readonly to: string
  readonly effects: Pick<Effects, 'clock'>
  readonly network: Pick<Network, 'fetch'>
  readonly signal: AbortSignal
}

export function webhookRecipient(
  { url, secret }: WebhookRecipient,
  { product, to, effects, network, signal }: World
): Recipient {
  const send = (batch: string, what: object): Promise<void> => {
    const body = JSON.stringify({ candor: 1, product, to, batch, ...what })
    const headers = {
      'Content-Type': 'application/json',
      'Candor-Signature': signature(body, { secret, now: effects.clock.now() })
    }
    return post(network, url, { headers, body }, signal)
  }
  return {
    pace: { recordsMax: 500, pauseMs: 5_000 },
    send: (records, batch) => send(batch, { records }),
    forget: (deletions, batch) =>
      send(batch, { deletions: deletions.map(({ kind, id, before }) => ({ kind, id, before })) })
  }
}
