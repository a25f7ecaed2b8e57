/** Does anything survive that nobody declared? Marks are sent in every undeclared place, and then everything that the server left or says is searched for them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, removeServer, runCandor, startServer, type RunningServer } from './candor-server.ts'
import { idsIn, mark, markedAround, markedInside, markStem, recordedRequests, type MarkedRequest } from './privacy-marks.ts'
import { filesIn, found, foundAsBytes, tablesOf, type Place } from './privacy-search.ts'

const products = ['dblab', 'readyset', 'timescaledb', 'dlt', 'acme']
/** Clients come from many addresses; none may be found. */
const addresses = ['127.61.17.201', '127.61.17.202', '127.61.17.203']
const installation = 'zebra4f1c9e7d2b8a6053installation'
const deletionKey = 'zebradeletionkey'.padEnd(43, '7')
const account = 'zebra-account-of-somebody@example.org'

let server: RunningServer
let folder: string
let ids: ReadonlySet<string>
/** Everything that the server left or says, once all was loaded. */
let tables: readonly Place[]
let told: readonly Place[]
let files: readonly Place[]
/** What others were answered, while marks came in. */
const answers: Buffer[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'candor-'))
  await runCandor({ folder, data: join(folder, 'data') }, ['init', 'acme'])
  const options = { folder, configuration: "products: [acme]\npaths: { '/': dlt }\n", flags: ['--log', 'debug'] }
  server = await startServer(options)
  const watching = runCandor(server, ['tail', '--format', 'json', '--limit', '200'])
  const requests = [...recorded(), ...native(), ...segment(), deletion]
  ids = new Set([installation, account, deletionKey, ...requests.flatMap(({ body }) => idsIn(body))])
  await sendAll(requests.map(markedAround))
  await sendAll(requests.flatMap((each) => [...markedInside(each.body)].map((body) => ({ ...each, body }))))
  await sendAll(strangers())
  await sendAll(common())
  const tailed = await watching

  // Stopping writes down what only memory held; starting again loads it.
  const first = server
  await first.kill('SIGTERM')
  server = await startServer(options)
  await eventually(
    async () => (await get('/metrics')).toString(),
    (text) => /^candor_inbox_entries_waiting 0$/m.test(text)
  )
  tables = await tablesOf(server.data)
  told = [
    { name: 'answers', bytes: Buffer.concat(answers) },
    { name: 'tail', bytes: Buffer.from(tailed.out + tailed.error) },
    ...(await commands()),
    ...(await pages())
  ]
  await server.kill('SIGTERM')
  told = [...told, { name: 'log', bytes: Buffer.from(first.printed() + server.printed()) }]
  files = filesIn(folder)
}, 240_000)
afterAll(async () => {
  await removeServer(server)
  rmSync(folder, { recursive: true, force: true })
})

describe('what was declared', () => {
  it('is found by this search: in the tables, in the files and in what is told', () => {
    for (const places of [tables, files, told]) expect(found(places, 'duckdb')).not.toEqual([])
    expect(found(tables, '"command":"deploy"')).not.toEqual([])
    expect(found(files, '"command":"deploy"')).not.toEqual([])
    expect(found(tables, 'FIELD_NOT_IN_CONTRACT')).not.toEqual([])
    expect(found(told, '"found": true')).not.toEqual([])
    // States of aggregates hold what no view shows, so they are read too.
    expect(tables.filter(({ bytes }) => bytes.length > 0).length).toBeGreaterThan(15)
  })

  it('is kept of each product, whose marked requests were no less real', () => {
    for (const product of products) {
      const records = tables.find(({ name }) => name.endsWith(`.records_${product}`))
      expect(records?.bytes.length, product).toBeGreaterThan(1000)
    }
    expect(ids.size).toBeGreaterThan(40)
  })
})

describe('nothing undeclared', () => {
  it('is in any table', () => expect(found(tables, markStem)).toEqual([]))
  it('is in any file: inbox, engine, audit, keys', () => expect(found(files, markStem)).toEqual([]))
  it('is in what commands, metrics, pages, logs and answers to others tell', () => expect(found(told, markStem)).toEqual([]))
})

