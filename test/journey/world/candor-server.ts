/** Starts the built server as a user would, in a folder of its own, and stops it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
export const candor = join(root, 'server', 'bin', 'candor.js')

export interface RunningServer {
  readonly folder: string
  readonly data: string
  /** Where reports go in. */
  readonly url: string
  readonly port: number
  /** Of API, dashboard and metrics. */
  readonly adminUrl: string
  readonly adminPort: number
  readonly token: string
  readonly process: ChildProcess
  /** All that it has printed. */
  printed(): string
  kill(signal: NodeJS.Signals): Promise<void>
}

export interface ServerOptions {
  /** An existing folder to start in again; default: a new one. */
  readonly folder?: string
  readonly port?: number
  readonly flags?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** The text of candor.yaml. */
  readonly configuration?: string
  /** Texts of further files in the folder. */
  readonly files?: Readonly<Record<string, string>>
  /** Another `candor` than the built one. */
  readonly program?: string
  /** Words to put before the command: `unshare`, `taskset`, `prlimit`. */
  readonly under?: readonly string[]
}

const token = 'journey-token-0123456789abcdef'

export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'candor-'))
  const data = join(folder, 'data')
  if (options.configuration !== undefined)
    writeFileSync(join(folder, 'candor.yaml'), options.configuration)
  for (const [name, text] of Object.entries(options.files ?? {}))
    writeFileSync(join(folder, name), text)
  rmSync(join(data, 'server.json'), { force: true })
  const [command, ...parameters] = [
    ...(options.under ?? []),
    process.execPath,
    options.program ?? candor,
    'serve',
    '--port',
    String(options.port ?? 0),
    '--admin-port',
    '0',
    ...(options.flags ?? [])
  ]
  const child = spawn(command as string, parameters, {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, CANDOR_TOKEN: token, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let printed = ''
  child.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const { ingest: url, url: adminUrl } = await untilListening(data, child, () => printed).catch(
    async (error: unknown) => {
      await stop(child, 'SIGKILL')
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
      throw error
    }
  )
  return {
    folder,
    data,
    url,
    port: Number(new URL(url).port),
    adminUrl,
    adminPort: Number(new URL(adminUrl).port),
    token,
    process: child,
    printed: () => printed,
    kill: (signal) => stop(child, signal)
  }
}

/** Stops it and removes its folder. */
export async function removeServer(server: RunningServer): Promise<void> {
  await server.kill('SIGTERM')
  rmSync(server.folder, { recursive: true, force: true })
}

async function untilListening(
  data: string,
  child: ChildProcess,
  printed: () => string
): Promise<{ readonly url: string; readonly ingest: string }> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (child.exitCode !== null)
      throw new Error(`the server ended with ${child.exitCode}:\n${printed()}`)
    try {
      return JSON.parse(readFileSync(join(data, 'server.json'), 'utf8')) as never
    } catch {
      await sleep(50)
    }
  }
  throw new Error(`the server does not listen after 30 s:\n${printed()}`)
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await ended
}

/** Runs the command line against this server and returns what it printed. */
export async function runCandor(
  server: Pick<RunningServer, 'data' | 'folder'>,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {}
): Promise<{ code: number; out: string; error: string }> {
  const child = spawn(process.execPath, [candor, ...parameters], {
    cwd: server.folder,
    env: { PATH: process.env['PATH'], HOME: server.folder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let out = ''
  let error = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()))
  const code = await new Promise<number>((resolve) =>
    child.once('close', (status) => resolve(status ?? -1))
  )
  return { code, out, error }
}

export interface Answered {
  readonly question: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly notes: readonly string[]
  readonly partial?: readonly { readonly period: string; readonly because: string }[]
}

export async function ask(
  server: RunningServer,
  question: string,
  product: string,
  by?: string,
  environment: Readonly<Record<string, string>> = {}
): Promise<Answered> {
  const parameters = [
    'ask',
    question,
    '--product',
    product,
    '--format',
    'json',
    ...(by === undefined ? [] : ['--by', by])
  ]
  const { code, out, error } = await runCandor(server, parameters, environment)
  if (code !== 0) throw new Error(error)
  return JSON.parse(out) as Answered
}

export async function query(
  server: Pick<RunningServer, 'data' | 'folder'>,
  sql: string
): Promise<Answered> {
  const { code, out, error } = await runCandor(server, [
    'query',
    sql,
    '--format',
    'json',
    '--rows',
    '100000'
  ])
  if (code !== 0) throw new Error(error)
  return JSON.parse(out) as Answered
}

/** What `/readyz` answers. */
export async function readiness(server: Pick<RunningServer, 'url'>): Promise<{
  readonly status: number
  readonly ready: boolean
  readonly because?: string
  readonly store: string
}> {
  const response = await fetch(`${server.url}/readyz`)
  return {
    status: response.status,
    ...((await response.json()) as { ready: boolean; store: string })
  }
}

/** Until what is kept can be asked about: before that, whoever asks is told to ask again. */
export async function untilTablesAre(
  { adminUrl, token }: Pick<RunningServer, 'adminUrl' | 'token'>,
  seconds = 120
): Promise<void> {
  const isAnswered = await eventually(
    async () => {
      const answer = await fetch(`${adminUrl}/api/v1/query`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ sql: 'SELECT count() FROM records', rowsMax: 1 })
      })
      return answer.ok
    },
    Boolean,
    seconds
  )
  if (!isAnswered) throw new Error(`the tables are not there after ${seconds} s`)
}

/** Until the server itself says so. */
export async function untilStoreIs(
  server: Pick<RunningServer, 'url'>,
  state: string,
  seconds = 60
): Promise<void> {
  const { store } = await eventually(
    () => readiness(server),
    (now) => now.store === state,
    seconds
  )
  if (store !== state) throw new Error(`the store is ${store} and not ${state} after ${seconds} s`)
}

/**
 * Asks again until the answer is as it should be: what was answered is kept at once, and can be
 * asked about a moment later.
 */
export async function eventually<Value>(
  get: () => Promise<Value>,
  isRight: (value: Value) => boolean,
  seconds = 30
): Promise<Value> {
  const endsAt = Date.now() + seconds * 1000
  for (;;) {
    const value = await get()
    if (isRight(value) || Date.now() > endsAt) return value
    await sleep(200)
  }
}
