/**
 * The five minutes of postgres/README.md, from packed packages in an empty folder: its commands as
 * they stand there, and what they print.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, query, root, startServer, type RunningServer } from './world/candor-server.ts'
import { startPostgres, type PostgresCluster } from './world/postgres-cluster.ts'
import { runnableBlocks } from './world/readme-blocks.ts'

const page = readFileSync(join(root, 'postgres', 'README.md'), 'utf8')
const [secondTerminal = ''] =
  /(?<=^```sh second terminal\n)[\s\S]*?(?=^npx candor serve$)/m.exec(page) ?? []

describe('five minutes with @candor/postgres', () => {
  let folder: string
  let postgres: PostgresCluster
  let server: RunningServer | undefined
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'candor-start-'))
    postgres = await startPostgres()
    const packed = ['contract', 'sdk', 'postgres'].map((name) => {
      execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
        cwd: join(root, name)
      })
      return `./${readdirSync(folder).find((file) => file.startsWith(`candor-${name}-`))}`
    })
    execFileSync(
      'npm',
      ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...packed],
      { cwd: folder, stdio: 'pipe' }
    )
  })
  afterAll(async () => {
    await server?.kill('SIGTERM')
    postgres.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  function start(
    commands: string,
    more: Readonly<Record<string, string>> = {}
  ): { readonly child: ChildProcess; printed(): string } {
    const { hostname, port, username } = new URL(postgres.url('postgres'))
    const child = spawn('bash', ['-c', commands], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        PGHOST: hostname,
        PGPORT: port,
        PGUSER: username,
        ACME_TELEMETRY_ENDPOINT: server?.url,
        npm_config_update_notifier: 'false',
        ...more
      },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    return { child, printed: () => printed }
  }

  async function run(commands: string): Promise<string> {
    const { child, printed } = start(commands)
    await once(child, 'close')
    return printed()
  }

  it('prints what the page says, and the report is there to be asked about', async () => {
    const blocks = runnableBlocks(page)
    expect(blocks).toHaveLength(4)
    for (const [index, { commands, printed }] of blocks.entries()) {
      if (index === 2) {
        await run(secondTerminal)
        server = await startServer({ folder })
      }
      expect(await run(commands)).toBe(printed)
    }
    const collector = server
    if (collector === undefined) throw new Error('no collector was started')
    const { rows } = await eventually(
      () => query(collector, 'SELECT name, version FROM acme'),
      (found) => found.rows.length > 0
    )
    expect(rows).toEqual([{ name: 'report', version: '0.1.0' }])
  })

  it('runs on, obeys within a look, and ends at once when it is told to', async () => {
    postgres.sql('shop', 'INSERT INTO acme.telemetry_job (schedule_interval) VALUES ($$1 s$$)')
    const said = (): number => daemon.printed().split('sent a report').length - 1
    const daemon = start(
      'exec node_modules/.bin/candor-postgres report --daemon --verbose --look-every 1',
      { PGDATABASE: 'shop', ACME_TELEMETRY: 'on' }
    )
    await eventually(
      async () => said(),
      (times) => times >= 2
    )
    postgres.sql('postgres', `ALTER DATABASE shop SET acme.telemetry_level = 'off'`)
    await eventually(
      async () => daemon.printed(),
      (printed) => printed.includes('is off')
    )
    const before = said()
    postgres.sql('postgres', `ALTER DATABASE shop SET acme.telemetry_level = 'no_functions'`)
    await eventually(
      async () => said(),
      (times) => times > before
    )
    const ended = once(daemon.child, 'exit')
    daemon.child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    // Not a line of it is an error of the database.
    expect(postgres.log()).not.toMatch(/ERROR|FATAL/)
  })
})
