/**
 * Where do programs live? On a machine with a disk of its own that may be full, a clock that may be
 * wrong, and processes that may be killed between any two of their writes.
 */
import type { Effects, FileSystem } from '../../../sdk/src/effects.ts'
import type { Transport } from '../../../sdk/src/network/transport.ts'
import { openMemoryFiles } from '../../../sdk/src/state/memory-files.test-support.ts'
import { writingCalls } from '../../../sdk/src/state/world.test-support.ts'
import type { Chance } from './chance.ts'
import type { ContractVersion } from './contract-versions.ts'
import type { Timeline } from './timeline.ts'

const home = '/user'

/** What a run's own variables say of telemetry. */
export type Says = 'on' | 'off' | undefined

export interface ProcessOptions {
  readonly version: ContractVersion
  readonly runs: 'program' | 'service'
  readonly says: Says
  readonly isTerminal: boolean
}

/** A process that was killed in the middle, or a disk that was full, has written a part of it. */
const tearing = new Set(['appendFileSync', 'writeFileSync', 'writeSync'])

export class Machine {
  readonly name: string
  readonly files: FileSystem
  readonly timeline: Timeline
  readonly chance: Chance
  /** Milliseconds by which its clock is wrong. */
  clockIsAhead = 0
  isFull = false
  #lastProcess = 0

  constructor(name: string, { timeline, chance }: { timeline: Timeline; chance: Chance }) {
    this.name = name
    this.timeline = timeline
    this.chance = chance
    this.files = openMemoryFiles()
    this.files.mkdirSync(home, { recursive: true })
  }

  clock(): number {
    return this.timeline.now + this.clockIsAhead
  }

  nextProcess(): number {
    this.#lastProcess += 1
    return this.#lastProcess
  }
}

export interface ProcessWorld {
  readonly transport: (process: Process) => Transport
  readonly startDetached: (folder: string, variables: Readonly<Record<string, string>>) => void
  readonly told: (text: string) => void
}

/** One process with an SDK in it. */
export class Process {
  readonly id: string
  readonly machine: Machine
  readonly options: ProcessOptions
  readonly variables: Readonly<Record<string, string>>
  readonly effects: Effects
  /** When it began, in the order of facts. */
  readonly began: number
  isAlive = true
  /** Somebody waits for what it sends, so that it waits for no period. */
  isAsked = false
  /** It will be killed. */
  isDoomed = false
  hasTold = false
  /** It is killed at so many writes from now. */
  diesAfterWrites = Number.POSITIVE_INFINITY
  readonly #exits = new Set<() => void>()

  constructor(
    machine: Machine,
    options: ProcessOptions,
    world: ProcessWorld,
    variables?: Process['variables']
  ) {
    const { timeline } = machine
    const number = machine.nextProcess()
    this.id = `${machine.name}.${number}`
    this.machine = machine
    this.options = options
    this.began = timeline.tick()
    this.variables = variables ?? {
      HOME: home,
      PATH: '/usr/bin',
      TERM: 'xterm',
      ...(options.says === 'on' ? { SIM_TELEMETRY: 'on' } : {}),
      ...(options.says === 'off' ? { DO_NOT_TRACK: '1' } : {})
    }
    const started = timeline.now
    const { chance } = machine
    const later = (delayMs: number, call: () => void): (() => void) =>
      timeline.after(delayMs, () => {
        if (this.isAlive) call()
      })
    this.effects = {
      now: () => machine.clock(),
      elapsed: () => timeline.now - started,
      randomBytes: (count) => chance.bytes(count),
      variables: this.variables,
      files: this.#files(),
      system: {
        platform: 'linux',
        arch: 'x64',
        nodeVersion: '20.19.0',
        isSupported: true,
        processId: 1_000 + number,
        userId: process.getuid?.() ?? 0,
        isMainThread: true,
        home: () => home,
        osRelease: () => '6.1.0',
        cpuCount: () => 4,
        workingFolder: () => home,
        isTerminal: () => options.isTerminal,
        writeError: (text) => {
          if (this.isAlive) world.told(text)
        },
        senderScript: () => '/usr/lib/telemetry-sender.mjs',
        startDetached: (_script, folder, given) => {
          if (this.isAlive) world.startDetached(folder, given)
          return this.isAlive
        }
      },
      after: later,
      stay: () => () => {},
      endOfTurn: (call) => void later(0, call),
      atExit: (call) => {
        this.#exits.add(call)
        return () => void this.#exits.delete(call)
      },
      transport: () => world.transport(this)
    }
  }

  /** Ends as a program does that has nothing more to do. */
  exit(): void {
    if (!this.isAlive) return
    for (const call of this.#exits) call()
    this.isAlive = false
  }

  kill(): void {
    this.isAlive = false
  }

  #files(): FileSystem {
    const { files, chance } = this.machine
    const wrapped = Object.fromEntries(
      Object.entries(files)
        .filter(([, value]) => typeof value === 'function')
        .map(([name, call]) => {
          const real = call as (...given: unknown[]) => unknown
          return [
            name,
            writingCalls.has(name) ? this.#mayFail(name, real, chance) : this.#whileAlive(real)
          ]
        })
    )
    return { ...wrapped, constants: files.constants } as unknown as FileSystem
  }

  #whileAlive(real: (...given: unknown[]) => unknown) {
    return (...given: unknown[]): unknown => {
      if (!this.isAlive) throw failure('KILLED')
      return real(...given)
    }
  }

  #mayFail(name: string, real: (...given: unknown[]) => unknown, chance: Chance) {
    return (...given: unknown[]): unknown => {
      if (!this.isAlive) throw failure('KILLED')
      this.diesAfterWrites -= 1
      const dies = this.diesAfterWrites < 0
      // Whatever only takes away fits on a full disk.
      const isRefused = this.machine.isFull && !/^(?:rm|unlink|ftruncate)/.test(name)
      if (!dies && !isRefused) return real(...given)
      if (tearing.has(name) && chance.is(0.5)) {
        const [path, text, ...rest] = given
        const bytes = Buffer.from(text as string)
        real(path, bytes.subarray(0, chance.below(bytes.length)), ...rest)
      }
      if (dies) this.isAlive = false
      throw failure(dies ? 'KILLED' : 'ENOSPC')
    }
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code })
}
