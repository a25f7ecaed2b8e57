/** What DBLab Engine brings beside its contract: the routes that a re-pointed engine calls. */
import type { Protocol } from '../../protocols/protocol.ts'
import type { ProductBehaviour } from '../product.ts'
import { billing, type BillingCall } from './billing-protocol.ts'
import { harmlessConstant, neverRead, telemetryEvent } from './dblab-protocol.ts'

const billingCalls: readonly BillingCall[] = ['telemetry_usage', 'dblab_instance_register']
const refused = [
  'dblab_token_check',
  'dblab_session_start',
  'dblab_session_stop',
  'dblab_session_upload_log',
  'dblab_session_upload_artifact'
]

export const product: ProductBehaviour = {
  routes({ product: name, accounts }) {
    const event = telemetryEvent(name)
    const constant = harmlessConstant()
    const billed = (call: BillingCall): Protocol =>
      accounts === undefined ? constant : billing(call, `${name}-usage`, accounts)
    const never = neverRead()
    const calls: [string, Protocol][] = [
      ['telemetry_event', event],
      ...billingCalls.map((call): [string, Protocol] => [call, billed(call)]),
      ...refused.map((call): [string, Protocol] => [call, never])
    ]
    // `platform.url` is a base: as shipped it ends in /api/general, and this collector's own
    // address may stand there bare or with /in/<product>.
    return ['', '/api/general', `/in/${name}`].flatMap((base) =>
      calls.map(([call, protocol]) => ({
        method: 'POST' as const,
        path: `${base}/rpc/${call}`,
        protocol
      }))
    )
  },
  inbound: ({ product: name }) => telemetryEvent(name)
}
