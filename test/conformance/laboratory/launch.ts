/** Runs a program: as it is and timed, under the tracer, on a terminal, or until it is killed. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal } from '../refusal.ts'
import { readTrace, tracedCalls, type Trace } from './trace.ts'

export interface Launch {
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly folder: string
  /** Its standard streams are a terminal; what it prints comes as one stream, in `stdout`. */
  readonly onTerminal?: boolean
  /** For a program that runs until it is told to end. */
  readonly stop?: Stop | undefined
  /**
   * The kit waits for this text in stdout to tell what a program does from how long it takes to
   * end.
   */
  readonly done?: string | undefined
}

export interface Stop {
  /** Sent this long after `prints` was seen in its output, or after its start. */
  readonly afterMs: number
  readonly prints?: string | undefined
  readonly signal: NodeJS.Signals
}

export interface Ended {
  readonly code: number | undefined
  readonly signal: NodeJS.Signals | undefined
  readonly stdout: Buffer
  readonly stderr: Buffer
  readonly wholeMs: number
  /** From `done`, or from the stop's signal, to the end. */
  readonly exitMs: number | undefined
  /** It was killed at the deadline. */
  readonly isLate: boolean
}

/** No program may need longer; the slowest known gives its network 75 s. */
const deadlineMs = 100_000
/**
 * A child that the program left behind may hold its output open; what it prints then is not waited
 * for.
 */
const lingerMs = 500

export function run(launch: Launch): Promise<Ended> {
  const { command } = launch.onTerminal === true ? onTerminal(launch.command) : launch
  return end(start(command, launch), launch)
}

export async function runTraced(launch: Launch): Promise<Ended & { readonly trace: Trace }> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-trace-'))
  try {
    const options = [
      '-ff',
      '-qq',
      '-y',
      '-s',
      // It is a script's path, whole.
      '512',
      '--seccomp-bpf',
      '-e',
      'signal=none',
      '-e',
      `trace=${tracedCalls}`
    ]
    const traced = ['strace', ...options, '-o', join(folder, 'thread'), '--', ...launch.command]
    const { command } = launch.onTerminal === true ? onTerminal(traced) : { command: traced }
    const ended = await end(start(command, launch), launch, 'strace')
    // The program's own thread is the first that there was.
    const numberOf = (name: string): number => Number(name.split('.').at(-1))
    const texts = readdirSync(folder)
      .toSorted((one, other) => numberOf(one) - numberOf(other))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
    const trace = readTrace(texts, launch.folder)
    if (trace.programs.length === 0)
      throw new Refusal(
        'TRACE_REFUSED',
        `strace saw nothing of ${launch.command[0]}: ${ended.stderr}${ended.stdout}`.slice(0, 1000)
      )
    return { ...ended, trace }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Kills the program, and all that it started, `afterMs` after it printed `prints`. False: it ended
 * or said nothing of the kind before.
 */
export async function runUntilKilled(
  launch: Launch,
  prints: string,
  afterMs: number
): Promise<boolean> {
  const child = start(launch.command, launch)
  let printed = ''
  let hasEnded = false
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      hasEnded = true
      resolve()
    })
  )
  const seen = new Promise<boolean>((resolve) =>
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      if (printed.includes(prints)) resolve(true)
    })
  )
  const wasSeen = await Promise.race([
    seen,
    ended.then(() => sleep(50, false)),
    sleep(deadlineMs, false, { ref: false })
  ])
  if (wasSeen) await sleep(afterMs)
  const wasAlive = !hasEnded
  killAll(child)
  await ended
  return wasSeen && wasAlive
}

function onTerminal(command: readonly string[]): { readonly command: readonly string[] } {
  const line = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  return { command: ['script', '--quiet', '--return', '--command', line, '/dev/null'] }
}

function start(
  command: readonly string[],
  { environment, folder, onTerminal }: Launch
): ChildProcess {
  const [program = '', ...parameters] = command
  return spawn(program, parameters, {
    cwd: folder,
    // `script` runs its command by the shell of its caller.
    env: onTerminal === true ? { ...environment, SHELL: '/bin/sh' } : environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true
  })
}

async function end(child: ChildProcess, launch: Launch, tracer?: 'strace'): Promise<Ended> {
  const startedAt = performance.now()
  const out: Buffer[] = []
  const error: Buffer[] = []
  let doneAt: number | undefined
  let isLate = false
  const watch = new Watch()
  child.stdout?.on('data', (chunk: Buffer) => {
    out.push(chunk)
    watch.see(chunk)
    if (launch.done !== undefined && doneAt === undefined && watch.has(launch.done))
      doneAt = performance.now()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    error.push(chunk)
    watch.see(chunk)
  })
  const deadline = setTimeout(() => {
    isLate = true
    killAll(child)
  }, deadlineMs)
  const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null; at: number }>(
    (resolve, reject) => {
      child.once('error', (cause) =>
        reject(new Refusal('COMMAND_UNKNOWN', `${launch.command[0]} can't be run`, { cause }))
      )
      child.once('exit', (code, signal) => resolve({ code, signal, at: performance.now() }))
    }
  )
  const closed = new Promise((resolve) => child.once('close', resolve))
  const { stop } = launch
  if (stop !== undefined) {
    const stopIt = async (): Promise<void> => {
      if (stop.prints !== undefined) await watch.until(stop.prints)
      await sleep(stop.afterMs, undefined, { ref: false })
      doneAt = performance.now()
      signalProgram(child, launch, stop.signal, tracer)
    }
    void stopIt()
  }
  try {
    const { code, signal, at } = await exit
    await Promise.race([closed, sleep(lingerMs)])
    return {
      code: code ?? undefined,
      signal: signal ?? undefined,
      stdout: Buffer.concat(out),
      stderr: Buffer.concat(error),
      wholeMs: at - startedAt,
      exitMs: doneAt === undefined ? undefined : at - doneAt,
      isLate
    }
  } finally {
    clearTimeout(deadline)
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
}

/** What was printed so far, and who waits for it. */
class Watch {
  #text = ''
  #waiting: { text: string; resolve: () => void }[] = []

  see(chunk: Buffer): void {
    this.#text += chunk.toString()
    for (const { text, resolve } of this.#waiting) if (this.has(text)) resolve()
  }

  has(text: string): boolean {
    return this.#text.includes(text)
  }

  until(text: string): Promise<void> {
    return new Promise((resolve) => {
      if (this.has(text)) resolve()
      else this.#waiting.push({ text, resolve })
    })
  }
}

function killAll({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended by itself.
  }
  // What stood between it and us (script, strace) made groups of its own.
  for (const other of descendantsOf(pid)) killOne(other, 'SIGKILL')
}

function signalProgram(
  { pid }: ChildProcess,
  { onTerminal }: Launch,
  signal: NodeJS.Signals,
  tracer: 'strace' | undefined
): void {
  if (pid === undefined) return
  let target = pid
  // The program is the only child of each that stands before it: script, the shell that it runs
  // (unless that made way), the tracer.
  const wrappers = new Set([
    ...(onTerminal === true ? ['script', 'sh', 'dash', 'bash'] : []),
    ...(tracer === undefined ? [] : [tracer])
  ])
  while (wrappers.has(nameOf(target))) {
    const [child] = childrenOf(target)
    if (child === undefined) break
    wrappers.delete(nameOf(target))
    target = child
  }
  killOne(target, signal)
}

function killOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has just ended by itself.
  }
}

function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)])
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(/\s+/)
      .filter(Boolean)
      .map(Number)
  } catch {
    return []
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return ''
  }
}
