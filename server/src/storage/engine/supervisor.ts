/**
 * Keeps the engine's process running: started, watched, restarted when it dies or wedges, ended
 * with the server.
 */
import { strict as assert } from 'node:assert'
import { type ChildProcess, fork } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Effects } from '../../effects.ts'
import type { Instant } from '../../record.ts'
import type { ChildMessage, ChildSetup } from './child.ts'
import { type EngineEndings, noEndings, withEnding } from './engine-endings.ts'

export interface SupervisorOptions {
  readonly effects: Effects
  /** Holds the engine's data and, when its path is short enough, the socket. */
  readonly folder: string
  readonly log: EngineLog
  /** What SQL that users wrote may do, as GRANT says it. */
  readonly readerGrants: readonly string[]
  readonly limits?: Partial<SupervisorLimits>
}

/** Never given anything that a client sent. */
export interface EngineLog {
  info(fields: Readonly<Record<string, string | number>>, message: string): void
  warn(fields: Readonly<Record<string, string | number>>, message: string): void
}

export interface SupervisorLimits {
  readonly startMsMax: number
  readonly pingEveryMs: number
  readonly pingMsMax: number
  /** So many pings in a row without an answer: the process is wedged. */
  readonly pingsMissedMax: number
  readonly drainMsMax: number
  readonly memoryBytesMax: number
}

export interface EngineState {
  readonly is: 'starting' | 'ready' | 'unreachable'
  readonly since: Instant
  /** Of a process of ours; undefined of an engine that somebody else runs. */
  readonly endings?: EngineEndings
}

const gibibyte = 1024 ** 3

const usualLimits: SupervisorLimits = {
  // Loading the parts of a large store takes its time; a process that is stuck before that takes
  // for ever.
  startMsMax: 120_000,
  pingEveryMs: 1_000,
  // The child's event loop runs no query: on an overloaded machine three seconds are long, nine are
  // a wedge.
  pingMsMax: 3_000,
  pingsMissedMax: 3,
  drainMsMax: 15_000,
  memoryBytesMax: Math.max(gibibyte, Math.min(4 * gibibyte, Math.floor(totalmem() * 0.6)))
}

const backoffMsFirst = 100
const backoffMsMax = 10_000
// A process that answered for so long did not fail because of how it was started.
const healthyMs = 30_000
// It may have 104 with its closing zero on macOS, 108 on Linux.
const socketPathBytesMax = 103

/** Where the engine in this folder writes backups. */
export function engineBackups(folder: string): string {
  return join(resolve(folder), 'backups')
}

