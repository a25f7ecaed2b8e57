/**
 * Which routes does an edge serve? Where reports come in, as its collector has them, and what only
 * the collector can answer.
 */
import { ingestRoute } from '../collector/ingest-route.ts'
import type { Exchange, HttpRoute } from '../http/route.ts'
import type { AccountAnswers } from '../products/accounts.ts'
import { mountRoutes } from '../products/mount.ts'
import type { Product, ProductBehaviour } from '../products/product.ts'
import { openBundle, type EdgeBundle } from './bundle.ts'
import { createEdgeCollector, type EdgeServices } from './edge-collector.ts'

export interface EdgeRoutesOptions extends Omit<EdgeServices, 'catalogue'> {
  readonly bundle: EdgeBundle
  readonly behaviours: Readonly<Record<string, ProductBehaviour>>
  readonly scheme: 'http' | 'https'
}

export interface EdgeRoutes {
  readonly publicKey: Uint8Array
  readonly products: ReadonlyMap<string, Product>
  /** They may throw `AskThrough` while they handle. */
  readonly reports: readonly HttpRoute[]
}

/** Thrown out of a decoder that would have to know what only the collector knows. */
export class AskThrough extends Error {}

/** What the collector alone can answer: erasure, signed feeds, contracts as they were published. */
export const askedThrough: readonly Pick<HttpRoute, 'method' | 'path' | 'bodyBytesMax'>[] = [
  { method: 'POST', path: '/v1/deletions', bodyBytesMax: 64 * 1024 },
  { method: 'GET', path: '/v1/feed/*', bodyBytesMax: 0 },
  { method: 'GET', path: '/contracts/*', bodyBytesMax: 0 },
  { method: 'GET', path: '/.well-known/telemetry.json', bodyBytesMax: 0 }
]

export function edgeRoutes({
  bundle,
  behaviours,
  scheme,
  ...services
}: EdgeRoutesOptions): EdgeRoutes {
  const { publicKey, products, writeKeys, paths, paces, newest, accounts } = openBundle(
    bundle,
    behaviours
  )
  const collector = createEdgeCollector({
    ...services,
    catalogue: { product: (name) => products.get(name) }
  })
  const mounted = mountRoutes({
    products,
    newest,
    accounts: accounts ? onlyThere : undefined,
    writeKeys,
    scheme,
    paths,
    paces
  })
  const around = { collector, requests: uncounted, malformed: unnoted, budgets: unlimited }
  return {
    publicKey,
    products,
    reports: mounted.map(({ route, product }) => ingestRoute(route, around, product))
  }
}

/** An address is known to whoever runs the platform, and to nothing here. */
export const nobody: Exchange = {
  network: undefined,
  onAnswered: () => undefined,
  onLeft: () => undefined
}

const onlyThere: AccountAnswers = {
  find: () => {
    throw new AskThrough()
  }
}
const unlimited = {
  kibibytes: { take: (): 'within' => 'within' },
  records: { take: (): 'within' => 'within' }
}
const uncounted = { count: (): void => undefined }
const unnoted = { note: (): void => undefined }
