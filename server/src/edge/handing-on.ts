/**
 * How an edge speaks to its collector: asks what it has to know, seals what it hands on, posts it,
 * and asks through what only the collector can answer.
 */
import { gzipSync } from 'node:zlib'
import type { Network } from '../effects.ts'
import { CandorError } from '../errors.ts'
import type { HttpAnswer } from '../http/route.ts'
import { isObject, parseJson } from '../protocols/json.ts'
import { bundlePath } from './bundle-route.ts'
import type { EdgeBundle } from './bundle.ts'
import type { Edge, EdgeRequest } from './edge.ts'
import { writeHandover, type Handover } from './handover.ts'
import { handoverPath } from './handover-limits.ts'
import { sealFor } from './seal.ts'

/** As it waits in a queue and as it is posted. */
export interface SealedHandover {
  readonly id: string
  /** In base64. */
  readonly box: string
}

export type Ask = (
  url: string,
  init: {
    readonly method: string
    readonly headers: Readonly<Record<string, string>>
    readonly body?: string | Buffer
    readonly deadlineMs: number
  }
) => Promise<{
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: Buffer
}>

export interface CollectorAt {
  /** Without a slash behind it. */
  readonly url: string
  readonly token: string | undefined
  readonly ask: Ask
}

const deadlineMs = 30_000

/** Asks over the network of whatever it runs in: a platform's, or the command line's. */
export function askOver(network: Pick<Network, 'fetch'>): Ask {
  return async (url, { method, headers, body, deadlineMs: afterMs }) => {
    const answer = await network.fetch(url, {
      method,
      headers,
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(afterMs)
    })
    return {
      status: answer.status,
      headers: answer.headers,
      body: Buffer.from(await answer.arrayBuffer())
    }
  }
}

/** What decoders and routes read of a request; whatever else came, addresses first, ends here. */
const heardHeaders = [
  'authorization',
  'candor-sent-at',
  'content-encoding',
  'content-type',
  'host',
  'if-none-match',
  'org-key',
  'x-forwarded-proto'
]
/** What is asked through says nothing of a host, and carries no key that is not needed there. */
const askedHeaders = [
  'candor-sent-at',
  'content-encoding',
  'content-type',
  'if-none-match',
  'org-key'
]
const toldHeaders = [
  'Cache-Control',
  'Candor-Dropped',
  'Content-Type',
  'ETag',
  'Retry-After',
  'Access-Control-Allow-Origin'
]

export function heardOf(get: (name: string) => string | null | undefined): EdgeRequest['headers'] {
  return Object.fromEntries(
    heardHeaders.flatMap((name) => {
      const value = get(name)
      return value === null || value === undefined ? [] : [[name, value]]
    })
  )
}

export async function sealed(
  handover: Handover,
  { publicKey }: Pick<Edge, 'publicKey'>
): Promise<SealedHandover> {
  const packed = gzipSync(writeHandover(handover), { level: 4 })
  const box = await sealFor(publicKey, handover.id, packed)
  return { id: handover.id, box: Buffer.from(box).toString('base64') }
}

/** Of one post to the collector: well below what it takes. */
export const postBytesMax = 8 * 1024 * 1024
export const postedMax = 60

/** The ids of those that are kept. Rejects where nobody knows. */
export async function handOn(
  handovers: readonly SealedHandover[],
  { url, token, ask }: CollectorAt
): Promise<ReadonlySet<string>> {
  const { status, body } = await ask(`${url}${handoverPath}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` })
    },
    body: JSON.stringify({ candor: 1, handovers }),
    deadlineMs
  })
  const said = status === 200 ? parseJson(body.toString('utf8')) : undefined
  if (!isObject(said)) throw unreachable(status)
  const { kept } = said
  return new Set(Array.isArray(kept) ? kept.filter(isText) : [])
}

/** Undefined: as it was, by its tag. Rejects where the collector can't be asked. */
export async function askBundle(
  { url, ask }: CollectorAt,
  tag: string | undefined
): Promise<{ readonly bundle: EdgeBundle; readonly tag: string | undefined } | undefined> {
  const { status, headers, body } = await ask(`${url}${bundlePath}`, {
    method: 'GET',
    headers: tag === undefined ? {} : { 'If-None-Match': tag },
    deadlineMs
  })
  if (status === 304) return undefined
  const said = status === 200 ? parseJson(body.toString('utf8')) : undefined
  if (!isObject(said) || said['v'] !== 1) throw unreachable(status)
  return { bundle: said as unknown as EdgeBundle, tag: headers.get('etag') ?? undefined }
}

/** The collector's own answer; 503 where it can't be asked. */
export async function askThrough(
  request: EdgeRequest,
  { url, ask }: CollectorAt
): Promise<HttpAnswer> {
  const headers = Object.fromEntries(
    askedHeaders.flatMap((name) => {
      const value = request.headers[name]
      return value === undefined ? [] : [[name, value]]
    })
  )
  const { method, body } = request
  try {
    const asked = await ask(`${url}${request.url}`, {
      method,
      headers,
      ...(method === 'GET' || method === 'HEAD' ? {} : { body }),
      deadlineMs
    })
    const told = Object.fromEntries(
      toldHeaders.flatMap((name) => {
        const value = asked.headers.get(name)
        return value === null ? [] : [[name, value]]
      })
    )
    return { status: asked.status, headers: told, body: asked.body }
  } catch {
    return {
      status: 503,
      headers: { 'Content-Type': 'application/json', 'Retry-After': '60' },
      body: JSON.stringify({
        code: 'COLLECTOR_UNREACHABLE',
        message: 'Only the collector behind this edge can answer this, and it is not reached.'
      })
    }
  }
}

function unreachable(status: number): CandorError {
  return new CandorError('SERVER_UNREACHABLE', `The collector answered ${status}.`)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
