/**
 * Makes HTTP routes of endpoints: who asks, may they, is it well-formed; coded errors, and no trace
 * of what was asked.
 */
import { CandorError, isCandorError, type CandorErrorCode } from '../errors.ts'
import type { HttpAnswer, HttpRequest, HttpRoute, Refusal } from '../http/route.ts'
import type { Access } from './access/access.ts'
import { nowhere } from './access/scope.ts'
import { checkHost, type OriginRules } from './access/origin.ts'
import { jsonAnswer, type Endpoint } from './describe/endpoint.ts'
import { dataHeaders, type HeaderRules } from './site/security-headers.ts'

/** 1 MiB: ten times the longest SQL that a person would write. */
const bodyBytesMax = 1_048_576

const statusOf: Partial<Record<CandorErrorCode, number>> = {
  TOKEN_MISSING: 401,
  TOKEN_WRONG: 401,
  TOKEN_EXPIRED: 401,
  SIGN_IN_FAILED: 401,
  OIDC_UNAVAILABLE: 503,
  SESSION_UNKNOWN: 404,
  SCOPE_MISSING: 403,
  CSRF_WRONG: 403,
  ORIGIN_REFUSED: 403,
  HOST_REFUSED: 421,
  RATE_LIMITED: 429,
  TOKEN_UNKNOWN: 404,
  TOKEN_EXISTS: 409,
  BOARD_UNKNOWN: 404,
  PUBLICATION_NONE: 404,
  PUBLICATION_UNKNOWN: 404,
  PUBLICATION_CHANGED: 409,
  PUBLICATION_DAMAGED: 503,
  BOARDS_UNREADABLE: 503,
  WRITE_KEY_UNKNOWN: 404,
  RELEASES_INVALID: 400,
  WRITE_KEY_EXISTS: 409,
  IMPORT_OUT_OF_ORDER: 409,
  ACCOUNTS_NOT_KEPT: 404,
  ACCOUNT_UNKNOWN: 404,
  PRODUCT_UNKNOWN: 404,
  QUESTION_UNKNOWN: 404,
  ROUTE_UNKNOWN: 404,
  PARAMETER_INVALID: 400,
  QUERY_INVALID: 400,
  QUERY_REFUSED: 400,
  QUERY_TIMEOUT: 408,
  STORAGE_UNAVAILABLE: 503,
  STORAGE_TIMEOUT: 503,
  STORAGE_REFUSED: 503,
  STORAGE_FULL: 503,
  SCHEMA_NOT_APPLIED: 503
}

/** How a request that is none is answered, before anybody looks at what it asks. */
const refusals: Readonly<Record<Refusal, { readonly status: number; readonly says: string }>> = {
  'too-large': {
    status: 413,
    says: `The body is larger than ${bodyBytesMax} bytes, or there should be none.`
  },
  'bad-encoding': { status: 400, says: 'The body is not the gzip that its header says.' },
  'unsupported-encoding': { status: 415, says: 'Only gzip is unpacked.' },
  'not-found': { status: 404, says: 'The API has no such path.' },
  'method-not-allowed': {
    status: 405,
    says: 'This path is served, but not with this method.'
  },
  malformed: { status: 400, says: 'The request can’t be read as HTTP.' },
  overloaded: { status: 503, says: 'Too many others are being read; try again later.' }
}

export interface MountServices {
  readonly access: Pick<Access, 'identify' | 'arrive' | 'permit'>
  readonly headers: HeaderRules
  readonly streamOf: (product: string) => string | undefined
}

/**
 * One route for each method and path; those whose paths have `{…}` share one for all that begin
 * alike.
 */
export function mountEndpoints(
  endpoints: readonly Endpoint[],
  services: () => MountServices
): readonly HttpRoute[] {
  const groups = new Map<string, Endpoint[]>()
  for (const endpoint of endpoints) {
    const brace = endpoint.path.indexOf('{')
    const path = brace === -1 ? endpoint.path : `${endpoint.path.slice(0, brace)}*`
    const mounted = `${endpoint.method} ${path}`
    groups.set(mounted, [...(groups.get(mounted) ?? []), endpoint])
  }
  return [...groups].map(([mounted, members]) => {
    const [method, path] = mounted.split(' ') as [Endpoint['method'], string]
    return routeOf(
      {
        method,
        path,
        members: members.map((endpoint) => ({ endpoint, read: pathReader(endpoint.path) }))
      },
      services
    )
  })
}

