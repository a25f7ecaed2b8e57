import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import {
  connect,
  createServer as createSocketServer,
  type AddressInfo,
  type Socket
} from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { systemEffects, type Effects } from '../effects.ts'
import { certificate } from './certificate.test-support.ts'
import { openTransport, type NetworkRequest, type Transport } from './transport.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function listening(server: Server | ReturnType<typeof createSocketServer>): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  closing.push(() => void server.close())
  if ('closeAllConnections' in server) closing.unshift(() => server.closeAllConnections())
  return (server.address() as AddressInfo).port
}

function transport(variables: Effects['variables'] = {}): Transport {
  const opened = openTransport({ after: systemEffects.after, variables })
  closing.unshift(() => opened.close())
  return opened
}

const request = (url: string, change: Partial<NetworkRequest> = {}): NetworkRequest => ({
  method: 'POST',
  url,
  headers: { 'Content-Type': 'application/json' },
  body: '{"é":1}',
  connectMs: 2_000,
  deadlineMs: 5_000,
  answerBytesMax: 1_000,
  awaited: true,
  ...change
})

const echo: RequestListener = (asked, answer) => {
  let body = ''
  asked.setEncoding('utf8')
  asked.on('data', (chunk: string) => (body += chunk))
  asked.on('end', () =>
    answer.end(
      JSON.stringify({ method: asked.method, url: asked.url, headers: asked.headers, body })
    )
  )
}

describe('a request', () => {
  it('carries exactly its bytes and headers, and one connection serves several', async () => {
    const ports = new Set<unknown>()
    const port = await listening(
      createServer((asked, answer) => {
        ports.add(asked.socket.remotePort)
        echo(asked, answer)
      })
    )
    const network = transport()
    const first = await network.send(request(`http://127.0.0.1:${port}/v1/reports?a=b`))
    expect(first).toMatchObject({ is: 'answered', status: 200 })
    const { method, url, headers, body } = JSON.parse(
      first.is === 'answered' ? first.body : '{}'
    ) as Record<string, unknown>
    expect({ method, url, headers, body }).toEqual({
      method: 'POST',
      url: '/v1/reports?a=b',
      headers: {
        'content-type': 'application/json',
        'content-length': '8',
        host: `127.0.0.1:${port}`,
        connection: 'keep-alive'
      },
      body: '{"é":1}'
    })
    await network.send(request(`http://localhost:${port}/`, { method: 'GET' }))
    await network.send(request(`http://127.0.0.1:${port}/`))
    expect(ports.size).toBeLessThanOrEqual(2)
  })

  it('follows no redirect', async () => {
    const port = await listening(
      createServer((_, answer) => answer.writeHead(307, { Location: 'http://127.0.0.1:1/' }).end())
    )
    expect(await transport().send(request(`http://127.0.0.1:${port}/`))).toMatchObject({
      is: 'answered',
      status: 307
    })
  })

  it('reads no more of an answer than it may be long', async () => {
    const port = await listening(createServer((_, answer) => answer.end('x'.repeat(1_001))))
    const network = transport()
    expect(await network.send(request(`http://127.0.0.1:${port}/`))).toEqual({
      is: 'failed',
      says: 'the answer is larger than 1000 bytes'
    })
    expect(
      await network.send(request(`http://127.0.0.1:${port}/`, { answerBytesMax: 1_001 }))
    ).toMatchObject({ status: 200 })
  })

  it.each([
    ['nobody listens', (socket: Socket) => socket.destroy(), 'closed'],
    ['the connection is cut', (socket: Socket) => socket.resetAndDestroy(), 'open'],
    ['the answer is no HTTP', (socket: Socket) => socket.end('220 mail.example ESMTP\r\n'), 'open'],
    [
      'the answer breaks off',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12'),
      'open'
    ]
  ])('fails, and does not throw, when %s', async (_, behave, is) => {
    const server = createSocketServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => behave(socket))
    })
    const port = await listening(server)
    if (is === 'closed') await new Promise((resolve) => server.close(resolve))
    const answer = await transport().send(request(`http://127.0.0.1:${port}/`))
    expect(answer).toMatchObject({ is: 'failed', says: expect.stringMatching(/./) })
  })

  it('fails at its deadline when nobody answers, and the next one is made', async () => {
    let isSilent = true
    const port = await listening(
      createServer((asked, answer) => (isSilent ? undefined : echo(asked, answer)))
    )
    const network = transport()
    expect(await network.send(request(`http://127.0.0.1:${port}/`, { deadlineMs: 200 }))).toEqual({
      is: 'failed',
      says: 'no answer within 200 ms'
    })
    isSilent = false
    expect(await network.send(request(`http://127.0.0.1:${port}/`))).toMatchObject({ status: 200 })
  })

  it('fails when a name does not exist', async () => {
    const answer = await transport().send(request('https://candor.invalid/', { connectMs: 4_000 }))
    expect(answer).toMatchObject({ is: 'failed' })
  })

  it('ends at once when it is taken back', async () => {
    const port = await listening(createServer(() => {}))
    const network = transport()
    const answer = network.send(request(`http://127.0.0.1:${port}/`))
    network.close()
    expect(await answer).toEqual({ is: 'failed', says: 'closed' })
  })
})

