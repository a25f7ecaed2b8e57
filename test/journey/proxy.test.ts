/**
 * nginx with TLS before both doors, by the recipe of the guide: real clients hear what they need,
 * senders are told apart, and administration is reached under its own name alone.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request, type RequestOptions } from 'node:https'
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
import { cert, certifiedName, key } from './world/certificate.ts'
import { freePort } from './world/free-port.ts'
import { sendRaw } from './world/raw-request.ts'

const hasNginx = spawnSync('nginx', ['-v']).status === 0
const name = 'dashboard.example.com'

/** The recipe as it is printed, with ports of this run; its certificate stands around it. */
function recipe(ports: { reports: number; dashboard: number; to: RunningServer }): string {
  const guide = readFileSync(join(root, 'docs', 'guide', 'nginx.md'), 'utf8')
  const servers = /```nginx\n([^]*?)```/.exec(guide)?.[1] ?? ''
  const [reports = '', dashboard = ''] = servers.split(/(?=# Dashboard)/)
  return [
    reports.replace('443 ssl', `${ports.reports} ssl`).replace(':4700', `:${ports.to.port}`),
    dashboard
      .replace('443 ssl', `${ports.dashboard} ssl`)
      .replace(':4701', `:${ports.to.adminPort}`)
  ].join('')
}

const trusting = { host: '127.0.0.1', ca: cert, servername: certifiedName }

/** Over TLS, with a certificate that is really checked. */
function get(
  options: RequestOptions
): Promise<{ readonly status: number; readonly port: number | undefined }> {
  return new Promise((resolve, reject) => {
    request({ ...trusting, agent: false, ...options }, (answer) => {
      const { socket } = answer
      const port = socket.localPort
      answer.resume()
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, port }))
    })
      .once('error', reject)
      .end()
  })
}

// `.ci/run` installs it.
describe.runIf(hasNginx)('behind nginx', () => {
  let server: RunningServer
  let nginx: ChildProcess
  let folder: string
  let [reports, dashboard] = [0, 0]

  beforeAll(async () => {
    server = await startServer({
      configuration: `trusted_proxies: [127.0.0.1]
network: { records_per_hour: 60 }
dashboard: { hosts: [${name}] }
`
    })
    await untilStoreIs(server, 'ready')
    folder = mkdtempSync(join(tmpdir(), 'candor-nginx-'))
    mkdirSync(join(folder, 'tmp'))
    writeFileSync(join(folder, 'cert.pem'), cert)
    writeFileSync(join(folder, 'key.pem'), key)
    ;[reports, dashboard] = [await freePort(), await freePort()]
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${join(folder, 'tmp', kind)};`
    )
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; master_process off; pid ${join(folder, 'pid')}; error_log stderr;
events {}
http { access_log off; ${temporary.join(' ')}
ssl_certificate ${join(folder, 'cert.pem')}; ssl_certificate_key ${join(folder, 'key.pem')};
${recipe({ reports, dashboard, to: server })}
}
`
    )
    nginx = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-e', 'stderr'], { stdio: 'ignore' })
    await eventually(
      () =>
        get({ port: reports, path: '/livez' }).then(
          ({ status }) => status,
          () => 0
        ),
      (status) => status === 200
    )
  })
  afterAll(async () => {
    nginx.kill('SIGTERM')
    await removeServer(server)
    rmSync(folder, { recursive: true, force: true })
  })

  /** From an address of this machine, with whatever the sender says of itself. */
  const track = (localAddress: string, forwarded: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = request(
        {
          port: reports,
          host: '127.0.0.1',
          localAddress,
          path: '/v1/track',
          method: 'POST',
          agent: false,
          ca: cert,
          headers: {
            'x-forwarded-for': forwarded,
            authorization: `Basic ${Buffer.from('dlt:').toString('base64')}`
          }
        },
        (answer) => {
          answer.resume()
          answer.once('end', () => resolve(answer.statusCode ?? 0))
        }
      )
      sent.once('error', reject)
      const anonymousId = localAddress.replaceAll('.', '-')
      // dlt's own clients send no two alike.
      const properties = { elapsed: Number(forwarded.split('.')[3] ?? 0) }
      sent.end(JSON.stringify({ anonymousId, event: 'pipeline_load', properties }))
    })

  it('answers TimescaleDB so that its hand-written parser reads it', async () => {
    const fixtures = join(root, 'server', 'src', 'products', 'timescaledb', 'fixtures')
    const { bytes, status } = await sendRaw(
      reports,
      readFileSync(join(fixtures, 'capture-2.22.1.http')),
      { over: { ca: cert, servername: certifiedName } }
    )
    expect(status).toBe(200)
    expect(lintAnswer(bytes)).toEqual([])
    expect(readAsClient(bytes)).toMatchObject({ is: 'behind' })
  })

  it('keeps a connection for the next request of who speaks HTTP/1.1', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const paths = ['/livez', '/.well-known/telemetry.json', '/nothing-here', '/livez']
    const answers = []
    for (const path of paths) answers.push(await get({ port: reports, path, agent }))
    agent.destroy()
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 200])
    expect(new Set(answers.map(({ port }) => port)).size).toBe(1)
  })

  it('hands nothing on of what came without TLS', async () => {
    const { status } = await sendRaw(reports, 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(status).toBe(400)
  })

  it('tells senders apart by what nginx saw, whatever they say of themselves', async () => {
    for (let times = 0; times < 40; times++)
      expect(await track('127.0.7.1', `198.51.100.${times}`)).toBe(200)
    expect(await track('127.0.8.1', '')).toBe(200)
    const { rows } = await eventually(
      () =>
        query(
          server,
          'SELECT count() AS records, countIf(over_budget) AS marked, uniqExact(installation) ' +
            'AS installations FROM dlt'
        ),
      (answer) => Number(answer.rows[0]?.['records']) === 41
    )
    // A third of an hour's share at once; the other network has its own.
    expect(rows).toEqual([{ records: 41, marked: 20, installations: 2 }])
  })

  it('shows the dashboard under its own name alone, and nothing of it where reports go in', async () => {
    const token = { authorization: `Bearer ${server.token}` }
    const asked = async (port: number, host: string, path: string, more = {}): Promise<number> =>
      (await get({ port, path, headers: { host, ...more } })).status
    expect(await asked(dashboard, name, '/')).toBe(200)
    expect(await asked(dashboard, name, '/api/v1/doctor', token)).toBe(200)
    expect(await asked(dashboard, name, '/api/v1/doctor')).toBe(401)
    // A page that made its own name point here has no token.
    expect(await asked(dashboard, 'rebound.example.org', '/metrics')).toBe(421)
    for (const path of ['/', '/api/v1/doctor', '/metrics'])
      expect(await asked(reports, name, path, token), path).toBe(404)
  })
})
