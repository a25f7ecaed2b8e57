/**
 * Hands each request on to whoever receives it today, byte for byte, and gives the client their
 * answer. What else is done with it comes afterwards, and costs the client nothing.
 */
import * as http from 'node:http'
import * as https from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../effects.ts'
import { CandorError } from '../../errors.ts'
import type { Passage } from './counts.ts'
import { bodyBytesMax, type PassedRequest } from './wire.ts'

export interface ProxyOptions {
  readonly host: string
  readonly port: number
  readonly upstream: URL
  /** Is sent what the upstream took, and is heard by nobody. */
  readonly copyTo: URL | undefined
  readonly clock: Clock
  readonly passed: (passage: Passage) => void
  /** After the client has its answer, and only of what the upstream took. */
  readonly taken: (request: PassedRequest) => void
}

export interface Proxy {
  readonly port: number
  /** Lets requests on their way end, until a deadline. */
  close(): Promise<void>
}

const limits = {
  // It counts while nothing moves either way: libraries give up earlier or wait as they like, and a
  // large body on a slow line may take as long as it takes.
  silenceMs: 60_000,
  // All told: what a copy is sent to is ours, and its seat is wanted by the next one.
  copyMs: 60_000,
  closeMs: 5_000,
  // Of all requests on their way; beyond it they are handed on, and not counted.
  heldBytesMax: 64 * 1_048_576,
  copiesMax: 64
} as const

/** They belong to one connection, and each side has its own. */
const hopByHop = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'upgrade'])

export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const passing = new Passing(options)
  const server = http.createServer((request, response) => passing.pass(request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => resolve())
  }).catch((cause: unknown) => {
    throw new CandorError(
      'LISTEN_FAILED',
      `Port ${options.port} can’t be listened on: something else has it. Name another with ` +
        '--port, or 0.',
      { cause }
    )
  })
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      const cancel = options.clock.after(limits.closeMs, () => server.closeAllConnections())
      await closed
      cancel()
      await passing.close()
    }
  }
}

class Passing {
  readonly #options: ProxyOptions
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true }),
    'https:': new https.Agent({ keepAlive: true })
  }
  readonly #copies = new Set<Promise<void>>()
  #heldBytes = 0

  constructor(options: ProxyOptions) {
    this.#options = options
  }

  pass(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { clock, passed, upstream } = this.#options
    const receivedAt = clock.now()
    const body = this.#hold(request)
    const onward = this.#open(upstream, request, request.rawHeaders)
    let ended = false
    let cancel = (): void => undefined
    const end = (passage: Passage, say?: string): void => {
      if (ended) return
      ended = true
      cancel()
      passed(passage)
      if (say === undefined) return
      body.release()
      onward.destroy()
      if (response.headersSent) response.destroy()
      else response.writeHead(502, { 'Content-Type': 'text/plain' }).end(say)
    }
    const moved = (): void => {
      cancel()
      if (ended) return
      cancel = clock.after(limits.silenceMs, () =>
        end(
          'unanswered',
          'candor shadow: no answer came in time from where this was passed on to.\n'
        )
      )
    }
    moved()
    request.on('data', moved)
    onward.once('error', () =>
      end('unanswered', 'candor shadow: where this was passed on to is not reached.\n')
    )
    onward.once('response', (answer) => {
      const status = answer.statusCode ?? 502
      response.writeHead(status, answer.statusMessage, withoutHops(answer.rawHeaders))
      moved()
      answer.on('data', moved)
      answer.pipe(response)
      answer.once('error', () => response.destroy())
      answer.once('end', () => {
        end(status < 400 ? 'passed' : 'refused')
        const whole = body.release()
        if (status >= 400) return
        if (whole === undefined) return passed('unread')
        // In a turn of its own: the client's answer goes first.
        setImmediate(() => this.#take(request, whole, receivedAt))
      })
    })
    response.once('close', () => {
      if (response.writableFinished) return
      body.release()
      onward.destroy()
      end('unanswered')
    })
    request.pipe(onward)
  }

  async close(): Promise<void> {
    await Promise.all(this.#copies)
    for (const agent of Object.values(this.#agents)) agent.destroy()
  }

  #take(request: http.IncomingMessage, body: Buffer, receivedAt: number): void {
    const { copyTo, taken } = this.#options
    const { method = 'GET', url = '/', rawHeaders } = request
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value[0] : value
      ])
    )
    taken({ method, url, headers, body, receivedAt })
    if (copyTo === undefined || method !== 'POST') return
    if (this.#copies.size >= limits.copiesMax) return this.#options.passed('notCopied')
    const copy = this.#copy(copyTo, { method, url }, rawHeaders, body).finally(() =>
      this.#copies.delete(copy)
    )
    this.#copies.add(copy)
  }

  /** Never rejects. */
  #copy(
    place: URL,
    request: { readonly method: string; readonly url: string },
    rawHeaders: readonly string[],
    body: Buffer
  ): Promise<void> {
    const { clock, passed } = this.#options
    return new Promise((resolve) => {
      const lengths = /^(?:content-length|transfer-encoding)$/i
      const headers = withoutHops(rawHeaders, lengths)
      const onward = this.#open(place, request, [...headers, 'Content-Length', `${body.length}`])
      const cancel = clock.after(limits.copyMs, () => onward.destroy(new Error('late')))
      const done = (passage: Passage): void => {
        cancel()
        passed(passage)
        resolve()
      }
      onward.once('error', () => done('notCopied'))
      onward.once('response', (answer) => {
        answer.resume()
        answer.once('close', () =>
          done(answer.complete && (answer.statusCode ?? 500) < 400 ? 'copied' : 'notCopied')
        )
      })
      onward.end(body)
    })
  }

  #open(
    place: URL,
    {
      method,
      url = '/'
    }: { readonly method?: string | undefined; readonly url?: string | undefined },
    rawHeaders: readonly string[]
  ): http.ClientRequest {
    const scheme = place.protocol === 'https:' ? 'https:' : 'http:'
    const headers = ['Host', place.host, ...withoutHops(rawHeaders, /^host$/i)]
    return (scheme === 'https:' ? https : http).request({
      agent: this.#agents[scheme],
      protocol: scheme,
      hostname: place.hostname.replace(/^\[|\]$/g, ''),
      port: place.port === '' ? undefined : place.port,
      path: `${place.pathname.replace(/\/$/, '')}${url}`,
      method,
      headers
    })
  }

  /** Remembers a body while it passes. Undefined: it is too large, or too much is held already. */
  #hold(request: http.IncomingMessage): { readonly release: () => Buffer | undefined } {
    let chunks: Buffer[] | undefined = []
    let bytes = 0
    const drop = (): void => {
      this.#heldBytes -= bytes
      chunks = undefined
      bytes = 0
    }
    request.on('data', (chunk: Buffer) => {
      if (chunks === undefined) return
      bytes += chunk.length
      this.#heldBytes += chunk.length
      chunks.push(chunk)
      if (bytes > bodyBytesMax || this.#heldBytes > limits.heldBytesMax) drop()
    })
    request.on('error', () => undefined)
    return {
      release() {
        const whole = chunks === undefined ? undefined : Buffer.concat(chunks)
        drop()
        return whole
      }
    }
  }
}

/** Names and values in turn, as they came. */
function withoutHops(rawHeaders: readonly string[], others?: RegExp): string[] {
  const kept: string[] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2)
    if (!hopByHop.has(name.toLowerCase()) && others?.test(name) !== true) kept.push(name, value)
  }
  return kept
}