describe('no raw id and no hash that a client made without salt', () => {
  it('is anywhere, as text or as bytes', () => {
    const everywhere = [...tables, ...told, ...files]
    const texts = everywhere.map(({ name, bytes }) => ({ name, text: bytes.toString('latin1').toLowerCase() }))
    const hits = [...ids].flatMap((id) => [
      ...texts.filter(({ text }) => text.includes(id.toLowerCase())).map(({ name }) => `${name}: ${id}`),
      ...foundAsBytes(everywhere, id).map((name) => `${name}: bytes of ${id}`)
    ])
    expect(hits).toEqual([])
  })
})

describe('no address', () => {
  it.each([...addresses, '203.0.113.77', '203.0.113.78'])('%s is anywhere', (address) => {
    const everywhere = [...tables, ...told, ...files]
    expect(found(everywhere, address)).toEqual([])
    const bytes = Buffer.from(address.split('.').map(Number))
    expect(everywhere.filter((place) => place.bytes.includes(bytes)).map(({ name }) => name)).toEqual([])
  })
})

function recorded(): readonly MarkedRequest[] {
  return ['dblab', 'readyset', 'timescaledb', 'dlt'].flatMap((product) => {
    const all = recordedRequests('products', product)
    // A report has two hundred places: of the older ones, which say the same in other words, a few are enough.
    return product === 'timescaledb' ? all.slice(0, 5) : all
  })
}

function native(): readonly MarkedRequest[] {
  const records: Readonly<Record<string, readonly [name: string, fields: object][]>> = {
    dlt: [
      [
        'command_init',
        {
          source_name: 'chess',
          destination_type: 'duckdb',
          elapsed: 1.2,
          success: true,
          exec_info: ['docker'],
          dlthub_version: '1.2.3'
        }
      ],
      [
        'pipeline_load',
        {
          destination_type: 'postgres',
          destination_fingerprint: 'zebrafingerprint0001',
          pipeline_name_hash: 'zebrapipelinehash001',
          transaction_id: 'a'.repeat(32)
        }
      ]
    ],
    dblab: [
      [
        'engine_started',
        {
          engine_version: '4.2.0',
          db_engine: 'postgres',
          db_version: '16',
          pools: { fs_type: 'zfs', number: 2 },
          restore: { mode: 'logical', jobs: ['logicalDump'] }
        }
      ],
      ['clone_created', { id: 'zebracloneid00000001', cloning_time: 1, dsa_diff: 2 }],
      ['alert', { alert_level: 'refresh_failed', message: 'full_refresh_failed' }]
    ],
    readyset: [
      [
        'proxied_query',
        {
          query_id: 'zebraqueryid00000001',
          proxied_query: 'SELECT zebra FROM zebras',
          schema: 'CREATE TABLE zebras (a int)',
          migration_status: 'pending',
          adapter_version: '1.0.0',
          deployment_env: 'eks',
          deployment_id: 'zebradeployment00001'
        }
      ]
    ],
    timescaledb: [
      [
        'report',
        {
          postgresql_version: '17.1',
          os_name_pretty: 'Debian',
          functions_used: { 'pg_catalog.count()': 2 },
          license: { edition: 'community' }
        }
      ]
    ],
    acme: [['command_run', { command: 'deploy', success: true, elapsed: 1.5 }]]
  }
  return Object.entries(records).map(([product, all]) => {
    const environment = {
      class: 'interactive',
      automation: 'none',
      container: false,
      os: 'linux',
      os_version: '6.1',
      arch: 'x64',
      runtime: 'node 20',
      cpu: 4
    }
    const consent = {
      level: { dlt: 'pipelines', dblab: 'usage', readyset: 'queries', timescaledb: 'basic', acme: 'basic' }[product],
      accepted: `sha256:${'c'.repeat(64)}`
    }
    const named = all.map(([name, fields], seq) => ({ seq, name, at: new Date().toISOString(), fields }))
    const run = { session: 'zebrasession00000001', version: '1.26.0', consent, environment, records: named }
    const body = {
      candor: 1,
      product,
      sdk: { name: 'candor-ts', version: '0.1.0' },
      installation,
      account,
      window: '2026-W47',
      deletion: `sha256:${'d1e2'.repeat(16)}`,
      lost: { spool: 1 },
      runs: [run]
    }
    return { path: '/v1/reports', headers: { 'content-type': 'application/json' }, body }
  })
}

