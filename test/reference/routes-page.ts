/** Every route, and how each wire format answers whatever happens. */
import { createApi } from '../../server/src/api/api.ts'
import { openapiDocument, type Operation } from '../../server/src/api/describe/openapi.ts'
import { createPublicRoutes } from '../../server/src/api/endpoints/public-routes.ts'
import { mountRoutes, type MountedRoute } from '../../server/src/products/mount.ts'
import type { Product } from '../../server/src/products/product.ts'
import { createDeletions } from '../../server/src/protocols/native/deletions.ts'
import { type Answer, type Protocol, faults } from '../../server/src/protocols/protocol.ts'
import { feedRoute } from '../../server/src/releases/feed-route.ts'
import { code, page, table } from './page.ts'

export function routesPage(products: readonly Product[]): string {
  const newest = { newest: () => '2.29.2' }
  const mounted = mountRoutes({
    products: new Map(products.map((product) => [product.name, product])),
    newest,
    accounts: undefined,
    writeKeys: { resolve: () => undefined },
    scheme: 'http',
    paths: new Map(),
    paces: new Map()
  })
  return page(
    'Routes',
    '2xx means kept: everything that the contract keeps is on the disk. The exceptions carry ' +
      'the header `Candor-Dropped` with `unknown-key`, `overload` or `contract`. ' +
      'With `paths:` in the configuration, further paths lead to a product; every product ' +
      'has `/in/<product>`, and below it Segment’s and PostHog’s routes once more, for libraries ' +
      'that are given a base, and OTLP’s `v1/logs` and `v1/metrics`. ' +
      'A slash at the end of a path, and several in its middle, change nothing.',
    '## Reports',
    reports(mounted.filter(isListed)),
    '"Can’t keep" is a full inbox or disk. "Not readable" is a request that is none of this ' +
      'format.',
    '## What can’t be read',
    'What is found before a format’s own decoding is answered by one table, which each format ' +
      'fills in the words that its clients bear. All of it is final, and never 5xx.',
    refusalsTable(mounted),
    '## For anyone',
    listed([
      ...mounted
        .map(({ route }) => route)
        .filter(
          ({ method, path }) =>
            method === 'GET' && (path === '/v1/projects/*' || path === '/v1/pixel/track')
        ),
      createDeletions({ productOf: () => undefined, requestDeletion: () => Promise.resolve() }),
      feedRoute({ feed: { of: () => ({ is: 'no-keys' }) }, products: () => [] }),
      ...createPublicRoutes({
        products: () => [],
        notReady: () => undefined,
        store: () => 'ready',
        feedKeys: () => []
      })
    ]),
    '## Of the API',
    'Where the API listens: with the rest on loopback, else on `admin`. A program sends ' +
      '`Authorization: Bearer <token>`; a browser signs in by a link (`candor dashboard`) and ' +
      'then has a ' +
      'cookie, with which unsafe methods need the header `Candor-CSRF`, as `GET ' +
      '/api/v1/session` answers it. [Access](../guide/access.md) says more. `GET ' +
      '/api/v1/openapi.json` ' +
      'describes all of it to programs.',
    apiTable(),
    '## Of the dashboard',
    table(
      ['route', 'what it is'],
      [
        [
          code('GET /'),
          'the dashboard; so is every other path that a browser opens and nothing else is served at'
        ],
        [code('GET /assets/*'), 'its scripts and styles'],
        [code('GET /metrics'), '[metrics](metrics.md); needs no token']
      ]
    )
  )
}

const purposes: Readonly<Record<string, string>> = {
  '/v1/projects/*':
    '`<write key>/settings`: what Segment’s browser and mobile libraries ask before they send',
  '/v1/pixel/track':
    '`data`, a call’s body in base64: the call as a picture’s address; also `identify`, `page`, ' +
    '`screen`, `group`, `alias`',
  '/v1/deletions': 'erase by deletion key',
  '/v1/feed/*': '`<product>.json`: versions and advisories, signed',
  '/livez': 'the process lives',
  '/readyz': 'what is sent now would be kept; 503 when not',
  '/.well-known/telemetry.json': 'what this collector accepts, from whom, for how long',
  '/contracts/*': '`<product>/<digest>.json`: a published contract',
  '/metrics': '[metrics](metrics.md)',
  '/api/v1/ask':
    '`question`, `product`, and the question’s own parameters ([questions](questions.md)): ' +
    'its answer',
  '/api/v1/query': '`{sql, rowsMax?, deadlineMs?}`: rows of a SELECT',
  '/api/v1/tail': '`product?`: the live view, a JSON line each, and an empty one each 15 s',
  '/api/v1/installation':
    '`{action, product, id, reason}`: what is kept about one installation; audited',
  '/api/v1/doctor': 'what is well and what is not'
}

function apiTable(): string {
  const { endpoints } = createApi({} as never)
  const { paths } = openapiDocument(endpoints)
  return table(
    ['route', 'what it is', 'scope', 'takes'],
    endpoints
      .filter(({ isUnlisted }) => !isUnlisted)
      .map(({ method, path, says, scope }) => {
        const operation = paths[path]?.[method.toLowerCase()]
        return [
          code(`${method} ${path}`),
          says,
          scope === 'anyone' ? 'none' : code(scope),
          operation === undefined ? '' : taken(operation)
        ]
      })
  )
}

