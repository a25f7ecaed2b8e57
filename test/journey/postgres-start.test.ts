/**
 * The five minutes of postgres/README.md, from packed packages in an empty folder: its commands as
 * they stand there, and what they print.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { query, root, startServer, type RunningServer } from './world/candor-server.ts'
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

  async function run(commands: string): Promise<string> {
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
        npm_config_update_notifier: 'false'
      },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    await new Promise((resolve) => child.once('close', resolve))
    return printed
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
    if (server === undefined) throw new Error('no collector was started')
    const { rows } = await query(server, 'SELECT name, version FROM acme')
    expect(rows).toEqual([{ name: 'report', version: '0.1.0' }])
  })
})
