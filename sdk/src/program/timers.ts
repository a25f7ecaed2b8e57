/** What is to be done later, unless the program has ended by then or closed its telemetry. */
import type { Effects } from '../effects.ts'

export class Timers {
  readonly #effects: Pick<Effects, 'after'>
  readonly #stops = new Set<() => void>()
  #isOver = false

  constructor(effects: Pick<Effects, 'after'>) {
    this.#effects = effects
  }

  later(delayMs: number, call: () => unknown): void {
    if (this.#isOver) return
    const forget = this.add(
      this.#effects.after(delayMs, () => {
        forget()
        call()
      })
    )
  }

  /**
   * Loading a file keeps a process alive until it is read. So it must be seen to live by itself
   * twice: a timer that is late, because the program was busy until its end, is followed by one
   * that a program at its end never reaches.
   */
  whileAlive(delayMs: number, call: () => unknown): void {
    this.later(delayMs / 2, () => this.later(delayMs / 2, call))
  }

  /** What must be stopped too. The answer forgets it. */
  add(stop: () => void): () => void {
    this.#stops.add(stop)
    return () => void this.#stops.delete(stop)
  }

  stopAll(): void {
    this.#isOver = true
    for (const stop of this.#stops) stop()
    this.#stops.clear()
  }
}
