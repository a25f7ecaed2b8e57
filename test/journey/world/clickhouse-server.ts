/**
 * A ClickHouse that is reached over TCP with a user and a password, as somebody else's would be: a
 * real engine in a process of its own, behind a door that can be shut.
 */
import { fork } from 'node:child_process'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import {
  createServer,
  request,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './candor-server.ts'

export interface ClickHouseServer {
  readonly url: string
  readonly port: number
  /** How many blocks came in ClickHouse's own format. */
  blocks(): number
  /** Connections are refused from now on, as when a machine is away; the engine keeps its data. */
  shut(): Promise<void>
  open(): Promise<void>
  stop(): Promise<void>
}

/** What `candor schema` prints for the products that come with Candor. */
const views = [
  'records',
  'snapshots',
  'installations',
  'installation_activity',
  'installation_reports',
  'daily',
  'history',
  'drift',
  'quarantine',
  'dblab',
  'dlt',
  'readyset',
  'timescaledb'
]

/** `users`: their names and passwords; the rights of a reader are those of who asks as one. */
export async function startClickHouse(
  users: Readonly<Record<string, string>>
): Promise<ClickHouseServer> {
  const folder = mkdtempSync(join(tmpdir(), 'candor-clickhouse-'))
  const socketPath = join(folder, 's')
  const setup = {
    folder: join(folder, 'store'),
    socketPath,
    configFile: join(folder, 'c.xml'),
    usersFile: join(folder, 'u.xml'),
    readerGrants: views.map((view) => `GRANT SELECT ON candor.${view}`),
    memoryBytesMax: 2 ** 30
  }
  const engine = fork(
    join(root, 'server', 'dist', 'storage', 'engine', 'child.js'),
    [JSON.stringify(setup)],
    { stdio: 'ignore' }
  )
  await new Promise<void>((resolve, reject) => {
    engine.once('message', () => resolve())
    engine.once('exit', (code) => reject(new Error(`the engine ended with ${code}`)))
  })
  const wanted = Object.entries(users).map(
    ([user, password]) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  )
  let blocks = 0
  let door: Server | undefined
  let port = 0

  const pass = (asked: IncomingMessage, answer: ServerResponse): void => {
    if (
      asked.url?.startsWith('/ping') !== true &&
      !wanted.includes(asked.headers.authorization ?? '')
    ) {
      asked.resume()
      answer.writeHead(403, { 'X-ClickHouse-Exception-Code': 516 })
      answer.end('Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)')
      return
    }
    const passTo = (path: string | undefined, headers: IncomingHttpHeaders): ClientRequest => {
      const passed = request({ socketPath, path, method: asked.method, headers }, (answered) => {
        answer.writeHead(answered.statusCode ?? 500, answered.headers)
        answered.pipe(answer)
      })
      passed.once('error', () => answer.destroy())
      answer.once('close', () => passed.destroy())
      return passed
    }
    const url = new URL(asked.url ?? '/', 'http://server')
    const [, into] =
      /^(INSERT INTO .*) FORMAT Native$/.exec(url.searchParams.get('query') ?? '') ?? []
    if (into === undefined) {
      asked.pipe(passTo(asked.url, asked.headers))
      return
    }
    // The embedded engine takes rows as text alone; a file it reads in every format.
    const file = join(folder, `block-${++blocks}`)
    asked.pipe(createWriteStream(file)).once('finish', () => {
      url.searchParams.set('query', `${into} SELECT * FROM file('${file}', 'Native')`)
      const { 'transfer-encoding': _chunked, ...headers } = asked.headers
      passTo(`${url.pathname}${url.search}`, { ...headers, 'content-length': '0' }).end()
    })
  }
  const open = async (): Promise<void> => {
    const server = createServer(pass)
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
    door = server
  }
  const shut = async (): Promise<void> => {
    const server = door
    door = undefined
    if (server === undefined) return
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  await open()
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    blocks: () => blocks,
    open,
    shut,
    async stop() {
      await shut()
      engine.removeAllListeners('exit')
      const ended = new Promise((resolve) => engine.once('exit', resolve))
      engine.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
