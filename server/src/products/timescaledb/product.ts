/**
 * What TimescaleDB brings beside its contract: the route that every build of it has compiled in.
 */
import type { ProductBehaviour } from '../product.ts'
import { timescaledbProtocol } from './timescaledb-protocol.ts'

export const product: ProductBehaviour = {
  routes: (services) => [
    { method: 'POST', path: '/v1/metrics', protocol: timescaledbProtocol(services) }
  ],
  inbound: timescaledbProtocol
}
