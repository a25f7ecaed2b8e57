/**
 * How far back may rows still come that have their moment already? Whoever reads rows in the order
 * of `loaded_at` waits for so long, or would pass over them.
 */
import type { Clock } from '../effects.ts'

/** Nothing that was begun longer ago is written: an insert ends at its deadline, and its kill. */
const lastingMs = 45_000
/** Between the moment of a block and the beginning of its insert, as two clocks tell it. */
const marginMs = 1_000

/** Of a store that other collectors write to as well, nothing shorter is known. */
export function elsewhereMs(): number {
  return lastingMs
}

/** Of one that this process alone writes to. */
export class InFlight {
  readonly #clock: Pick<Clock, 'now'>
  readonly #begun = new Map<object, number>()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** What failed to be answered may be written yet. */
  async watch<Value>(insert: () => Promise<Value>): Promise<Value> {
    const mark = {}
    this.#begun.set(mark, this.#clock.now())
    const value = await insert()
    this.#begun.delete(mark)
    return value
  }

  unsettledMs(): number {
    const now = this.#clock.now()
    for (const [mark, begun] of this.#begun) if (now - begun > lastingMs) this.#begun.delete(mark)
    return marginMs + Math.max(0, ...[...this.#begun.values()].map((begun) => now - begun))
  }
}
