/**
 * Starts a relay: an edge's routes behind one address of a network, a queue on the disk, and a
 * status for whoever runs it.
 */
import { join } from 'node:path'
import { replaceFile } from '../../config/own-file.ts'
import type { Clock, Effects } from '../../effects.ts'
import { CandorError, codeOf, stackOf } from '../../errors.ts'
import { createHttpServer, type HttpServer } from '../../http/server.ts'
import type { Log } from '../../log.ts'
import type { ProductBehaviour } from '../../products/product.ts'
import { openBundle, type EdgeBundle } from '../bundle.ts'
import { edgeRoutes, type EdgeRoutes } from '../edge-routes.ts'
import { askBundle, sealed, type CollectorAt } from '../handing-on.ts'
import type { Handover } from '../handover.ts'
import { refreshedEdge } from '../refreshed.ts'
import { createWithhold, keyedDigest, type RelayKey } from './narrow.ts'
import { createPassed } from './passed.ts'
import { everythingPasses, readPolicy } from './policy.ts'
import { openQueue } from './queue.ts'
import { relayRoutes } from './relay-routes.ts'
import { statusFileOf, statusRoute, type RelayStatus } from './status.ts'

export interface RelayOptions {
  readonly collector: CollectorAt
  readonly data: string
  readonly policy: { readonly path: string; readonly text: string } | undefined
  readonly behaviours: Readonly<Record<string, ProductBehaviour>>
  readonly host: string
  readonly port: number
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly queueBytesMax: number
  readonly effects: Effects
  readonly log: Log
}

export interface Relay {
  readonly url: string
  /** What it answered and could not hand on waits on the disk for the next start. */
  close(): Promise<void>
}

const drainMs = 5_000
/** It is the edge that keeps to ten minutes; a relay that sleeps now and then hears of it soon. */
const refreshEveryMs = 60_000

/**
 * Throws CONFIG_INVALID for a policy that can't be kept, SERVER_UNREACHABLE where the collector
 * never said what it takes, and what inbox and sockets throw.
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { collector, data, effects, log } = options
  const stops: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).toReversed())
      await stop().catch((error: unknown) => log.error({ code: codeOf(error) }, 'not stopped well'))
  }
  try {
    const folder = join(data, 'queue')
    const bytesMax = options.queueBytesMax
    const queue = await openQueue({ folder, bytesMax, collector, effects, log })
    stops.push(() => queue.close())
    const key = await keyIn(data, effects)
    const bundlePath = join(data, 'bundle.json')
    const { bundle, tag } = await firstBundle(bundlePath, collector, effects)
    const policy =
      options.policy === undefined
        ? everythingPasses
        : readPolicy(options.policy, openBundle(bundle, options.behaviours).products)
    const passed = createPassed()
    const since = effects.clock.now()
    let server: HttpServer | undefined
    const keep = async (from: EdgeBundle): Promise<void> =>
      replaceFile(bundlePath, JSON.stringify(from), effects.files).catch((error: unknown) =>
        log.warn({ code: codeOf(error) }, 'what the collector takes could not be written down')
      )
    let keeping = keep(bundle)
    stops.push(() => keeping)
    const create = (from: EdgeBundle): EdgeRoutes => {
      const edge = edgeRoutes({
        bundle: from,
        behaviours: options.behaviours,
        scheme: options.tls === undefined ? 'http' : 'https',
        digest: (text) => keyedDigest(key, text),
        newId: () => globalThis.crypto.randomUUID(),
        withhold: createWithhold({ policy, key, withheld: (...what) => passed.withheld(...what) }),
        async hand(handover: Handover) {
          await queue.add(await sealed(handover, edge))
          passed.passed(handover.decoded.records, handover.receivedAt)
        }
      })
      server?.route(relayRoutes(edge, { collector, queue }))
      if (server !== undefined) keeping = keeping.then(() => keep(from))
      return edge
    }
    const edge = refreshedEdge({ first: create(bundle), tag, create, collector })
    server = createHttpServer({
      routes: relayRoutes(edge.current(), { collector, queue }),
      clock: effects.clock,
      tls: options.tls,
      hooks: {
        fault: (error) =>
          log.error({ code: codeOf(error), stack: stackOf(error) }, 'a request was not answered')
      }
    })
    const { url } = await server.listen({ host: options.host, port: options.port })
    stops.push(() => server?.close({ deadlineMs: drainMs }) ?? Promise.resolve())
    stops.push(refreshing((now) => edge.refresh(now), effects.clock))
    const status = (): RelayStatus => ({
      relay: 1,
      collector: collector.url,
      policy: options.policy?.path,
      since,
      queue: queue.state(),
      passed: passed.counts(),
      last: passed.last()
    })
    stops.push(await openStatus(status, data, effects))
    return { url, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Made once: merged installations and repeated requests are known by it. */
async function keyIn(data: string, { files, random }: Effects): Promise<RelayKey> {
  const path = join(data, 'key')
  const said = await files.readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (said !== undefined && /^[0-9a-f]{64}\s*$/.test(said)) return Buffer.from(said.trim(), 'hex')
  if (said !== undefined)
    throw new CandorError('CONFIG_INVALID', `${path} is no key of a relay: 64 hexadecimal digits.`)
  const key = random(32)
  await replaceFile(path, `${key.toString('hex')}\n`, files)
  return key
}

/** As the collector says it now, or as it said it last. */
async function firstBundle(
  path: string,
  collector: CollectorAt,
  { files }: Effects
): Promise<{ readonly bundle: EdgeBundle; readonly tag: string | undefined }> {
  try {
    const asked = await askBundle(collector, undefined)
    if (asked !== undefined) return asked
    throw new CandorError('SERVER_UNREACHABLE', 'It says that nothing changed.')
  } catch (cause) {
    const known = await files.readFile(path, 'utf8').catch(() => undefined)
    if (known !== undefined) return { bundle: JSON.parse(known) as EdgeBundle, tag: undefined }
    throw new CandorError(
      'SERVER_UNREACHABLE',
      `No collector answers at ${collector.url}/v1/edge.json, and this relay was never told what ` +
        'it takes. Name the address that reports are sent to.',
      { cause }
    )
  }
}

function refreshing(
  refresh: (now: number) => Promise<void> | undefined,
  clock: Clock
): () => Promise<void> {
  const closing = new AbortController()
  const working = (async () => {
    while (!closing.signal.aborted) {
      await refresh(clock.now())
      await clock.sleep(refreshEveryMs, closing.signal)
    }
  })()
  return () => {
    closing.abort()
    return working
  }
}

/** On loopback, with a token that only this user can read: it shows values. */
async function openStatus(
  status: () => RelayStatus,
  data: string,
  { clock, files, random }: Effects
): Promise<() => Promise<void>> {
  const token = random(24).toString('base64url')
  const server = createHttpServer({ routes: [statusRoute(status, token)], clock })
  const { url } = await server.listen({ host: '127.0.0.1', port: 0 })
  const path = statusFileOf(data)
  await replaceFile(path, `${JSON.stringify({ url, token })}\n`, files)
  return async () => {
    await files.rm(path, { force: true })
    await server.close({ deadlineMs: drainMs })
  }
}
