/** How do months pass in seconds? The machine's own clock, moved ahead as often as is said. */
import type { Clock, Effects } from '../../../server/src/effects.ts'
import { systemEffects } from '../../../server/src/effects.ts'

interface Waiting {
  readonly due: number
  readonly wake: () => void
}

const hourMs = 3_600_000

export class MovedClock implements Clock {
  #aheadMs: number
  readonly #waiting = new Set<Waiting>()
  /** How often somebody began to sleep for so long. */
  readonly #slept = new Map<number, number>()

  constructor(startsAt: number) {
    this.#aheadMs = startsAt - Date.now()
  }

  now(): number {
    return Date.now() + this.#aheadMs
  }

  /** A deadline runs as it does through a suspended night: by a move alone it does not pass. */
  after(delayMs: number, call: () => void): () => void {
    const timer = setTimeout(call, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  }

  /** Who sleeps is woken by a move, and who sleeps for hours by nothing else. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    this.#slept.set(delayMs, this.slept(delayMs) + 1)
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const wake = (): void => {
        cancel?.()
        this.#waiting.delete(waiting)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      const cancel = delayMs < hourMs ? this.after(delayMs, wake) : undefined
      const waiting: Waiting = { due: this.now() + delayMs, wake }
      this.#waiting.add(waiting)
      signal?.addEventListener('abort', wake, { once: true })
    })
  }

  slept(delayMs: number): number {
    return this.#slept.get(delayMs) ?? 0
  }

  moveTo(instant: number): void {
    this.#aheadMs += instant - this.now()
    const woken = [...this.#waiting].filter(({ due }) => due <= this.now())
    for (const { wake } of woken) wake()
  }

  /** The disk of that machine has its clock, too. */
  effects(): Effects {
    const files: Effects['files'] = {
      ...systemEffects.files,
      stat: (async (path: string) => {
        const found = await systemEffects.files.stat(path)
        found.mtimeMs += this.#aheadMs
        return found
      }) as Effects['files']['stat']
    }
    return { ...systemEffects, clock: this, files }
  }
}
