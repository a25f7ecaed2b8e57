/**
 * Which route does a request meet? It has a map of exact paths, and a short list of wildcards for
 * what no exact path serves.
 */
import { CandorError } from '../errors.ts'
import { answerProblem } from './problems.ts'
import { splitUrl, type Target } from './target.ts'
import type { HttpRoute } from './route.ts'

/**
 * `method` and `url` as they came: nothing is decoded, and no other spelling of a path is taken for
 * it, but for the slashes of routes that allow any.
 */
export type Router = (method: string, url: string) => Target

/** Throws CONFIG_INVALID when two routes claim the same method and path. */
export function createRouter(routes: readonly HttpRoute[]): Router {
  const byPath = new Map<string, HttpRoute[]>()
  for (const route of routes) byPath.set(route.path, [...(byPath.get(route.path) ?? []), route])
  const exact = new Map<string, Targets>()
  const anySlashes = new Set<string>()
  const wildcards: Wildcard[] = []
  for (const [path, members] of byPath) {
    const targets = targetsOf(path, members)
    if (members.some((route) => route.anySlashes === true)) anySlashes.add(path)
    if (path.includes('*')) wildcards.push({ path, fits: fitting(path), targets })
    else exact.set(path, targets)
  }
  wildcards.sort(
    ({ path: one }, { path: other }) =>
      Number(one.startsWith('*')) - Number(other.startsWith('*')) || other.length - one.length
  )
  const lenientWildcards = wildcards.filter(({ path }) => anySlashes.has(path))
  return (method, url) => {
    const { path } = splitUrl(url)
    const found = exact.get(path)
    if (found !== undefined) return found.of(method)
    const tidy = path.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1')
    if (anySlashes.has(tidy)) return exact.get(tidy)?.of(method) ?? unknownPath
    const fitting = wildcardFor(wildcards, path, method)
    const lenient = wildcardFor(lenientWildcards, tidy, method)
    const meant = fitting?.has(method) === true ? fitting : (lenient ?? fitting)
    return meant?.of(method) ?? unknownPath
  }
}

const unknownPath: Target = { is: 'constant', answer: answerProblem('ROUTE_UNKNOWN') }

interface Wildcard {
  readonly path: string
  readonly fits: (path: string) => boolean
  readonly targets: Targets
}

/** Which target each method meets on one path. */
interface Targets {
  has(method: string): boolean
  of(method: string): Target
}

/**
 * Among wildcards the method decides as well: a page for every path does not hide a report that is
 * posted to some of them.
 */
function wildcardFor(
  wildcards: readonly Wildcard[],
  path: string,
  method: string
): Targets | undefined {
  if (!isDecodable(path)) return undefined
  let first: Targets | undefined
  for (const { fits, targets } of wildcards) {
    if (!fits(path)) continue
    if (targets.has(method)) return targets
    first ??= targets
  }
  return first
}

function fitting(wildcard: string): (path: string) => boolean {
  const fixed = wildcard.replace('*', '')
  return wildcard.startsWith('*')
    ? (path) => path.endsWith(fixed)
    : (path) => path.startsWith(fixed)
}

/**
 * A route that takes many paths will decode what it was asked for;
 * half an escape is no path at all.
 */
function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

function targetsOf(path: string, routes: readonly HttpRoute[]): Targets {
  const twice = routes.find(
    (route, index) => routes.findIndex((other) => other.method === route.method) !== index
  )
  if (twice !== undefined)
    throw new CandorError(
      'CONFIG_INVALID',
      `Two routes claim ${twice.method} ${path}. Give one of them another path.`
    )
  const browsers = routes.find((route) => route.cors === true)
  const methods = [
    ...routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
    ...(browsers === undefined ? [] : ['OPTIONS'])
  ]
  const allow = methods.join(', ')
  const more = {
    Allow: allow,
    ...(browsers === undefined ? {} : { 'Access-Control-Allow-Origin': '*' })
  }
  // Asked for when it is needed: whoever mounts a route counts its refusals.
  const refusal = (): Target => {
    const [route] = routes
    return route === undefined
      ? unknownPath
      : { is: 'constant', answer: route.refused('method-not-allowed'), more, route }
  }
  return {
    has: (method) => methods.includes(method),
    of(method) {
      const route = routes.find((route) => route.method === (method === 'HEAD' ? 'GET' : method))
      if (route !== undefined) return { is: 'route', route }
      return method === 'OPTIONS' && browsers !== undefined ? preflight(browsers, allow) : refusal()
    }
  }
}

function preflight(route: HttpRoute, allow: string): Target {
  const headers = {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': allow,
    // The star alone does not cover Authorization.
    'Access-Control-Allow-Headers': 'Authorization, Content-Type, Content-Encoding, *',
    'Access-Control-Max-Age': '86400'
  }
  return { is: 'constant', answer: { status: 204, headers, body: '' }, route }
}