describe('TLS', () => {
  it('trusts nobody unknown, and an authority that it is given', async () => {
    const { key, cert } = certificate()
    const port = await listening(createSecureServer({ key, cert }, echo) as unknown as Server)
    const network = transport({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })
    expect(await network.send(request(`https://localhost:${port}/`))).toMatchObject({
      is: 'failed'
    })
    expect(await network.send(request(`https://localhost:${port}/`, { ca: cert }))).toMatchObject({
      status: 200
    })
  })
})

describe('a proxy', () => {
  it('gets a whole address for http, with the credentials of its own address', async () => {
    const port = await listening(createServer(echo))
    const network = transport({ http_proxy: `http://user:p%40ss@127.0.0.1:${port}` })
    const answer = await network.send(request('http://collector.invalid/v1/reports'))
    const { url, headers } = JSON.parse(answer.is === 'answered' ? answer.body : '{}') as {
      url: string
      headers: Record<string, string>
    }
    expect(url).toBe('http://collector.invalid/v1/reports')
    expect(headers).toMatchObject({
      host: 'collector.invalid',
      'proxy-authorization': `Basic ${Buffer.from('user:p@ss').toString('base64')}`
    })
  })

  it('only sees a tunnel for https', async () => {
    const { key, cert } = certificate()
    const inner = await listening(createSecureServer({ key, cert }, echo) as unknown as Server)
    const tunnels: unknown[] = []
    const proxy = createServer((_, answer) => answer.writeHead(500).end())
    proxy.on('connect', ({ url, headers }, socket) => {
      tunnels.push([url, headers['proxy-authorization']])
      const onward = connect(inner, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        onward.pipe(socket).pipe(onward)
      })
      for (const each of [onward, socket]) each.on('error', () => {})
    })
    const port = await listening(proxy)
    // The name is the proxy's to look up.
    const network = transport({ https_proxy: `http://127.0.0.1:${port}` })
    const answer = await network.send(
      request('https://collector.test:8443/v1/reports', { ca: cert })
    )
    expect(answer).toMatchObject({
      status: 200,
      body: expect.stringContaining('collector.test:8443')
    })
    expect(tunnels).toEqual([['collector.test:8443', undefined]])
  })

  it('that refuses is an answer of its own, not of the collector', async () => {
    const proxy = createServer()
    proxy.on('connect', (_, socket) =>
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    )
    const port = await listening(proxy)
    const answer = await transport({ https_proxy: `http://127.0.0.1:${port}` }).send(
      request('https://collector.test/')
    )
    expect(answer).toEqual({ is: 'failed', says: 'the proxy answered 407' })
  })
})
