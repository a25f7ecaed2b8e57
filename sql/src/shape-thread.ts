/** Reduces statements in a thread of its own, for hosts that take them from strangers. */
import { Worker } from 'node:worker_threads'
import { sqlShapeOf } from '#values/sql-shape'
import { ofKind } from './of-kind.ts'
import type { Dialect, Problem, SqlShape } from './shape.ts'

export interface ShapeThreadOptions {
  /** What waits longer is answered with its kind alone, and the thread is replaced. */
  readonly deadlineMs: number
  /** More statements than these never wait: the next is answered with its kind alone, at once. */
  readonly waitingMax: number
  /** The same for the characters of all that wait. */
  readonly waitingCharactersMax: number
}

export interface ShapeThread {
  /** As `anonymize`, with two problems more: `OVERLOADED` and `TOO_SLOW`. Never rejects. */
  anonymize(sql: string, options: { readonly dialect: Dialect }): Promise<SqlShape>
  /** What waits is answered with its kind alone. */
  close(): Promise<void>
}

/**
 * A thread is begun by the first statement; until then this costs nothing.
 *
 * @example
 * const thread = openShapeThread({ deadlineMs: 500, waitingMax: 500, waitingCharactersMax: 2e6 })
 * const { shape } = await thread.anonymize('SELECT 1', { dialect: 'mysql' })
 */
export function openShapeThread(options: ShapeThreadOptions): ShapeThread {
  return new Thread(options)
}

interface Waiting {
  readonly sql: string
  readonly resolve: (shape: SqlShape) => void
  readonly deadline: NodeJS.Timeout
}

/** Beside this file once it is compiled; a source is run with what was built of it. */
const script = new URL(
  import.meta.url.endsWith('.ts') ? '../dist/thread.js' : './thread.js',
  import.meta.url
)

class Thread implements ShapeThread {
  readonly #options: ShapeThreadOptions
  readonly #waiting = new Map<number, Waiting>()
  #characters = 0
  #last = 0
  #worker: Worker | undefined
  #isClosed = false

  constructor(options: ShapeThreadOptions) {
    this.#options = options
  }

  anonymize(sql: string, { dialect }: { readonly dialect: Dialect }): Promise<SqlShape> {
    const { deadlineMs, waitingMax, waitingCharactersMax } = this.#options
    if (
      this.#isClosed ||
      this.#waiting.size >= waitingMax ||
      this.#characters + sql.length > waitingCharactersMax
    )
      return Promise.resolve(ofKind(sqlShapeOf(sql), ['OVERLOADED']))
    const id = (this.#last += 1)
    return new Promise((resolve) => {
      const deadline = setTimeout(() => void this.#giveUp('TOO_SLOW'), deadlineMs)
      this.#waiting.set(id, { sql, resolve, deadline })
      this.#characters += sql.length
      // A thread has no origin.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      this.#begun().postMessage({ id, sql, dialect })
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#giveUp('OVERLOADED')
  }

  #begun(): Worker {
    if (this.#worker !== undefined) return this.#worker
    const worker = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: 512 } })
    worker.on('message', ({ id, shape }: { id: number; shape: SqlShape }) => {
      this.#answer(id, shape)
    })
    // Out of memory, or a fault of ours: neither is the host's.
    worker.on('error', () => {
      if (this.#worker === worker) void this.#giveUp('PARSER_FAILED')
    })
    this.#worker = worker
    return worker
  }

  #answer(id: number, shape: SqlShape): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    clearTimeout(waiting.deadline)
    this.#waiting.delete(id)
    this.#characters -= waiting.sql.length
    waiting.resolve(shape)
  }

  async #giveUp(problem: Problem): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    for (const [id, { sql }] of this.#waiting) this.#answer(id, ofKind(sqlShapeOf(sql), [problem]))
    await worker?.terminate()
  }
}
