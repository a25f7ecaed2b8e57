import { gzipSync, deflateSync } from 'node:zlib'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import { talk, readAnswers, type RawAnswer } from './raw-client.test-support.ts'
import type { HttpAnswer, HttpRequest, HttpRoute, Refusal } from './route.ts'
import { createHttpServer, type HttpHooks, type HttpServer } from './server.ts'

const statuses: Record<Refusal, number> = {
  'too-large': 413,
  'bad-encoding': 400,
  'unsupported-encoding': 415,
  'not-found': 404,
  'method-not-allowed': 405,
  malformed: 400,
  overloaded: 503
}
const json = { 'Content-Type': 'application/json' }
const refused = (problem: Refusal): HttpAnswer => ({
  status: statuses[problem],
  headers: json,
  body: JSON.stringify({ code: problem })
})
const echo: HttpRoute['handle'] = ({ path, query, body }: HttpRequest) =>
  Promise.resolve({
    status: 200,
    headers: json,
    body: JSON.stringify({ path, query, bytes: body.length, body: body.toString('latin1') })
  })

const open = new Set<HttpServer>()
async function serve(
  routes: readonly Partial<HttpRoute>[],
  hooks: HttpHooks = {}
): Promise<{ server: HttpServer; port: number }> {
  const whole = routes.map((route): HttpRoute => ({
    method: 'POST',
    path: '/',
    bodyBytesMax: 1_000,
    handle: echo,
    refused,
    ...route
  }))
  const server = createHttpServer({
    routes: whole,
    clock: systemEffects.clock,
    hooks,
    limits: { lingerMs: 100 }
  })
  open.add(server)
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
  return { server, port }
}
afterEach(async () => {
  for (const server of open) await server.close({ deadlineMs: 100 })
  open.clear()
})

function signal(): [Promise<void>, () => void] {
  let tell: (() => void) | undefined
  const told = new Promise<void>((resolve) => (tell = resolve))
  return [told, () => tell?.()]
}

