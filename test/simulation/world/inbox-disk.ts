/**
 * The inbox's real disk, slower: a commit takes a while of simulated time, in which other things
 * happen, and whoever is killed meanwhile may have written or not.
 */
import {
  openDatabases,
  removeCopies,
  type Databases
} from '../../../server/src/inbox/disk/databases.ts'
import { CandorError } from '../../../server/src/errors.ts'
import type { InboxDisk } from '../../../server/src/inbox/open-inbox.ts'
import type { Chance } from './chance.ts'
import type { Timeline } from './timeline.ts'

export interface DiskState {
  /** Each commit fails. */
  isFailing: boolean
  /** Almost nothing is free. */
  isLow: boolean
  /** Now and then a commit takes seconds, longer than a client waits. */
  isSlow: boolean
}

/** Enough for what a simulated collector holds; address space, not memory. */
const mapBytes = 256 * 1024 * 1024

export class SlowDisk implements InboxDisk {
  readonly #timeline: Timeline
  readonly #chance: Chance
  readonly #state: DiskState
  readonly #isAlive: () => boolean
  readonly #called: (tookMs: number) => void
  #opened: Databases | undefined

  constructor(options: {
    readonly timeline: Timeline
    readonly chance: Chance
    readonly state: DiskState
    readonly isAlive: () => boolean
    readonly called: (tookMs: number) => void
  }) {
    this.#timeline = options.timeline
    this.#chance = options.chance
    this.#state = options.state
    this.#isAlive = options.isAlive
    this.#called = options.called
  }

  readonly openDatabases = (path: string): Databases => {
    const real = openDatabases(path, { mapBytes })
    this.#opened = real
    return {
      ...real,
      commit: (write) => this.#slowly(() => real.commit(write), this.#state.isFailing),
      compact: () => this.#slowly(() => real.compact(), this.#state.isFailing),
      close: () => this.close()
    }
  }

  readonly removeCopies = (path: string): Promise<void> => this.#timeline.real(removeCopies(path))

  /** Nothing here damages a file; what does is tried by the journeys of faults. */
  readonly isFileWhole = (): Promise<boolean> => Promise.resolve(true)

  /** What the system does with the files of a process that is gone. */
  async close(): Promise<void> {
    const opened = this.#opened
    this.#opened = undefined
    if (opened !== undefined) await this.#timeline.real(opened.close())
  }

  #slowly(work: () => Promise<void>, fails: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#isAlive()) return
      const isLate = this.#state.isSlow && this.#chance.is(0.05)
      const tookMs = isLate ? this.#chance.between(200, 20_000) : this.#chance.between(0, 30)
      this.#called(tookMs)
      const later = (call: () => void): void =>
        void this.#timeline.after(tookMs, () => {
          if (this.#isAlive()) call()
        })
      const alive = (): void => (this.#isAlive() ? resolve() : undefined)
      const failed = (cause: unknown): void => {
        if (this.#isAlive())
          reject(
            cause instanceof CandorError
              ? cause
              : new CandorError('INBOX_COMMIT_FAILED', 'The simulated disk is full.', { cause })
          )
      }
      if (fails) return later(() => failed(undefined))
      // Written at once and told later, or the other way round: that is what a kill decides.
      if (this.#chance.is(0.5))
        this.#timeline.real(work()).then(
          () => later(resolve),
          (error: unknown) => later(() => failed(error))
        )
      else
        later(() => {
          void this.#timeline.real(work()).then(alive, failed)
        })
    })
  }
}