interface Group {
  readonly method: Endpoint['method']
  readonly path: string
  readonly members: readonly { readonly endpoint: Endpoint; readonly read: PathReader }[]
}

function routeOf({ method, path, members }: Group, services: () => MountServices): HttpRoute {
  return {
    method,
    path,
    bodyBytesMax: method === 'POST' ? bodyBytesMax : 0,
    refused: (problem) => withHeaders(refusalAnswer(problem), services().headers),
    async handle(request, exchange) {
      const { access, headers, streamOf } = services()
      const left = new AbortController()
      exchange.onAnswered((whole) => {
        if (!whole) left.abort()
      })
      // Whoever closes its half is gone: what is asked in its name would run on for minutes.
      exchange.onLeft(() => left.abort())
      try {
        return withHeaders(
          await answer(request, left.signal, { members, access, streamOf }),
          headers
        )
      } catch (error) {
        if (isCandorError(error)) return withHeaders(errorAnswer(error), headers)
        throw error
      }
    }
  }
}

async function answer(
  request: HttpRequest,
  signal: AbortSignal,
  {
    members,
    access,
    streamOf
  }: { readonly members: Group['members'] } & Pick<MountServices, 'access' | 'streamOf'>
): Promise<HttpAnswer> {
  const found = members.flatMap(({ endpoint, read }) => {
    const path = read(request.path)
    return path === undefined ? [] : [{ endpoint, path }]
  })[0]
  const who =
    found?.endpoint.isArrival === true
      ? access.arrive(request.headers)
      : access.identify(request.headers)
  if (found !== undefined) {
    const { endpoint, path } = found
    const isSafe = endpoint.method === 'GET'
    const { query, body, headers } = request
    const reach =
      endpoint.scope === 'anyone'
        ? nowhere
        : access.permit(who, { scope: endpoint.scope, isSafe, headers, streamOf })
    return endpoint.answer({ path, query, body, headers, who, reach, signal })
  }
  throw new CandorError(
    'ROUTE_UNKNOWN',
    'The API has no such route; /api/v1/openapi.json lists them.'
  )
}

/**
 * For routes that need no token: a page of somebody else's must not read them under a name that it
 * made to point here.
 */
export function checkedByHost(
  route: HttpRoute,
  rules: { readonly origins: OriginRules; readonly headers: HeaderRules }
): HttpRoute {
  return {
    ...route,
    async handle(request, exchange) {
      try {
        checkHost(request.headers, rules.origins)
        return await route.handle(request, exchange)
      } catch (error) {
        if (isCandorError(error)) return withHeaders(errorAnswer(error), rules.headers)
        throw error
      }
    }
  }
}

function errorAnswer(error: CandorError): HttpAnswer {
  const status = statusOf[error.code] ?? 500
  const plain = jsonAnswer({ code: error.code, message: error.message }, { status })
  const { retryAfterSeconds } = error.details
  if (retryAfterSeconds !== undefined)
    return { ...plain, headers: { ...plain.headers, 'Retry-After': String(retryAfterSeconds) } }
  return plain.status === 401
    ? { ...plain, headers: { ...plain.headers, 'WWW-Authenticate': 'Bearer' } }
    : plain
}

function refusalAnswer(problem: Refusal): HttpAnswer {
  const { status, says } = refusals[problem]
  return jsonAnswer({ code: 'PARAMETER_INVALID', message: says }, { status })
}

/** What an answer says of itself goes before what is said of all. */
function withHeaders(answer: HttpAnswer, rules: HeaderRules): HttpAnswer {
  return { ...answer, headers: { ...dataHeaders(rules), ...answer.headers } }
}

type PathReader = (path: string) => Readonly<Record<string, string>> | undefined

function pathReader(template: string): PathReader {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string)
  const literal = template.replaceAll(/[.+*?^$()[\]|\\]/g, String.raw`\$&`)
  const pattern = new RegExp(`^${literal.replaceAll(/\{\w+\}/g, '([^/]{1,200})')}$`)
  return (path) => {
    const match = pattern.exec(path)
    if (match === null) return undefined
    try {
      return Object.fromEntries(
        names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')])
      )
    } catch {
      return undefined
    }
  }
}
