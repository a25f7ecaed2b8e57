/**
 * Which paths does this collector listen on for reports, and which product's words does each speak?
 */
import type { Pace } from '../config/config.ts'
import { createNative } from '../protocols/native/native.ts'
import type { IngestRoute, Newest, Protocol } from '../protocols/protocol.ts'
import { otlpRoutes } from '../protocols/otlp/otlp.ts'
import { createPosthog } from '../protocols/posthog/posthog.ts'
import { createSegment, type Segment } from '../protocols/segment/segment.ts'
import type { AccountAnswers } from './accounts.ts'
import type { Product, ProductServices } from './product.ts'
import type { WriteKeys } from './write-keys.ts'

export interface MountOptions {
  readonly products: ReadonlyMap<string, Product>
  readonly newest: Newest
  readonly accounts: AccountAnswers | undefined
  readonly writeKeys: Pick<WriteKeys, 'resolve'>
  /** What the door for reports speaks itself. */
  readonly scheme: 'http' | 'https'
  /** Further paths: a bare host's `/`, for one. */
  readonly paths: ReadonlyMap<string, string>
  readonly paces: ReadonlyMap<string, Pace>
}

/** `product` is undefined for formats that several products speak. */
export interface MountedRoute {
  readonly product: string | undefined
  readonly route: IngestRoute
}

export function mountRoutes({
  products,
  newest,
  accounts,
  writeKeys,
  scheme,
  paths,
  paces
}: MountOptions): readonly MountedRoute[] {
  const segment = createSegment({
    resolveKey: (key) => writeKeys.resolve(key),
    readingOf: (product) => products.get(product)?.behaviour.segment,
    declares: (product, name) => declares(products.get(product), name),
    scheme
  })
  const native = createNative({
    productOf: (name) => retirement(products, name),
    newest,
    paceOf: (name) => paces.get(name)
  })
  const posthog = createPosthog({
    resolveKey: (key) => writeKeys.resolve(key),
    declares: (product, name) => declares(products.get(product), name)
  })
  const routes: MountedRoute[] = [...segment.routes, ...posthog.routes, native].map((route) => ({
    product: undefined,
    route
  }))
  for (const product of products.values()) {
    // What an edition requires speaks its product's own wire and ours, and no other tool's.
    if (product.streamOf !== undefined) continue
    const services = servicesFor(product, segment, { newest, accounts })
    const inbound = inboundOf(product, services, segment)
    const own = product.behaviour.routes?.(services) ?? []
    const mapped = [...paths].filter(([, name]) => name === product.name).map(([path]) => path)
    for (const route of own) routes.push({ product: product.name, route })
    // Of these the base is listed, as the product's own path: what lies below it is said elsewhere.
    const below = [
      ...segment.below(product.name, { answer: 'success' }),
      ...posthog.below(product.name),
      ...otlpRoutes(product.name)
    ]
    for (const route of below) routes.push({ product: undefined, route })
    for (const path of [`/in/${product.name}`, ...mapped])
      routes.push({ product: product.name, route: { method: 'POST', path, protocol: inbound } })
  }
  return routes
}

/** Undefined: this collector does not know the product. */
export function retirement(
  products: MountOptions['products'],
  name: string
): { readonly retired: boolean; readonly isNotKept?: true } | undefined {
  const product = products.get(name)
  if (product !== undefined) return product.newest.contract
  // Where no accounts are kept, what an edition requires is heard and let go of.
  const isStream = [...products.values()].some(({ newest: { contract } }) =>
    [...contract.editions.values()].some(({ streams }) =>
      [...streams.values()].some((stream) => stream.contract.product === name)
    )
  )
  return isStream ? { retired: false, isNotKept: true } : undefined
}

function servicesFor(
  { name }: Product,
  segment: Segment,
  { newest, accounts }: Pick<MountOptions, 'newest' | 'accounts'>
): ProductServices {
  return {
    product: name,
    newest,
    accounts,
    segmentFor: (options) => segment.forProduct(name, options)
  }
}

function inboundOf(
  { name, behaviour }: Product,
  services: ProductServices,
  segment: Segment
): Protocol {
  return behaviour.inbound?.(services) ?? segment.forProduct(name, { answer: 'success' })
}

function declares(product: Product | undefined, name: string): boolean {
  const records = product?.newest.contract.records
  if (records === undefined) return false
  return records.has(name) || [...records.values()].some(({ aliases }) => aliases.includes(name))
}
