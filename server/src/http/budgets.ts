/**
 * How much may one network take of one thing? A bucket each that refills evenly, with two marks:
 * above its share, and so far above that it is turned away.
 */
import type { Clock } from '../effects.ts'

export interface BudgetLimits {
  /** At once, and by the hour in the long run. */
  readonly share: { readonly burst: number; readonly perHour: number }
  /** The same, beyond which it is turned away. */
  readonly most: { readonly burst: number; readonly perHour: number }
}

export type Share = 'within' | 'over' | 'far-over'

interface Bucket {
  share: number
  most: number
  at: number
}

const hourMs = 3_600_000
/** 200 bytes each. Beyond it, whoever was not heard of for longest begins anew. */
const bucketsMax = 50_000

export class Budgets {
  readonly #clock: Pick<Clock, 'now'>
  readonly #limits: BudgetLimits
  /** In the order of their last use. */
  readonly #buckets = new Map<string, Bucket>()
  #over = 0
  #farOver = 0

  constructor(clock: Pick<Clock, 'now'>, limits: BudgetLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** Undefined network: whoever has no share of its own is never above it. */
  take(network: string | undefined, thing: string, amount: number): Share {
    if (network === undefined || amount === 0) return 'within'
    const key = `${network} ${thing}`
    const bucket = this.#refilled(key)
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    const [oldest] = this.#buckets.keys()
    if (this.#buckets.size > bucketsMax && oldest !== undefined) this.#buckets.delete(oldest)
    if (bucket.most < amount) {
      this.#farOver += amount
      return 'far-over'
    }
    bucket.most -= amount
    if (bucket.share < amount) {
      this.#over += amount
      return 'over'
    }
    bucket.share -= amount
    return 'within'
  }

  /** Amounts since the start, and how many buckets there are. */
  state(): { readonly over: number; readonly farOver: number; readonly buckets: number } {
    return { over: this.#over, farOver: this.#farOver, buckets: this.#buckets.size }
  }

  #refilled(key: string): Bucket {
    const now = this.#clock.now()
    const { share, most } = this.#limits
    const bucket = this.#buckets.get(key)
    if (bucket === undefined) return { share: share.burst, most: most.burst, at: now }
    // A clock that was set back must not empty anybody's bucket.
    const hours = Math.max(0, now - bucket.at) / hourMs
    bucket.share = Math.min(share.burst, bucket.share + hours * share.perHour)
    bucket.most = Math.min(most.burst, bucket.most + hours * most.perHour)
    bucket.at = now
    return bucket
  }
}