export class Supervisor {
  readonly socketPath: string
  readonly #options: SupervisorOptions
  readonly #limits: SupervisorLimits
  readonly #temporary: string | undefined
  readonly #setup: ChildSetup
  readonly #childModule = childModule()
  readonly #closing = new AbortController()
  readonly #running: Promise<void>
  readonly #firstOutcome: Promise<void>
  #tellFirstOutcome: () => void = () => undefined
  #child: ChildProcess | undefined
  #state: EngineState
  #endings = noEndings

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#limits = { ...usualLimits, ...options.limits }
    this.#state = { is: 'starting', since: options.effects.clock.now() }
    this.#firstOutcome = new Promise((resolve) => (this.#tellFirstOutcome = resolve))
    const run = join(options.folder, 'run')
    const tooLong = Buffer.byteLength(join(run, 'engine.sock')) > socketPathBytesMax
    this.#temporary = tooLong ? mkdtempSync(join(tmpdir(), 'candor-')) : undefined
    const privateFolder = this.#temporary ?? run
    mkdirSync(privateFolder, { recursive: true })
    chmodSync(privateFolder, 0o700)
    this.socketPath = join(privateFolder, 'engine.sock')
    this.#setup = {
      folder: join(options.folder, 'store'),
      socketPath: this.socketPath,
      configFile: join(privateFolder, 'engine.xml'),
      usersFile: join(privateFolder, 'users.xml'),
      backupsFolder: engineBackups(options.folder),
      readerGrants: options.readerGrants,
      memoryBytesMax: this.#limits.memoryBytesMax
    }
    this.#running = this.#keepRunning()
  }

  state(): EngineState {
    return { ...this.#state, endings: this.#endings }
  }

  /** The engine's process, while there is one. */
  pid(): number | undefined {
    return this.#child?.pid
  }

  /** Resolves when the engine first answers or first fails to start. */
  started(): Promise<void> {
    return this.#firstOutcome
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
    if (this.#temporary !== undefined) rmSync(this.#temporary, { recursive: true, force: true })
  }

  async #keepRunning(): Promise<void> {
    const { clock } = this.#options.effects
    let failures = 0
    while (!this.#closing.signal.aborted) {
      rmSync(this.socketPath, { force: true })
      const child = fork(this.#childModule, [JSON.stringify(this.#setup)], {
        // Nothing that the engine might print, a crash's last query for one, reaches a log.
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
        execArgv: [],
        env: childEnvironment()
      })
      this.#child = child
      const exit = whenGone(child)
      const { readyAt, failedWith } = await this.#whenReady(child, exit)
      if (readyAt !== undefined) {
        this.#become('ready')
        await this.#watch(exit)
      }
      if (this.#closing.signal.aborted) await this.#drain(child, exit)
      this.#become('unreachable')
      const hadToBeKilled = child.exitCode === null && child.signalCode === null
      child.kill('SIGKILL')
      await exit
      this.#child = undefined
      this.#tellFirstOutcome()
      if (this.#closing.signal.aborted) return
      failures = readyAt !== undefined && clock.now() - readyAt > healthyMs ? 1 : failures + 1
      this.#endings = withEnding(
        this.#endings,
        {
          failedWith,
          wasReady: readyAt !== undefined,
          hadToBeKilled,
          exitCode: child.exitCode,
          signal: child.signalCode
        },
        clock.now()
      )
      this.#options.log.warn(
        { failures, because: this.#endings.last?.because ?? 'exited' },
        `the storage engine ended: ${this.#endings.last?.says ?? ''}; starting it again`
      )
      await clock.sleep(
        Math.min(backoffMsMax, backoffMsFirst * 2 ** (failures - 1)),
        this.#closing.signal
      )
    }
  }

  async #whenReady(
    child: ChildProcess,
    exit: Promise<void>
  ): Promise<{ readonly readyAt: Instant | undefined; readonly failedWith: number | undefined }> {
    const { clock } = this.#options.effects
    const done = new AbortController()
    let failedWith: number | undefined
    const ready = new Promise<boolean>((resolve) => {
      child.once('message', (message: ChildMessage) => {
        if (message.is === 'failed') failedWith = message.code
        resolve(message.is === 'ready')
      })
    })
    const isReady = await Promise.race([
      ready,
      exit.then(() => false),
      clock
        .sleep(this.#limits.startMsMax, AbortSignal.any([this.#closing.signal, done.signal]))
        .then(() => false)
    ])
    done.abort()
    return { readyAt: isReady ? clock.now() : undefined, failedWith }
  }

  /** Ends when the process is gone, wedged, or no longer wanted. */
  async #watch(exit: Promise<void>): Promise<void> {
    const over = new AbortController()
    void exit.then(() => over.abort())
    const stop = AbortSignal.any([over.signal, this.#closing.signal])
    let missed = 0
    for (;;) {
      await this.#options.effects.clock.sleep(this.#limits.pingEveryMs, stop)
      if (stop.aborted) return
      missed = (await ping(this.socketPath, this.#limits.pingMsMax)) ? 0 : missed + 1
      if (missed >= this.#limits.pingsMissedMax) return
      this.#become(missed === 0 ? 'ready' : 'unreachable')
    }
  }

  async #drain(child: ChildProcess, exit: Promise<void>): Promise<void> {
    child.kill('SIGTERM')
    const done = new AbortController()
    await Promise.race([
      exit,
      this.#options.effects.clock.sleep(this.#limits.drainMsMax, done.signal)
    ])
    done.abort()
  }

  #become(is: EngineState['is']): void {
    if (is === 'ready') this.#tellFirstOutcome()
    if (this.#state.is === is) return
    this.#state = { is, since: this.#options.effects.clock.now() }
    this.#options.log.info({ state: is }, 'storage engine')
  }
}

function childModule(): string {
  const compiled = fileURLToPath(new URL('./child.js', import.meta.url))
  if (existsSync(compiled)) return compiled
  // From sources, as tests run: Node 20 reads no TypeScript, so the child of the last build stands
  // in.
  const built = fileURLToPath(new URL('../../../dist/storage/engine/child.js', import.meta.url))
  assert(existsSync(built), 'The engine needs its compiled child: npm run build.')
  return built
}

/** Only what a program needs to start: the server's environment holds secrets. */
function childEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'LD_LIBRARY_PATH', 'TMPDIR'].flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]]
  )
  // Eight sessions, the killer and their inserts each hold a thread of this pool while they run.
  return { ...Object.fromEntries(kept), TZ: 'UTC', UV_THREADPOOL_SIZE: '16' }
}

function whenGone(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    // It never started: there will be no exit.
    child.once('error', () => {
      if (child.pid === undefined) resolve()
    })
  })
}

function ping(socketPath: string, msMax: number): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request(
      { socketPath, path: '/ping', agent: false, signal: AbortSignal.timeout(msMax) },
      (response) => {
        response.resume()
        response.once('end', () => resolve(response.statusCode === 200))
        response.once('error', () => resolve(false))
      }
    )
    sent.once('error', () => resolve(false))
    sent.end()
  })
}
