/**
 * Networks on this machine alone: those that do not answer, each in its own way, and one whose far
 * end is a long way off.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createPlainServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'

export interface Network {
  readonly name: 'hanging' | 'refused' | 'black-holed'
  readonly url: string
  close(): void
}

/** Takes every connection and never says a word. */
async function hanging(): Promise<Network> {
  const held = new Set<Socket>()
  const server = createServer((socket) => {
    held.add(socket)
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    name: 'hanging',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      for (const socket of held) socket.destroy()
      server.close()
    }
  }
}

/** A port that was just given back. */
async function refused(): Promise<Network> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return { name: 'refused', url: `http://127.0.0.1:${port}`, close() {} }
}

/**
 * A listener that has stopped looking, with its queue full: the kernel drops whatever else wants to
 * connect.
 */
async function blackHoled(): Promise<Network> {
  const text = `const server = require('node:net').createServer()
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  process.stdout.write(String(server.address().port), () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
})`
  const child = spawn(process.execPath, ['-e', text], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(chunk.toString())
  const fillers = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  await new Promise((resolve) => setTimeout(resolve, 200))
  return {
    name: 'black-holed',
    url: `http://127.0.0.1:${port}`,
    close() {
      for (const filler of fillers) filler.destroy()
      child.kill('SIGKILL')
    }
  }
}

export async function openNetworks(): Promise<readonly Network[]> {
  return [await refused(), await hanging(), await blackHoled()]
}

/**
 * A collector at the other end of a long line: each byte takes half a round trip, and a connection
 * a
 * whole one before it carries any.
 */
export interface DistantCollector {
  readonly url: string
  /** Bodies as they came, oldest first. */
  readonly bodies: string[]
  /** Resolves with how many have come once there are so many, or after the deadline. */
  arrived(count: number, deadlineMs?: number): Promise<number>
  close(): void
}

/** With a certificate it speaks https. */
export async function openDistantCollector({
  certificate,
  roundTripMs
}: {
  readonly certificate?: { readonly key: string; readonly cert: string } | undefined
  readonly roundTripMs: number
}): Promise<DistantCollector> {
  const bodies: string[] = []
  const answer: Parameters<typeof createPlainServer>[1] = (asked, reply) => {
    let body = ''
    asked.setEncoding('utf8')
    asked.on('data', (chunk: string) => (body += chunk))
    asked.on('end', () => {
      bodies.push(body)
      reply.setHeader('content-type', 'application/json')
      reply.end('{"accepted":1,"dropped":[],"next":{"afterSeconds":86400}}')
    })
  }
  const collector =
    certificate === undefined ? createPlainServer(answer) : createSecureServer(certificate, answer)
  const port = await listening(collector)
  const line = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    let extraMs = roundTripMs
    relay(near, far, () => roundTripMs / 2)
    relay(far, near, () => {
      const ms = roundTripMs / 2 + extraMs
      extraMs = 0
      return ms
    })
  })
  const linePort = roundTripMs === 0 ? port : await listening(line)
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${linePort}`,
    bodies,
    async arrived(count, deadlineMs = 9_000) {
      const until = performance.now() + deadlineMs
      while (bodies.length < count && performance.now() < until)
        await new Promise((resolve) => setTimeout(resolve, 10))
      return bodies.length
    },
    close() {
      line.close()
      collector.close()
      collector.closeAllConnections()
    }
  }
}

/** In order, each piece as late as it was told when it came. */
function relay(from: Socket, to: Socket, delayMs: () => number): void {
  let readyAt = 0
  const later = (call: () => void): void => {
    readyAt = Math.max(readyAt, performance.now() + delayMs())
    setTimeout(call, readyAt - performance.now())
  }
  from.on('data', (chunk) => later(() => to.write(chunk)))
  from.on('end', () => later(() => to.end()))
  from.on('error', () => to.destroy())
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
