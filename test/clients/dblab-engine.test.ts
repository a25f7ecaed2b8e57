/**
 * DBLab's own Go packages, as an engine of a paid edition runs them, against a real collector that
 * keeps accounts: register, usage, what the engine hears, off, support, an organisation's own page.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ask,
  candor,
  eventually,
  query,
  removeServer,
  root,
  startServer,
  type RunningServer
} from '../journey/world/candor-server.ts'

/**
 * The engine's module lies below `engine/` of its repository and is named as if it lay at its top,
 * where a module proxy finds none: its source comes from the repository, the rest from a proxy.
 */
const source = process.env['DBLAB_SOURCE'] ?? 'https://github.com/postgres-ai/database-lab-engine'
const commits: Readonly<Record<string, string>> = {
  all: '9fbebc791c5ad73f55b7b9c59088d8019b22c820',
  newest: 'HEAD'
}
const commit = commits[process.env['CLIENTS'] ?? '']
const minutesMax = 8
const id = 'c6fgs68hmvj3sm2pbphg'
const key = 'org-key-of-acme-5f1a'
const stream = ['--product', 'dblab-usage']

interface KnownByEngine {
  /** Why it is not registered, if it is not. */
  readonly registered: string
  /** Why it makes no clones, if it makes none. */
  readonly billing: string
  readonly organization: string
}

describe('an engine of a paid edition', () => {
  let server: RunningServer
  let program: string

  beforeAll(async () => {
    program = builtEngine()
    server = await startServer({ configuration: 'accounts: ./accounts.yaml\n' })
  }, minutesMax * 60_000)
  afterAll(async () => {
    // Without the engine there is none: what failed is said alone.
    if (server) await removeServer(server)
  })

  const reports = (telemetry: 'on' | 'off', orgKey = key): KnownByEngine =>
    JSON.parse(
      run(program, [`${server.url}/in/dblab`, id, telemetry], server.folder, { ORG_KEY: orgKey })
    ) as KnownByEngine

  const account = (words: readonly string[], input = ''): string =>
    run(
      process.execPath,
      [candor, 'account', ...words],
      server.folder,
      { HOME: server.folder },
      input
    )

  /** What one run sends is an event, and a registration and two usages. */
  const untilKept = async (product: 'dblab' | 'dblab_usage', count: number): Promise<void> => {
    const kept = await eventually(
      async () => (await query(server, `SELECT count() AS n FROM ${product}`)).rows[0]?.['n'],
      (n) => n === count
    )
    expect(kept).toBe(count)
  }

  it(
    'registers, hears what its organisation is, and is found and let go by it',
    { timeout: 180_000 },
    async () => {
      expect(reports('on')).toEqual({
        registered: '',
        billing: 'billing is not active',
        organization: ''
      })

      account(['link', 'ACME Inc.', ...stream, '--key', '--billing', 'on'], key)
      expect(reports('on')).toEqual({ registered: '', billing: '', organization: 'ACME Inc.' })

      await untilKept('dblab_usage', 6)
      const found = account(['show', '--installation', id, ...stream])
      expect(JSON.parse(found)).toMatchObject({ name: 'ACME Inc.', installations: 1, records: 6 })
      const page = account(['show', 'ACME Inc.', ...stream, '--page'])
      expect(page).toContain('# What is kept of ACME Inc.')
      expect(page).toContain('| `data_size` | `123000000` |')
      expect(page).not.toContain('Jane Doe')

      account(['link', 'ACME Inc.', ...stream, '--billing', 'off'])
      expect(reports('on').billing).toBe('billing is not active')
    }
  )

  it('sends nothing without its key and with telemetry off, and says why to its host', async () => {
    await untilKept('dblab', 3)
    expect(reports('off', '')).toEqual({
      registered: 'organization key is empty',
      billing: 'billing is not active',
      organization: ''
    })
    // Today's engines heed the switch for their events alone, as the edition's page says.
    expect(reports('off').registered).toBe('')
    await untilKept('dblab_usage', 12)
    await untilKept('dblab', 3)
  })

  it('says nothing that no contract knows', async () => {
    for (const product of ['dblab', 'dblab-usage'])
      expect((await ask(server, 'drift', product)).rows).toEqual([])
  })
})

/** Of the commit that is tried; built once. */
function builtEngine(): string {
  if (commit === undefined) throw new TypeError('CLIENTS names no commit')
  const folder = join(root, 'node_modules', '.cache', 'candor-clients', 'dblab-engine')
  mkdirSync(folder, { recursive: true })
  if (!existsSync(join(folder, '.git'))) run('git', ['init', '--quiet'], folder)
  run('git', ['fetch', '--quiet', '--depth', '1', source, commit], folder)
  run('git', ['checkout', '--quiet', '--force', 'FETCH_HEAD'], folder)
  const engine = join(folder, 'engine')
  const place = join(engine, 'cmd', 'report')
  mkdirSync(place, { recursive: true })
  copyFileSync(join(root, 'test/clients/programs/dblab.go'), join(place, 'main.go'))
  run('go', ['build', '-o', join(folder, 'report'), './cmd/report'], engine)
  return join(folder, 'report')
}

function run(
  command: string,
  words: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
  input = ''
): string {
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    cwd,
    env: { ...process.env, ...environment },
    input,
    encoding: 'utf8',
    timeout: minutesMax * 60_000
  })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${status}\n${stderr}`)
  return stdout
}
