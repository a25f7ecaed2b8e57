/** Listens, finds each request's route, and closes without losing an answer. */
import { createServer, type IncomingMessage, type ServerResponse, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { Clock } from '../effects.ts'
import { CandorError } from '../errors.ts'
import type { Instant } from '../record.ts'
import { rawAnswer } from './answer.ts'
import { Connections, type ClosedBecause } from './connections.ts'
import { HttpExchange, type Surroundings } from './exchange.ts'
import { HeldBodies } from './held-bodies.ts'
import { httpLimits, type HttpLimits } from './limits.ts'
import { createPeers, type Peers } from './peers.ts'
import type { HttpRoute } from './route.ts'
import { createRouter } from './router.ts'

export interface HttpServerOptions {
  readonly routes: readonly HttpRoute[]
  readonly limits?: Partial<HttpLimits>
  /** Default: nobody on this machine or a private network has a share of their own. */
  readonly peers?: Peers
  /** PEM texts. Where it is given, only TLS 1.2 or later is spoken. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
  readonly clock: Clock
  readonly hooks?: HttpHooks
}

/** For metrics and the log. Nothing that a client sent is passed. */
export interface HttpHooks {
  /** An answer was written, or its client left; `route` is undefined where none was known. */
  readonly answered?: (route: HttpRoute | undefined, status: number, receivedAt: Instant) => void
  /** A connection was closed on our side for what it did, or did not do. */
  readonly closed?: (because: ClosedBecause) => void
  /** A route's `handle` threw: our mistake, answered 500. */
  readonly fault?: (error: unknown) => void
}

export interface HttpServer {
  /** Port 0 takes any free one. Throws LISTEN_FAILED. */
  listen(address: {
    readonly host: string
    readonly port: number
    /** What chooses others, for the message. */
    readonly flags?: { readonly host: string; readonly port: string }
  }): Promise<{ readonly host: string; readonly port: number; readonly url: string }>
  /**
   * Stops accepting, closes quiet connections at once, lets requests in flight end until the
   * deadline.
   */
  close(options: { readonly deadlineMs: number }): Promise<void>
  /** From the next request on. Throws CONFIG_INVALID, and changes nothing then. */
  route(routes: readonly HttpRoute[]): void
  state(): HttpState
}

/** How much of each bound is taken now, and how often one was met since the start. */
export interface HttpState {
  readonly connections: number
  readonly silent: number
  readonly closedCrowded: number
  readonly connectionsMax: number
  readonly bodiesBytes: number
  readonly bodiesTurnedAway: number
  readonly bodiesBytesMax: number
}

/** Throws CONFIG_INVALID when two routes claim the same method and path. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const limits: HttpLimits = { ...httpLimits, ...options.limits }
  const { clock, hooks = {} } = options
  const { peers = createPeers([]) } = options
  const connections = new Connections({ limits, clock, peers, closed: hooks.closed })
  const bodies = new HeldBodies(limits)
  const streams = new Set<Readable>()
  let closing = false
  const around: Surroundings = {
    connections,
    limits,
    peers,
    bodies,
    now: () => clock.now(),
    isClosing: () => closing,
    streams,
    answered: hooks.answered,
    fault: hooks.fault
  }
  let targetOf = createRouter(options.routes)
  const server = listener(options.tls, limits, connections, (request, response) => {
    const connection = connections.of(request.socket)
    if (connection === undefined) return
    const target = targetOf(request.method ?? 'GET', request.url ?? '/')
    new HttpExchange(around, target, request, response, connection).start()
  })

  return {
    async listen({ host, port, flags = { host: '--host', port: '--port' } }) {
      try {
        await listening(server, { host: host === 'localhost' ? '127.0.0.1' : host, port })
      } catch (cause) {
        throw new CandorError('LISTEN_FAILED', listenMessage(host, port, flags, cause), {
          cause,
          details: { host, port }
        })
      }
      connections.start()
      const bound = server.address() as AddressInfo
      const scheme = options.tls === undefined ? 'http' : 'https'
      return {
        host,
        port: bound.port,
        url: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${bound.port}`
      }
    },
    async close({ deadlineMs }) {
      closing = true
      // Of a server that never listened, the end is told as an error.
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const stream of streams) stream.destroy()
      connections.closeQuiet()
      const cancel = clock.after(deadlineMs, () => connections.destroyAll())
      await closed
      cancel()
      connections.stop()
    },
    route: (routes) => void (targetOf = createRouter(routes)),
    state: () => ({
      connections: connections.count,
      silent: connections.silentCount,
      closedCrowded: connections.closedCrowded,
      connectionsMax: limits.connectionsMax,
      bodiesBytes: bodies.state().bytes,
      bodiesTurnedAway: bodies.state().turnedAway,
      bodiesBytesMax: limits.bodiesBytesMax
    })
  }
}

function listening(
  server: Server,
  address: { readonly host: string; readonly port: number }
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(address, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function listener(
  tls: HttpServerOptions['tls'],
  limits: HttpLimits,
  connections: Connections,
  handler: (request: IncomingMessage, response: ServerResponse) => void
): Server {
  const http = {
    maxHeaderSize: limits.headBytesMax,
    // Old and hand-written clients leave it out; nothing here depends on it.
    requireHostHeader: false,
    // Node counts all three from other moments than we must: `Connections` keeps the time.
    headersTimeout: 0,
    requestTimeout: 0,
    keepAliveTimeout: 0
  }
  const server =
    tls === undefined
      ? createServer(http, handler)
      : createTlsServer(
          {
            ...http,
            cert: tls.cert,
            key: tls.key,
            minVersion: 'TLSv1.2',
            // A client that names only the older one would be turned away in the handshake.
            ALPNProtocols: ['http/1.1', 'http/1.0'],
            handshakeTimeout: limits.tlsHandshakeMs
          },
          handler
        )
  // Node's own thousand would leave out the rest in silence, Content-Length among them;
  // `maxHeaderSize` bounds them all.
  server.maxHeadersCount = 0
  // A client that has sent its request and says that no more will come still waits for its answer.
  Object.assign(server, { httpAllowHalfOpen: true })
  if (tls === undefined)
    server.on('connection', (socket: Socket) => connections.add(socket, 'silent'))
  else watchHandshakes(server, connections)
  server.on('checkExpectation', handler)
  server.on('connect', (_request, socket) => socket.end(rawAnswer('METHOD_NOT_ALLOWED')))
  server.on('clientError', (error: Error & { readonly code?: string }, socket: Socket) => {
    const connection = connections.of(socket)
    if (connection === undefined || error.code?.startsWith('HPE_') !== true) socket.destroy()
    else
      connections.malformed(
        connection,
        error.code === 'HPE_HEADER_OVERFLOW' ? 'HEADERS_TOO_LARGE' : 'HTTP_MALFORMED'
      )
  })
  return server
}

const peer = (socket: Socket): string => `${socket.remoteAddress}|${socket.remotePort}`

/**
 * The encrypted socket replaces the plain one once hands are shaken; they know each other by the
 * client's address only.
 */
function watchHandshakes(server: Server, connections: Connections): void {
  const plain = new Map<string, Socket>()
  server.on('connection', (socket: Socket) => {
    const key = peer(socket)
    plain.set(key, socket)
    socket.once('close', () => plain.delete(key))
    connections.add(socket, 'handshake')
  })
  server.on('secureConnection', (socket: Socket) => {
    const before = plain.get(peer(socket))
    if (before !== undefined) connections.remove(before)
    connections.add(socket, 'silent')
  })
}

function listenMessage(
  host: string,
  port: number,
  flags: { readonly host: string; readonly port: string },
  cause: unknown
): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
  if (code === 'EADDRINUSE')
    return (
      `Something listens on ${host}:${port} already. Stop it, or choose another port with ` +
      `${flags.port}.`
    )
  if (code === 'EACCES')
    return (
      `This user may not listen on ${host}:${port}. Ports below 1024 need a privilege; choose ` +
      `another with ${flags.port}.`
    )
  if (code === 'EADDRNOTAVAIL')
    return (
      `${host} is no address of this machine. Choose one with ${flags.host}, such as ` +
      '127.0.0.1.'
    )
  return `Can't listen on ${host}:${port} (${code}).`
}
