/**
 * Hands out the dashboard: its page under every path that a browser opens, its scripts and styles
 * by their hashed names.
 */
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Effects } from '../../effects.ts'
import type { HttpAnswer, HttpRequest, HttpRoute } from '../../http/route.ts'
import type { OriginRules } from '../access/origin.ts'
import { jsonAnswer } from '../describe/endpoint.ts'
import { checkedByHost } from '../mount.ts'
import { assetHeaders, dataHeaders, pageHeaders, type HeaderRules } from './security-headers.ts'

export interface SiteServices {
  readonly effects: Pick<Effects, 'files' | 'random'>
  readonly origins: OriginRules
  readonly headers: HeaderRules
  /** The first that has an `index.html` counts. */
  readonly folders?: readonly string[]
}

/** In the repository, where it is built; in a package, beside the compiled server. */
const builtFolders: readonly string[] = [
  fileURLToPath(new URL('../../../../dashboard/dist', import.meta.url)),
  fileURLToPath(new URL('../../dashboard', import.meta.url))
]

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8'
}
/** One name without a slash, not hidden, with an ending: nothing that leads out of its folder. */
const fileName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,120}$/

/**
 * Files are read at each request: a dashboard that is built anew is there at once, and the
 * operating system keeps them in memory anyway.
 */
export function createSite(services: SiteServices): readonly HttpRoute[] {
  return [
    siteRoute('/', services, () => page(services)),
    siteRoute('/assets/*', services, (request) => asset(request, 'assets', services)),
    siteRoute('/*', services, (request) =>
      isPage(request) ? page(services) : asset(request, '', services)
    )
  ]
}

function siteRoute(
  path: string,
  services: SiteServices,
  handle: (request: HttpRequest) => Promise<HttpAnswer>
): HttpRoute {
  const route = { method: 'GET', path, bodyBytesMax: 0, refused: () => notThere(services) } as const
  return {
    ...route,
    async handle(request, exchange) {
      const answer = await handle(request)
      // A path that is not there is told so under any name.
      return answer.status === 404
        ? answer
        : checkedByHost({ ...route, handle: () => answer }, services).handle(request, exchange)
    }
  }
}

/** What a browser opens; programs that miss a path get their 404. */
function isPage({ path, headers }: HttpRequest): boolean {
  return (
    !path.startsWith('/api/') &&
    !basename(path).includes('.') &&
    /\btext\/html\b/.test(headers['accept'] ?? '')
  )
}

async function page(services: SiteServices): Promise<HttpAnswer> {
  const { files, random } = services.effects
  const nonce = random(16).toString('base64url')
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    ...pageHeaders(services.headers, nonce)
  }
  for (const folder of services.folders ?? builtFolders) {
    const html = await files.readFile(join(folder, 'index.html'), 'utf8').catch(() => undefined)
    if (html !== undefined)
      return { status: 200, headers, body: html.replaceAll('__CSP_NONCE__', nonce) }
  }
  return { status: 200, headers, body: notBuilt }
}

async function asset(
  { path, headers }: HttpRequest,
  inside: string,
  services: SiteServices
): Promise<HttpAnswer> {
  const name = basename(path)
  const type = types[extname(name)]
  const isThere =
    path === (inside === '' ? `/${name}` : `/${inside}/${name}`) &&
    fileName.test(name) &&
    type !== undefined
  if (!isThere) return notThere(services)
  for (const folder of services.folders ?? builtFolders) {
    const found = await packedFile(
      join(folder, inside, name),
      headers['accept-encoding'] ?? '',
      services
    )
    if (found === undefined) continue
    // Only hashed names never change; an icon may.
    const caching =
      inside === ''
        ? { ...assetHeaders(services.headers), 'Cache-Control': 'no-cache' }
        : assetHeaders(services.headers)
    return {
      status: 200,
      headers: { 'Content-Type': type, ...caching, ...found.headers },
      body: found.body
    }
  }
  return notThere(services)
}

/** `scripts/build.mjs` packs once what would be packed at each request. */
async function packedFile(
  file: string,
  accepted: string,
  { effects: { files } }: SiteServices
): Promise<
  { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer } | undefined
> {
  for (const [coding, ending] of [
    ['br', '.br'],
    ['gzip', '.gz']
  ] as const) {
    if (!accepts(accepted, coding)) continue
    const body = await files.readFile(`${file}${ending}`).catch(() => undefined)
    if (body !== undefined)
      return { headers: { 'Content-Encoding': coding, Vary: 'Accept-Encoding' }, body }
  }
  const body = await files.readFile(file).catch(() => undefined)
  return body === undefined ? undefined : { headers: { Vary: 'Accept-Encoding' }, body }
}

function accepts(header: string, coding: string): boolean {
  return header.split(',').some((part) => {
    const [name, ...parameters] = part.split(';').map((word) => word.trim().toLowerCase())
    return name === coding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })
}

function notThere({ headers }: SiteServices): HttpAnswer {
  const message =
    'Nothing is served at this path; paths are case-sensitive and have no slash at their end.'
  const plain = jsonAnswer({ code: 'ROUTE_UNKNOWN', message }, { status: 404 })
  return { ...plain, headers: { ...dataHeaders(headers), ...plain.headers } }
}

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Candor</title>
<h1>The dashboard is not built</h1>
<p>The collector runs.
In the repository, <code>npm run build</code> builds the dashboard; then reload this page.</p>
<p>Until then: <code>npx candor ask --help</code>, <code>npx candor doctor</code>, and
<a href="/.well-known/telemetry.json">what is accepted here</a>.</p>
</html>
`
