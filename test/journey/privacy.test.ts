/**
 * Does anything survive that nobody declared? Marks are sent in every undeclared place, and then
 * everything that the server left or says is searched for them.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  eventually,
  removeServer,
  runCandor,
  startServer,
  untilStoreIs,
  type RunningServer
} from './world/candor-server.ts'
import {
  idsIn,
  markedAround,
  markedInside,
  markStem,
  type MarkedRequest
} from './world/privacy/privacy-marks.ts'
import {
  account,
  common,
  deletion,
  deletionKey,
  installation,
  native,
  recorded,
  segment,
  strangers
} from './world/privacy/privacy-requests.ts'
import {
  filesIn,
  found,
  foundAsBytes,
  tablesOf,
  type LeftBytes
} from './world/privacy/privacy-search.ts'

const products = ['dblab', 'readyset', 'timescaledb', 'dlt', 'acme']
/** Clients come from many addresses; none may be found. */
const addresses = ['127.61.17.201', '127.61.17.202', '127.61.17.203']

let server: RunningServer
let folder: string
let ids: ReadonlySet<string>
/** Everything that the server left or says, once all was loaded. */
let tables: readonly LeftBytes[]
let told: readonly LeftBytes[]
let files: readonly LeftBytes[]
/** What others were answered, while marks came in. */
const answers: Buffer[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'candor-'))
  await runCandor({ folder, data: join(folder, 'data') }, ['init', 'acme'])
  const options = {
    folder,
    configuration: "products: [acme]\npaths: { '/': dlt }\n",
    flags: ['--log', 'debug']
  }
  server = await startServer(options)
  const watching = runCandor(server, ['tail', '--format', 'json', '--limit', '200'])
  const requests = [...recorded(), ...native(), ...segment(), deletion]
  ids = new Set([
    installation,
    account,
    deletionKey,
    ...requests.flatMap(({ body }) => idsIn(body))
  ])
  await sendAll(requests.map(markedAround))
  await sendAll(
    requests.flatMap((each) => [...markedInside(each.body)].map((body) => ({ ...each, body })))
  )
  await sendAll(strangers())
  await sendAll(common())
  const tailed = await watching

  // Stopping writes down what only memory held; starting again loads it.
  const first = server
  await first.kill('SIGTERM')
  server = await startServer(options)
  // It listens before the store does; where nothing waits, there is nothing else to wait for.
  await untilStoreIs(server, 'ready')
  await eventually(
    async () => (await get(`${server.adminUrl}/metrics`)).toString(),
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
  it('is in what commands, metrics, pages, logs and answers to others tell', () =>
    expect(found(told, markStem)).toEqual([]))
})

describe('no raw id and no hash that a client made without salt', () => {
  it('is anywhere, as text or as bytes', () => {
    const everywhere = [...tables, ...told, ...files]
    const texts = everywhere.map(({ name, bytes }) => ({
      name,
      text: bytes.toString('latin1').toLowerCase()
    }))
    const hits = [...ids].flatMap((id) => [
      ...texts
        .filter(({ text }) => text.includes(id.toLowerCase()))
        .map(({ name }) => `${name}: ${id}`),
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
    expect(
      everywhere.filter((place) => place.bytes.includes(bytes)).map(({ name }) => name)
    ).toEqual([])
  })
})

/** Each native report has an id of its own, so that none is another's duplicate. */
async function sendAll(requests: readonly MarkedRequest[]): Promise<void> {
  const agents = addresses.map(
    (localAddress) => new Agent({ keepAlive: true, maxSockets: 8, localAddress })
  )
  let next = 0
  const worker = async (agent: Agent): Promise<void> => {
    for (let index = next++; index < requests.length; index = next++) {
      const { path, headers, body } = requests[index] as MarkedRequest
      const isNative = path.startsWith('/v1/reports') && typeof body === 'object'
      await post(agent, {
        path,
        headers,
        body: isNative ? { report: crypto.randomUUID(), ...body } : body
      })
    }
  }
  await Promise.all(agents.flatMap((agent) => Array.from({ length: 8 }, () => worker(agent))))
  for (const agent of agents) agent.destroy()
}

async function post(agent: Agent, { path, headers, body }: MarkedRequest): Promise<void> {
  const { status, said } = await answerTo(agent, { path, headers, body })
  if (status >= 500) throw new Error(`${status} on ${path}`)
  // A native sender is told which of its own fields was dropped; everybody else is told nothing of
  // what was sent.
  if (!path.startsWith('/v1/reports')) answers.push(said)
}

function answerTo(
  agent: Agent,
  { path, headers, body }: MarkedRequest
): Promise<{ readonly status: number; readonly said: Buffer }> {
  const port = path.startsWith('/api/') ? server.adminPort : server.port
  return new Promise((resolve, reject) => {
    const sent = request(
      { agent, host: '127.0.0.1', port, path, method: 'POST', headers },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        const head = Buffer.from(JSON.stringify(answer.rawHeaders))
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 500, said: Buffer.concat([head, ...chunks]) })
        )
      }
    )
    sent.on('error', reject).end(JSON.stringify(body))
  })
}

function get(url: string): Promise<Buffer> {
  return fetch(url).then(async (answer) => Buffer.from(await answer.arrayBuffer()))
}

/** What both listeners show to whoever asks. */
async function pages(): Promise<readonly LeftBytes[]> {
  const shown = ['/livez', '/readyz', '/.well-known/telemetry.json']
  const feeds = products.map((product) => `/v1/feed/${product}.json`)
  const urls = [
    ...['/metrics', ...shown].map((path) => `${server.adminUrl}${path}`),
    ...[...shown, ...feeds].map((path) => `${server.url}${path}`)
  ]
  return Promise.all(urls.map(async (url) => ({ name: url, bytes: await get(url) })))
}

/** What every command that reads prints. */
async function commands(): Promise<readonly LeftBytes[]> {
  const lines = [
    ['doctor'],
    ...products.flatMap((product) => [
      ...['active-installations', 'versions', 'events', 'drift'].map((question) => [
        'ask',
        question,
        '--product',
        product
      ]),
      ['ask', 'events', '--product', product, '--by', 'os', '--format', 'csv'],
      ['installation', 'show', installation, '--product', product],
      ['installation', 'export', installation, '--product', product]
    ]),
    ['installation', 'delete', installation, '--product', 'acme', '--reason', 'deletion', '--yes'],
    ...['records', 'snapshots', 'installations', 'daily', 'drift', 'quarantine', 'history'].map(
      (view) => ['query', `SELECT * FROM ${view}`, '--format', 'json', '--rows', '100000']
    )
  ]
  const places: LeftBytes[] = []
  for (const words of lines) {
    const { code, out, error } = await runCandor(server, words)
    // What a refusal prints would hold nothing to search.
    if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${error}`)
    places.push({ name: words.join(' '), bytes: Buffer.from(out + error) })
  }
  return places
}
