/**
 * Which attacks are known by name? Bodies that are sent to every route, and whole requests with
 * what HTTP has them answered.
 */
import { gzipSync } from 'node:zlib'
import { request } from './torture-socket.ts'

const bomb = gzipSync(Buffer.alloc(1_000_000_000), { level: 9 })
export const dltEvent = '{"anonymousId":"a","event":"pipeline_load","properties":{}}'
const trackEvent = '{"type":"track","userId":"u","event":"pipeline_load","writeKey":"dlt"}'
const batchOf = (events: readonly string[]): string =>
  `{"writeKey":"dlt","batch":[${events.join(',')}]}`
const timescaleIds =
  '"db_uuid":"6a2ca0b4-8a55-4b1a-9f0a-c0d0f3a3a001","timescaledb_version":"2.22.1"'

export const bodies: readonly (readonly [
  what: string,
  body: string | Buffer,
  headers?: readonly string[]
])[] = [
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
  [
    'a depth inside a report',
    `{${timescaleIds},"relations":${'{"tables":'.repeat(50_000)}1${'}'.repeat(50_000)}}`
  ],
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
  [
    'an event with the name of a prototype',
    '{"instance_id":"__proto__","event_type":"__proto__","event_data":{"__proto__":[]}}'
  ],
  ['a lone surrogate', '{"event":"\\ud800","writeKey":"dlt","anonymousId":"\\udfff"}'],
  ['NUL everywhere', `{"event":"pipeline\\u0000load","writeKey":"dlt","anonymousId":"\\u0000"}`],
  ['NUL as a byte', Buffer.from('{"event":"a\u0000b"}')],
  ['a byte order mark', Buffer.from(`\uFEFF${trackEvent}`)],
  [
    'overlong UTF-8',
    Buffer.concat([
      Buffer.from('{"event":"'),
      Buffer.from([0xc0, 0xaf, 0xe0, 0x80, 0xaf]),
      Buffer.from('"}')
    ])
  ],
  [
    'truncated UTF-8',
    Buffer.concat([Buffer.from('{"event":"'), Buffer.from([0xf0, 0x9f, 0x98]), Buffer.from('"}')])
  ],
  [
    'surrogates as UTF-8',
    Buffer.concat([Buffer.from('{"event":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')])
  ],
  ['UTF-16', Buffer.from(`\uFEFF${trackEvent}`, 'utf16le')],
  ['a billion bytes, packed', bomb, ['Content-Encoding: gzip']],
  ['a bomb inside a bomb', gzipSync(bomb), ['Content-Encoding: gzip']],
  ['half of something packed', gzipSync(trackEvent).subarray(0, 20), ['Content-Encoding: gzip']],
  ['nothing, packed', '', ['Content-Encoding: gzip']],
  [
    'rubbish behind something packed',
    Buffer.concat([gzipSync(trackEvent), Buffer.from('rubbish')]),
    ['Content-Encoding: gzip']
  ],
  ['something packed twice', gzipSync(gzipSync(trackEvent)), ['Content-Encoding: gzip']],
  ['something that is not packed', trackEvent, ['Content-Encoding: gzip']],
  ['an unknown packing', trackEvent, ['Content-Encoding: br']],
  ['a packing with a strange name', trackEvent, ['Content-Encoding: __proto__, gzip']],
  ['2,600 events', batchOf(Array.from({ length: 2600 }, () => trackEvent))],
  [
    'an event of 40 KB among others',
    batchOf([
      trackEvent,
      `{"type":"track","event":"pipeline_load","properties":{"x":"${'x'.repeat(40_000)}"}}`,
      trackEvent
    ])
  ],
  [
    'events that are none',
    batchOf(['null', '1', '[]', '{}', '"x"', '{"type":"track"}', '{"type":{}}'])
  ],
  ['5 MB', `{"event":"${'x'.repeat(5_000_000)}"}`],
  [
    'ten thousand properties',
    `{"event":"pipeline_load","writeKey":"dlt","properties":{${Array.from({ length: 10_000 }, (_, index) => `"p${index}":${index}`).join(',')}}}`
  ],
  [
    'an id of a megabyte',
    `{"type":"track","event":"pipeline_load","writeKey":"dlt","messageId":"${'m'.repeat(1_000_000)}","anonymousId":"a"}`
  ],
  [
    'a name of a megabyte',
    `{"event":"${'n'.repeat(1_000_000)}","writeKey":"dlt","anonymousId":"a"}`
  ],
  ...['9999-12-31T23:59:59Z', '-1', 'NaN', '+275760-09-13T00:00:00.001Z', '0000-00-00'].map(
    (at): [string, string] => [
      `the time ${at}`,
      `{"event":"pipeline_load","writeKey":"dlt","timestamp":"${at}","sentAt":"${at}","event_time":"${at}","instance_id":"x","event_type":"engine_started"}`
    ]
  ),
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
  [
    'SQL where it does not belong',
    '{"sql":"SELECT 1; DROP TABLE records","product":"dlt\' OR 1=1 --"}'
  ]
]

const hello = Buffer.from('16030100f1010000ed0303'.padEnd(492, '5a'), 'hex')
/** Of a call to Segment's route. */
export const head = (lines: readonly string[], version = '1.1'): string =>
  `POST /v1/track HTTP/${version}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`
export const sized = `Content-Length: ${dltEvent.length}`

