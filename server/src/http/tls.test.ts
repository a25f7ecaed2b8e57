import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import type { HttpLimits } from './limits.ts'
import { readAnswers, talk } from './raw-client.test-support.ts'
import { createHttpServer, type HttpServer } from './server.ts'

// Made for this test, for `localhost`, valid a hundred years; nothing trusts it.
const cert = `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUShaxYf9BvrgH4zUqcn1IlEMkC7swCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMDE0MjA1M1oYDzIxMjYxMDI3
MTQyMDUzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASUwUTO3KKzhNLYy19TNllV9D4hs+LVC5jkvcGwvKmYZcqwGMnzAqFn
rOYDhI91ofzErvYBUJN9Yg7IZu/dJL9Lo1MwUTAdBgNVHQ4EFgQUAKgLvgTN7Hx/
dgdumo9FklJfjMcwHwYDVR0jBBgwFoAUAKgLvgTN7Hx/dgdumo9FklJfjMcwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAgcRDRhvuEzi6xXetxph4
ZHq8aFFhdm2u3j75WdrVcHACIFkBqQCVwSLRQUDQnnKtPwkpTkz6iin2Jx8TpoqY
6yTn
-----END CERTIFICATE-----
`
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/CtdWARPk2dXKSCQ
X2xJlz4M/4Fsml+0z1rO7D07976hRANCAASUwUTO3KKzhNLYy19TNllV9D4hs+LV
C5jkvcGwvKmYZcqwGMnzAqFnrOYDhI91ofzErvYBUJN9Yg7IZu/dJL9L
-----END PRIVATE KEY-----
`

const open = new Set<HttpServer>()
async function serve(
  limits: Partial<HttpLimits> = {}
): Promise<{ server: HttpServer; port: number; closedBecause: string[] }> {
  const closedBecause: string[] = []
  const server = createHttpServer({
    clock: systemEffects.clock,
    tls: { cert, key },
    limits,
    hooks: { closed: (because) => void closedBecause.push(because) },
    routes: [
      {
        method: 'POST',
        path: '/v1/metrics',
        bodyBytesMax: 1_000,
        handle: ({ body }) => ({ status: 200, headers: {}, body: body.toString() }),
        refused: () => ({ status: 400, headers: {}, body: '{}' })
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

function shake(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () =>
      resolve(socket)
    )
    socket.once('error', reject)
  })
}

function readAll(socket: TLSSocket): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => void chunks.push(chunk))
    socket.once('close', () => resolve(Buffer.concat(chunks)))
  })
}

describe('over TLS', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'a client without server name, and with %s, is answered',
    async (version) => {
      const { port } = await serve()
      const socket = await shake(port, { minVersion: version, maxVersion: version })
      const all = readAll(socket)
      socket.write('POST /v1/metrics HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}')
      expect(readAnswers(await all)).toMatchObject([{ status: 200, body: '{}' }])
    }
  )

  it('is spoken to a client that knows HTTP/1.0 alone, or names no protocol', async () => {
    const { port } = await serve()
    for (const ALPNProtocols of [['http/1.0'], ['h2', 'http/1.1'], []]) {
      const socket = await shake(port, { ALPNProtocols })
      expect([false, 'http/1.0', 'http/1.1']).toContain(socket.alpnProtocol)
      socket.destroy()
    }
  })

  it('a client of TLS 1.1 is not', async () => {
    const { port } = await serve()
    await expect(
      shake(port, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })
    ).rejects.toThrow()
  })

  it('a client may be silent after its hands are shaken, far longer than its head may take', async () => {
    const { port } = await serve({ headMs: 40 })
    const socket = await shake(port)
    const all = readAll(socket)
    await systemEffects.clock.sleep(200)
    socket.write('POST /v1/metrics HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}')
    expect(readAnswers(await all)).toMatchObject([{ status: 200 }])
  })

  it('is closed when the first byte, the head or the handshake does not come in time', async () => {
    const { port, closedBecause } = await serve({ firstByteMs: 60, headMs: 60, tlsHandshakeMs: 80 })
    const [silent, dripping] = await Promise.all([shake(port), shake(port)])
    const [first, second] = [readAll(silent), readAll(dripping)]
    dripping.write('POST')
    expect((await first).length).toBe(0)
    expect(readAnswers(await second)).toMatchObject([{ status: 408 }])
    expect((await talk(port).closed).length).toBe(0)
    expect(closedBecause.toSorted()).toEqual(['head-late', 'silent'])
  })

  it('counts a connection once, whose hands were shaken or not, and makes room for new ones', async () => {
    const { server, port, closedBecause } = await serve({ silentMax: 2 })
    const unshaken = talk(port)
    await new Promise((resolve) => unshaken.socket.once('connect', resolve))
    await shake(port)
    expect(server.state()).toMatchObject({ connections: 2, silent: 2 })
    await shake(port)
    await unshaken.closed
    expect(closedBecause).toEqual(['crowded'])
  })

  it('plain text, or nonsense, closes the connection and nothing else', async () => {
    const { port } = await serve()
    const plain = talk(port)
    plain.send('POST /v1/metrics HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}')
    await plain.closed
    const socket = await shake(port)
    const all = readAll(socket)
    socket.write('\u0000\u0001 nonsense\r\n\r\n')
    expect(readAnswers(await all)).toMatchObject([
      { status: 400, body: expect.stringContaining('HTTP_MALFORMED') }
    ])
  })
})