const deletion: MarkedRequest = {
  path: '/v1/deletions',
  headers: { 'content-type': 'application/json' },
  body: { candor: 1, product: 'acme', keys: [deletionKey] }
}

/** What many send alike: the name of a field may be told then, but a key or a member of something that users fill themselves never is. */
function common(): readonly MarkedRequest[] {
  const [name, member] = [mark(), mark()]
  return Array.from({ length: 8 }, (_, index) => index).flatMap((index) => {
    const uuid = `6a2ca0b4-8a55-4b1a-9f0a-c0d0f3a3a00${index}`
    const report = {
      db_uuid: uuid,
      timescaledb_version: '2.22.1',
      functions_used: { [`${name}()`]: 1, [name]: 2 },
      access_methods: { [name]: { pages: 1, instances: 2 } },
      errors_by_sqlerrcode: { [name]: { [name]: 1 } },
      db_metadata: { [name]: member },
      instance_metadata: { cloud: member }
    }
    const event = {
      anonymousId: uuid,
      event: 'pipeline_extract',
      properties: { extract_data: [{ name, data_type: member }], destination_type: member },
      context: { exec_info: [name, { [name]: member }] }
    }
    return [
      { path: '/v1/metrics', headers: {}, body: report },
      { path: '/in/dlt', headers: {}, body: event },
      {
        path: '/rpc/telemetry_event',
        headers: {},
        body: { instance_id: uuid, event_type: 'engine_started', event_data: { restore: { jobs: [name], mode: member } } }
      },
      {
        path: '/in/readyset',
        headers: {},
        body: { userId: uuid, event: 'adapter_start', properties: { deployment_env: member, db_backend: name } }
      }
    ]
  })
}

/** What Segment's own libraries send, to the operator's own product. */
function segment(): readonly MarkedRequest[] {
  const authorization = `Basic ${Buffer.from(`acme:${mark()}`).toString('base64')}`
  const properties = { command: 'deploy', success: true, elapsed: 1.5 }
  return recordedRequests('protocols', 'segment').flatMap(({ path, headers, body }) => {
    const event = {
      type: 'track',
      event: 'command_run',
      anonymousId: installation,
      userId: account,
      messageId: 'zebramessage00000001',
      properties,
      context: {
        ip: '203.0.113.77',
        userAgent: 'agent',
        locale: 'de',
        app: { name: 'acme', version: '1.0.0' },
        library: { name: 'analytics-node', version: '2.0.0' },
        os: { name: 'linux', version: '6.1' },
        edition: 'free'
      }
    }
    return [
      { path, headers: { ...headers, authorization }, body },
      {
        path: '/v1/batch',
        headers: { authorization },
        body: {
          batch: [event],
          context: { traits: { email: 'a' } },
          sentAt: new Date().toISOString(),
          integrations: { all: true }
        }
      },
      { path: '/in/acme', headers: {}, body: event }
    ]
  })
}