async function ask(port: number, bytes: string | Buffer): Promise<RawAnswer> {
  const { send, answers, socket } = talk(port)
  send(bytes)
  const [answer] = await answers(1)
  socket.destroy()
  return answer!
}
const post = (path: string, body: string | Buffer, headers = ''): Buffer =>
  Buffer.concat([
    Buffer.from(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ` +
        `${Buffer.byteLength(body)}\r\n${headers}\r\n`
    ),
    Buffer.from(body)
  ])

it.each(['', 'Transfer-Encoding: chunked\r\n'])(
  'answers a GET that says its missing body is packed: %j',
  async (header) => {
    const { port } = await serve([{ method: 'GET', bodyBytesMax: 0 }])
    const rest = header === '' ? '' : '0\r\n\r\n'
    for (const encoding of ['gzip', 'br']) {
      const answer = await ask(
        port,
        `GET / HTTP/1.1\r\n${header}Content-Encoding: ${encoding}\r\n\r\n${rest}`
      )
      expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('"bytes":0') })
    }
  }
)

it('reads every header that fits: the length may stand behind two thousand others', async () => {
  const { port } = await serve([{}])
  const answer = await ask(
    port,
    `POST / HTTP/1.1\r\n${'x: \r\n'.repeat(2000)}Content-Length: 3\r\n\r\nabc`
  )
  expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('"bytes":3') })
})

describe('an answer', () => {
  it('reaches an HTTP/1.0 client with its exact length, its case kept, in one write', async () => {
    const { port } = await serve([{ path: '/v1/metrics' }])
    const { send, socket, closed } = talk(port)
    let reads = 0
    socket.on('data', () => (reads += 1))
    send(
      'POST /v1/metrics HTTP/1.0\r\nContent-Length: 2\r\nContent-Type: ' +
        'application/json\r\nHost: 127.0.0.1\r\n\r\n{}'
    )
    const [answer] = readAnswers(await closed)
    expect(answer).toMatchObject({
      status: 200,
      names: ['Content-Type', 'Content-Length', 'Date', 'Connection']
    })
    expect(reads).toBe(1)
  })

  it('adds no header but its length, the date and the connection', async () => {
    const { port } = await serve([{}])
    expect((await ask(port, post('/', '{}'))).names).toEqual([
      'Content-Type',
      'Content-Length',
      'Date',
      'Connection'
    ])
  })

  it('without a body (204) has no length and keeps the connection', async () => {
    const { port } = await serve([{ handle: () => ({ status: 204, headers: {}, body: '' }) }])
    const { send, answers } = talk(port)
    send(Buffer.concat([post('/', '{}'), post('/', '{}')]))
    expect((await answers(2)).map(({ status, names }) => [status, names])).toEqual([
      [204, ['Date', 'Connection']],
      [204, ['Date', 'Connection']]
    ])
  })

  it('goes out in the order of pipelined requests, however long each takes', async () => {
    const { port } = await serve([
      {
        handle: async ({ body }) => (
          await systemEffects.clock.sleep(Number(body.toString())),
          { status: 200, headers: {}, body: body.toString() }
        )
      }
    ])
    const { send, answers } = talk(port)
    send(Buffer.concat(['30', '1', '15', '0'].map((delay) => post('/', delay))))
    expect((await answers(4)).map(({ body }) => body)).toEqual(['30', '1', '15', '0'])
  })

  it('reaches a client that has closed its own half after the request', async () => {
    const { port } = await serve([{}])
    const { socket, closed } = talk(port)
    socket.end(post('/', 'x'))
    expect(readAnswers(await closed)).toMatchObject([{ status: 200 }])
  })

  it('is 500 with a code when a route throws, and the server goes on', async () => {
    const faults: unknown[] = []
    const { port } = await serve(
      [
        { path: '/late', handle: () => Promise.reject(new Error('late')) },
        {
          path: '/now',
          handle: () => {
            throw new Error('now')
          }
        },
        { path: '/header', handle: () => ({ status: 200, headers: { Bad: 'a\nb' }, body: '' }) },
        {
          path: '/refusal',
          refused: () => {
            throw new Error('refusal')
          }
        },
        {}
      ],
      { fault: (error) => void faults.push(error) }
    )
    expect(await ask(port, post('/late', ''))).toMatchObject({
      status: 500,
      body: expect.stringContaining('INTERNAL')
    })
    expect((await ask(port, post('/now', ''))).status).toBe(500)
    await expect(ask(port, post('/header', ''))).rejects.toThrow('closed')
    const packed =
      'POST /refusal HTTP/1.1\r\nHost: x\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx'
    expect((await ask(port, packed)).status).toBe(500)
    expect((await ask(port, post('/', ''))).status).toBe(200)
    expect(faults).toHaveLength(4)
  })

  it('tells its route whether it was written whole', async () => {
    const told: boolean[] = []
    const [resetSeen, seeReset] = signal()
    const [endSeen, seeEnd] = signal()
    const [waiting, arrived] = signal()
    const ok = { status: 200, headers: {}, body: '' }
    const { port } = await serve([
      {
        path: '/quick',
        handle: (_request, exchange) => (exchange.onAnswered((whole) => void told.push(whole)), ok)
      },
      {
        path: '/reset',
        handle: async (_request, exchange) => (
          exchange.onAnswered((whole) => (told.push(whole), seeReset())),
          arrived(),
          await resetSeen,
          ok
        )
      },
      {
        path: '/end',
        handle: async (_request, exchange) => (
          exchange.onAnswered((whole) => (told.push(whole), seeEnd())),
          await systemEffects.clock.sleep(50),
          ok
        )
      }
    ])
    await ask(port, post('/quick', ''))
    const reset = talk(port)
    reset.send(post('/reset', ''))
    await waiting
    reset.socket.resetAndDestroy()
    await resetSeen
    talk(port).socket.end(post('/end', ''))
    await endSeen
    expect(told).toEqual([true, false, false])
  })
})

const named = (name: string): Pick<HttpRoute, 'handle'> => ({
  handle: () => ({ status: 200, headers: {}, body: name })
})

describe('a route', () => {
  it('is found by exact path, then by the start of the path, then by its end', async () => {
    const { port } = await serve([
      { path: '/', ...named('bare') },
      { path: '/t/dlt', ...named('exact') },
      { path: '*/dlt', ...named('suffix') },
      { path: '/files/*', ...named('prefix') }
    ])
    const bodies = [
      '/',
      '/t/dlt',
      '/any/where/dlt',
      '/dlt',
      '/files/dlt',
      '/files/',
      '/t/dlt?x=/',
      'http://host.example/t/dlt',
      '/%zz/dlt'
    ].map(async (path) => (await ask(port, post(path, ''))).body)
    expect(await Promise.all(bodies)).toEqual([
      'bare',
      'exact',
      'suffix',
      'suffix',
      'prefix',
      'prefix',
      'exact',
      'exact',
      expect.stringContaining('ROUTE_UNKNOWN')
    ])
  })

  it('that takes the method goes before one that does not, and a longer start before a shorter one', async () => {
    const { port } = await serve([
      { method: 'GET', path: '/*', ...named('page') },
      { method: 'GET', path: '/assets/*', ...named('asset') },
      { path: '*/dlt', ...named('suffix') },
      { path: '/exact', ...named('exact') }
    ])
    const get = async (path: string): Promise<string> =>
      (await ask(port, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)).body
    expect([await get('/overview'), await get('/assets/a.js'), await get('/any/dlt')]).toEqual([
      'page',
      'asset',
      'page'
    ])
    expect((await ask(port, post('/any/dlt', ''))).body).toBe('suffix')
    // A path that is served is not another page, whatever the method.
    expect((await ask(port, 'GET /exact HTTP/1.1\r\nHost: x\r\n\r\n')).status).toBe(405)
  })

  it.each([
    '/V1/track',
    '/v1/track/',
    '//v1/track',
    '/v1',
    '/v1/track;x',
    '*',
    '/%',
    '/v1/track%00'
  ])('is not found at %s, and nothing redirects', async (path) => {
    const { port } = await serve([{ path: '/v1/track' }])
    expect(await ask(port, post(path, '{}'))).toMatchObject({
      status: 404,
      body: expect.stringContaining('"code":"ROUTE_UNKNOWN"')
    })
  })

  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'TRACE', 'QUERY'])(
    'refuses %s with its own words',
    async (method) => {
      const { port } = await serve([{ path: '/v1/track' }, { path: '*/dlt' }])
      for (const path of ['/v1/track', '/t/dlt']) {
        const { send, received, closed } = talk(port)
        send(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
        await closed
        expect(received().toString()).toMatch(
          method === 'QUERY' ? /^HTTP\/1.1 40[05] / : /^HTTP\/1.1 405 /
        )
      }
    }
  )

  it('tells browsers that they may call it, where it says so', async () => {
    const { port } = await serve([{ path: '/v1/t', cors: true }, { path: '/v1/reports' }])
    const preflight = await ask(
      port,
      'OPTIONS /v1/t HTTP/1.1\r\nHost: x\r\nOrigin: ' +
        'https://a.example\r\nAccess-Control-Request-Method: POST\r\n\r\n'
    )
    expect(preflight).toMatchObject({
      status: 204,
      headers: {
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Allow-Methods': 'POST, OPTIONS'
      }
    })
    expect((await ask(port, post('/v1/t', '{}'))).headers['Access-Control-Allow-Origin']).toBe('*')
    expect(
      (await ask(port, post('/v1/t', 'x'.repeat(2_000)))).headers['Access-Control-Allow-Origin']
    ).toBe('*')
    expect(
      (await ask(port, post('/v1/reports', '{}'))).headers['Access-Control-Allow-Origin']
    ).toBeUndefined()
  })

  it('can be read with GET and HEAD, and streams', async () => {
    const { port } = await serve([
      { method: 'GET', path: '/page' },
      {
        method: 'GET',
        path: '/tail',
        handle: () => ({ status: 200, headers: json, body: Readable.from(['one\n', 'two\n']) })
      }
    ])
    expect((await ask(port, 'GET /page?a=b HTTP/1.1\r\nHost: x\r\n\r\n')).body).toContain(
      '"query":"a=b"'
    )
    const head = talk(port)
    head.send('HEAD /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect((await head.closed).toString()).toMatch(/Content-Length: \d+\r\n[^]*\r\n\r\n$/)
    const tail = talk(port)
    tail.send('GET /tail HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect((await tail.closed).toString()).toContain(
      'Transfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n4\r\ntwo\n\r\n0\r\n\r\n'
    )
  })

  it('is asked for a refusal only when it has to refuse', async () => {
    const problems: Refusal[] = []
    const noted = (problem: Refusal): HttpAnswer => {
      problems.push(problem)
      return refused(problem)
    }
    const { port } = await serve([{ refused: noted }])
    expect(problems).toEqual([])
    expect((await ask(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')).status).toBe(405)
    expect(problems).toEqual(['method-not-allowed'])
  })

  it('may not be claimed twice', () => {
    const route: HttpRoute = { method: 'POST', path: '/', bodyBytesMax: 1, handle: echo, refused }
    expect(() => createHttpServer({ routes: [route, route], clock: systemEffects.clock })).toThrow(
      'Two routes claim POST /'
    )
  })
})

describe('a body', () => {
  it.each([
    '',
    'Content-Type: application/json\r\n',
    'Content-Type: text/plain\r\n',
    'Content-Type: not a type\r\n',
    'Content-Type: \r\n',
    'Content-Type: multipart/form-data\r\n'
  ])('arrives as bytes whatever its type is (%j)', async (type) => {
    const { port } = await serve([{}])
    expect(JSON.parse((await ask(port, post('/', '{"a":1}', type))).body)).toMatchObject({
      body: '{"a":1}'
    })
  })

  it('arrives as bytes when it is no UTF-8', async () => {
    const { port } = await serve([{}])
    expect(
      JSON.parse((await ask(port, post('/', Buffer.from([0xff, 0x00, 0xc3])))).body)
    ).toMatchObject({
      bytes: 3,
      body: 'ÿ\u0000Ã'
    })
  })

  it('arrives in chunks, after 100-continue, or after an expectation that nobody knows', async () => {
    const { port } = await serve([{}])
    expect(
      (
        await ask(
          port,
          'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: ' +
            'chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'
        )
      ).body
    ).toContain('"body":"abcde"')
    expect((await ask(port, post('/', 'x', 'Expect: 100-continue\r\n'))).status).toBe(200)
    expect((await ask(port, post('/', 'x', 'Expect: a miracle\r\n'))).status).toBe(200)
  })

  it('is unpacked from gzip, and from nothing else', async () => {
    const { port } = await serve([{}])
    const packed = gzipSync('hello')
    expect((await ask(port, post('/', packed, 'Content-Encoding: gzip\r\n'))).body).toContain(
      '"body":"hello"'
    )
    expect((await ask(port, post('/', 'hello', 'Content-Encoding: identity\r\n'))).body).toContain(
      '"body":"hello"'
    )
    expect(
      (await ask(port, post('/', deflateSync('hello'), 'Content-Encoding: deflate\r\n'))).status
    ).toBe(415)
    expect((await ask(port, post('/', packed, 'Content-Encoding: gzip, gzip\r\n'))).status).toBe(
      415
    )
    expect((await ask(port, post('/', 'hello', 'Content-Encoding: gzip\r\n'))).status).toBe(400)
    expect(
      (await ask(port, post('/', packed.subarray(0, 12), 'Content-Encoding: gzip\r\n'))).status
    ).toBe(400)
  })

  it('that unpacks to more than the route takes is refused without being unpacked', async () => {
    const { port } = await serve([{}])
    expect(
      (await ask(port, post('/', gzipSync(Buffer.alloc(1_000)), 'Content-Encoding: gzip\r\n')))
        .status
    ).toBe(200)
    expect(
      (await ask(port, post('/', gzipSync(Buffer.alloc(1_001)), 'Content-Encoding: gzip\r\n')))
        .status
    ).toBe(413)
    expect(
      (await ask(port, post('/', gzipSync(Buffer.alloc(900_000)), 'Content-Encoding: gzip\r\n')))
        .status
    ).toBe(413)
  })

  it('at its limit is taken, one byte past it is refused, and the refusal arrives though the client still sends', async () => {
    const { port } = await serve([{}])
    expect((await ask(port, post('/', 'x'.repeat(1_000)))).status).toBe(200)
    expect(await ask(port, post('/', 'x'.repeat(1_001)))).toMatchObject({
      status: 413,
      headers: { Connection: 'close' }
    })
    expect((await ask(port, post('/', 'x'.repeat(5_000_000)))).status).toBe(413)
    expect(
      (
        await ask(
          port,
          'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: ' +
            `chunked\r\n\r\n${'64\r\n'.concat('x'.repeat(100), '\r\n').repeat(20)}`
        )
      ).status
    ).toBe(413)
    expect(
      (await ask(port, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n')).status
    ).toBe(413)
  })

  it('of a path that nobody serves is thrown away, and the connection can be used again', async () => {
    const { port } = await serve([{}])
    const { send, answers } = talk(port)
    send(Buffer.concat([post('/nobody', 'x'.repeat(60_000)), post('/', 'x')]))
    expect((await answers(2)).map(({ status }) => status)).toEqual([404, 200])
  })
})

describe('closing', () => {
  it('closes quiet connections at once and lets requests in flight end', async () => {
    const [waiting, arrived] = signal()
    const [released, release] = signal()
    const { server, port } = await serve([
      {},
      {
        path: '/slow',
        handle: async () => (arrived(), await released, { status: 200, headers: {}, body: 'done' })
      }
    ])
    const [silent, idle, busy] = [talk(port), talk(port), talk(port)]
    idle.send(post('/', 'x'))
    await idle.answers(1)
    busy.send(post('/slow', ''))
    await waiting
    const closed = server.close({ deadlineMs: 5_000 })
    await Promise.all([silent.closed, idle.closed])
    release()
    expect(readAnswers(await busy.closed)).toMatchObject([
      { status: 200, body: 'done', headers: { Connection: 'close' } }
    ])
    await closed
    expect(server.state()).toMatchObject({ connections: 0, silent: 0 })
  })

  it('answers a request that was half sent, and closes that connection after it', async () => {
    const { server, port } = await serve([{}])
    const late = talk(port)
    late.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Len')
    await systemEffects.clock.sleep(30)
    const closed = server.close({ deadlineMs: 5_000 })
    late.send('gth: 1\r\n\r\nx')
    expect(readAnswers(await late.closed)).toMatchObject([
      { status: 200, headers: { Connection: 'close' } }
    ])
    await closed
  })

  it('ends streams whole, and after the deadline everything', async () => {
    const [waiting, arrived] = signal()
    const never = new Promise<HttpAnswer>(() => undefined)
    const { server, port } = await serve([
      {
        method: 'GET',
        path: '/tail',
        handle: () => ({ status: 200, headers: {}, body: new Readable({ read() {} }) })
      },
      { path: '/never', handle: () => (arrived(), never) }
    ])
    const [tail, stuck] = [talk(port), talk(port)]
    tail.send('GET /tail HTTP/1.1\r\nHost: x\r\n\r\n')
    await new Promise((resolve) => tail.socket.once('data', resolve))
    stuck.send(post('/never', ''))
    await waiting
    await server.close({ deadlineMs: 50 })
    expect((await tail.closed).toString()).toMatch(/\r\n\r\n0\r\n\r\n$/)
    expect((await stuck.closed).length).toBe(0)
  })

  it('destroys the stream of a reader who leaves', async () => {
    const body = new Readable({ read() {} })
    const gone = new Promise((resolve) => body.once('close', resolve))
    const { port } = await serve([
      { method: 'GET', path: '/tail', handle: () => ({ status: 200, headers: {}, body }) }
    ])
    const { send, socket } = talk(port)
    send('GET /tail HTTP/1.1\r\nHost: x\r\n\r\n')
    await new Promise((resolve) => socket.once('data', resolve))
    socket.destroy()
    await gone
    expect(body.destroyed).toBe(true)
  })

  it('is refused a port that is taken, in words', async () => {
    const { port } = await serve([{}])
    const second = createHttpServer({ routes: [], clock: systemEffects.clock })
    await expect(second.listen({ host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringContaining('--port')
    })
    await second.close({ deadlineMs: 10 })
  })
})
