/** Can any sequence of bytes make a running server answer 5xx, hang, grow or stop? Hostile requests on all its routes, over raw sockets. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, query, removeServer, root, startServer, type RunningServer } from './candor-server.ts'
import { damaged, hostileJson } from './torture-json.ts'
import { request, torture, type TortureAnswer } from './torture-socket.ts'

const calls = 'track identify page screen group alias batch import t i p s g a b m'.split(' ')
const ingestPaths = [
  '/v1/reports',
  '/v1/deletions',
  ...calls.map((call) => `/v1/${call}`),
  '/v1/metrics',
  ...['', '/api/general', '/in/dblab'].map((base) => `${base}/rpc/telemetry_event`),
  '/rpc/telemetry_usage',
  '/rpc/dblab_instance_register',
  '/rpc/dblab_token_check',
  '/rpc/dblab_session_start',
  ...['dblab', 'readyset', 'timescaledb', 'dlt'].map((product) => `/in/${product}`),
  '/t/dlt',
  '/'
]
const publicPaths = [
  '/livez',
  '/readyz',
  '/metrics',
  '/.well-known/telemetry.json',
  `/contracts/dlt/${'0'.repeat(64)}.json`,
  '/contracts/../../etc/passwd',
  '/v1/feed/dlt.json',
  '/v1/feed/__proto__.json'
]
const apiPaths = ['/api/v1/ask', '/api/v1/query', '/api/v1/tail', '/api/v1/installation', '/api/v1/doctor']
const everyPath = [...ingestPaths, ...publicPaths, ...apiPaths]

/** What a server in use takes; above it something is kept that should not be. Measured: 150 MB after all of this file, which V8 has not yet given back. */
const growthBytesMax = 256 * 2 ** 20

let server: RunningServer
let bytesBefore = 0

beforeAll(async () => {
  server = await startServer({ configuration: "paths: { '/': dlt }\n", flags: ['--log', 'debug'] })
  await keepOne('1.0.1')
  bytesBefore = residentBytes()
})
afterAll(() => removeServer(server))

/** Answers below 500, each of them whole. */
async function answersTo(
  pieces: readonly (string | Buffer | number)[],
  methods: readonly string[] = [],
  ends = true
): Promise<readonly number[]> {
  const answers = await torture(server.port, { pieces, methods, ends })
  for (const answer of answers) hold(answer)
  return answers.map(({ status }) => status)
}

function hold({ status, headers, body }: TortureAnswer): void {
  expect(status).toBeLessThan(500)
  if (headers.get('content-type') === 'application/json' && body.length > 0)
    expect(() => JSON.parse(body.toString())).not.toThrow()
}