/** What belongs to nobody: unknown paths, keys, products, encodings and bodies. */
function strangers(): readonly MarkedRequest[] {
  const bodies = [
    mark(),
    { [mark()]: mark() },
    { writeKey: mark(), event: mark(), anonymousId: mark() },
    { candor: 1, product: mark(), keys: [mark()] }
  ]
  const paths = [
    `/${mark()}`,
    `/${mark()}/dlt`,
    `/in/${mark()}`,
    `/v1/${mark()}`,
    `/contracts/${mark()}/x.json`,
    `/v1/feed/${mark()}.json`
  ]
  const known = [
    '/v1/reports',
    '/v1/deletions',
    '/v1/track',
    '/v1/batch',
    '/v1/metrics',
    '/rpc/telemetry_event',
    '/rpc/dblab_session_start',
    '/rpc/telemetry_usage',
    '/api/v1/query',
    '/api/v1/installation',
    '/'
  ]
  const key = Buffer.from(`${mark()}:${mark()}`).toString('base64')
  const kinds: readonly Readonly<Record<string, string>>[] = [
    {},
    { authorization: `Basic ${key}` },
    { authorization: `Bearer ${mark()}` },
    { 'content-encoding': mark() },
    { 'content-type': mark() }
  ]
  return [...paths, ...known].flatMap((path) => kinds.flatMap((headers) => bodies.map((body) => ({ path, headers, body }))))
}

/** Each native report has an id of its own, so that none is another's duplicate. */
async function sendAll(requests: readonly MarkedRequest[]): Promise<void> {
  const agents = addresses.map((localAddress) => new Agent({ keepAlive: true, maxSockets: 8, localAddress }))
  let next = 0
  const worker = async (agent: Agent): Promise<void> => {
    for (let index = next++; index < requests.length; index = next++) {
      const { path, headers, body } = requests[index] as MarkedRequest
      const isNative = path.startsWith('/v1/reports') && typeof body === 'object'
      await post(agent, { path, headers, body: isNative ? { report: crypto.randomUUID(), ...body } : body })
    }
  }
  await Promise.all(agents.flatMap((agent) => Array.from({ length: 8 }, () => worker(agent))))
  for (const agent of agents) agent.destroy()
}

async function post(agent: Agent, { path, headers, body }: MarkedRequest): Promise<void> {
  const { status, said } = await answerTo(agent, { path, headers, body })
  if (status >= 500) throw new Error(`${status} on ${path}`)
  // A native sender is told which of its own fields was dropped; everybody else is told nothing of what was sent.
  if (!path.startsWith('/v1/reports')) answers.push(said)
}

function answerTo(
  agent: Agent,
  { path, headers, body }: MarkedRequest
): Promise<{ readonly status: number; readonly said: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host: '127.0.0.1', port: server.port, path, method: 'POST', headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      const head = Buffer.from(JSON.stringify(answer.rawHeaders))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 500, said: Buffer.concat([head, ...chunks]) }))
    })
    sent.on('error', reject).end(JSON.stringify(body))
  })
}

function get(path: string): Promise<Buffer> {
  return fetch(`${server.url}${path}`).then(async (answer) => Buffer.from(await answer.arrayBuffer()))
}

async function pages(): Promise<readonly Place[]> {
  const paths = [
    '/metrics',
    '/livez',
    '/readyz',
    '/.well-known/telemetry.json',
    ...products.map((product) => `/v1/feed/${product}.json`)
  ]
  return Promise.all(paths.map(async (path) => ({ name: path, bytes: await get(path) })))
}

/** What every command that reads prints. */
async function commands(): Promise<readonly Place[]> {
  const lines = [
    ['doctor'],
    ...products.flatMap((product) => [
      ...['active-installations', 'versions', 'events', 'drift'].map((question) => ['ask', question, '--product', product]),
      ['ask', 'events', '--product', product, '--by', 'os', '--format', 'csv'],
      ['installation', 'show', installation, '--product', product],
      ['installation', 'export', installation, '--product', product]
    ]),
    ['installation', 'delete', installation, '--product', 'acme', '--reason', 'deletion', '--yes'],
    ...['records', 'snapshots', 'installations', 'daily', 'drift', 'quarantine', 'history'].map((view) => [
      'query',
      `SELECT * FROM ${view}`,
      '--format',
      'json',
      '--rows',
      '100000'
    ])
  ]
  const places: Place[] = []
  for (const words of lines) {
    const { out, error } = await runCandor(server, words)
    places.push({ name: words.join(' '), bytes: Buffer.from(out + error) })
  }
  return places
}