/** A `?` marks what may be left out. */
function taken({ parameters = [], requestBody }: Operation): string {
  const inBody = requestBody?.content['application/json']?.schema ?? {}
  const { properties = {}, required = [] } = inBody as {
    readonly properties?: object
    readonly required?: readonly string[]
  }
  const named = [
    ...parameters
      .filter((parameter) => parameter.in === 'query')
      .map((parameter) => [parameter.name, parameter.required] as const),
    ...Object.keys(properties).map((name) => [name, required.includes(name)] as const)
  ]
  return named.map(([name, isNeeded]) => code(isNeeded ? name : `${name}?`)).join(' ')
}

function listed(routes: readonly { readonly method: string; readonly path: string }[]): string {
  return table(
    ['route', 'what it is'],
    routes.map(({ method, path }) => [
      code(`${method} ${path}`),
      purposes[path] ?? unexplained(path)
    ])
  )
}

function unexplained(path: string): never {
  throw new Error(`${path} is a new route: say in test/reference/routes-page.ts what it is for`)
}

/** What lies below a product's base is Segment's once more. */
function isListed({ product, route: { method, path } }: MountedRoute): boolean {
  return method === 'POST' && (product !== undefined || !path.startsWith('/in/'))
}

/** Routes that are answered alike share a row. */
function reports(mounted: readonly MountedRoute[]): string {
  const rows = new Map<
    string,
    { readonly who: string; readonly paths: string[]; readonly cells: readonly string[] }
  >()
  for (const { product, route } of mounted) {
    const { protocol } = route
    const cells = [
      kept(protocol),
      told(protocol.overloaded('storage')),
      told(protocol.refusals['malformed']),
      sizeOf(protocol)
    ]
    const who = product ?? 'every product'
    const key = JSON.stringify([who, protocol.name, cells])
    const row = rows.get(key) ?? { who, paths: [], cells: [protocol.name, ...cells] }
    row.paths.push(code(`${route.method} ${route.path}`))
    rows.set(key, row)
  }
  return table(
    ['who', 'routes', 'format', 'kept', 'can’t keep', 'not readable', 'body at most'],
    [...rows.values()].map(({ who, paths, cells }) => [who, paths.join(', '), ...cells])
  )
}

function refusalsTable(mounted: readonly MountedRoute[]): string {
  const rows = new Map<string, readonly string[]>()
  for (const { route } of mounted) {
    const { name, refusals } = route.protocol
    const cells = faults.map((fault) => refusedAs(refusals[fault]))
    rows.set([name, ...cells].join(' '), [name, ...cells])
  }
  return table(['format', ...faults], [...rows.values()])
}

function refusedAs({ status, body }: Answer): string {
  const { code: named } = JSON.parse(String(body)) as { readonly code?: string }
  return [String(status), code(named)].join(' ').trim()
}

/** A record in each format's words, to see how it is answered once it is kept. */
const samples: Readonly<Record<string, string>> = {
  posthog: '{"api_key":"dlt","event":"pipeline_load","distinct_id":"a"}',
  segment: '{"anonymousId":"a","event":"pipeline_load"}',
  native: `{"candor":1,"product":"dlt","report":"00000000-0000-4000-8000-000000000000","runs":[{"version":"1.26.0","records":[{"seq":1,"name":"pipeline_load","at":"2026-11-20T11:00:00.000Z","fields":{}}]}]}`,
  dblab: '{"instance_id":"a","event_type":"engine_stopped","event_data":{}}',
  timescaledb:
    '{"db_uuid":"00000000-0000-4000-8000-000000000000","timescaledb_version":"2.22.1","postgresql_version":"17.6"}'
}

function kept(protocol: Protocol): string {
  const sample = samples[protocol.name]
  if (sample === undefined)
    throw new Error(
      `${protocol.name} is a new format: give test/reference/routes-page.ts a record in its words`
    )
  const headers = {
    authorization: `Basic ${Buffer.from('dlt:').toString('base64')}`,
    'content-type': 'application/json'
  }
  const decoded = protocol.decode({
    path: '/',
    query: '',
    headers,
    body: Buffer.from(sample),
    receivedAt: 0
  })
  if (decoded.is !== 'records') return told(decoded.answer)
  return told(
    protocol.accepted(
      decoded,
      decoded.records.map(() => ({ is: 'kept', dropped: [] }))
    )
  )
}

function told({ status, headers, body }: Answer): string {
  const named = ['Retry-After', 'Candor-Dropped'].filter((name) => headers[name] !== undefined)
  const text = String(body)
  const first = text.length > 80 ? `${text.slice(0, 79)}…` : text
  return [String(status), ...named.map((name) => code(`${name}: ${headers[name]}`)), code(first)]
    .filter((part) => part !== '')
    .join(' ')
}

function sizeOf({ bodyBytesMax }: Protocol): string {
  return bodyBytesMax % 1_048_576 === 0
    ? `${bodyBytesMax / 1_048_576} MiB`
    : `${Math.round(bodyBytesMax / 1024)} KiB`
}