export const heads: readonly (readonly [
  what: string,
  pieces: readonly (string | Buffer | number)[],
  statuses: readonly number[]
])[] = [
  ['a length too short', [head(['Content-Length: 3']), dltEvent], [400, 400]],
  ['a length too long', [head(['Content-Length: 9999']), dltEvent], [400]],
  ['a negative length', [head(['Content-Length: -1']), dltEvent], [400]],
  ['a length in hexadecimal', [head(['Content-Length: 0x10']), dltEvent], [400]],
  ['a length that no number holds', [head([`Content-Length: ${'9'.repeat(60)}`]), dltEvent], [400]],
  ['a length of all memory', [head(['Content-Length: 9007199254740991']), dltEvent], [400]],
  ['two lengths', [head(['Content-Length: 3', 'Content-Length: 4']), dltEvent], [400]],
  ['two lengths in one', [head(['Content-Length: 3, 4']), dltEvent], [400]],
  [
    'length and chunks',
    [head([sized, 'Transfer-Encoding: chunked']), '0\r\n\r\n', dltEvent],
    [400]
  ],
  [
    'chunks and length',
    [head(['Transfer-Encoding: chunked', sized]), '0\r\n\r\n', dltEvent],
    [400]
  ],
  ['a transfer encoding that is not known', [head(['Transfer-Encoding: gzip']), dltEvent], [400]],
  ['chunked not at the end', [head(['Transfer-Encoding: chunked, identity']), dltEvent], [400]],
  ['chunks of rubbish', [head(['Transfer-Encoding: chunked']), 'zz\r\nrubbish'], [400]],
  [
    'a chunk longer than all memory',
    [head(['Transfer-Encoding: chunked']), 'fffffffffffffffff\r\nx'],
    [400]
  ],
  ['a negative chunk', [head(['Transfer-Encoding: chunked']), '-1\r\nx\r\n0\r\n\r\n'], [400]],
  ['chunks without an end', [head(['Transfer-Encoding: chunked']), '5\r\nhello\r\n'], [400]],
  [
    'a chunk with a long extension',
    [head(['Transfer-Encoding: chunked']), `1;${'x'.repeat(100_000)}\r\n1\r\n0\r\n\r\n`],
    [400]
  ],
  [
    'a hundred thousand chunks of a byte',
    [head(['Transfer-Encoding: chunked']), '1\r\n1\r\n'.repeat(100_000), '0\r\n\r\n'],
    [400]
  ],
  [
    'a hundred thousand trailers',
    [
      head(['Transfer-Encoding: chunked']),
      '1\r\n1\r\n0\r\n',
      'X-Trailer: x\r\n'.repeat(100_000),
      '\r\n'
    ],
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
  [
    'a thousand headers',
    [
      head([...Array.from({ length: 1000 }, (_, index) => `X-${index}: ${index}`), sized]),
      dltEvent
    ],
    [200]
  ],
  [
    'ten thousand headers',
    [head(Array.from({ length: 10_000 }, (_, index) => `X-${index}: ${index}`)), dltEvent],
    [431]
  ],
  ['a header without a name', [head([': x', sized]), dltEvent], [400]],
  ['a header with a space in its name', [head(['X Y: x', sized]), dltEvent], [400]],
  [
    'a header with odd bytes',
    [Buffer.from(head(['X-\u00e9\u0080: x', sized]), 'latin1'), dltEvent],
    [400]
  ],
  ['a header with NUL', [head(['X: a\u0000b', sized]), dltEvent], [400]],
  [
    'a header with any other byte',
    [Buffer.from(head(['X: \u00ff\u0080\u00e9', sized]), 'latin1'), dltEvent],
    [200]
  ],
  ['a header that is folded', [head(['X: a', ' b', sized]), dltEvent], [400]],
  [
    'line ends without a return',
    [`POST /v1/track HTTP/1.1\nHost: x\n${sized}\n\n${dltEvent}`],
    [400]
  ],
  ['a long query', [request('GET', `/livez?${'x'.repeat(10_000)}`)], [200]],
  ['a long path', [request('POST', `/${'a/'.repeat(4000)}dlt`, dltEvent)], [204]],
  [
    'headers that objects have',
    [head(['__proto__: x', 'constructor: y', 'toString: z', sized]), dltEvent],
    [200]
  ],
  [
    'a header twice',
    [
      head([
        'Authorization: Basic ZGx0Og==',
        'Authorization: Basic eA==',
        'Content-Encoding: identity',
        sized
      ]),
      dltEvent
    ],
    [200]
  ],
  ['a body that was not waited for', [head(['Expect: 100-continue', sized]), 20, dltEvent], [200]],
  ['an expectation that nobody meets', [head(['Expect: miracles', sized]), dltEvent], [200]],
  [
    'an upgrade',
    [head(['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x', sized]), dltEvent],
    [200]
  ],
  [
    'h2c',
    [
      head([
        'Connection: Upgrade, HTTP2-Settings',
        'Upgrade: h2c',
        'HTTP2-Settings: AAMAAABk',
        sized
      ]),
      dltEvent
    ],
    [200]
  ],
  ['a tunnel', ['CONNECT candor.test:443 HTTP/1.1\r\nHost: x\r\n\r\n'], [405]],
  ['TRACE', [request('TRACE', '/v1/track')], [405]],
  ['a path of odd bytes', [Buffer.from('GET /\u00ff\u00fe/dlt HTTP/1.1\r\n\r\n', 'latin1')], [400]],
  ['no path', ['GET ? HTTP/1.1\r\n\r\n'], [400]],
  ['an unknown method', ['BREW / HTTP/1.1\r\nHost: x\r\n\r\n'], [400]],
  ['an empty line first', [`\r\n\r\n${request('GET', '/livez').toString()}`], [200]],
  ['nothing but empty lines', ['\r\n'.repeat(5000)], []],
  [
    'a thing after a whole request',
    [request('POST', '/v1/track', dltEvent), Buffer.from([0, 1, 2, 255])],
    [200, 400]
  ]
]
