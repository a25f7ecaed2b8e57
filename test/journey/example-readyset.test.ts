/**
 * ReadySet's telemetry life with our SDK: no id beyond the process, the user's key as account, and
 * Segment's wire where they name a source.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  eventually,
  query,
  removeServer,
  startServer,
  type RunningServer
} from './world/candor-server.ts'
import {
  exampleHome,
  runExample,
  startExample,
  type ExampleHome
} from './world/sdk/example-program.ts'

interface Spooled {
  readonly account?: string
  readonly run: {
    readonly session: string
    readonly records: readonly {
      readonly name: string
      readonly fields: Readonly<Record<string, unknown>>
    }[]
  }
}

describe('an adapter that reports as ReadySet does', () => {
  let server: RunningServer
  let home: ExampleHome
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => removeServer(server))
  beforeEach(() => {
    home = exampleHome()
    write([{ text: 'SELECT secret FROM customers WHERE id = 7', status: 'pending' }])
  })
  afterEach(() => home.remove())

  const write = (queries: readonly { text: string; status: string }[]): void =>
    writeFileSync(
      join(home.project, 'traffic.json'),
      JSON.stringify({ queries, tables: ['secret_customers'] })
    )
  /** Runs with these lines as its console, until its input ends. */
  const run = async (
    lines: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    words: readonly string[] = []
  ): Promise<string> => {
    const adapter = startExample({
      example: 'readyset-adapter',
      words,
      home,
      environment: { READYSET_TELEMETRY_ENDPOINT: 'http://127.0.0.1:9', ...environment },
      input: `${lines.join('\n')}\n`
    })
    let printed = ''
    adapter.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    adapter.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    expect(await new Promise((resolve) => adapter.once('close', resolve))).toBe(0)
    return printed
  }
  const spooled = (): readonly Spooled[] =>
    [...home.files().values()]
      .join('\n')
      .split('\n')
      .filter((line) => line.startsWith('{"written"'))
      .map((line) => JSON.parse(line) as Spooled)
  const records = (): Spooled['run']['records'] =>
    spooled().flatMap(({ run: { records: all } }) => all)
  const consented = { READYSET_TELEMETRY: 'on' }

  it('tells what was asked of it by name of the command, and never a statement, a table or a deployment', async () => {
    const lines = [
      'CREATE CACHE FROM SELECT secret FROM customers',
      'SHOW CACHES',
      'SHOW PROXIED QUERIES',
      'FROBNICATE secret'
    ]
    await run(lines, { ...consented, DEPLOYMENT: 'acme-prod', DEPLOYMENT_ENV: 'helm' })
    expect(records().map(({ name }) => name)).toEqual([
      'adapter_start',
      'upstream_connected',
      'snapshot_complete',
      'proxied_query',
      'schema',
      'create_cache',
      'show_caches',
      'show_proxied_queries',
      'query_parse_failed',
      'adapter_stop'
    ])
    const [start] = records()
    expect(start?.fields).toMatchObject({
      adapter_version: '1.17.0',
      db_backend: 'postgresql',
      deployment_env: 'helm'
    })
    expect(start?.fields['deployment_id']).toMatch(/^[0-9a-f]{64}$/)
    expect(records()[3]?.fields).toMatchObject({
      proxied_query: 'SELECT c1 FROM t1 WHERE c2 = $1',
      migration_status: 'pending'
    })
    expect(records()[4]?.fields).toMatchObject({ schema: 'CREATE TABLE t1 ()' })
    expect(JSON.stringify(spooled())).not.toMatch(/secret|customers|acme-prod|FROBNICATE/)
  })

  it('has an id for each process and none beyond it; RS_API_KEY is the account, where it is set', async () => {
    await run(['SHOW CACHES'], consented)
    await run(['SHOW CACHES'], { ...consented, RS_API_KEY: 'rs-key-1' })
    const sessions = new Set(spooled().map(({ run: { session } }) => session))
    expect(sessions.size).toBe(2)
    expect(new Set(spooled().map(({ account }) => account))).toEqual(
      new Set([undefined, 'rs-key-1'])
    )
    expect([...home.files().keys()].filter((path) => path.includes('identity'))).toEqual([])
  })

  it.each([
    ['--disable-telemetry', {}, ['--disable-telemetry']],
    ['DISABLE_TELEMETRY=true', { DISABLE_TELEMETRY: 'true' }, []]
  ])('writes and sends nothing with %s, for this run', async (_what, environment, words) => {
    await run(['SHOW CACHES'], { ...consented, ...environment }, words)
    expect([...home.files().keys()]).toEqual(['project/traffic.json'])
    await run(['SHOW CACHES'], consented)
    expect(records().length).toBeGreaterThan(0)
  })

  it('speaks Segment to the user’s own source, with the session as anonymousId and the key as userId', async () => {
    const environment = {
      ...consented,
      READYSET_TELEMETRY_ENDPOINT: `${server.url}/v1/track`,
      RS_SEGMENT_WRITE_KEY: 'readyset',
      RS_API_KEY: 'rs-key-1'
    }
    await run(['SHOW CACHES'], environment)
    const [session] = spooled().map(({ run: { session: id } }) => id)
    const { out } = await runExample({
      example: 'readyset-adapter',
      home,
      words: ['telemetry', 'preview', '--format', 'json'],
      environment
    })
    const preview = JSON.parse(out) as {
      url: string
      headers: Record<string, string>
      bodies: string[]
    }
    expect(preview).toMatchObject({
      url: `${server.url}/v1/track`,
      headers: { Authorization: `Basic ${Buffer.from('readyset:').toString('base64')}` }
    })
    const calls = preview.bodies.map(
      (body) => JSON.parse(body) as Readonly<Record<string, unknown>>
    )
    expect(calls.find(({ event }) => event === 'adapter_start')).toMatchObject({
      anonymousId: session,
      userId: 'rs-key-1',
      properties: { adapter_version: '1.17.0', db_backend: 'postgresql' }
    })
    for (const body of preview.bodies)
      expect(
        (await fetch(preview.url, { method: 'POST', headers: preview.headers, body })).status
      ).toBe(200)
    const { rows } = await eventually(
      () =>
        query(
          server,
          `SELECT name FROM readyset WHERE protocol = 'segment' AND isNotNull(account)`
        ),
      (found) => found.rows.length >= calls.length
    )
    expect(rows.map(({ name }) => name).sort()).toEqual(calls.map(({ event }) => event).sort())
    // One marked event goes out now, and its answer is printed.
    const told = await runExample({
      example: 'readyset-adapter',
      home,
      words: ['telemetry', 'test'],
      environment
    })
    expect(told).toMatchObject({ code: 0, out: '200 {"success":true}\n' })
  })
})
