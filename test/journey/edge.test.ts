/**
 * The edge in the real runtime of Cloudflare's workers: clients are answered there as by their
 * collector, nothing but what contracts keep goes on, and it is counted once.
 */
import { createHash } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lintAnswer } from '../../server/src/products/timescaledb/answer-parser.ts'
import {
  eventually,
  query,
  removeServer,
  root,
  runCandor,
  startServer,
  type RunningServer
} from './world/candor-server.ts'
import { sendRaw, type RawAnswer } from './world/raw-request.ts'
import { startEdge, type RunningEdge } from './world/edge/workerd.ts'

const gzipMark = Buffer.from([0x1f, 0x8b])
const products = ['dblab', 'readyset', 'timescaledb', 'dlt']
const token = 'edge-token-0123456789abcdefghijklmnop'
const configuration = `paths: { '/': dlt }
edge_tokens: ['${createHash('sha256').update(token).digest('hex')}']
`

function recorded(product: string): readonly { readonly name: string; readonly bytes: Buffer }[] {
  const folder = join(root, 'server', 'src', 'products', product, 'fixtures')
  return readdirSync(folder)
    .filter((name) => name.endsWith('.http'))
    .map((name) => ({ name: `${product} ${name}`, bytes: readFileSync(join(folder, name)) }))
}

function post(path: string, body: unknown, headers: readonly string[] = []): Buffer {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: edge.example',
    ...(headers.some((line) => /^content-type/i.test(line))
      ? []
      : ['Content-Type: application/json']),
    `Content-Length: ${bytes.length}`,
    ...headers
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes])
}

/** What each wire answers to what it should not be sent, and what lies beside the reports. */
const others: readonly (readonly [string, Buffer])[] = [
  ['a native report of nobody', post('/v1/reports', { candor: 1, product: 'nobody' })],
  ['a native report that is none', post('/v1/reports', '{"candor":1,')],
  ['a Segment call with an unknown key', post('/v1/track', { event: 'x', writeKey: 'unknown' })],
  ['a Segment call', post('/v1/track', { event: 'x', writeKey: 'dlt', anonymousId: 'a' })],
  ['a Segment batch with nothing declared', post('/in/dlt/v1/batch', { batch: [{ event: 'x' }] })],
  [
    'settings of a browser library',
    Buffer.from('GET /v1/projects/dlt/settings HTTP/1.1\r\nHost: e\r\n\r\n')
  ],
  [
    'a PostHog batch',
    post('/batch/', { api_key: 'dlt', batch: [{ event: 'x', distinct_id: 'y' }] })
  ],
  ['flags of PostHog', post('/flags/?v=2', { api_key: 'dlt' })],
  ['OTLP logs as JSON', post('/in/dlt/v1/logs', { resourceLogs: [] })],
  ['OTLP logs as protobuf', post('/in/dlt/v1/logs', '', ['Content-Type: application/x-protobuf'])],
  ['OTLP of no known form', post('/in/dlt/v1/logs', 'x', ['Content-Type: text/plain'])],
  ['a body that is not packed as it says', post('/in/dlt', 'x', ['Content-Encoding: gzip'])],
  ['a packing that nobody reads', post('/in/dlt', 'x', ['Content-Encoding: br'])],
  ['a path that nothing serves', post('/nothing', {})],
  ['another method', Buffer.from('GET /v1/reports HTTP/1.1\r\nHost: e\r\n\r\n')],
  ['a browser that asks first', Buffer.from('OPTIONS /v1/track HTTP/1.1\r\nHost: e\r\n\r\n')],
  ['erasure', post('/v1/deletions', { product: 'dlt', keys: ['k'.repeat(32)] })],
  ['the feed', Buffer.from('GET /v1/feed/dlt.json HTTP/1.1\r\nHost: e\r\n\r\n')]
]

/** Of a connection, or of the hour. */
const passing = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding'])

function compared({ status, headers, body }: RawAnswer): unknown {
  const told = headers
    .filter(([name]) => !passing.has(name.toLowerCase()))
    .map(([name, value]) => `${name.toLowerCase()}: ${value}`)
  return { status, told: told.sort(), body }
}

