/**
 * Puts marks where nobody declared anything: in place of each value, behind it, as keys beside it,
 * in every header and query of a request.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../candor-server.ts'

export interface MarkedRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/**
 * What no contract, no document and no program of ours contains; behind it follow digits. Small
 * letters and digits: it fits words, names and versions.
 */
export const markStem = 'zq7x'

let marks = 0
export function mark(): string {
  marks += 1
  return `${markStem}${marks}`
}

/** The requests that a product's clients were recorded to send. */
export function recordedRequests(...folder: readonly string[]): readonly MarkedRequest[] {
  const path = join(root, 'server', 'src', ...folder, 'fixtures')
  return readdirSync(path)
    .filter((name) => name.endsWith('.http'))
    .flatMap((name) => {
      const bytes = readFileSync(join(path, name))
      const end = bytes.indexOf('\r\n\r\n')
      const [start = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
      const headers = Object.fromEntries(
        lines.map((line) => [
          line.slice(0, line.indexOf(':')).toLowerCase(),
          line.slice(line.indexOf(':') + 1).trim()
        ])
      )
      // Packed or chunked ones say nothing that the others don't.
      if (headers['content-encoding'] !== undefined || headers['transfer-encoding'] !== undefined)
        return []
      const kept = Object.entries(headers).filter(
        ([header]) => !['host', 'content-length', 'connection', 'user-agent'].includes(header)
      )
      return [
        {
          path: start.split(' ')[1] ?? '/',
          headers: Object.fromEntries(kept),
          body: JSON.parse(bytes.toString('utf8', end + 4)) as unknown
        }
      ]
    })
}

/**
 * The same request with marks around its body: in its query and in headers that proxies, browsers
 * and libraries add.
 */
export function markedAround({ path, headers, body }: MarkedRequest): MarkedRequest {
  return {
    path: `${path}?${mark()}=${mark()}&writeKey=${mark()}`,
    headers: {
      'user-agent': `${mark()}/1.0 (${mark()})`,
      'x-forwarded-for': `${mark()}, 203.0.113.77`,
      forwarded: `for=${mark()};host=${mark()}`,
      'x-real-ip': '203.0.113.78',
      cookie: `session=${mark()}`,
      referer: `http://${mark()}.example/`,
      origin: `http://${mark()}.example`,
      from: `${mark()}@example.org`,
      'accept-language': mark(),
      [`x-${mark()}`]: mark(),
      'access-token': mark(),
      ...headers
    },
    body
  }
}

/** One body for each place that can be marked, in each way. */
export function* markedInside(body: unknown): Generator<unknown> {
  for (const path of pathsOf(body)) {
    const value = at(body, path)
    if (typeof value === 'string') {
      yield changed(body, path, () => mark())
      yield changed(body, path, () => `${value}-${mark()}`)
      yield changed(body, path, () => `${mark()} of O'Hara <${mark()}@example.org>`)
    } else if (typeof value !== 'object' || value === null) {
      yield changed(body, path, () => mark())
    } else if (Array.isArray(value)) {
      yield changed(body, path, () => [...(value as unknown[]), mark(), { [mark()]: mark() }])
      yield changed(body, path, () => mark())
    } else {
      yield changed(body, path, () => ({
        ...value,
        [mark()]: mark(),
        [mark()]: 7,
        [`${mark()}.${mark()}`]: { [mark()]: [mark()] }
      }))
      yield changed(body, path, () => mark())
      const [first] = Object.keys(value)
      if (first !== undefined) {
        yield changed(body, path, () =>
          Object.fromEntries(
            Object.entries(value).map(([key, inner]) => [key === first ? mark() : key, inner])
          )
        )
        yield changed(body, path, () =>
          Object.fromEntries(
            Object.entries(value).map(([key, inner]) => [`${key}_${mark()}`, inner])
          )
        )
      }
    }
  }
}

/**
 * Every raw id and unsalted hash in it, which only a token may stand for: long enough to be told
 * from other text.
 */
export function idsIn(body: unknown): readonly string[] {
  return pathsOf(body).flatMap((path) => {
    const value = at(body, path)
    const key = String(path.findLast((step) => typeof step === 'string') ?? '')
    const isId =
      /(?:^|_)(?:id|uuid|hash|fingerprint)$|^(?:anonymousId|userId|messageId|installation|account|session|report)$/.test(
        key
      )
    // A run's own random id and a build's commit are declared, and kept as they are.
    return isId &&
      !/^(?:transaction|commit)_id$/.test(key) &&
      typeof value === 'string' &&
      value.length >= 12
      ? [value]
      : []
  })
}

type Path = readonly (string | number)[]

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...(value as unknown[]).entries()]
    : Object.entries(value)
  return [path, ...entries.flatMap(([key, inner]) => pathsOf(inner, [...path, key]))]
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<string | number, unknown>)[key],
    value
  )
}

function changed(value: unknown, [key, ...rest]: Path, change: () => unknown): unknown {
  if (key === undefined) return change()
  const copy = (
    Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }
  ) as Record<string | number, unknown>
  copy[key] = changed(copy[key], rest, change)
  return copy
}
