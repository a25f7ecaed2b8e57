/**
 * Three collectors that load into one store, and what stands before them: here, on the embedded
 * engine behind ClickHouse's interface; or in containers, on a cluster of ClickHouse's own.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBalancer, type Balancer } from './balancer.ts'
import {
  removeServer,
  root,
  runCandor,
  startServer,
  untilTablesAre,
  type RunningServer
} from '../candor-server.ts'
import { startClickHouse } from '../clickhouse-server.ts'

type Reached = Pick<RunningServer, 'url' | 'data' | 'folder'>

export interface Collectors {
  /** Loses every fifteenth answer. */
  readonly balancer: Balancer
  at(index: number): Reached
  /** Killed or told to stop, and started again. */
  restart(index: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  stop(): Promise<void>
}

const loseEvery = 15
const passwords = { 'clickhouse.password': 'secret', 'reader.password': 'another' }
const releases = 'releases:\n  - { version: 1.27.0, date: 2026-11-01 }\n'

export async function collectorsHere(): Promise<Collectors> {
  const clickHouse = await startClickHouse({ loader: 'secret', reader: 'another' })
  const configuration = `clickhouse:
  url: '${clickHouse.url}'
  user: loader
  password_file: ./clickhouse.password
  reader_user: reader
  reader_password_file: ./reader.password
  shared: true
`
  const first = await startServer({ configuration, files: passwords })
  const { folder, data } = first
  mkdirSync(join(folder, 'releases'), { recursive: true })
  writeFileSync(join(folder, 'releases', 'dlt.yaml'), releases)
  const { code, error } = await runCandor(first, ['keys', 'create'])
  if (code !== 0) throw new Error(error)
  const same = `secret: ${data}.secret\nkeys: ${data}.keys\nreleases: ${folder}/releases\n`
  const servers = [first]
  for (const _ of [1, 2])
    servers.push(await startServer({ configuration: configuration + same, files: passwords }))
  const at = (index: number): RunningServer => servers[index] as RunningServer
  for (const server of servers) await untilTablesAre(server)
  const balancer = await startBalancer({ ports: servers.map(({ port }) => port), loseEvery })
  return {
    balancer,
    at,
    async restart(index, signal) {
      const { folder, port } = at(index)
      await at(index).kill(signal)
      servers[index] = await startServer({ folder, port })
    },
    async stop() {
      await balancer.stop()
      for (const server of servers) await removeServer(server)
      await clickHouse.stop()
    }
  }
}

const composeFile = join(root, 'deploy', 'cluster', 'compose.yaml')
/** As the file maps them. */
const ports = { balancer: 4700, reports: [4721, 4722, 4723], admin: [4711, 4712, 4713] }
const token = 'journey-token-0123456789abcdef'

/** They run already: `deploy/cluster/run.mjs` has started them, and takes them away. */
export async function collectorsInContainers(): Promise<Collectors> {
  const folders = ports.reports.map((port, index) => {
    const folder = mkdtempSync(join(tmpdir(), 'candor-cluster-'))
    const data = join(folder, 'data')
    mkdirSync(data)
    // As a server on this machine leaves it, so that the command line finds the one in there.
    writeFileSync(
      join(data, 'server.json'),
      JSON.stringify({
        url: `http://127.0.0.1:${ports.admin[index]}`,
        ingest: `http://127.0.0.1:${port}`,
        token
      }),
      { mode: 0o600 }
    )
    return { folder, data, url: `http://127.0.0.1:${port}` }
  })
  const balancer = await startBalancer({ ports: [ports.balancer], loseEvery })
  return {
    balancer,
    at: (index) => folders[index] as Reached,
    async restart(index, signal) {
      const name = `collector-${index + 1}`
      compose('kill', '--signal', signal, name)
      compose('up', '--detach', '--no-deps', '--wait', name)
      return Promise.resolve()
    },
    async stop() {
      await balancer.stop()
      for (const { folder } of folders) rmSync(folder, { recursive: true, force: true })
    }
  }
}

function compose(...parameters: readonly string[]): void {
  const { status } = spawnSync('docker', ['compose', '--file', composeFile, ...parameters], {
    stdio: 'inherit'
  })
  if (status !== 0) throw new Error(`docker compose ${parameters.join(' ')} ended with ${status}`)
}
