/**
 * Where edges hand on what they answered for: each request is kept once, however often it comes,
 * and a 2xx names those that are kept.
 */
import { gunzipSync } from 'node:zlib'
import { timingSafeEqual } from 'node:crypto'
import { DAY_MS } from '#values/days'
import type { HttpAnswer, HttpRequest, HttpRoute } from '../http/route.ts'
import type { Collector } from '../collector/collect.ts'
import type { RequestCounter } from '../collector/counts.ts'
import type { NetworkBudgets } from '../collector/ingest-route.ts'
import { isCandorError } from '../errors.ts'
import { isObject, jsonAnswer, parseJson, textOf } from '../protocols/json.ts'
import type { Instant } from '../record.ts'
import { digestOf } from './digest.ts'
import { handoverLimits, handoverPath } from './handover-limits.ts'
import { readHandover } from './handover.ts'
import type { EdgeKey } from './unseal.ts'

/** Cloudflare's queues keep a message for at most as long. */
const pastMaxMs = 14 * DAY_MS
const futureMaxMs = 5 * 60_000

interface ReceiveServices {
  readonly key: EdgeKey
  readonly collector: Pick<Collector, 'collect'>
  readonly requests: RequestCounter
  /** Names of all wires here: nothing else may stand in a column or a metric. */
  readonly protocols: ReadonlySet<string>
  /** SHA-256 of the tokens of edges that are believed, in hexadecimal digits. */
  readonly tokens: readonly string[]
  /** What one network may send, where nobody vouches for it. */
  readonly budgets: NetworkBudgets
}

/** Where it came from. `network` is undefined where a token vouches for it: it has no share. */
interface Origin {
  readonly now: Instant
  readonly isBelieved: boolean
  readonly network: string | undefined
}

interface Sealed {
  readonly id: string
  readonly box: string
}

type Received =
  | { readonly is: 'kept'; readonly id: string }
  | { readonly is: 'refused'; readonly id: string; readonly code: string }
  | { readonly is: 'over-budget' }

const retryAfterSeconds = 30
/** They share commits; a hundred at once would ask for too many shapes of statements. */
const atOnce = 8

export function handoverRoute(services: ReceiveServices): HttpRoute {
  const { requests } = services
  return {
    method: 'POST',
    path: handoverPath,
    bodyBytesMax: handoverLimits.bodyBytesMax,
    handle: (request, { network }) => receive(services, request, network),
    refused(problem) {
      requests.count('edge', problem)
      return problem === 'overloaded' ? overloaded : unreadable
    }
  }
}

async function receive(
  services: ReceiveServices,
  { body, headers, receivedAt: now }: HttpRequest,
  asker: string | undefined
): Promise<HttpAnswer> {
  const { requests, tokens, budgets } = services
  const bearer = /^Bearer (\S{1,200})$/i.exec(headers['authorization'] ?? '')?.[1]
  const isBelieved = bearer !== undefined && isOneOf(bearer, tokens)
  if (bearer !== undefined && !isBelieved) {
    requests.count('edge', 'token-wrong')
    return tokenWrong
  }
  const said = parseJson(textOf(body))
  const handovers = isObject(said) && said['candor'] === 1 ? sealedIn(said) : undefined
  if (handovers === undefined) {
    requests.count('edge', 'unreadable')
    return unreadable
  }
  // Whoever has no token is one network among others, and its own times are not believed.
  const network = isBelieved ? undefined : asker
  if (budgets.records.take(network, 'edge', handovers.length) === 'far-over')
    return overBudget(requests)
  try {
    const received: Received[] = []
    for (let from = 0; from < handovers.length; from += atOnce) {
      const some = handovers.slice(from, from + atOnce)
      received.push(
        ...(await Promise.all(
          some.map((sealed) => receiveOne(services, sealed, { now, isBelieved, network }))
        ))
      )
      // What was kept of them is recognised when all of them come again.
      if (received.some(({ is }) => is === 'over-budget')) return overBudget(requests)
    }
    return jsonAnswer(200, {
      kept: received.flatMap((each) => (each.is === 'kept' ? [each.id] : [])),
      refused: received.flatMap((each) =>
        each.is === 'refused' ? [{ id: each.id, code: each.code }] : []
      )
    })
  } catch (error) {
    if (!isCandorError(error)) throw error
    // Some may be kept by now; they are recognised when all of them come again.
    requests.count('edge', 'overloaded')
    return overloaded
  }
}

