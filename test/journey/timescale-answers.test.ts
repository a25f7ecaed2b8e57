/**
 * Can TimescaleDB's hand-written parser read every answer of its route, and is a 2xx given only for
 * what is durable?
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { kill } from 'node:process'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lintAnswer, readAsClient } from '../../server/src/products/timescaledb/answer-parser.ts'
import {
  eventually,
  query,
  removeServer,
  root,
  startServer,
  type RunningServer
} from './world/candor-server.ts'
import { sendSlowly } from './world/slow-request.ts'

const captured = readFileSync(
  join(root, 'server/src/products/timescaledb/fixtures/capture-2.22.1.http')
)
const capturedReport = JSON.parse(
  captured.toString('utf8', captured.indexOf('\r\n\r\n') + 4)
) as Readonly<Record<string, unknown>>

/** As the client builds it: HTTP/1.0, and a length. */
function posting(
  body: string | Buffer,
  headers: readonly string[] = [],
  start = 'POST /v1/metrics HTTP/1.0'
): Buffer {
  const lines = [
    start,
    'Host: telemetry.timescale.com',
    'Content-Type: application/json',
    ...headers
  ]
  return Buffer.concat([
    Buffer.from([...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', ''].join('\r\n')),
    Buffer.from(body)
  ])
}

function reportOf(changes: Readonly<Record<string, unknown>>): Buffer {
  return posting(JSON.stringify({ ...capturedReport, ...changes }))
}

/** The answer's bytes, which the client can parse. */
async function answerTo(
  port: number,
  pieces: readonly (Buffer | string | number)[]
): Promise<Buffer> {
  const bytes = await sendSlowly(port, pieces)
  expect(lintAnswer(bytes), bytes.toString('latin1')).toEqual([])
  return bytes
}

const kilobyte = 'x'.repeat(1024)

describe('the answer to a report', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => removeServer(server))

  it.each([
    ['is up to date', '2.29.2', '17.6', undefined],
    ['is behind', '2.22.1', '17.6', '2.29.2'],
    ['is behind by one patch', '2.29.1', '18.0', '2.29.2'],
    ['is on PostgreSQL 15, which newer releases left', '2.22.1', '15.14', '2.28.3'],
    ['is up to date for PostgreSQL 15', '2.28.3', '15.14', undefined],
    ['is on PostgreSQL 14, which is left for longer', '2.14.0', '14.9', '2.19.3'],
    ['is on PostgreSQL 9.6', '1.7.0', '9.6.24', '1.7.5'],
    ['is ahead of every release', '2.31.0', '17.6', undefined],
    ['is a development build ahead of every release', '2.31.0-dev', '17.6', undefined]
  ])('says whether the version %s', async (_what, version, postgresql, newest) => {
    const bytes = await answerTo(server.port, [
      reportOf({ timescaledb_version: version, postgresql_version: postgresql })
    ])
    expect(readAsClient(bytes)).toEqual(
      newest === undefined ? { is: 'up-to-date' } : { is: 'behind', newest }
    )
  })

  it.each([
    ['PostgreSQL that nobody knows', { postgresql_version: '99.1' }],
    ['PostgreSQL without a number', { postgresql_version: 'acme' }],
    ['no PostgreSQL', { postgresql_version: null }],
    ['a release that nobody knows', { timescaledb_version: '2.22.1-acme' }],
    ['a release without a number', { timescaledb_version: 'acme "\r\n\\' }],
    ['a release as long as a book', { timescaledb_version: '2.'.repeat(2000) }],
    ['an empty release', { timescaledb_version: '' }],
    ['a release that is older than all', { timescaledb_version: '0.0.1' }],
    [
      'a thousand keys that nobody knows',
      Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`acme_${index}`, index]))
    ],
    [
      'functions that nobody knows',
      {
        functions_used: Object.fromEntries(
          Array.from({ length: 5000 }, (_, index) => [`f${index}()`, 1])
        )
      }
    ]
  ])('is one that the client takes, with %s', async (_what, changes) => {
    const bytes = await answerTo(server.port, [reportOf(changes)])
    expect(['up-to-date', 'behind']).toContain(readAsClient(bytes).is)
  })

  it.each([
    ['no JSON', [posting('{"db_uuid":')], 400],
    ['no report', [posting('{}')], 400],
    ['a list', [posting('[]')], 400],
    ['nothing', [posting('')], 400],
    ['no length', ['POST /v1/metrics HTTP/1.0\r\n\r\n'], 400],
    ['NUL', [posting('\u0000')], 400],
    ['too much', [posting(kilobyte.repeat(5000))], 413],
    [
      'too much, in chunks',
      [
        'POST /v1/metrics HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n',
        `400\r\n${kilobyte}\r\n`.repeat(5000)
      ],
      413
    ],
    [
      'too much, packed',
      [posting(gzipSync(kilobyte.repeat(100_000)), ['Content-Encoding: gzip'])],
      413
    ],
    ['something packed wrongly', [posting('rubbish', ['Content-Encoding: gzip'])], 400],
    ['an unknown packing', [posting('{}', ['Content-Encoding: br'])], 415],
    ['another method', [posting('', [], 'GET /v1/metrics HTTP/1.0')], 405],
    ['a method of browsers', [posting('', [], 'OPTIONS /v1/metrics HTTP/1.1')], 405],
    ['another path', [posting('{}', [], 'POST /v1/metric HTTP/1.0')], 404],
    [
      'a length too short',
      [captured.toString('latin1').replace(/Content-Length: \d+/i, 'Content-Length: 10')],
      400
    ],
    ['two lengths', [posting('{}', ['Content-Length: 3'])], 400],
    [
      'length and chunks',
      [posting('{}', ['Transfer-Encoding: chunked'], 'POST /v1/metrics HTTP/1.1')],
      400
    ],
    ['no HTTP', ['hello\r\n\r\n'], 400],
    ['headers without end', [`POST /v1/metrics HTTP/1.0\r\nX: ${kilobyte.repeat(20)}\r\n\r\n`], 431]
  ])('is refused in words that the client can parse: %s', async (_what, pieces, status) => {
    expect(readAsClient(await answerTo(server.port, pieces))).toEqual({
      is: 'unexpected-status',
      status
    })
  })

  it(
    'is refused in such words when the report stops in the middle',
    { timeout: 20_000 },
    async () => {
      const late = { is: 'unexpected-status', status: 408 }
      const bytes = await Promise.all([
        answerTo(server.port, [captured.subarray(0, -10), 14_000]),
        answerTo(server.port, [captured.subarray(0, 30), 14_000])
      ])
      expect(bytes.map(readAsClient)).toEqual([late, late])
    }
  )

  it('is given to a client that connects first and gathers its report afterwards', async () => {
    const bytes = await answerTo(server.port, [4000, captured])
    expect(readAsClient(bytes)).toEqual({ is: 'behind', newest: '2.28.3' })
  })

  it(
    'is a success only for what is durable: killed right after it, the server has the report',
    { timeout: 60_000 },
    async () => {
      const versions = ['2.20.0', '2.20.1', '2.20.2', '2.20.3']
      for (const version of versions) {
        const { port, folder } = server
        const bytes = await answerTo(port, [reportOf({ timescaledb_version: version })])
        await server.kill('SIGKILL')
        expect(readAsClient(bytes)).toMatchObject({ is: 'behind' })
        server = await startServer({ folder, port })
      }
      const sql =
        "SELECT version, count() AS reports FROM timescaledb WHERE version LIKE '2.20.%' " +
        'GROUP BY version ORDER BY version'
      const { rows } = await eventually(
        () => query(server, sql),
        ({ rows: found }) => found.length >= versions.length
      )
      expect(rows.map(({ version, reports }) => [version, Number(reports)])).toEqual(
        versions.map((version) => [version, 1])
      )
    }
  )
})

describe('a server that can keep nothing', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({ flags: ['--inbox-bytes-max', '1MiB'] })
  })
  afterAll(() => removeServer(server))

  it('says so in words that the client can parse, so that it keeps its counts, and takes reports again afterwards', async () => {
    const engines = childrenOf(server.process.pid ?? 0)
    expect(engines).not.toEqual([])
    for (const engine of engines) kill(engine, 'SIGSTOP')
    let last: ReturnType<typeof readAsClient> = { is: 'up-to-date' }
    for (let reports = 0; reports < 5000 && last.is !== 'unexpected-status'; reports += 20) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => answerTo(server.port, [captured]))
      )
      last = answers.map(readAsClient).find(({ is }) => is !== 'behind') ?? last
    }
    expect(last).toEqual({ is: 'unexpected-status', status: 503 })
    for (const engine of engines) kill(engine, 'SIGCONT')
    const again = await eventually(
      async () => readAsClient(await answerTo(server.port, [captured])),
      ({ is }) => is === 'behind'
    )
    expect(again).toEqual({ is: 'behind', newest: '2.28.3' })
  })
})

function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number)
  )
}