function residentBytes(): number {
  const status = readFileSync(`/proc/${server.process.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}

/** One ordinary record of this version is kept and can be asked about, once. */
async function keepOne(version: string): Promise<void> {
  const record = { seq: 1, name: 'command_init', at: new Date().toISOString(), fields: {} }
  const run = { session: crypto.randomUUID(), version, environment: {}, records: [record] }
  const report = {
    candor: 1,
    product: 'dlt',
    report: crypto.randomUUID(),
    sdk: { name: 'journey', version: '1.0.0' },
    runs: [run]
  }
  expect(await answersTo([request('POST', '/v1/reports', JSON.stringify(report))])).toEqual([200])
  const count = await eventually(
    async () =>
      Number((await query(server, `SELECT count() AS records FROM dlt WHERE version = '${version}'`)).rows[0]?.['records']),
    (records) => records > 0
  )
  expect(count).toBe(1)
}

const bomb = gzipSync(Buffer.alloc(1_000_000_000), { level: 9 })
const dltEvent = '{"anonymousId":"a","event":"pipeline_load","properties":{}}'
const trackEvent = '{"type":"track","userId":"u","event":"pipeline_load","writeKey":"dlt"}'
const batchOf = (events: readonly string[]): string => `{"writeKey":"dlt","batch":[${events.join(',')}]}`
const timescaleIds = '"db_uuid":"6a2ca0b4-8a55-4b1a-9f0a-c0d0f3a3a001","timescaledb_version":"2.22.1"'

const bodies: readonly (readonly [what: string, body: string | Buffer, headers?: readonly string[]])[] = [
  ['nothing', ''],
  ['a list', '[]'],
  ['a text', '"text"'],
  ['null', 'null'],
  ['a number', '-0'],
  ['a hundred thousand lists', '['.repeat(100_000)],
  ['a hundred thousand closed lists', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['objects as deep', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
  [
    'a depth inside an event',
    `{"event":"pipeline_load","writeKey":"dlt","properties":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`
  ],
  [
    'a depth inside a DBLab event',
    `{"instance_id":"x","event_type":"engine_started","event_data":${'['.repeat(9_000)}${']'.repeat(9_000)}}`
  ],
  ['a depth inside a report', `{${timescaleIds},"relations":${'{"tables":'.repeat(50_000)}1${'}'.repeat(50_000)}}`],
  [
    'numbers beyond all',
    `{${timescaleIds},"data_volume":1e400,"num_reltuples":-1e400,"relations":{"tables":{"heap_size":${'9'.repeat(1000)}}}}`
  ],
  ['one key a thousand times', `{${'"event":"pipeline_load",'.repeat(1000)}"writeKey":"dlt"}`],
  [
    'poisonous keys at every level',
    '{"__proto__":{"event":"pipeline_load","polluted":1},"constructor":{"prototype":{"polluted":1}},"event":"pipeline_load","writeKey":"dlt","properties":{"__proto__":{"elapsed":1},"constructor":1},"context":{"__proto__":{"library":{}},"os":{"__proto__":null}}}'
  ],
  [
    'names that objects have',
    '{"event":"constructor","writeKey":"__proto__","batch":[{"type":"__proto__"},{"type":"toString","event":"valueOf"}]}'
  ],
  ['an event with the name of a prototype', '{"instance_id":"__proto__","event_type":"__proto__","event_data":{"__proto__":[]}}'],
  ['a lone surrogate', '{"event":"\\ud800","writeKey":"dlt","anonymousId":"\\udfff"}'],
  ['NUL everywhere', `{"event":"pipeline\\u0000load","writeKey":"dlt","anonymousId":"\\u0000"}`],
  ['NUL as a byte', Buffer.from('{"event":"a\u0000b"}')],
  ['a byte order mark', Buffer.from(`\uFEFF${trackEvent}`)],
  ['overlong UTF-8', Buffer.concat([Buffer.from('{"event":"'), Buffer.from([0xc0, 0xaf, 0xe0, 0x80, 0xaf]), Buffer.from('"}')])],
  ['truncated UTF-8', Buffer.concat([Buffer.from('{"event":"'), Buffer.from([0xf0, 0x9f, 0x98]), Buffer.from('"}')])],
  ['surrogates as UTF-8', Buffer.concat([Buffer.from('{"event":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')])],
  ['UTF-16', Buffer.from(`\uFEFF${trackEvent}`, 'utf16le')],
  ['a billion bytes, packed', bomb, ['Content-Encoding: gzip']],
  ['a bomb inside a bomb', gzipSync(bomb), ['Content-Encoding: gzip']],
  ['half of something packed', gzipSync(trackEvent).subarray(0, 20), ['Content-Encoding: gzip']],
  ['nothing, packed', '', ['Content-Encoding: gzip']],
  ['rubbish behind something packed', Buffer.concat([gzipSync(trackEvent), Buffer.from('rubbish')]), ['Content-Encoding: gzip']],
  ['something packed twice', gzipSync(gzipSync(trackEvent)), ['Content-Encoding: gzip']],
  ['something that is not packed', trackEvent, ['Content-Encoding: gzip']],
  ['an unknown packing', trackEvent, ['Content-Encoding: br']],
  ['a packing with a strange name', trackEvent, ['Content-Encoding: __proto__, gzip']],
  ['2,600 events', batchOf(Array.from({ length: 2600 }, () => trackEvent))],
  [
    'an event of 40 KB among others',
    batchOf([trackEvent, `{"type":"track","event":"pipeline_load","properties":{"x":"${'x'.repeat(40_000)}"}}`, trackEvent])
  ],
  ['events that are none', batchOf(['null', '1', '[]', '{}', '"x"', '{"type":"track"}', '{"type":{}}'])],
  ['5 MB', `{"event":"${'x'.repeat(5_000_000)}"}`],
  [
    'ten thousand properties',
    `{"event":"pipeline_load","writeKey":"dlt","properties":{${Array.from({ length: 10_000 }, (_, index) => `"p${index}":${index}`).join(',')}}}`
  ],
  [
    'an id of a megabyte',
    `{"type":"track","event":"pipeline_load","writeKey":"dlt","messageId":"${'m'.repeat(1_000_000)}","anonymousId":"a"}`
  ],
  ['a name of a megabyte', `{"event":"${'n'.repeat(1_000_000)}","writeKey":"dlt","anonymousId":"a"}`],
  ...['9999-12-31T23:59:59Z', '-1', 'NaN', '+275760-09-13T00:00:00.001Z', '0000-00-00'].map((at): [string, string] => [
    `the time ${at}`,
    `{"event":"pipeline_load","writeKey":"dlt","timestamp":"${at}","sentAt":"${at}","event_time":"${at}","instance_id":"x","event_type":"engine_started"}`
  ]),
  [
    'a time that is a number',
    '{"event":"pipeline_load","writeKey":"dlt","timestamp":1e308,"event_time":-1e308,"event_type":"engine_started","instance_id":"x"}'
  ],
  [
    'a deletion of a thousand keys',
    `{"candor":1,"product":"dlt","keys":[${Array.from({ length: 1000 }, () => '"k"').join(',')}]}`
  ],
  [
    'a report of ten thousand runs',
    `{"candor":1,"product":"dlt","report":"x","runs":[${Array.from({ length: 5000 }, () => '{}').join(',')}]}`
  ],
  ['SQL where it does not belong', '{"sql":"SELECT 1; DROP TABLE records","product":"dlt\' OR 1=1 --"}']
]

describe('a hostile body', () => {
  it.each(bodies.map(([what, body, headers = []]) => ({ what, body, headers })))(
    'is answered on every route: $what',
    async ({ body, headers }) => {
      const token = `Authorization: Bearer ${server.token}`
      const answer = async (path: string, more: readonly string[]): Promise<void> => {
        const statuses = await answersTo([request('POST', path, body, [...headers, ...more])])
        expect(statuses, path).toHaveLength(1)
      }
      await Promise.all([...everyPath.map((path) => answer(path, [])), ...apiPaths.map((path) => answer(path, [token]))])
    }
  )

  it('is answered wherever it stands in a real report', async () => {
    const reports = recordedBodies()
    expect(reports.length).toBeGreaterThan(100)
    const path = fc.constantFrom(...ingestPaths, '/api/v1/query', '/api/v1/installation')
    const header = fc.constantFrom(
      'Content-Type: application/json',
      'Content-Type: text/plain',
      `Authorization: Bearer ${server.token}`,
      'Authorization: Basic ZGx0Og=='
    )
    const body = fc.oneof(
      { weight: 6, arbitrary: damaged(reports) },
      { weight: 2, arbitrary: hostileJson },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)) }
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(path, header, body), { minLength: 8, maxLength: 8 }), async (requests) => {
        await Promise.all(
          requests.map(async ([path, header, body]) => {
            expect(await answersTo([request('POST', path, body, [header])]), path).toHaveLength(1)
          })
        )
      }),
      { numRuns: 250 }
    )
  }, 60_000)
})

const hello = Buffer.from('16030100f1010000ed0303'.padEnd(492, '5a'), 'hex')
const head = (lines: readonly string[], version = '1.1'): string =>
  `POST /v1/track HTTP/${version}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`
const sized = `Content-Length: ${dltEvent.length}`

const heads: readonly (readonly [what: string, pieces: readonly (string | Buffer | number)[], statuses: readonly number[]])[] = [
  ['a length too short', [head(['Content-Length: 3']), dltEvent], [400, 400]],
  ['a length too long', [head(['Content-Length: 9999']), dltEvent], [400]],
  ['a negative length', [head(['Content-Length: -1']), dltEvent], [400]],
  ['a length in hexadecimal', [head(['Content-Length: 0x10']), dltEvent], [400]],
  ['a length that no number holds', [head([`Content-Length: ${'9'.repeat(60)}`]), dltEvent], [400]],
  ['a length of all memory', [head(['Content-Length: 9007199254740991']), dltEvent], [400]],
  ['two lengths', [head(['Content-Length: 3', 'Content-Length: 4']), dltEvent], [400]],
  ['two lengths in one', [head(['Content-Length: 3, 4']), dltEvent], [400]],
  ['length and chunks', [head([sized, 'Transfer-Encoding: chunked']), '0\r\n\r\n', dltEvent], [400]],
  ['chunks and length', [head(['Transfer-Encoding: chunked', sized]), '0\r\n\r\n', dltEvent], [400]],
  ['a transfer encoding that is not known', [head(['Transfer-Encoding: gzip']), dltEvent], [400]],
  ['chunked not at the end', [head(['Transfer-Encoding: chunked, identity']), dltEvent], [400]],
  ['chunks of rubbish', [head(['Transfer-Encoding: chunked']), 'zz\r\nrubbish'], [400]],
  ['a chunk longer than all memory', [head(['Transfer-Encoding: chunked']), 'fffffffffffffffff\r\nx'], [400]],
  ['a negative chunk', [head(['Transfer-Encoding: chunked']), '-1\r\nx\r\n0\r\n\r\n'], [400]],
  ['chunks without an end', [head(['Transfer-Encoding: chunked']), '5\r\nhello\r\n'], [400]],
  ['a chunk with a long extension', [head(['Transfer-Encoding: chunked']), `1;${'x'.repeat(100_000)}\r\n1\r\n0\r\n\r\n`], [400]],
  [
    'a hundred thousand chunks of a byte',
    [head(['Transfer-Encoding: chunked']), '1\r\n1\r\n'.repeat(100_000), '0\r\n\r\n'],
    [400]
  ],
  [
    'a hundred thousand trailers',
    [head(['Transfer-Encoding: chunked']), '1\r\n1\r\n0\r\n', 'X-Trailer: x\r\n'.repeat(100_000), '\r\n'],
    [400]
  ],
  ['HTTP/0.9', ['GET /livez\r\n\r\n'], [200]],
  ['HTTP/1.0', [request('POST', '/v1/track', dltEvent, [], '1.0')], [200]],
  ['HTTP/1.0 without a length', [`POST /v1/track HTTP/1.0\r\n\r\n${dltEvent}`], [400]],
  ['HTTP/2 without asking', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', Buffer.alloc(64)], [400]],
  ['HTTP/3 by name', ['GET / HTTP/3.0\r\nHost: x\r\n\r\n'], [400]],
  ['TLS on a plain port', [hello], [400]],
  ['SSH', ['SSH-2.0-OpenSSH_9.2\r\n'], [400]],
  ['the beginning of PostgreSQL', [Buffer.from('0000000804d2162f', 'hex')], [400]],
  ['a header of 100 KB', [head([`X-Long: ${'x'.repeat(100_000)}`, sized]), dltEvent], [431]],
  ['a thousand headers', [head([...Array.from({ length: 1000 }, (_, index) => `X-${index}: ${index}`), sized]), dltEvent], [200]],
  ['ten thousand headers', [head(Array.from({ length: 10_000 }, (_, index) => `X-${index}: ${index}`)), dltEvent], [431]],
  ['a header without a name', [head([': x', sized]), dltEvent], [400]],
  ['a header with a space in its name', [head(['X Y: x', sized]), dltEvent], [400]],
  ['a header with odd bytes', [Buffer.from(head(['X-\u00e9\u0080: x', sized]), 'latin1'), dltEvent], [400]],
  ['a header with NUL', [head(['X: a\u0000b', sized]), dltEvent], [400]],
  ['a header with any other byte', [Buffer.from(head(['X: \u00ff\u0080\u00e9', sized]), 'latin1'), dltEvent], [200]],
  ['a header that is folded', [head(['X: a', ' b', sized]), dltEvent], [400]],
  ['line ends without a return', [`POST /v1/track HTTP/1.1\nHost: x\n${sized}\n\n${dltEvent}`], [400]],
  ['a long query', [request('GET', `/livez?${'x'.repeat(10_000)}`)], [200]],
  ['a long path', [request('POST', `/${'a/'.repeat(4000)}dlt`, dltEvent)], [204]],
  ['headers that objects have', [head(['__proto__: x', 'constructor: y', 'toString: z', sized]), dltEvent], [200]],
  [
    'a header twice',
    [head(['Authorization: Basic ZGx0Og==', 'Authorization: Basic eA==', 'Content-Encoding: identity', sized]), dltEvent],
    [200]
  ],
  ['a body that was not waited for', [head(['Expect: 100-continue', sized]), 20, dltEvent], [200]],
  ['an expectation that nobody meets', [head(['Expect: miracles', sized]), dltEvent], [200]],
  ['an upgrade', [head(['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x', sized]), dltEvent], [200]],
  ['h2c', [head(['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk', sized]), dltEvent], [200]],
  ['a tunnel', ['CONNECT candor.test:443 HTTP/1.1\r\nHost: x\r\n\r\n'], [405]],
  ['TRACE', [request('TRACE', '/v1/track')], [405]],
  ['a path of odd bytes', [Buffer.from('GET /\u00ff\u00fe/dlt HTTP/1.1\r\n\r\n', 'latin1')], [400]],
  ['no path', ['GET ? HTTP/1.1\r\n\r\n'], [400]],
  ['an unknown method', ['BREW / HTTP/1.1\r\nHost: x\r\n\r\n'], [400]],
  ['an empty line first', [`\r\n\r\n${request('GET', '/livez').toString()}`], [200]],
  ['nothing but empty lines', ['\r\n'.repeat(5000)], []],
  ['a thing after a whole request', [request('POST', '/v1/track', dltEvent), Buffer.from([0, 1, 2, 255])], [200, 400]]
]

describe('a hostile head', () => {
  // Together: some are read on for two seconds, so that their sender can still read the answer.
  it.concurrent.each(heads.map(([what, pieces, statuses]) => ({ what, pieces, statuses })))(
    'is answered as HTTP has it: $what',
    async ({ pieces, statuses }) => {
      expect(await answersTo(pieces)).toEqual(statuses)
    }
  )

  it.each([
    'http://candor.test/v1/track',
    'https://candor.test:99999/../livez',
    'http://[::1',
    '//candor.test/livez',
    '/../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/contracts/dlt/..%2f..%2fsecret.json',
    '/contracts/%00.json',
    '/livez%00',
    '/%',
    '/%zz/dlt',
    '/%c0%ae%c0%ae/dlt',
    '/livez?a=1&a=2&__proto__=3&%',
    '/livez#fragment',
    '/livez;x=1',
    '/LIVEZ',
    '/livez/',
    '*',
    '/api/v1/ask?question=__proto__&product=constructor&since=-1d&by=%00',
    '/api/v1/ask?question=events&product=dlt&since=99999999999d',
    "/api/v1/ask?question=events&product=dlt&by=name'--",
    '/in/__proto__',
    '/in/constructor'
  ])('is answered whatever its path and method: %s', async (path) => {
    const token = `Authorization: Bearer ${server.token}`
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'DELETE', 'PUT', 'TRACE']) {
      const bytes = request(method, path, method === 'POST' ? dltEvent : '', [token])
      expect(await answersTo([bytes], [method]), method).toHaveLength(1)
    }
    // A control byte in the path is no request at all.
    expect(await answersTo([`GET ${path}\u0000 HTTP/1.1\r\nHost: x\r\n\r\n`])).toEqual([400])
  })

  it('is answered on every route and with every method', async () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'DELETE', 'PUT', 'PATCH', 'TRACE', 'PROPFIND']) {
      const statuses = everyPath
        // The live view has no end.
        .filter((path) => path !== '/api/v1/tail')
        .map((path) => answersTo([request(method, path)], [method]))
      for (const each of await Promise.all(statuses)) expect(each).toHaveLength(1)
    }
  })

  it('gets neither 5xx nor rubbish, whatever its bytes are', async () => {
    const line = fc.constantFrom(
      'Host: x\r\n',
      'Content-Length: 4\r\n',
      'Content-Length: 70000\r\n',
      'Transfer-Encoding: chunked\r\n',
      'Content-Encoding: gzip\r\n',
      'Expect: 100-continue\r\n',
      'Connection: close\r\n',
      'Connection: keep-alive\r\n',
      'Authorization: Basic ZGx0Og==\r\n',
      'Content-Type: text/plain; charset=utf-16\r\n'
    )
    const start = fc.tuple(
      fc.constantFrom('POST', 'POST', 'POST', 'GET', 'OPTIONS', 'DELETE'),
      fc.constantFrom(...everyPath.filter((path) => path !== '/api/v1/tail')),
      fc.constantFrom('1.1', '1.1', '1.0', '2.0')
    )
    const piece = fc.oneof(
      start.map(([method, path, version]) => `${method} ${path} HTTP/${version}\r\n`),
      line,
      line,
      fc.constantFrom('\r\n', '\r\n', '\r\n\r\n', dltEvent, '4\r\nnull\r\n', '0\r\n\r\n', '\n', '\r', ' ', ':', 'null'),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: 'binary', maxLength: 60 })
    )
    const pieces = fc.array(piece, { minLength: 1, maxLength: 14 })
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { minLength: 10, maxLength: 10 }), async (connections) => {
        await Promise.all(connections.map((each) => answersTo(each)))
      }),
      { numRuns: 100 }
    )
  }, 60_000)
})

describe('a hostile connection', () => {
  it('has fifty mixed requests answered in their order', async () => {
    const mixed = Array.from({ length: 50 }, (_, index): [string, Buffer, number] => {
      const [method, path, status] = (
        [
          ['POST', '/v1/track', 200],
          ['GET', '/livez', 200],
          ['HEAD', '/readyz', 200],
          ['POST', '/t/dlt', 204],
          ['GET', '/nowhere', 404],
          ['PUT', '/v1/metrics', 405],
          ['POST', '/v1/metrics', 400],
          ['OPTIONS', '/v1/batch', 204]
        ] as const
      )[index % 8] ?? ['GET', '/livez', 200]
      return [method, request(method, path, method === 'POST' ? dltEvent : ''), status]
    })
    const statuses = await answersTo(
      [Buffer.concat(mixed.map(([, bytes]) => bytes))],
      mixed.map(([method]) => method)
    )
    expect(statuses).toEqual(mixed.map(([, , status]) => status))
  })

  it('that is slow, silent or gone is let go of within the limits, while others are served', async () => {
    const track = request('POST', '/v1/track', dltEvent).toString('latin1')
    const started = Date.now()
    const slow = await Promise.all([
      // A head of which a byte comes now and then, and one that stops.
      answersTo(
        [...'POST /v1/track HTTP/1.1\r\n'].flatMap((letter) => [letter, 900]),
        [],
        false
      ),
      answersTo(['POST /v1/track HTTP/1.1\r\nHost: x'], [], false),
      // A body that stops.
      answersTo([head([sized]), dltEvent.slice(0, 5)], [], false),
      answersTo([head(['Transfer-Encoding: chunked']), '5\r\n{"a":'], [], false),
      // The same for the client that connects first and speaks late.
      answersTo([3000, track], [], true),
      answersTo([request('POST', '/v1/track', dltEvent), 1000, request('GET', '/livez')], [], true),
      ...Array.from({ length: 5 }, () => answersTo([200, track]))
    ])
    expect(slow).toEqual([[408], [408], [408], [408], [200], [200, 200], ...Array.from({ length: 5 }, () => [200])])
    expect(Date.now() - started).toBeLessThan(15_000)
  }, 30_000)

  it('that leaves before its answer harms nobody', async () => {
    await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        torture(server.port, {
          pieces: [request('POST', ingestPaths[index % ingestPaths.length] ?? '/', dltEvent).subarray(0, 40 + index)],
          ends: true
        })
      )
    )
  })
})

describe('afterwards', () => {
  it('the server lives, is ready, and keeps and counts an ordinary event', async () => {
    expect(await answersTo([request('GET', '/livez')])).toEqual([200])
    const [ready] = await torture(server.port, { pieces: [request('GET', '/readyz')] })
    expect(JSON.parse(String(ready?.body))).toEqual({ ready: true, store: 'ready' })
    await keepOne('1.0.2')
    expect(server.process.exitCode).toBeNull()
  })

  it('it is not much larger, and holds no connection', async () => {
    const bytes = await eventually(
      () => Promise.resolve(residentBytes()),
      (now) => now - bytesBefore < growthBytesMax
    )
    expect(bytes - bytesBefore).toBeLessThan(growthBytesMax)
    await sleep(500)
    const [metrics] = await torture(server.port, { pieces: [request('GET', '/metrics')] })
    expect(/^candor_connections (\d+)$/m.exec(String(metrics?.body))?.[1]).toBe('1')
  })

  it('it has printed no fault of its own', () => {
    expect(server.printed()).not.toMatch(/^\s+at |Error:|INTERNAL|unhandled|"level":[5-9]0/im)
  })
})

/** The JSON bodies of everything that clients were recorded to send. */
function recordedBodies(): readonly unknown[] {
  const source = join(root, 'server', 'src')
  const folders = ['dblab', 'readyset', 'timescaledb', 'dlt'].map((product) => join(source, 'products', product, 'fixtures'))
  folders.push(...['native', 'segment'].map((protocol) => join(source, 'protocols', protocol, 'fixtures')))
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.http'))
      .flatMap((name) => {
        const bytes = readFileSync(join(folder, name))
        try {
          return [JSON.parse(bytes.toString('utf8', bytes.indexOf('\r\n\r\n') + 4)) as unknown]
        } catch {
          // Packed ones.
          return []
        }
      })
  )
}
