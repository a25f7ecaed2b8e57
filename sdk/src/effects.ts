/**
 * The one gate to the outside world: clock, chance, variables, files, process and network are
 * parameters, so that a test can be the world.
 */
import type * as files from 'node:fs'

/**
 * Asked of the process, not imported: a module that imports built-in ones takes twice as long to
 * load.
 */
const { getBuiltinModule } = process as Partial<typeof process> as Pick<
  typeof process,
  'getBuiltinModule'
>
/**
 * Before 20.16 and 22.3 there is no way to the system that costs its host nothing: see
 * `inertTelemetry`.
 */
const isSupported = typeof getBuiltinModule === 'function'
const os = (): typeof import('node:os') => getBuiltinModule('node:os')

/** The synchronous calls that the SDK makes; `node:fs` has this shape. */
export type FileSystem = Pick<
  typeof files,
  | 'appendFileSync'
  | 'closeSync'
  | 'constants'
  | 'existsSync'
  | 'fstatSync'
  | 'ftruncateSync'
  | 'linkSync'
  | 'lstatSync'
  | 'mkdirSync'
  | 'openSync'
  | 'readFileSync'
  | 'readSync'
  | 'readdirSync'
  | 'renameSync'
  | 'rmSync'
  | 'statSync'
  | 'unlinkSync'
  | 'writeFileSync'
  | 'writeSync'
>

export type FileStats = files.Stats

export interface Effects {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds that only ever grow, for elapsed times. */
  elapsed(): number
  randomBytes(count: number): Uint8Array
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly files: FileSystem
  readonly system: SystemFacts
  /** Timers never keep the host alive. */
  after(delayMs: number, call: () => void): () => void
  /**
   * Keeps the host alive until the returned call, and for no longer than this: only while its
   * program awaits an answer.
   */
  stay(millisecondsMax: number): () => void
  /** Calls at the end of this turn of the event loop, without keeping the host alive. */
  endOfTurn(call: () => void): void
  /**
   * Calls once when the process ends by itself or by `process.exit`; returns what takes it back. It
   * is never a signal handler.
   */
  atExit(call: () => void): () => void
  /** Whatever carries requests; absent: a thread of this process, which alone touches sockets. */
  transport?(): Transport
}

export interface NetworkRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly connectMs: number
  /** For all of it, from now: name, connection, answer. */
  readonly deadlineMs: number
  readonly answerBytesMax: number
  /** PEM; besides the roots that Node brings and NODE_EXTRA_CA_CERTS. */
  readonly ca?: string | undefined
  /**
   * Whoever asked waits for the answer, so the process does as well. Without it, an ending program
   * takes the request with it.
   */
  readonly awaited: boolean
}

export type NetworkAnswer =
  | {
      readonly is: 'answered'
      readonly status: number
      /** Lower-case names; only those that the SDK looks at. */
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    }
  | { readonly is: 'failed'; readonly says: string }

export interface Transport {
  /**
   * Never rejects, and answers within the deadline whatever the network does. Redirects are answers
   * like any other.
   */
  send(request: NetworkRequest): Promise<NetworkAnswer>
  /** Ends what is under way. It may be used again. */
  close(): void
}

/**
 * What the host's machine and process are; each is read when asked for, so that loading the SDK
 * costs nothing.
 */
export interface SystemFacts {
  readonly platform: string
  readonly arch: string
  readonly nodeVersion: string
  /** Whether this runtime is one that the package's `engines` name, or near enough. */
  readonly isSupported: boolean
  readonly processId: number
  /** Undefined on Windows. */
  readonly userId: number | undefined
  readonly isMainThread: boolean
  home(): string | undefined
  osRelease(): string
  cpuCount(): number
  workingFolder(): string | undefined
  isTerminal(stream: 'stdin' | 'stdout' | 'stderr'): boolean
  /** Only ever the notice, to a terminal's standard error. */
  writeError(text: string): void
  /**
   * The script that sends once its program is over; undefined where this runtime can't run one, or
   * where it does not lie beside the program.
   */
  senderScript(): string | undefined
  /**
   * Runs a script in a session of its own, with no handle of the host's and no variable but these.
   * False: not possible here.
   */
  startDetached(
    script: string,
    argument: string,
    variables: Readonly<Record<string, string>>
  ): boolean
}

/**
 * From the kernel, which is where `node:crypto` has it from: to load that takes longer than all
 * else that a record needs. Undefined where
 * there is no such device, or something else in its place.
 */
