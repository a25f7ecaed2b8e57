/** What anyone may read: whether the server lives and can keep, and what it accepts from whom. */
import type { CompiledContract, Digest } from '@candor/contract'
import type { HttpAnswer, HttpRequest, HttpRoute } from '../../http/route.ts'

export interface PublicServices {
  readonly products: () => readonly PublicProduct[]
  /** Undefined: what is sent now is kept. Else it is the coded reason. */
  readonly notReady: () => string | undefined
  /** Whether the store answers; records wait in the inbox while it does not. */
  readonly store: () => 'starting' | 'ready' | 'unreachable'
  /** Public halves of the feed's keys, by key id. */
  readonly feedKeys: () => readonly object[]
}

interface PublicProduct {
  readonly newest: CompiledContract
  readonly published: ReadonlyMap<Digest, CompiledContract>
  /** Paths of formats of its own. */
  readonly paths: readonly string[]
}

export function createPublicRoutes(services: PublicServices): readonly HttpRoute[] {
  const { products } = services
  return [
    getRoute('/livez', () => json(200, { alive: true })),
    getRoute('/readyz', () => {
      const because = services.notReady()
      // The store may be away for hours and nothing is lost, so it is told but does not take the
      // server out of a load balancer.
      return json(because === undefined ? 200 : 503, {
        ready: because === undefined,
        ...(because === undefined ? {} : { because }),
        store: services.store()
      })
    }),
    getRoute('/.well-known/telemetry.json', () =>
      json(200, wellKnown(services), { 'Cache-Control': 'public, max-age=300' })
    ),
    getRoute('/contracts/*', ({ path }) => {
      const match = /^\/contracts\/([a-z][a-z0-9-]{0,39})\/(?:sha256:)?([0-9a-f]{64})\.json$/.exec(
        path
      )
      const product = products().find(({ newest }) => newest.contract.product === match?.[1])
      const contract = product?.published.get(`sha256:${match?.[2] ?? ''}`)
      if (contract === undefined)
        return json(404, {
          code: 'ROUTE_UNKNOWN',
          message: 'No such contract was published here; /.well-known/telemetry.json lists them.'
        })
      // A digest names its content for ever.
      return json(200, contract.contract.document, {
        'Cache-Control': 'public, max-age=31536000, immutable'
      })
    })
  ]
}

function wellKnown({ products, feedKeys }: PublicServices): object {
  return {
    candor: 1,
    says:
      'What this collector accepts. Everything else that is sent to it is dropped before it is ' +
      'stored.',
    products: products().map(({ newest: { contract }, published, paths }) => ({
      product: contract.product,
      title: contract.title,
      purpose: contract.purpose,
      contract: contract.digest,
      terms: contract.terms,
      retired: contract.retired,
      retention: contract.retention,
      identity: contract.identity.kind,
      recipients: contract.recipients,
      location: contract.location,
      ...(contract.streamOf === undefined ? {} : { streamOf: contract.streamOf }),
      accepts:
        contract.streamOf === undefined
          ? {
              native: '/v1/reports',
              segment: '/v1/track',
              path: `/in/${contract.product}`,
              own: paths
            }
          : { native: '/v1/reports' },
      deletion: '/v1/deletions',
      feed: `/v1/feed/${contract.streamOf ?? contract.product}.json`,
      contracts: [...published.keys()].map(
        (digest) => `/contracts/${contract.product}/${digest.slice('sha256:'.length)}.json`
      )
    })),
    feedKeys: feedKeys()
  }
}

/** A GET that needs no token and never fails; `*` at the end of the path matches any rest. */
export function getRoute(
  path: string,
  handle: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>
): HttpRoute {
  return {
    method: 'GET',
    path,
    bodyBytesMax: 0,
    handle,
    refused: () => json(400, { code: 'PARAMETER_INVALID', message: 'A GET has no body.' })
  }
}

function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = { 'Cache-Control': 'no-store' }
): HttpAnswer {
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body)
  }
}
