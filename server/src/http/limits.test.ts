import { afterEach, describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import { httpLimits, type HttpLimits } from './limits.ts'
import { readAnswers, talk } from './raw-client.test-support.ts'
import { createHttpServer, type HttpServer } from './server.ts'

const quick: Partial<HttpLimits> = {
  firstByteMs: 20_000,
  headMs: 20_000,
  bodyIdleMs: 20_000,
  bodyMs: 20_000,
  keepAliveMs: 20_000,
  writeMs: 20_000,
  lingerMs: 60,
  tlsHandshakeMs: 20_000
}
const open = new Set<HttpServer>()
async function serve(
  limits: Partial<HttpLimits>
): Promise<{ server: HttpServer; port: number; closedBecause: string[] }> {
  const closedBecause: string[] = []
  const server = createHttpServer({
    clock: systemEffects.clock,
    limits: { ...quick, ...limits },
    hooks: { closed: (because) => void closedBecause.push(because) },
    routes: [
      {
        method: 'GET',
        path: '/large',
        bodyBytesMax: 0,
        handle: () => ({ status: 200, headers: {}, body: Buffer.alloc(50_000_000) }),
        refused: () => ({ status: 400, headers: {}, body: '{}' })
      },
      {
        method: 'POST',
        path: '/',
        bodyBytesMax: 1_000,
        handle: () => ({ status: 200, headers: {}, body: '{}' }),
        refused: (problem) => ({
          status: 400,
          headers: {},
          body: JSON.stringify({ code: problem })
        })
      }
    ]
  })
  open.add(server)
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
  return { server, port, closedBecause }
}
afterEach(async () => {
  for (const server of open) await server.close({ deadlineMs: 50 })
  open.clear()
})
const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n'

describe('a connection', () => {
  it('is closed without a word when its first byte does not come in time', async () => {
    const { port, closedBecause } = await serve({ firstByteMs: 60 })
    expect((await talk(port).closed).length).toBe(0)
    expect(closedBecause).toEqual(['silent'])
  })

  it('may be silent far longer than its head may take', async () => {
    const { port } = await serve({ firstByteMs: 20_000, headMs: 40 })
    const { send, answers } = talk(port)
    await systemEffects.clock.sleep(200)
    send(`${head}null`)
    expect(await answers(1)).toMatchObject([{ status: 200 }])
  })

  it('is told 408 when its head drips', async () => {
    const { port, closedBecause } = await serve({ headMs: 80 })
    const { send, closed, socket } = talk(port)
    send('POST / HTTP/1.1\r\nX-Slow: ')
    const drip = setInterval(() => send('x'), 5)
    socket.once('end', () => clearInterval(drip))
    expect(readAnswers(await closed)).toMatchObject([
      {
        status: 408,
        headers: { Connection: 'close' },
        body: expect.stringContaining('HTTP_TIMEOUT')
      }
    ])
    clearInterval(drip)
    expect(closedBecause).toContain('head-late')
  })

  it('is told 408 when its body stops, and when it drips too long', async () => {
    const stops = await serve({ bodyIdleMs: 60 })
    const stopped = talk(stops.port)
    stopped.send(`${head}nu`)
    expect(readAnswers(await stopped.closed)).toMatchObject([{ status: 408 }])
    const drips = await serve({ bodyMs: 80 })
    const dripping = talk(drips.port)
    dripping.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n')
    const drip = setInterval(() => dripping.send('x'), 5)
    expect(await dripping.answers(1)).toMatchObject([{ status: 408 }])
    clearInterval(drip)
    await dripping.closed
  })

  it('is closed when its next request does not come, and after a drip of one', async () => {
    const { port, closedBecause } = await serve({ keepAliveMs: 60, headMs: 60 })
    const [idle, dripping] = [talk(port), talk(port)]
    idle.send(`${head}null`)
    dripping.send(`${head}null`)
    await dripping.answers(1)
    dripping.send('POST')
    expect(readAnswers(await idle.closed)).toHaveLength(1)
    expect(readAnswers(await dripping.closed).map(({ status }) => status)).toEqual([200, 408])
    expect(closedBecause.toSorted()).toEqual(['head-late', 'idle'])
  })

  it('is closed when its client does not take the answer', async () => {
    const { port, closedBecause } = await serve({ writeMs: 60 })
    const { send, socket } = talk(port)
    socket.pause()
    send('GET /large HTTP/1.1\r\nHost: x\r\n\r\n')
    await expect.poll(() => closedBecause).toEqual(['not-read'])
  })

  it('may not have more requests waiting than the limit', async () => {
    const { port, closedBecause } = await serve({ pipelinedMax: 2 })
    const { send, closed } = talk(port)
    send('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(50))
    await closed
    expect(closedBecause).toEqual(['pipelined'])
  })
})

describe('silent connections', () => {
  it('make room, the oldest first, when their network or all together have too many', async () => {
    for (const limits of [{ silentPerNetworkMax: 2 }, { silentMax: 2 }]) {
      const { port, server, closedBecause } = await serve(limits)
      const first = talk(port)
      await new Promise((resolve) => first.socket.once('connect', resolve))
      const [second, third] = [talk(port), talk(port)]
      expect((await first.closed).length).toBe(0)
      second.send(`${head}null`)
      third.send(`${head}null`)
      await Promise.all([second.answers(1), third.answers(1)])
      expect(closedBecause).toEqual(['crowded'])
      expect(server.state()).toMatchObject({ silent: 0, connections: 2 })
    }
  })

  it('that have spoken are not the ones to go', async () => {
    const { port, closedBecause } = await serve({ silentPerNetworkMax: 2 })
    const speaking = talk(port)
    speaking.send('POST / HT')
    await systemEffects.clock.sleep(30)
    const [silent, another, last] = [talk(port), talk(port), talk(port)]
    await Promise.race([silent.closed, another.closed, last.closed])
    speaking.send('TP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n')
    expect(await speaking.answers(1)).toMatchObject([{ status: 200 }])
    expect(closedBecause).toEqual(['crowded'])
  })
})

it('waits as long as the clients need: TimescaleDB gathers its report for up to 100 s after it has connected', () => {
  expect(httpLimits).toMatchObject({
    firstByteMs: 115_000,
    headMs: 10_000,
    bodyIdleMs: 10_000,
    bodyMs: 30_000,
    tlsHandshakeMs: 10_000
  })
})
