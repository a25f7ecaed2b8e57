/**
 * Caddy before the door of reports, by the file that is deployed with a container: real clients
 * hear what they need, and nothing else is handed on.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lintAnswer, readAsClient } from '../../server/src/products/timescaledb/answer-parser.ts'
import {
  eventually,
  query,
  removeServer,
  root,
  startServer,
  untilStoreIs,
  type RunningServer
} from './world/candor-server.ts'
import { freePort } from './world/free-port.ts'
import { sendRaw } from './world/raw-request.ts'

const hasCaddy = spawnSync('caddy', ['version']).status === 0

// `.ci/run` installs it.
describe.runIf(hasCaddy)('behind Caddy', () => {
  let server: RunningServer
  let caddy: ChildProcess
  let folder: string
  let port = 0

  beforeAll(async () => {
    server = await startServer({
      configuration: `trusted_proxies: [127.0.0.1]
network: { records_per_hour: 60 }
`
    })
    await untilStoreIs(server, 'ready')
    folder = mkdtempSync(join(tmpdir(), 'candor-caddy-'))
    port = await freePort()
    const file = join(root, 'deploy', 'container', 'Caddyfile')
    caddy = spawn('caddy', ['run', '--config', file, '--adapter', 'caddyfile'], {
      stdio: 'ignore',
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        TELEMETRY_HOST: `http://127.0.0.1:${port}`,
        COLLECTOR: `127.0.0.1:${server.port}`
      }
    })
    await eventually(
      () =>
        fetch(`http://127.0.0.1:${port}/livez`).then(
          ({ status }) => status,
          () => 0
        ),
      (status) => status === 200
    )
  })
  afterAll(async () => {
    caddy.kill('SIGTERM')
    await removeServer(server)
    rmSync(folder, { recursive: true, force: true })
  })

  /** It comes from an address that is no proxy's, with whatever the sender says of itself. */
  const track = (times: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = {
        'x-forwarded-for': `198.51.100.${times}`,
        authorization: `Basic ${Buffer.from('dlt:').toString('base64')}`
      }
      const options = { port, host: '127.0.0.1', localAddress: '127.0.7.1', headers, agent: false }
      const sent = request({ ...options, path: '/v1/track', method: 'POST' }, (answer) => {
        answer.resume()
        answer.once('end', () => resolve(answer.statusCode ?? 0))
      })
      sent.once('error', reject)
      const properties = { elapsed: times }
      sent.end(JSON.stringify({ anonymousId: 'one', event: 'pipeline_load', properties }))
    })

  it('answers TimescaleDB so that its hand-written parser reads it', async () => {
    const fixtures = join(root, 'server', 'src', 'products', 'timescaledb', 'fixtures')
    const { bytes, status } = await sendRaw(
      port,
      readFileSync(join(fixtures, 'capture-2.22.1.http'))
    )
    expect(status).toBe(200)
    expect(lintAnswer(bytes)).toEqual([])
    expect(readAsClient(bytes)).toMatchObject({ is: 'behind' })
  })

  it('tells a sender by what Caddy saw, whatever it says of itself', async () => {
    for (let times = 0; times < 40; times++) expect(await track(times)).toBe(200)
    const { rows } = await eventually(
      () => query(server, 'SELECT count() AS records, countIf(over_budget) AS marked FROM dlt'),
      (answer) => Number(answer.rows[0]?.['records']) === 40
    )
    // A third of an hour's share may come at once.
    expect(rows).toEqual([{ records: 40, marked: 20 }])
  })

  it('hands on neither dashboard nor API nor metrics', async () => {
    const headers = { authorization: `Bearer ${server.token}` }
    for (const path of ['/', '/api/v1/doctor', '/metrics'])
      expect((await fetch(`http://127.0.0.1:${port}${path}`, { headers })).status, path).toBe(404)
  })
})
