/** The one gate to the outside world: clock, randomness, files. Parameters everywhere, so that a test can be the world. */
import { randomBytes } from 'node:crypto'
import * as files from 'node:fs/promises'
import type { Instant } from './record.ts'

export interface Effects {
  readonly clock: Clock
  /** Cryptographically random bytes. */
  readonly random: (bytes: number) => Buffer
  readonly files: typeof files
}

export interface Clock {
  now(): Instant
  /** Calls once, after so many milliseconds; returns what cancels it. Does not keep the process alive. */
  after(delayMs: number, call: () => void): () => void
  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
  sleep(delayMs, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, delayMs)
      signal?.addEventListener('abort', done, { once: true })
    })
  }
}

export const systemEffects: Effects = { clock: systemClock, random: (bytes) => randomBytes(bytes), files }

/** The network as a client sees it: for the command-line tool, which talks to a running server. */
export interface Network {
  readonly fetch: typeof globalThis.fetch
}

export const systemNetwork: Network = { fetch: (...request) => globalThis.fetch(...request) }
