/** Listens, finds each request's route, and closes without losing an answer. */
import {
  createServer,
  METHODS,
  type IncomingMessage,
  type ServerResponse,
  type Server
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Readable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Clock } from '../effects.ts'
import { CandorError } from '../errors.ts'
import type { Instant } from '../record.ts'
import { answerProblem, rawAnswer } from './answer.ts'
import { Connections, type ClosedBecause } from './connections.ts'
import { HttpExchange, splitUrl, type Surroundings, type Target } from './exchange.ts'
import { httpLimits, type HttpLimits } from './limits.ts'
import type { HttpRoute } from './route.ts'

export interface HttpServerOptions {
  readonly routes: readonly HttpRoute[]
  readonly limits?: Partial<HttpLimits>
  /** PEM texts. Given: TLS 1.2 or later only. */
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
  }): Promise<{ readonly host: string; readonly port: number; readonly url: string }>
  /** Stops accepting, closes quiet connections at once, lets requests in flight end until the deadline. */
  close(options: { readonly deadlineMs: number }): Promise<void>
  state(): { readonly connections: number; readonly silent: number }
}

/** Throws CONFIG_INVALID when two routes claim the same method and path. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const limits: HttpLimits = { ...httpLimits, ...options.limits }
  const { clock, hooks = {} } = options
  const connections = new Connections({ limits, clock, closed: hooks.closed })
  const streams = new Set<Readable>()
  let closing = false
  const around: Surroundings = {
    connections,
    limits,
    now: () => clock.now(),
    isClosing: () => closing,
    streams,
    answered: hooks.answered,
    fault: hooks.fault
  }
  const take: Take = (target, request, response) => {
    const connection = connections.of(request.socket)
    if (connection !== undefined)
      new HttpExchange(around, target, request, response, connection).start()
  }
  const app = Fastify({
    serverFactory: (handler) => listener(options.tls, limits, connections, handler),
    // `listener` has its own.
    clientErrorHandler: () => undefined,
    frameworkErrors: (_error, request, reply) => {
      reply.hijack()
      take(unknownPath, request.raw, reply.raw)
    },
    exposeHeadRoutes: false,
    return503OnClosing: false
  })
  addRoutes(app, options.routes, take)

  return {
    async listen({ host, port }) {
      try {
        await app.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port })
      } catch (cause) {
        throw new CandorError('LISTEN_FAILED', listenMessage(host, port, cause), {
          cause,
          details: { host, port }
        })
      }
      connections.start()
      const bound = app.server.address() as AddressInfo
      return {
        host,
        port: bound.port,
        url: `${options.tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${bound.port}`
      }
    },
    async close({ deadlineMs }) {
      closing = true
      const closed = app.close()
      for (const stream of streams) stream.destroy()
      connections.closeQuiet()
      const cancel = clock.after(deadlineMs, () => connections.destroyAll())
      await closed
      cancel()
      connections.stop()
    },
    state: () => ({ connections: connections.count, silent: connections.silentCount })
  }
}

const unknownPath: Target = { is: 'constant', answer: answerProblem('ROUTE_UNKNOWN') }

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
            ALPNProtocols: ['http/1.1'],
            handshakeTimeout: limits.tlsHandshakeMs
          },
          handler
        )
  // Node's own thousand would leave out the rest in silence, Content-Length among them; `maxHeaderSize` bounds them all.
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

/** The encrypted socket replaces the plain one once hands are shaken; they know each other by the client's address only. */
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

type Take = (target: Target, request: IncomingMessage, response: ServerResponse) => void

function addRoutes(app: FastifyInstance, routes: readonly HttpRoute[], take: Take): void {
  // Fastify would parse bodies by their Content-Type, and refuse what has a strange one, or none.
  for (const method of METHODS)
    app.addHttpMethod(method, { hasBody: false, overrideExisting: true })
  const targets = new Map<string, Targets>()
  for (const path of new Set(routes.map((route) => route.path))) {
    targets.set(
      path,
      targetsOf(
        path,
        routes.filter((route) => route.path === path)
      )
    )
  }
  for (const { method, path } of routes) {
    // Among wildcards the method decides as well, which Fastify's own order would not let it.
    if (path.includes('*')) continue
    for (const each of method === 'GET' ? ['GET', 'HEAD'] : [method]) {
      const target = targets.get(path)!.of(each)
      app.route({
        method: each,
        url: path,
        handler: (request, reply) => (reply.hijack(), take(target, request.raw, reply.raw))
      })
    }
  }
  const wildcards = [...targets]
    .filter(([path]) => path.includes('*'))
    .sort(
      ([one], [other]) =>
        Number(one.startsWith('*')) - Number(other.startsWith('*')) || other.length - one.length
    )
  app.route({
    method: METHODS.slice(),
    url: '*',
    handler: (request, reply) => {
      reply.hijack()
      const { path } = splitUrl(request.raw.url ?? '/')
      const fitting = wildcards
        .filter(([wildcard]) => matches(wildcard, path))
        .map(([, found]) => found)
      const found =
        targets.get(path) ?? fitting.find((one) => one.has(request.method)) ?? fitting[0]
      take(found?.of(request.method) ?? unknownPath, request.raw, reply.raw)
    }
  })
}

const matches = (wildcard: string, path: string): boolean =>
  wildcard.startsWith('*')
    ? path.endsWith(wildcard.slice(1))
    : path.startsWith(wildcard.slice(0, -1))

interface Targets {
  has(method: string): boolean
  of(method: string): Target
}

/** Which target each method meets on one path. */
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

function listenMessage(host: string, port: number, cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
  if (code === 'EADDRINUSE')
    return `Something listens on ${host}:${port} already. Stop it, or choose another port with --port.`
  if (code === 'EACCES')
    return `This user may not listen on ${host}:${port}. Ports below 1024 need a privilege; choose another with --port.`
  if (code === 'EADDRNOTAVAIL')
    return `${host} is no address of this machine. Choose one with --host, such as 127.0.0.1.`
  return `Can't listen on ${host}:${port} (${code}).`
}