function systemChance(count: number): Uint8Array | undefined {
  if (process.platform === 'win32') return undefined
  const { closeSync, fstatSync, openSync, readSync } = getBuiltinModule('node:fs')
  try {
    const device = openSync('/dev/urandom', 'r')
    try {
      const bytes = new Uint8Array(count)
      return fstatSync(device).isCharacterDevice() && readSync(device, bytes) === count
        ? bytes
        : undefined
    } finally {
      closeSync(device)
    }
  } catch {
    return undefined
  }
}

/**
 * Linux numbers its terminals: 4 and 5 are the machine's own, 136 to 143 those of windows and
 * connections; 1 is `/dev/null` and its like.
 */
const [terminalsFrom, terminalsTo] = [136, 143]

/**
 * Loads `node:tty`, and with it half of what speaks to networks, only where the descriptor's own
 * kind does not tell.
 */
function isTerminal(descriptor: number): boolean {
  if (process.platform !== 'win32') {
    try {
      const found = getBuiltinModule('node:fs').fstatSync(descriptor)
      if (!found.isCharacterDevice()) return false
      const kind = process.platform === 'linux' ? (found.rdev >> 8) & 0xfff : 0
      if (kind === 1) return false
      if (kind === 4 || kind === 5 || (kind >= terminalsFrom && kind <= terminalsTo)) return true
    } catch {
      return false
    }
  }
  return getBuiltinModule('node:tty').isatty(descriptor)
}

export const systemEffects: Effects = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  randomBytes: (count) => systemChance(count) ?? getBuiltinModule('node:crypto').randomBytes(count),
  get variables() {
    return process.env
  },
  files: isSupported ? getBuiltinModule('node:fs') : ({} as FileSystem),
  system: {
    platform: process.platform,
    arch: process.arch,
    nodeVersion: process.versions.node,
    isSupported,
    processId: process.pid,
    userId: process.geteuid?.(),
    // Worker threads have no parent-less way to say so without loading node:worker_threads;
    // `process.env` of a worker is a copy all the same.
    get isMainThread() {
      return getBuiltinModule('node:worker_threads').isMainThread
    },
    home() {
      try {
        // What `os.homedir` looks at first, without loading `node:os`.
        return (process.platform === 'win32' ? undefined : process.env['HOME']) ?? os().homedir()
      } catch {
        return undefined
      }
    },
    osRelease: () => os().release(),
    cpuCount: () => os().availableParallelism(),
    workingFolder() {
      try {
        return process.cwd()
      } catch {
        return undefined
      }
    },
    // Asked of the descriptor: to look at `process.stdin` would open it.
    isTerminal: (stream) => isTerminal(['stdin', 'stdout', 'stderr'].indexOf(stream)),
    writeError(text) {
      process.stderr.write(text)
    },
    senderScript() {
      try {
        if (!canRunScripts()) return undefined
        // Written so that bundlers which carry such files along see it; the others leave it, and
        // the file is not there.
        const script = getBuiltinModule('node:url').fileURLToPath(
          new URL('./telemetry-sender.mjs', import.meta.url)
        )
        const isThere = getBuiltinModule('node:fs').statSync(script, { throwIfNoEntry: false })
        return isThere?.isFile() === true ? script : undefined
      } catch {
        return undefined
      }
    },
    startDetached(script, argument, variables) {
      try {
        const child = getBuiltinModule('node:child_process').spawn(
          process.execPath,
          // Flags that say whom to trust are the machine's; all others are the host's own business.
          [...process.execArgv.filter((flag) => /^--use-\w+-ca$/.test(flag)), script, argument],
          { cwd: '/', env: variables, detached: true, stdio: 'ignore', windowsHide: true }
        )
        child.on('error', () => {})
        child.unref()
        return child.pid !== undefined
      } catch {
        return false
      }
    }
  },
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
  stay(millisecondsMax) {
    const timer = setTimeout(() => {}, millisecondsMax)
    return () => clearTimeout(timer)
  },
  endOfTurn(call) {
    setImmediate(call).unref()
  },
  atExit(call) {
    if (atExitCalls.size === 0) process.on('exit', callAtExit)
    atExitCalls.add(call)
    return () => {
      atExitCalls.delete(call)
      if (atExitCalls.size === 0) process.removeListener('exit', callAtExit)
    }
  }
}

/**
 * A single executable, Electron, a packed file system: what looks like a runtime there is the
 * program itself.
 */
function canRunScripts(): boolean {
  return (
    /(?:^|[\\/])node(?:js)?(?:-?v?\d[\d.]*)?(?:\.exe)?$/i.test(process.execPath) &&
    process.versions['electron'] === undefined &&
    process.versions['pnp'] === undefined
  )
}

/** One listener for all: a program with eleven of them would be warned on its stderr. */
const atExitCalls = new Set<() => void>()

function callAtExit(): void {
  for (const call of atExitCalls) call()
}
