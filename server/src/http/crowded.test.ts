/**
 * Many connections and half-sent bodies of one sender do not keep others out, or fill the memory.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import type { HttpLimits } from './limits.ts'
import { networkOf } from './network.ts'
import type { Peers } from './peers.ts'
import { talk } from './raw-client.test-support.ts'
import { createHttpServer, type HttpServer } from './server.ts'

const open = new Set<HttpServer>()
const sockets = new Set<Socket>()
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  for (const server of open) await server.close({ deadlineMs: 100 })
  open.clear()
})

/** Two addresses of this machine, each a network with a share; the rest has none. */
const peers: Peers = {
  ofSocket: (address) => ({
    network: address === '127.0.7.1' || address === '127.0.8.1' ? networkOf(address) : undefined,
    isProxy: false
  }),
  ofForwarded: () => undefined
}

async function serve(limits: Partial<HttpLimits>): Promise<{ server: HttpServer; port: number }> {
  const server = createHttpServer({
    routes: [
      {
        method: 'POST',
        path: '/',
        bodyBytesMax: 1_000_000,
        handle: ({ body }) => ({ status: 200, headers: {}, body: String(body.length) }),
        refused: (problem) => ({
          status: problem === 'overloaded' ? 503 : 400,
          headers: {},
          body: problem
        })
      }
    ],
    clock: systemEffects.clock,
    peers,
    limits
  })
  open.add(server)
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
  return { server, port }
}

async function from(address: string, port: number, bytes = ''): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: address })
  sockets.add(socket)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  if (bytes !== '') socket.write(bytes)
  return socket
}

async function answerTo(port: number, body: string): Promise<string> {
  const { send, answers, socket } = talk(port)
  send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  const [answer] = await answers(1)
  socket.destroy()
  return `${answer?.status} ${answer?.body}`
}

const whole = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok'
const half = (bytes: number): string =>
  `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes + 1}\r\n\r\n${'x'.repeat(bytes)}`

describe('connections', () => {
  it('of one network beyond its share close its own oldest idle ones, and nobody else’s', async () => {
    const { server, port } = await serve({ connectionsPerNetworkMax: 5, connectionsMax: 100 })
    const other = await from('127.0.8.1', port, whole)
    await once(other, 'data')
    const mine: Socket[] = []
    for (let count = 0; count < 9; count += 1) {
      const socket = await from('127.0.7.1', port, whole)
      await once(socket, 'data')
      mine.push(socket)
    }
    await expect.poll(() => server.state().closedCrowded).toBe(4)
    await expect
      .poll(() => mine.map(({ closed }) => closed))
      .toEqual([
        ...Array.from({ length: 4 }, () => true),
        ...Array.from({ length: 5 }, () => false)
      ])
    expect(other.closed).toBe(false)
    expect(await answerTo(port, 'ok')).toBe('200 2')
  })

  it('beyond all that there may be close those of whoever has most, and the next client is served', async () => {
    const { server, port } = await serve({ connectionsMax: 20, connectionsPerNetworkMax: 50 })
    const few = await from('127.0.8.1', port, whole)
    await once(few, 'data')
    for (let count = 0; count < 40; count += 1) await from('127.0.7.1', port)
    expect(await answerTo(port, 'ok')).toBe('200 2')
    expect(server.state().connections).toBeLessThanOrEqual(21)
    expect(few.closed).toBe(false)
  })
})

describe('half-sent bodies', () => {
  it('take no more memory than they may, and the oldest of whoever holds most is turned away', async () => {
    const { server, port } = await serve({
      bodiesBytesMax: 1_000_000,
      bodiesBytesPerNetworkMax: 10_000_000
    })
    const said: string[] = []
    for (let count = 0; count < 30; count += 1) {
      const socket = await from('127.0.7.1', port, half(100_000))
      socket.on('data', (bytes: Buffer) => said.push(bytes.toString().slice(9, 12)))
    }
    await expect
      .poll(() => server.state().bodiesTurnedAway, { timeout: 10_000 })
      .toBeGreaterThan(15)
    expect(server.state().bodiesBytes).toBeLessThanOrEqual(1_000_000)
    await expect.poll(() => said.includes('503')).toBe(true)
    expect(await answerTo(port, 'honest')).toBe('200 6')
  })

  it('of one network take no more than its share', async () => {
    const { server, port } = await serve({
      bodiesBytesMax: 100_000_000,
      bodiesBytesPerNetworkMax: 250_000
    })
    await from('127.0.8.1', port, half(100_000))
    for (let count = 0; count < 5; count += 1) await from('127.0.7.1', port, half(100_000))
    await expect.poll(() => server.state().bodiesTurnedAway, { timeout: 10_000 }).toBe(3)
    expect(server.state().bodiesBytes).toBeGreaterThan(250_000)
  })

  it('are let go of once they are answered', async () => {
    const { server, port } = await serve({})
    expect(await answerTo(port, 'x'.repeat(300_000))).toBe('200 300000')
    await expect.poll(() => server.state().bodiesBytes).toBe(0)
  })
})