describe('an edge', () => {
  let direct: RunningServer
  let behind: RunningServer
  let edge: RunningEdge
  let folder: string
  let secretIn: Readonly<Record<string, string>>
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'candor-edge-'))
    const secret = join(folder, 'secret')
    writeFileSync(secret, 'ab'.repeat(32), { mode: 0o600 })
    secretIn = { CANDOR_SECRET_FILE: secret }
    const options = { configuration, environment: secretIn }
    direct = await startServer(options)
    behind = await startServer(options)
    mkdirSync(join(folder, 'out'))
    writeFileSync(join(folder, 'out', '.dev.vars'), `CANDOR_EDGE_TOKEN=${token}\n`)
    const built = await runCandor(behind, [
      'edge',
      'build',
      '--collector',
      behind.url,
      '--out',
      join(folder, 'out')
    ])
    expect(built.error).toBe('')
    edge = await startEdge(join(folder, 'out'), behind.url)
  })
  afterAll(async () => {
    await edge.close()
    await removeServer(direct)
    await removeServer(behind)
    rmSync(folder, { recursive: true, force: true })
  })

  it('answers each recorded request of every client as the collector does', async () => {
    for (const { name, bytes } of products.flatMap(recorded)) {
      const there = await sendRaw(direct.port, bytes)
      const here = await sendRaw(edge.port, bytes)
      expect(compared(here), name).toEqual(compared(there))
      if (name.startsWith('timescaledb')) expect(lintAnswer(here.bytes), name).toEqual([])
    }
  })

  it.each(others)('answers %s as the collector does', async (_name, bytes) => {
    const there = await sendRaw(direct.port, bytes)
    const here = await sendRaw(edge.port, bytes)
    expect(compared(here)).toEqual(compared(there))
  })

  it('leaves nothing to read in the queue: neither an id nor a value', async () => {
    const messages = await edge.waiting()
    expect(messages.length).toBeGreaterThan(20)
    for (const message of messages)
      expect(message).toMatch(/^\{"id":"[0-9a-f-]{36}","box":"[^"]+"\}$/)
    const boxes = messages.map((message) =>
      Buffer.from((JSON.parse(message) as { box: string }).box, 'base64')
    )
    for (const word of ['anonymousId', 'duckdb', 'pipeline', 'timescaledb', 'engine'])
      expect(boxes.filter((box) => box.includes(word))).toEqual([])
    // What is only packed has no word in it either: wherever packed bytes might begin, none do.
    for (const box of boxes)
      for (let at = box.indexOf(gzipMark); at >= 0; at = box.indexOf(gzipMark, at + 1))
        expect(() => gunzipSync(box.subarray(at))).toThrow()
  })

  it('hands on what is kept once, though each message is delivered twice', async () => {
    await edge.deliver(2)
    expect(await edge.waiting()).toEqual([])
    for (const product of products) {
      const rows = async (server: RunningServer): Promise<readonly unknown[]> =>
        comparable((await query(server, `SELECT * FROM ${product} LIMIT 1000`)).rows)
      const expected = await eventually(
        () => rows(direct),
        (kept) => kept.length > 3
      )
      const kept = await eventually(
        () => rows(behind),
        ({ length }) => length >= expected.length
      )
      expect(kept, product).toEqual(expected)
    }
  })

  it('keeps a message for as long as the collector is away, and tells no client', async () => {
    const event = post('/in/dlt', {
      event: 'command_init',
      properties: { elapsed: 1 },
      anonymousId: 'away'
    })
    await behind.kill('SIGTERM')
    expect((await sendRaw(edge.port, event)).status).toBe(204)
    expect(await edge.deliver()).toEqual({ taken: 0, waiting: 1 })
    behind = await startServer({ folder: behind.folder, port: behind.port, environment: secretIn })
    expect(await edge.deliver()).toEqual({ taken: 1, waiting: 0 })
  })

  it('says what each client bears when not even the queue takes anything', async () => {
    await edge.refuse(true)
    const dlt = await sendRaw(
      edge.port,
      post('/in/dlt', { event: 'command_init', anonymousId: 'a' })
    )
    expect([dlt.status, new Map(dlt.headers).get('Candor-Dropped')]).toEqual([204, 'overload'])
    const native = await sendRaw(
      edge.port,
      post('/v1/reports', {
        candor: 1,
        product: 'dlt',
        report: '0b9ef5c4-4f51-4b5b-8d4e-6f1c1c6f7a01',
        runs: [{ records: [{ seq: 0, name: 'command_init' }] }]
      })
    )
    expect([native.status, new Map(native.headers).has('Retry-After')]).toEqual([503, true])
    const segment = await sendRaw(
      edge.port,
      post('/v1/track', { event: 'command_init', writeKey: 'dblab', anonymousId: 'a' })
    )
    expect(segment.status).toBe(429)
    await edge.refuse(false)
  })

  it('weighs less than a megabyte, and takes of Node what the platform has', () => {
    const worker = readFileSync(join(folder, 'out', 'candor-edge.js'), 'utf8')
    const taken = [...worker.matchAll(/from\s*"(node:[a-z_]+)"/g)].map(([, name]) => name)
    expect([...new Set(taken)].sort()).toEqual([
      'node:buffer',
      'node:crypto',
      'node:module',
      'node:zlib'
    ])
    const parts = ['index.js', 'candor-edge.js', 'bundle.json']
    const bytes = parts.reduce((sum, name) => sum + statSync(join(folder, 'out', name)).size, 0)
    expect(bytes).toBeLessThan(1_000_000)
  })
})

/** Without when it came and in which order, and with tokens of one secret. */
function comparable(rows: readonly Readonly<Record<string, unknown>>[]): readonly unknown[] {
  const passing = new Set([
    'received_at',
    'occurred_at',
    'loaded_at',
    'message_digest',
    // On a busy machine a statement is kept as its kind.
    'proxied_query',
    'schema'
  ])
  return rows
    .map((row) => JSON.stringify(Object.entries(row).filter(([name]) => !passing.has(name))))
    .sort()
}