async function receiveOne(
  { key, collector, protocols, requests, budgets }: ReceiveServices,
  { id, box }: Sealed,
  { now, isBelieved, network }: Origin
): Promise<Received> {
  const text = opened(key, id, box)
  const kibibytes = Math.ceil((text?.length ?? box.length) / 1_024)
  if (budgets.kibibytes.take(network, 'bytes', kibibytes) === 'far-over')
    return { is: 'over-budget' }
  const handover = text === undefined ? undefined : readHandover(text.toString('utf8'))
  if (handover === undefined || handover.id !== id || !protocols.has(handover.protocol)) {
    requests.count('edge', 'not-for-us')
    return { is: 'refused', id, code: 'HANDOVER_UNREADABLE' }
  }
  const { protocol, decoded, receivedAt } = handover
  const sender = decoded.records[0]?.source.product ?? ''
  const share = budgets.records.take(network, sender, decoded.records.length)
  if (share === 'far-over') return { is: 'over-budget' }
  await collector.collect(decoded, {
    protocol,
    receivedAt: isBelieved ? plausible(receivedAt, now) : now,
    isOverBudget: share === 'over',
    network,
    handover: id
  })
  return { is: 'kept', id }
}

function overBudget(requests: RequestCounter): HttpAnswer {
  requests.count('edge', 'over-budget')
  return overloaded
}

function opened(key: EdgeKey, id: string, box: string): Buffer | undefined {
  const packed = key.open(id, Buffer.from(box, 'base64'))
  if (packed === undefined) return undefined
  try {
    return gunzipSync(packed, { maxOutputLength: handoverLimits.textBytesMax })
  } catch {
    return undefined
  }
}

/** An edge's clock is believed for as long as a queue may have held its word. */
function plausible(said: Instant, now: Instant): Instant {
  return said >= now - pastMaxMs && said <= now + futureMaxMs ? Math.round(said) : now
}

function sealedIn(said: Readonly<Record<string, unknown>>): readonly Sealed[] | undefined {
  const list = said['handovers']
  if (!Array.isArray(list) || list.length > handoverLimits.handoversMax) return undefined
  const sealed: Sealed[] = []
  for (const each of list as readonly unknown[]) {
    if (!isObject(each)) return undefined
    const { id, box } = each
    if (typeof id !== 'string' || !/^[0-9a-f-]{36}$/.test(id)) return undefined
    if (typeof box !== 'string') return undefined
    sealed.push({ id, box })
  }
  return sealed
}

function isOneOf(token: string, digests: readonly string[]): boolean {
  const own = Buffer.from(digestOf(token))
  return digests.some((digest) => timingSafeEqual(own, Buffer.from(digest)))
}

const problem = (
  status: number,
  code: string,
  message: string,
  headers?: Readonly<Record<string, string>>
): HttpAnswer => jsonAnswer(status, { code, message }, headers)

const tokenWrong = problem(
  401,
  'TOKEN_WRONG',
  'This token is none of `edge_tokens`: `candor edge build` writes one and says its digest.'
)
const unreadable = problem(
  400,
  'HANDOVER_UNREADABLE',
  'The body must be {"candor":1,"handovers":[{"id","box"}]}, at most 100 of them and 12 MiB.'
)
const overloaded = problem(503, 'OVERLOADED', 'Nothing can be kept right now; try again later.', {
  'Retry-After': String(retryAfterSeconds)
})
