/**
 * The edge as a worker of Cloudflare's: requests in, messages into a queue, and batches of them on
 * to the collector. Bundled by `scripts/build.mjs`; `candor edge build` writes it out.
 */
import { CandorError } from '../../server/src/errors.ts'
import type { ProductBehaviour } from '../../server/src/products/product.ts'
import type { HttpAnswer } from '../../server/src/http/route.ts'
import { builtIn } from '../../server/src/edge/built-in.ts'
import { digestOf } from '../../server/src/edge/digest.ts'
import type { EdgeBundle } from '../../server/src/edge/bundle.ts'
import { createEdge, type Edge, type EdgeRequest } from '../../server/src/edge/edge.ts'
import type { Handover } from '../../server/src/edge/handover.ts'
import {
  askOver,
  askThrough,
  handOn,
  heardOf,
  postBytesMax,
  postedMax,
  sealed,
  type CollectorAt,
  type SealedHandover
} from '../../server/src/edge/handing-on.ts'
import { refreshedEdge, type RefreshedEdge } from '../../server/src/edge/refreshed.ts'

/** What is bound to the worker, as its configuration names it. */
interface WorkerBindings {
  /** Where the collector takes reports: `https://telemetry.example.com`. */
  readonly COLLECTOR: string
  /** A secret. Without it the collector believes its own clock alone, and counts one network. */
  readonly CANDOR_EDGE_TOKEN?: string
  readonly HANDOVERS: {
    send(message: SealedHandover, options: { readonly contentType: 'json' }): Promise<unknown>
  }
}

interface Message {
  readonly body: SealedHandover
  readonly attempts: number
  ack(): void
  retry(options: { readonly delaySeconds: number }): void
}

interface Worker {
  fetch(request: Request, bindings: WorkerBindings, context: Context): Promise<Response>
  queue(batch: { readonly messages: readonly Message[] }, bindings: WorkerBindings): Promise<void>
}

interface Context {
  waitUntil(work: Promise<unknown>): void
}

/** A queue takes messages of 128,000 bytes, with what it says of them itself. */
const messageBytesMax = 120_000
/** Half a minute, doubled each time, to an hour: a hundred of them outlast four days. */
const retryFirstSeconds = 30
const retryMaxSeconds = 3_600

/** `tag` is what the collector called the bundle: as long as that holds, it is not sent again. */
export function createWorker(
  bundle: EdgeBundle,
  products: Readonly<Record<string, ProductBehaviour>> = {},
  tag?: string
): Worker {
  // One worker has one set of bindings; they are not there yet while it starts.
  let bound: WorkerBindings | undefined
  const create = (from: EdgeBundle): Edge => {
    const edge: Edge = createEdge({
      bundle: from,
      behaviours: { ...builtIn, ...products },
      scheme: 'https',
      fault,
      digest: digestOf,
      newId: () => globalThis.crypto.randomUUID(),
      hand: (handover) => enqueue(handover, edge, bound)
    })
    return edge
  }
  // Starting has a second of its own, where a request has milliseconds.
  const first = create(bundle)
  first.warmUp()
  let opened: RefreshedEdge<Edge> | undefined
  return {
    async fetch(request, bindings, context) {
      const url = new URL(request.url)
      bound = bindings
      opened ??= refreshedEdge({ first, tag, create, collector: collectorOf(bindings) })
      const now = Date.now()
      const refreshing = opened.refresh(now)
      if (refreshing !== undefined) context.waitUntil(refreshing)
      const edge = opened.current()
      const asked: EdgeRequest = {
        method: request.method,
        url: `${url.pathname}${url.search}`,
        headers: {
          'x-forwarded-proto': url.protocol.replace(':', ''),
          ...heardOf((name) => request.headers.get(name))
        },
        body: await bodyOf(request, edge.bodyBytesMax),
        receivedAt: now
      }
      const answered = await edge.handle(asked)
      const answer =
        answered.is === 'answer' ? answered.answer : await askThrough(asked, collectorOf(bindings))
      return responseOf(answer, request.method)
    },
    async queue({ messages }, bindings) {
      for (const some of portions(messages)) await deliver(some, collectorOf(bindings))
    }
  }
}

async function enqueue(
  handover: Handover,
  edge: Edge,
  bindings: WorkerBindings | undefined
): Promise<void> {
  if (bindings === undefined) throw new TypeError('handed on before the first request')
  const message = await sealed(handover, edge)
  try {
    if (message.box.length <= messageBytesMax)
      await bindings.HANDOVERS.send(message, { contentType: 'json' })
    else {
      // Too large for the queue: it is answered for by the collector itself.
      const kept = await handOn([message], collectorOf(bindings))
      if (!kept.has(message.id)) throw new TypeError('not kept')
    }
  } catch (cause) {
    throw new CandorError('SERVER_UNREACHABLE', 'Neither the queue nor the collector took it.', {
      cause
    })
  }
}

async function deliver(messages: readonly Message[], collector: CollectorAt): Promise<void> {
  let kept: ReadonlySet<string> = new Set()
  try {
    kept = await handOn(
      messages.map(({ body }) => body),
      collector
    )
  } catch {
    // Nobody knows what became of them: all of them come again, and are recognised there.
  }
  for (const message of messages) {
    const delay = retryFirstSeconds * 2 ** Math.min(message.attempts - 1, 10)
    if (kept.has(message.body.id)) message.ack()
    else message.retry({ delaySeconds: Math.min(delay, retryMaxSeconds) })
  }
}

function portions(messages: readonly Message[]): readonly (readonly Message[])[] {
  const all: Message[][] = []
  let bytes = 0
  for (const message of messages) {
    const last = all.at(-1)
    const size = message.body.box.length + 100
    if (last === undefined || last.length >= postedMax || bytes + size > postBytesMax) {
      all.push([message])
      bytes = size
    } else {
      last.push(message)
      bytes += size
    }
  }
  return all
}

/** Without its message, which might quote what a client sent. */
function fault(error: unknown): void {
  const stack = error instanceof Error ? error.stack : undefined
  // oxlint-disable-next-line no-console -- the platform's log is whatever is printed
  console.error(
    'a request could not be answered',
    stack?.split('\n').filter((line) => /^\s+at /.test(line))
  )
}

function collectorOf({ COLLECTOR, CANDOR_EDGE_TOKEN }: WorkerBindings): CollectorAt {
  return { url: COLLECTOR.replace(/\/+$/, ''), token: CANDOR_EDGE_TOKEN, ask }
}

const ask = askOver(globalThis)

/** No more than one byte too many, by which it is refused. */
async function bodyOf(request: Request, bytesMax: number): Promise<Buffer> {
  if (request.body === null) return Buffer.alloc(0)
  const chunks: Uint8Array[] = []
  let bytes = 0
  const reader = request.body.getReader() as ReadableStreamDefaultReader<Uint8Array>
  while (bytes <= bytesMax) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks, bytes)
    chunks.push(value)
    bytes += value.length
  }
  void reader.cancel()
  return Buffer.concat(chunks, bytes)
}

function responseOf({ status, headers, body }: HttpAnswer, method: string): Response {
  const isEmpty = status === 204 || status === 304 || method === 'HEAD'
  return new Response(isEmpty ? null : bytesOf(body), { status, headers })
}

function bytesOf(body: HttpAnswer['body']): Uint8Array<ArrayBuffer> | string {
  // No route of an edge answers with a stream.
  return typeof body === 'string' ? body : new Uint8Array(body as Buffer)
}
