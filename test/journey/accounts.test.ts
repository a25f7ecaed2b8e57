/**
 * What an edition requires, through a real server: kept of an organisation where the operator keeps
 * accounts, and of nobody where they do not.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import {
  candor as program,
  eventually,
  query,
  removeServer,
  root,
  runCandor,
  startServer,
  type RunningServer
} from './world/candor-server.ts'

const engine = 'c6fgs68hmvj3sm2pbphg'
const key = 'org-key-of-acme-5f1a'

describe('what editions report because of a contract', () => {
  let server: RunningServer | undefined
  afterEach(async () => {
    if (server !== undefined) await removeServer(server)
    server = undefined
  })

  function running(): RunningServer {
    if (server === undefined) throw new TypeError('no server runs')
    return server
  }

  async function start(configuration: string): Promise<void> {
    server = await startServer({ configuration })
  }

  /** As an engine posts it: no Content-Type, its key and id in headers. */
  async function post(call: string, body: object, orgKey = key): Promise<Record<string, unknown>> {
    const response = await fetch(`${running().url}/in/dblab/rpc/${call}`, {
      method: 'POST',
      headers: { 'Org-Key': orgKey, 'Selfassigned-Instance-ID': engine },
      body: Buffer.from(JSON.stringify(body))
    })
    expect(response.status).toBe(200)
    return (await response.json()) as Record<string, unknown>
  }

  const usage = (
    size: number,
    orgKey?: string,
    instance = engine
  ): Promise<Record<string, unknown>> =>
    post(
      'telemetry_usage',
      {
        selfassigned_instance_id: instance,
        event_data: { cpu: 8, total_memory: 16_777_216_000, data_size: size }
      },
      orgKey
    )

  function candor(words: readonly string[], input = ''): string {
    const { folder } = running()
    const ran = spawnSync(process.execPath, [program, ...words], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder },
      input,
      encoding: 'utf8'
    })
    expect(ran.status, ran.stderr).toBe(0)
    return ran.stdout
  }

  it('is kept of nobody without a file of accounts, and answered so that no engine breaks', async () => {
    await start('')
    expect(await usage(5)).toMatchObject({ billing_active: true })
    const response = await fetch(`${running().url}/v1/reports`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ candor: 1, product: 'dblab-usage', report: 'x', runs: [] })
    })
    expect([response.status, response.headers.get('candor-dropped')]).toEqual([200, 'contract'])
    const { code, error } = await runCandor(running(), ['account', 'list'])
    expect([code, error]).toEqual([1, expect.stringContaining('accounts: ./accounts.yaml')])
  })

  it(
    'is kept by account, named by the operator, found by an id, erased',
    { timeout: 300_000 },
    async () => {
      await start('accounts: ./accounts.yaml\n')
      await post('dblab_instance_register', {
        selfassigned_instance_id: engine,
        project_name: 'Project of Jane Doe'
      })
      expect(await usage(123_456_789)).toMatchObject({
        billing_active: false,
        recognized_org: { name: '' }
      })
      const token = await eventually(
        async () => /[0-9a-f]{32}/.exec(candor(['account', 'list']))?.[0],
        (found) => found !== undefined
      )
      candor(
        ['account', 'link', 'ACME Inc.', '--product', 'dblab-usage', '--key', '--billing', 'on'],
        key
      )
      expect(readFileSync(join(running().folder, 'accounts.yaml'), 'utf8')).toContain(token)
      expect(await usage(200_000_000)).toMatchObject({
        billing_active: true,
        recognized_org: { name: 'ACME Inc.' }
      })
      expect(await usage(5, 'key-of-a-stranger', 'c6fgs68hmvj3sm2pbpi0')).toMatchObject({
        billing_active: false
      })
      const shown = await eventually(
        async () =>
          candor(['account', 'show', '--installation', engine, '--product', 'dblab-usage']),
        (text) => text.includes('200000000')
      )
      expect(JSON.parse(shown)).toMatchObject({ name: 'ACME Inc.', installations: 1, records: 3 })

      // A second key of the same organisation: one engine has had both, and each another one.
      const berlin = 'org-key-of-acme-berlin'
      candor(['account', 'link', 'ACME Inc.', '--product', 'dblab-usage', '--key'], berlin)
      expect(await usage(5, key, 'c6fgs68hmvj3sm2pbpk0')).toMatchObject({ billing_active: true })
      for (const instance of [engine, 'c6fgs68hmvj3sm2pbpj0'])
        expect(await usage(200_000_000, berlin, instance)).toMatchObject({ billing_active: true })
      await eventually(
        async () => /ACME Inc\..* active +(\d+) /.exec(candor(['account', 'list']))?.[1],
        (installations) => installations === '3'
      )
      const page = candor(['account', 'show', 'ACME Inc.', '--product', 'dblab-usage', '--page'])
      expect(page).toContain('# What is kept of ACME Inc.')
      expect(page).toContain('`200000000`')
      expect(page).toContain('https://postgres.ai/contact')

      // Neither the open edition's numbers nor its tokens know of it.
      const open = await query(running(), 'SELECT count() AS n FROM dblab')
      expect(open.rows).toEqual([{ n: 0 }])
      const written = filesBelow(join(running().folder, 'data')).map((file) => readFileSync(file))
      for (const secret of [key, 'ACME', 'Jane Doe', engine])
        expect(written.some((bytes) => bytes.includes(secret))).toBe(false)

      candor(['account', 'delete', 'ACME Inc.', '--product', 'dblab-usage', '--yes'])
      const audit = readFileSync(join(running().folder, 'data', 'audit.ndjson'), 'utf8')
      for (const act of ['account-link', 'account-show', 'account-delete'])
        expect(audit).toContain(`"act":"${act}"`)
      expect(audit).not.toContain('ACME')
      await eventually(
        async () => candor(['account', 'show', 'ACME Inc.', '--product', 'dblab-usage']),
        (text) => text.includes('"records": 0'),
        60
      )
    }
  )

  it('keeps a licence of TimescaleDB’s Enterprise Edition apart, and the edition alone in the open', async () => {
    await start('accounts: ./accounts.yaml\n')
    const fixture = join(root, 'server/src/products/timescaledb/fixtures')
    const [, body = ''] = readFileSync(join(fixture, 'made-1.4.2-enterprise.http'), 'utf8').split(
      '\r\n\r\n'
    )
    const report = JSON.parse(body) as { db_uuid: string; license: { id: string } }
    const response = await fetch(`${running().url}/v1/metrics`, { method: 'POST', body })
    expect([response.status, response.headers.get('candor-dropped')]).toEqual([200, null])
    const { id } = report.license
    const ours = ['--product', 'timescaledb-license']
    candor(['account', 'link', 'ACME Inc.', ...ours, '--key'], id)
    const shown = await eventually(
      async () => candor(['account', 'show', 'ACME Inc.', ...ours]),
      (text) => text.includes('license_kind')
    )
    const quoted = candor(['account', 'show', '--installation', report.db_uuid, ...ours])
    expect(quoted).toBe(shown)
    expect(JSON.parse(shown)).toMatchObject({
      name: 'ACME Inc.',
      records: 1,
      reports: [{ name: 'enterprise_license', license_kind: 'commercial', version: '1.4.2' }]
    })
    const open = await query(running(), 'SELECT * FROM timescaledb')
    // Columns of contracts that were published before stay, and stay empty.
    expect(open.rows).toMatchObject([{ license_edition: 'enterprise', license_kind: null }])
    const written = filesBelow(join(running().folder, 'data')).map((file) => readFileSync(file))
    for (const secret of [id, 'ACME', report.db_uuid])
      expect(written.some((bytes) => bytes.includes(secret))).toBe(false)
  })

  it('needs the right scopes: who reads numbers knows no names', async () => {
    await start('accounts: ./accounts.yaml\n')
    const made = candor(['token', 'create', 'reader', '--scope', 'read'])
    const reader = made.trim().split('\n').at(-1) ?? ''
    for (const [method, path] of [
      ['GET', 'accounts'],
      ['POST', 'accounts/show'],
      ['POST', 'accounts/link'],
      ['POST', 'accounts/delete']
    ] as const) {
      const response = await fetch(`${running().adminUrl}/api/v1/${path}`, {
        method,
        headers: { Authorization: `Bearer ${reader}`, 'Content-Type': 'application/json' },
        ...(method === 'POST' ? { body: '{}' } : {})
      })
      expect([path, response.status]).toEqual([path, 403])
    }
  })
})

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
}
