/**
 * A collector that answers as it is told to, or not at all, and remembers every byte that it was
 * sent.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { readBody } from './wires.ts'

/**
 * `answers` keeps and says so; `refuses` has nobody listening; `drops` lets no packet be answered;
 * `503` is overloaded; `hangs` accepts,
 * reads and never answers; `trickles` sends one header after the other for ever; `loses` keeps, and
 * cuts the line instead of answering.
 */
export type Behaviour = 'answers' | 'refuses' | 'drops' | '503' | 'hangs' | 'trickles' | 'loses'

interface Request {
  readonly method: string
  readonly path: string
  /** Decompressed. */
  readonly body: Buffer
}

export interface Collector {
  readonly endpoint: string
  readonly address: string
  /**
   * Where a version feed may be asked for; there is none, and the network is as bad as the
   * collector's.
   */
  readonly feed: string
  readonly feedAddress: string
  readonly behave: (behaviour: Behaviour) => Promise<void>
  /** From now on a connection takes so long, and so does a question with its answer. */
  readonly moveAway: (roundTripMs: number) => void
  /** What was sent since the last call: requests that have a body. */
  readonly takeReports: () => Request[]
  /** How many reports wait to be taken. */
  readonly count: () => number
  readonly close: () => Promise<void>
}

const host = '127.0.0.1'
const port = 47_000
const feedPort = 47_001
const trickleMs = 250
const bytesMax = 16 * 1024 * 1024

export async function startCollector(): Promise<Collector> {
  let reports: Request[] = []
  let close: () => Promise<void> = async () => undefined
  let current: Behaviour | undefined
  let roundTripMs = 0
  const behave = async (behaviour: Behaviour): Promise<void> => {
    if (behaviour === current) return
    await close()
    current = behaviour
    if (behaviour === 'refuses') close = async () => undefined
    else {
      const open = (at: number): Promise<() => Promise<void>> =>
        behaviour === 'drops'
          ? dropPackets(at)
          : serve({
              at,
              behaviour,
              roundTripMs: () => roundTripMs,
              keep: (request) => reports.push(request)
            })
      const closing = [await open(port), await open(feedPort)]
      close = async () => {
        for (const closeOne of closing) await closeOne()
      }
    }
  }
  await behave('answers')
  return {
    endpoint: `http://${host}:${port}`,
    address: `${host}:${port}`,
    feed: `http://${host}:${feedPort}`,
    feedAddress: `${host}:${feedPort}`,
    behave,
    moveAway: (ms) => {
      roundTripMs = ms
    },
    takeReports: () => {
      const taken = reports
      reports = []
      return taken
    },
    count: () => reports.length,
    close: () => close()
  }
}

async function serve({
  at,
  behaviour,
  roundTripMs,
  keep
}: {
  readonly at: number
  readonly behaviour: Behaviour
  readonly roundTripMs: () => number
  readonly keep: (request: Request) => void
}): Promise<() => Promise<void>> {
  const sockets = new Set<Socket>()
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url: path = '/' } = request
    let body: Buffer
    try {
      body = await read(request)
    } catch {
      // Cut off by its sender, or no gzip: nothing that arrived.
      request.destroy()
      return
    }
    // Whoever is gone before the connection could stand has asked nothing.
    const [connectMs, wayMs] = [roundTripMs(), roundTripMs() / 2]
    if (connectMs > 0) await sleep(connectMs)
    if (connectMs > 0 && request.socket.destroyed) return
    if (wayMs > 0) await sleep(wayMs)
    if (body.length > 0) keep({ method, path, body })
    if (wayMs > 0) await sleep(wayMs)
    respond(behaviour, path, body, request, response)
  }
  const server: Server = createServer((request, response) => {
    void take(request, response)
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(at, host, resolve)
  })
  return async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length
    if (bytes > bytesMax) throw new Error('more than any report holds')
    chunks.push(chunk as Buffer)
  }
  const body = Buffer.concat(chunks)
  return request.headers['content-encoding'] === 'gzip'
    ? gunzipSync(body, { maxOutputLength: bytesMax })
    : body
}

function respond(
  behaviour: Behaviour,
  path: string,
  body: Buffer,
  request: IncomingMessage,
  response: ServerResponse
): void {
  if (behaviour === 'hangs') return
  if (behaviour === 'loses') {
    request.socket.destroy()
    return
  }
  if (behaviour === 'trickles') {
    request.socket.write('HTTP/1.1 200 OK\r\n')
    const timer = setInterval(() => request.socket.write('x-slow: y\r\n'), trickleMs)
    request.socket.on('close', () => clearInterval(timer))
    return
  }
  if (behaviour === '503') {
    response
      .writeHead(503, { 'retry-after': '5', 'content-type': 'application/json' })
      .end('{"error":"OVERLOADED"}')
    return
  }
  if (request.method === 'GET') {
    response.writeHead(404).end()
    return
  }
  const { wire, records } = readBody(path, body)
  const answers = {
    native: { accepted: records.length, dropped: [], next: { afterSeconds: 0 } },
    segment: { success: true },
    posthog: { status: 1 },
    raw: {}
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answers[wire]))
}

/**
 * A listener that never accepts, with its backlog full: the kernel drops what else asks for a
 * connection, as a firewall would, and needs
 * no module for it. The process is another one since its event loop has to stand still.
 */
async function dropPackets(at: number): Promise<() => Promise<void>> {
  const block = `require('node:net').createServer().listen({ port: ${at}, host: '${host}', backlog: 1 }, () => {
    require('node:fs').writeSync(1, 'listening')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })`
  const child: ChildProcess = spawn(process.execPath, ['-e', block], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error('the listener that never accepts has ended')))
    child.stdout?.once('data', () => resolve())
  })
  const fillers: Socket[] = []
  let isFull = false
  while (!isFull && fillers.length < 64) {
    const filler = connect({ port: at, host }).on('error', () => undefined)
    fillers.push(filler)
    isFull = !(await Promise.race([
      new Promise<true>((resolve) => filler.once('connect', () => resolve(true))),
      sleep(150, false)
    ]))
  }
  return async () => {
    for (const filler of fillers) filler.destroy()
    child.kill('SIGKILL')
    await ended
  }
}
