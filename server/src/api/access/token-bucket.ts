/** How many requests may one caller make? A bucket each, which refills evenly. */
import type { Clock } from '../../effects.ts'

interface Bucket {
  left: number
  at: number
}

export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>()
  readonly #clock: Pick<Clock, 'now'>
  readonly #limit: { readonly burst: number; readonly perSecond: number }

  constructor(
    clock: Pick<Clock, 'now'>,
    limit: { readonly burst: number; readonly perSecond: number }
  ) {
    this.#clock = clock
    this.#limit = limit
  }

  /** 0: go on. Else the whole seconds after which it may be tried again. */
  take(key: string): number {
    const now = this.#clock.now()
    const { burst, perSecond } = this.#limit
    const bucket = this.#buckets.get(key) ?? { left: burst, at: now }
    // A clock that was set back must not empty anybody's bucket.
    bucket.left = Math.min(burst, bucket.left + (Math.max(0, now - bucket.at) / 1000) * perSecond)
    bucket.at = now
    this.#buckets.set(key, bucket)
    if (this.#buckets.size > keysMax) this.#forgetFull(now)
    if (bucket.left < 1) return Math.max(1, Math.ceil((1 - bucket.left) / perSecond))
    bucket.left -= 1
    return 0
  }

  /** What would be full by now is as good as new. */
  #forgetFull(now: number): void {
    const { burst, perSecond } = this.#limit
    for (const [key, { left, at }] of this.#buckets)
      if (left + ((now - at) / 1000) * perSecond >= burst) this.#buckets.delete(key)
  }
}

/** More than there may be tokens and sessions. */
const keysMax = 2_000
