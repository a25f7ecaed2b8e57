/**
 * Whether TimescaleDB's parser can read every answer of its route as the server really writes it:
 * bytes on a socket, held against the model.
 */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemEffects } from '../../effects.ts'
import type { HttpRoute } from '../../http/route.ts'
import { createHttpServer, type HttpServer } from '../../http/server.ts'
import { lintAnswer, readAsClient } from './answer-parser.ts'
import { timescaledbProtocol } from './timescaledb-protocol.ts'

const capture = readFileSync(
  join(dirname(fileURLToPath(import.meta.url)), 'fixtures', 'capture-2.22.1.http')
)
const newest = { newest: () => '2.28.3' }
const protocol = timescaledbProtocol({ product: 'timescaledb', newest, accounts: undefined })
let isOverloaded = false
const route: HttpRoute = {
  method: 'POST',
  path: '/v1/metrics',
  bodyBytesMax: protocol.bodyBytesMax,
  handle(request) {
    const decoded = protocol.decode(request)
    if (decoded.is !== 'records') return decoded.answer
    if (isOverloaded) return protocol.overloaded('storage', decoded)
    return protocol.accepted(
      decoded,
      decoded.records.map(() => ({ is: 'kept', dropped: [] }))
    )
  },
  refused: (problem) =>
    problem === 'overloaded' ? protocol.overloaded('overload') : protocol.refusals[problem]
}

let server: HttpServer
let port: number

beforeAll(async () => {
  server = createHttpServer({ routes: [route], clock: systemEffects.clock })
  port = (await server.listen({ host: '127.0.0.1', port: 0 })).port
})

afterAll(async () => {
  await server.close({ deadlineMs: 1000 })
})

/** The pieces in which the answer arrived, until the server closed or said no more. */
function send(bytes: Buffer | string): Promise<readonly Buffer[]> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(bytes))
    socket.on('data', (piece) => {
      pieces.push(piece)
      socket.end()
    })
    socket.once('error', reject)
    socket.once('close', () => resolve(pieces))
  })
}

function posting(
  body: string,
  headers: readonly string[] = [],
  start = 'POST /v1/metrics HTTP/1.0'
): string {
  return [start, `Content-Length: ${Buffer.byteLength(body)}`, ...headers, '', body].join('\r\n')
}

it('answers a captured report with head and body in one write', async () => {
  const pieces = await send(capture)
  expect(pieces).toHaveLength(1)
  expect(lintAnswer(Buffer.concat(pieces))).toEqual([])
  expect(readAsClient(Buffer.concat(pieces))).toEqual({ is: 'behind', newest: '2.28.3' })
})

it('says 503 when nothing can be kept, and is understood', async () => {
  isOverloaded = true
  const bytes = Buffer.concat(await send(capture))
  isOverloaded = false
  expect(lintAnswer(bytes)).toEqual([])
  expect(readAsClient(bytes)).toEqual({ is: 'unexpected-status', status: 503 })
})

it.each([
  ['no JSON', posting('no json'), 400],
  ['no body', posting(''), 400],
  ['broken gzip', posting('x', ['Content-Encoding: gzip']), 400],
  ['an encoding that nobody asked for', posting('x', ['Content-Encoding: br']), 415],
  [
    'a body that is too large',
    'POST /v1/metrics HTTP/1.0\r\nContent-Length: 999999999\r\n\r\n',
    413
  ],
  ['another method', posting('', [], 'GET /v1/metrics HTTP/1.0'), 405],
  ['a path with a slash', posting('{}', [], 'POST /v1/metrics/ HTTP/1.0'), 404],
  ['a header that is none', posting('{}', ['no header']), 400],
  ['a head that is too large', posting('{}', [`X-Long: ${'x'.repeat(20_000)}`]), 431],
  ['two lengths', posting('{}', ['Content-Length: 3']), 400]
])('answers %s in words that the parser takes', async (_what, request, status) => {
  const bytes = Buffer.concat(await send(request))
  expect(lintAnswer(bytes)).toEqual([])
  expect(readAsClient(bytes)).toEqual({ is: 'unexpected-status', status })
})
