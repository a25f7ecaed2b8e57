/**
 * What happens when? Events in the order of simulated time, each of which has ended, with all that
 * the real disk had to do for it, before the next one begins.
 */
import { createHash } from 'node:crypto'

interface Event {
  readonly at: number
  readonly order: number
  readonly call: () => void
  isCancelled: boolean
}

const shownMax = 60
/** A real disk answers in milliseconds; after this something waits that nobody will end. */
const settleMsMax = 20_000

export class Timeline {
  now: number
  readonly #events: Event[] = []
  readonly #hash = createHash('sha256')
  readonly #last: string[] = []
  readonly #write: ((line: string) => void) | undefined
  #order = 0
  #underWay = 0
  #immediates = 0

  constructor(start: number, write?: (line: string) => void) {
    this.now = start
    this.#write = write
  }

  /** Counts what the product puts off to a later turn of the real event loop. */
  watchTurns(): () => void {
    const real = globalThis.setImmediate
    const counted = (
      call: (...given: unknown[]) => void,
      ...given: unknown[]
    ): NodeJS.Immediate => {
      this.#immediates += 1
      return real(() => {
        this.#immediates -= 1
        call(...given)
      })
    }
    globalThis.setImmediate = counted as typeof setImmediate
    this.#turn = () => new Promise((resolve) => real(resolve))
    return () => {
      globalThis.setImmediate = real
    }
  }

  /** A number that grows with every fact, for saying which came first within one millisecond. */
  tick(): number {
    this.#order += 1
    return this.#order
  }

  at(time: number, call: () => void): () => void {
    const event = {
      at: Math.max(this.now, Math.round(time)),
      order: this.tick(),
      call,
      isCancelled: false
    }
    push(this.#events, event)
    return () => {
      event.isCancelled = true
    }
  }

  after(delayMs: number, call: () => void): () => void {
    return this.at(this.now + Math.max(0, delayMs), call)
  }

  pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.after(delayMs, resolve))
  }

  /** Work of the real disk or engine: no event begins before it has ended. */
  async real<Result>(work: Promise<Result>): Promise<Result> {
    this.#underWay += 1
    try {
      return await work
    } finally {
      this.#underWay -= 1
    }
  }

  /** Lives until then, or until there is a reason to stop. */
  async until(time: number, isOver: () => boolean): Promise<void> {
    await this.#settle()
    if (isOver()) return
    for (
      let next = this.#events[0];
      next !== undefined && next.at <= time;
      next = this.#events[0]
    ) {
      pop(this.#events)
      if (next.isCancelled) continue
      this.now = next.at
      next.call()
      await this.#settle()
      if (isOver()) return
    }
    this.now = time
  }

  note(line: string): void {
    const text = `${new Date(this.now).toISOString()} ${line}`
    this.#hash.update(text)
    this.#last.push(text)
    if (this.#last.length > shownMax) this.#last.shift()
    this.#write?.(text)
  }

  last(): readonly string[] {
    return this.#last
  }

  digest(): string {
    return this.#hash.copy().digest('hex').slice(0, 16)
  }

  #turn: () => Promise<void> = () => new Promise((resolve) => setImmediate(resolve))

  async #settle(): Promise<void> {
    await this.#turn()
    if (this.#underWay + this.#immediates === 0) return
    const deadline = performance.now() + settleMsMax
    while (this.#underWay + this.#immediates > 0) {
      await this.#turn()
      if (performance.now() > deadline) throw new Error('the real disk does not answer')
    }
    await this.#turn()
  }
}

function isBefore(one: Event | undefined, other: Event | undefined): boolean {
  if (one === undefined || other === undefined) return one !== undefined
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}

function push(heap: Event[], event: Event): void {
  let at = heap.length
  heap.push(event)
  while (at > 0) {
    const above = (at - 1) >> 1
    if (!isBefore(event, heap[above])) break
    heap[at] = heap[above] as Event
    at = above
  }
  heap[at] = event
}

function pop(heap: Event[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let at = 0
  for (;;) {
    let below = 2 * at + 1
    if (isBefore(heap[below + 1], heap[below])) below += 1
    if (!isBefore(heap[below], last)) break
    heap[at] = heap[below] as Event
    at = below
  }
  heap[at] = last
}
