/** How many pieces of exports are made and read at once, so that questions keep their seats? */
import type { Clock } from '../../../effects.ts'
import { CandorError } from '../../../errors.ts'

/** Of the engine's four sessions for questions; a piece waits in its memory until it was read. */
const seatsMax = 2
const waitingMax = 16
const waitMsMax = 30_000

export class PartSeats {
  readonly #clock: () => Pick<Clock, 'after'>
  #taken = 0
  readonly #waiting: (() => void)[] = []

  constructor(clock: () => Pick<Clock, 'after'>) {
    this.#clock = clock
  }

  /** Throws RATE_LIMITED where none becomes free in time, or whoever asked has left. */
  async take(signal: AbortSignal): Promise<{ readonly leave: () => void }> {
    if (this.#taken >= seatsMax) await this.#free(signal)
    else this.#taken++
    let hasLeft = false
    return {
      leave: () => {
        if (hasLeft) return
        hasLeft = true
        const next = this.#waiting.shift()
        if (next === undefined) this.#taken--
        else next()
      }
    }
  }

  #free(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= waitingMax) return Promise.reject(busy())
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        cancel()
        signal.removeEventListener('abort', giveUp)
        settle()
      }
      const next = (): void => end(resolve)
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(next), 1)
        end(() => reject(busy()))
      }
      const cancel = this.#clock().after(waitMsMax, giveUp)
      this.#waiting.push(next)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }
}

function busy(): CandorError {
  return new CandorError('RATE_LIMITED', 'Other exports are being read; ask again soon.', {
    details: { retryAfterSeconds: 5 }
  })
}
