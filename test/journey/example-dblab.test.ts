/**
 * DBLab Engine's telemetry life with our SDK: a service whose switch is a key of server.yml, obeyed
 * without a restart.
 */
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  eventually,
  query,
  removeServer,
  runCandor,
  startServer,
  type RunningServer
} from './world/candor-server.ts'
import { exampleHome, startExample, type ExampleHome } from './world/sdk/example-program.ts'

type FeedKeys = readonly { readonly id: string; readonly key: string }[]

const keyed = (platform: string): string => `server: { port: 0 }
folder: ./engine
databaseContainer: { version: "16" }
pool: { type: zfs, size: 369044992, used: 49280000 }
retrieval: { mode: logical, refresh: { timetable: "0 */6 * * *" }, jobs: [logicalDump, logicalRestore, logicalSnapshot] }
${platform}
`

describe('an engine that reports as DBLab Engine does', () => {
  let server: RunningServer
  let home: ExampleHome
  let engine: ChildProcess | undefined
  let printed = ''
  beforeAll(async () => {
    server = await startServer({ files: { 'releases.yaml': '' } })
  })
  afterAll(() => removeServer(server))
  beforeEach(() => {
    home = exampleHome()
    printed = ''
  })
  afterEach(async () => {
    await stop('SIGKILL')
    home.remove()
  })

  const write = (platform: string): void =>
    writeFileSync(join(home.project, 'server.yml'), keyed(platform))
  const start = async (environment: Readonly<Record<string, string>> = {}): Promise<string> => {
    printed = ''
    engine = startExample({
      example: 'dblab-engine',
      words: ['server.yml'],
      home,
      environment: { DBLAB_TELEMETRY_ENDPOINT: server.url, ...environment }
    })
    engine.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    engine.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    await eventually(
      () => Promise.resolve(printed),
      (text) => text.includes('listens on')
    )
    return /http:\/\/[\d.:]+/.exec(printed.slice(printed.indexOf('listens on')))?.[0] ?? ''
  }
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (engine === undefined || engine.exitCode !== null || engine.signalCode !== null) return
    const ended = new Promise((resolve) => engine?.once('exit', resolve))
    engine.kill(signal)
    await ended
  }
  const call = async (
    url: string,
    method: string,
    path: string
  ): Promise<Record<string, unknown>> =>
    (await (await fetch(`${url}${path}`, { method })).json()) as Record<string, unknown>
  const spooled = (): string =>
    [...home.files()]
      .filter(([path]) => path.includes('telemetry/'))
      .map(([, text]) => text)
      .join('\n')

  it('tells of its life and of its clones’, by tokens and never by the names that people gave', async () => {
    write('platform: {}')
    const url = await start({ DBLAB_TELEMETRY: 'on' })
    await call(url, 'POST', '/clone/acme-prod')
    await call(url, 'POST', '/clone/acme-prod/reset')
    await call(url, 'POST', '/refresh')
    await call(url, 'DELETE', '/clone/acme-prod')
    await call(url, 'POST', '/snapshot')
    await call(url, 'POST', '/branch/jane-ticket-7')
    await stop('SIGTERM')
    const lines = spooled()
      .split('\n')
      .filter((line) => line.startsWith('{"written"'))
      .flatMap(
        (line) =>
          (JSON.parse(line) as { run: { records: { name: string; fields: object }[] } }).run.records
      )
    expect(lines.map(({ name }) => name)).toEqual([
      'engine_started',
      'clone_created',
      'clone_reset',
      'alert',
      'clone_destroyed',
      'snapshot_created',
      'branch_created',
      'engine_stopped'
    ])
    expect(lines[0]?.fields).toMatchObject({
      engine_version: '4.2.0',
      db_version: '16',
      pools: { fs_type: 'zfs', number: 1, total_size: 369_000_000 },
      restore: {
        mode: 'logical',
        refreshing: 'several_a_day',
        jobs: ['logicalDump', 'logicalRestore', 'logicalSnapshot']
      }
    })
    expect(lines[3]?.fields).toEqual({
      alert_level: 'refresh_skipped',
      message: 'no_pool_for_full_refresh'
    })
    expect(spooled()).not.toMatch(/acme-prod|jane-ticket/)
    expect(printed).not.toMatch(/telemetry.*(error|fail)/i)
  })

  it('keeps the id that an engine made before, and its reports arrive as its own', async () => {
    mkdirSync(join(home.project, 'engine', 'meta'), { recursive: true })
    writeFileSync(join(home.project, 'engine', 'meta', 'instance_id'), 'c6fgs68hmvj3sm2pbphg')
    write('platform: {}')
    await start({ DBLAB_TELEMETRY: 'on' })
    await stop('SIGTERM')
    expect(readFileSync(join(home.project, 'engine', 'meta', 'instance_id'), 'utf8')).toBe(
      'c6fgs68hmvj3sm2pbphg'
    )
    const again = await start({ DBLAB_TELEMETRY: 'on' })
    // A service takes its time before it sends; what it would send then, it shows now, to the byte.
    const { url, bodies } = (await call(again, 'GET', '/telemetry/preview')) as unknown as {
      url: string
      bodies: string[]
    }
    for (const body of bodies) {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body
      })
      expect(await answer.json()).toMatchObject({ dropped: [] })
    }
    const { rows } = await eventually(
      () =>
        query(
          server,
          "SELECT DISTINCT installation FROM dblab WHERE name = 'engine_started' AND " +
            'isNotNull(installation)'
        ),
      (found) => found.rows.length > 0
    )
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain('c6fgs68hmvj3sm2pbphg')
  })

  it.each([
    ['an engine made its id before', 'c6fgs68hmvj3sm2pbphg'],
    ['it has none', undefined]
  ])(
    'leaves nothing but the refusal of itself when switched off, and the product’s own id alone: %s',
    async (_before, own) => {
      const file = join(home.project, 'engine', 'meta', 'instance_id')
      mkdirSync(join(home.project, 'engine', 'meta'), { recursive: true })
      if (own !== undefined) writeFileSync(file, own)
      write('platform: {}')
      await start({ DBLAB_TELEMETRY: 'on' })
      await stop('SIGTERM')
      expect(spooled()).not.toBe('')
      const off = startExample({
        example: 'dblab-engine',
        words: ['server.yml', 'telemetry', 'off'],
        home,
        environment: {}
      })
      await new Promise((resolve) => off.once('exit', resolve))
      const left = [...home.files().keys()].filter((path) => path.includes('engine/'))
      expect(left.filter((path) => !path.endsWith('meta/instance_id'))).toEqual([
        expect.stringMatching(/telemetry\/consent\.json$/)
      ])
      expect(existsSync(file) ? readFileSync(file, 'utf8') : undefined).toBe(own)
    }
  )

  it.each([
    ['platform.enableTelemetry', 'platform: { enableTelemetry: false }'],
    ['the page’s key, global.telemetry.enabled', 'global: { telemetry: { enabled: false } }']
  ])(
    'obeys %s at a reload, without a restart, and leaves nothing but that',
    async (_key, platform) => {
      write('platform: {}')
      const url = await start({ DBLAB_TELEMETRY: 'on' })
      await call(url, 'POST', '/clone/one')
      expect(await call(url, 'GET', '/status')).toMatchObject({ engine: { telemetry: 'on' } })
      write(platform)
      await call(url, 'POST', '/config/reload')
      expect(await call(url, 'GET', '/status')).toMatchObject({ engine: { telemetry: 'off' } })
      await call(url, 'POST', '/clone/two')
      await stop('SIGTERM')
      expect(spooled()).toBe('')
    }
  )

  it('is off when a reload can’t be read: it may have been meant to say no', async () => {
    write('platform: {}')
    const url = await start({ DBLAB_TELEMETRY: 'on' })
    writeFileSync(join(home.project, 'server.yml'), 'platform: { enableTelemetry: fals')
    await call(url, 'POST', '/config/reload')
    expect(await call(url, 'GET', '/status')).toMatchObject({ engine: { telemetry: 'off' } })
  })

  it('writes which version is the newest to its log, telemetry on or off, from a list that it has a key for', async () => {
    await runCandor(server, ['keys', 'create'])
    const added = await runCandor(server, [
      'release',
      'add',
      '4.3.0',
      '--product',
      'dblab',
      '--date',
      '2026-11-01'
    ])
    expect(added.error).toBe('')
    const { feedKeys } = await eventually(
      async () =>
        (await (await fetch(`${server.url}/.well-known/telemetry.json`)).json()) as {
          feedKeys: FeedKeys
        },
      (found) => found.feedKeys.length > 0
    )
    await eventually(
      async () => (await fetch(`${server.url}/v1/feed/dblab.json`)).text(),
      (signed) => signed.includes('4.3.0')
    )
    write(
      'platform: { enableTelemetry: false }\nversions: { keys: ' +
        `${JSON.stringify(feedKeys.map(({ id, key }) => ({ id, key })))} }`
    )
    await start()
    const text = await eventually(
      () => Promise.resolve(printed),
      (said) => said.includes('versions:')
    )
    expect(text).toMatch(/versions: .*4\.3\.0/)
  })
})
