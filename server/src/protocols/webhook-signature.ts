/** How does whoever receives a webhook tell that it is ours, and not an old one again? */
import { createHmac } from 'node:crypto'
import type { Instant } from '../record.ts'

/**
 * `t=<seconds>,v1=<hex>`: HMAC-SHA256 over `<seconds>.<body>`, as Stripe signs its webhooks; the
 * time lets a receiver refuse what is replayed.
 */
export function signature(
  body: string,
  { secret, now }: { readonly secret: string; readonly now: Instant }
): string {
  const seconds = Math.floor(now / 1000)
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  return `t=${seconds},v1=${mac}`
}
