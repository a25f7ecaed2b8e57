import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { systemEffects } from '../effects.ts'
import { readAnswers, talk } from './raw-client.test-support.ts'
import { createHttpServer, type HttpServer } from './server.ts'

let server: HttpServer
let port: number
const faults: unknown[] = []
beforeAll(async () => {
  const quick = {
    firstByteMs: 40,
    headMs: 40,
    bodyIdleMs: 40,
    bodyMs: 80,
    keepAliveMs: 40,
    writeMs: 40,
    lingerMs: 20
  }
  server = createHttpServer({
    clock: systemEffects.clock,
    limits: quick,
    hooks: { fault: (error) => void faults.push(error) },
    routes: ['/v1/batch', '/v1/metrics', '*/dlt'].map((path) => ({
      method: 'POST',
      path,
      bodyBytesMax: 2_000,
      cors: path === '/v1/batch',
      handle: () =>
        Promise.resolve({
          status: 200,
          headers: { 'Content-Type': 'application/json' },
          body: '{}'
        }),
      refused: (problem) => ({
        status: 400,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ code: problem })
      })
    }))
  })
  port = (await server.listen({ host: '127.0.0.1', port: 0 })).port
})
afterAll(() => server.close({ deadlineMs: 50 }))

/** Everything that the server says until it closes, which it must do by itself. */
async function answersTo(
  pieces: readonly (string | Buffer)[]
): Promise<ReturnType<typeof readAnswers>> {
  const { send, closed, socket } = talk(port)
  for (const piece of pieces) {
    send(piece)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const all = await closed
  socket.destroy()
  const answers = readAnswers(all)
  for (const { status, body } of answers) {
    expect(status).toBeLessThan(500)
    if (status !== 204) expect(() => JSON.parse(body)).not.toThrow()
  }
  expect(faults).toEqual([])
  return answers
}

describe('a request that is none', () => {
  it.each([
    ['text', 'hello\r\n\r\n', [400]],
    ['a TLS handshake', Buffer.from('160301020001000001fc0303', 'hex'), [400]],
    ['a bare line feed in the head', 'POST /v1/batch HTTP/1.1\nHost: x\n\n', [400]],
    [
      'length and chunks at once',
      'POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: ' +
        'chunked\r\n\r\n0\r\n\r\n',
      [400]
    ],
    [
      'chunks and length at once',
      'POST /v1/batch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: ' +
        '4\r\n\r\n0\r\n\r\n',
      [400]
    ],
    [
      'two lengths',
      'POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nnull',
      [400]
    ],
    [
      'a negative length',
      'POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
      [400]
    ],
    [
      'a length that no number holds',
      `POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: ${'9'.repeat(40)}\r\n\r\n`,
      [400]
    ],
    [
      'a header as long as a book',
      `POST /v1/batch HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`,
      [431]
    ],
    ['a path as long as a book', `POST /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, [431]],
    [
      'a chunk without a size',
      'POST /v1/batch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      [400]
    ],
    [
      'a body shorter than its length, then the end',
      'POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nnull',
      [408]
    ],
    ['an unknown method', 'BREW /v1/batch HTTP/1.1\r\nHost: x\r\n\r\n', [400]],
    ['a tunnel', 'CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n', [405]],
    [
      'an upgrade',
      'POST /v1/batch HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ' +
        'websocket\r\nContent-Length: 4\r\n\r\nnull',
      [200]
    ],
    ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
    [
      'a good one, then nonsense',
      'POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nnull\u0000nonsense',
      [200, 400]
    ],
    ['no host', 'POST /v1/batch HTTP/1.1\r\nContent-Length: 4\r\n\r\nnull', [200]]
  ])('is answered with a code and never repeated: %s', async (_what, bytes, statuses) => {
    expect((await answersTo([bytes])).map(({ status }) => status)).toEqual(statuses)
  })

  it('with its half closed inside a body is told so', async () => {
    const { socket, closed } = talk(port)
    socket.end('POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nnull')
    expect(readAnswers(await closed).map(({ status, body }) => [status, body])).toEqual([
      [400, '{"code":"malformed"}']
    ])
  })
})

const piece = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.constantFrom(
    'POST /v1/batch HTTP/1.1\r\n',
    'GET / HTTP/1.0\r\n',
    'OPTIONS /v1/batch HTTP/1.1\r\n',
    'POST /v1/metrics HTTP/1.0\r\n',
    'POST /t/dlt HTTP/1.1\r\n'
  ),
  fc.constantFrom(
    'Host: x\r\n',
    'Content-Length: 4\r\n',
    'Content-Length: 5000\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Content-Encoding: gzip\r\n',
    'Expect: 100-continue\r\n',
    'Connection: close\r\n',
    'Content-Type: x\r\n'
  ),
  fc.constantFrom('\r\n', '\r\n', 'null', '4\r\nnull\r\n', '0\r\n\r\n', '\n', '\r', ' ', ':')
)

describe('any bytes at all', () => {
  it(
    'get no 5xx, no malformed answer and no wait beyond the limits, and the server goes on',
    { timeout: 30_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(piece, { minLength: 1, maxLength: 12 }), {
            minLength: 40,
            maxLength: 40
          }),
          async (connections) => {
            await Promise.all(connections.map((pieces) => answersTo(pieces)))
          }
        ),
        { numRuns: 12 }
      )
      expect(
        await answersTo(['POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nnull'])
      ).toMatchObject([{ status: 200 }])
    }
  )
})
