/**
 * The collector's front half without its disk: routes, decodes, holds against contracts and answers
 * as the collector would, and hands on what is kept.
 */
import { gunzipSync } from 'node:zlib'
import { packingOf } from '../http/packing.ts'
import { answerProblem } from '../http/problems.ts'
import type { HttpAnswer, HttpRequest, HttpRoute } from '../http/route.ts'
import { createRouter } from '../http/router.ts'
import { corsAnswer, splitUrl } from '../http/target.ts'
import type { Instant } from '../record.ts'
import {
  AskThrough,
  askedThrough,
  edgeRoutes,
  nobody,
  type EdgeRoutesOptions
} from './edge-routes.ts'

export interface EdgeRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  readonly receivedAt: Instant
}

type EdgeAnswer =
  | { readonly is: 'answer'; readonly answer: HttpAnswer }
  /** Only the collector can answer it: to be asked there, without the asker's address. */
  | { readonly is: 'asked-through' }

export interface Edge {
  readonly publicKey: Uint8Array
  /** The largest body that any route takes: more need not be read. */
  readonly bodyBytesMax: number
  /** Compiles the newest contracts now, where the first report of each would wait for it. */
  warmUp(): void
  /** Never rejects. */
  handle(request: EdgeRequest): Promise<EdgeAnswer>
}

interface EdgeOptions extends EdgeRoutesOptions {
  /** Our own mistakes: a request that could not be answered. */
  readonly fault: (error: unknown) => void
}

export function createEdge({ fault, ...options }: EdgeOptions): Edge {
  const { publicKey, products, reports } = edgeRoutes(options)
  const router = createRouter([...reports, ...askedThrough.map(through)])

  return {
    publicKey,
    bodyBytesMax: Math.max(...reports.map(({ bodyBytesMax }) => bodyBytesMax)),
    warmUp() {
      for (const { newest } of products.values()) void newest.contract
    },
    async handle(request) {
      if (isBeyondWorkers(request)) return { is: 'asked-through' }
      try {
        const answer = await answerTo(request)
        return { is: 'answer', answer }
      } catch (error) {
        if (error instanceof AskThrough) return { is: 'asked-through' }
        fault(error)
        return { is: 'answer', answer: answerProblem('INTERNAL') }
      }
    }
  }

  async function answerTo({
    method,
    url,
    headers,
    body,
    receivedAt
  }: EdgeRequest): Promise<HttpAnswer> {
    const target = router(method, url)
    if (target.is === 'constant') return withHeaders(target.answer, target.more)
    const { route } = target
    const more = route.cors === true ? corsAnswer : undefined
    const unpacked = unpack(body, headers['content-encoding'], route.bodyBytesMax)
    if (typeof unpacked === 'string') return withHeaders(route.refused(unpacked), more)
    const asked: HttpRequest = { ...splitUrl(url), headers, body: unpacked, receivedAt }
    return withHeaders(await route.handle(asked, nobody), more)
  }
}

/** Its reader writes functions as texts, which workers do not run. */
function isBeyondWorkers({ url, headers }: EdgeRequest): boolean {
  return (
    /^\/in\/[^/]+\/v1\/(logs|metrics)\/?$/.test(splitUrl(url).path) &&
    /^application\/x-protobuf\b/i.test(headers['content-type'] ?? '')
  )
}

type Unread = 'too-large' | 'unsupported-encoding' | 'bad-encoding'

function unpack(body: Buffer, encoding: string | undefined, bytesMax: number): Buffer | Unread {
  if (body.length > bytesMax) return 'too-large'
  const packing = packingOf(body, encoding)
  if (packing === 'none') return body
  if (packing === 'unsupported') return 'unsupported-encoding'
  try {
    return gunzipSync(body, { maxOutputLength: bytesMax })
  } catch (error) {
    return error instanceof RangeError ? 'too-large' : 'bad-encoding'
  }
}

function withHeaders(
  answer: HttpAnswer,
  more: Readonly<Record<string, string>> | undefined
): HttpAnswer {
  return more === undefined ? answer : { ...answer, headers: { ...answer.headers, ...more } }
}

function through(route: (typeof askedThrough)[number]): HttpRoute {
  const ask = (): never => {
    throw new AskThrough()
  }
  return { ...route, handle: ask, refused: ask }
}
