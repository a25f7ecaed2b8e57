/** Reduces statements in a thread of its own, for hosts that take them from strangers. */
import { Worker } from 'node:worker_threads'
import { sqlShapeOf } from '#values/sql-shape'
import { ofKind } from './of-kind.ts'
import type { Dialect, Problem, SqlShape } from './shape.ts'

export interface ShapeThreadOptions {
  /** What waits longer, others' time included, is answered with its kind alone. */
  readonly deadlineMs: number
  /**
   * What takes longer by itself is answered with its kind alone, and the thread is replaced. What
   * waits behind it goes on in the new one.
   */
  readonly statementMs: number
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
 * const bounds = { deadlineMs: 500, statementMs: 200, waitingMax: 500, waitingCharactersMax: 2e6 }
 * const thread = openShapeThread(bounds)
 * const { shape } = await thread.anonymize('SELECT 1', { dialect: 'mysql' })
 */
export function openShapeThread(options: ShapeThreadOptions): ShapeThread {
  return new Thread(options)
}

interface Waiting {
  readonly id: number
  readonly sql: string
  readonly dialect: Dialect
  readonly resolve: (shape: SqlShape) => void
  readonly deadline: NodeJS.Timeout
}

/** What the thread says: a dialect's parser is loaded, or a statement has its shape. */
export type Told =
  | { readonly is: 'loaded'; readonly dialect: Dialect }
  | { readonly is: 'reduced'; readonly id: number; readonly shape: SqlShape }

/** Enough that the thread never waits for its next statement; what is here already stays short. */
const givenMax = 16
/** Loading a parser takes a tenth of a second, and a busy machine's second or two. */
const loadMs = 30_000

/** Beside this file once it is compiled; a source is run with what was built of it. */
const script = new URL(
  import.meta.url.endsWith('.ts') ? '../dist/thread.js' : './thread.js',
  import.meta.url
)

class Thread implements ShapeThread {
  readonly #options: ShapeThreadOptions
  /** By id, in the order in which they came; what is answered is no longer here. */
  readonly #waiting = new Map<number, Waiting>()
  /** Those that are not in the thread yet. */
  #queue: Waiting[] = []
  /** Those that are, the one that it works at first. */
  #given: Waiting[] = []
  #characters = 0
  #last = 0
  #worker: Worker | undefined
  /** What the thread has loaded: only then a statement's own time runs. */
  readonly #loaded = new Set<Dialect>()
  #running: NodeJS.Timeout | undefined
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
      const deadline = setTimeout(() => this.#answerKind(id, 'TOO_SLOW'), deadlineMs)
      const waiting = { id, sql, dialect, resolve, deadline }
      this.#waiting.set(id, waiting)
      this.#characters += sql.length
      this.#queue.push(waiting)
      this.#give()
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const id of this.#waiting.keys()) this.#answerKind(id, 'OVERLOADED')
    await this.#end()
  }

  /** Hands on as many statements as the thread may have, and begins it for the first. */
  #give(): void {
    while (this.#queue.length > 0 && this.#given.length < givenMax) {
      const waiting = this.#queue.shift()
      // Its deadline has passed while it waited.
      if (waiting === undefined || !this.#waiting.has(waiting.id)) continue
      const { id, sql, dialect } = waiting
      this.#given.push(waiting)
      // A thread has no origin.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      this.#begun().postMessage({ id, sql, dialect })
      if (this.#given.length === 1) this.#time()
    }
  }

  #begun(): Worker {
    if (this.#worker !== undefined) return this.#worker
    const worker = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: 512 } })
    worker.on('message', (told: Told) => {
      if (this.#worker === worker) this.#hear(told)
    })
    // Out of memory, or a fault of ours: neither is the host's.
    worker.on('error', () => {
      if (this.#worker === worker) this.#replace('PARSER_FAILED')
    })
    this.#worker = worker
    return worker
  }

  #hear(told: Told): void {
    if (told.is === 'loaded') this.#loaded.add(told.dialect)
    else {
      this.#given.shift()
      this.#answer(told.id, told.shape)
    }
    this.#time()
    this.#give()
  }

  /** From now on, how long the statement takes that the thread works at. */
  #time(): void {
    clearTimeout(this.#running)
    const [now] = this.#given
    if (now === undefined) return
    const ms = this.#loaded.has(now.dialect) ? this.#options.statementMs : loadMs
    this.#running = setTimeout(() => this.#replace('TOO_SLOW'), ms)
  }

  /** The statement that the thread works at has stopped it: all others go on in a new one. */
  #replace(problem: Problem): void {
    const hasWorked = this.#loaded.size > 0
    const [stopped, ...others] = this.#given
    const waiting = [...others, ...this.#queue].filter(({ id }) => this.#waiting.has(id))
    void this.#end()
    if (stopped !== undefined) this.#answerKind(stopped.id, problem)
    // A thread that never loaded anything would not the next time either.
    if (hasWorked) this.#queue = waiting
    else for (const { id } of waiting) this.#answerKind(id, problem)
    this.#give()
  }

  #answerKind(id: number, problem: Problem): void {
    const waiting = this.#waiting.get(id)
    if (waiting !== undefined) this.#answer(id, ofKind(sqlShapeOf(waiting.sql), [problem]))
  }

  #answer(id: number, shape: SqlShape): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    clearTimeout(waiting.deadline)
    this.#waiting.delete(id)
    this.#characters -= waiting.sql.length
    waiting.resolve(shape)
  }

  async #end(): Promise<void> {
    const worker = this.#worker
    clearTimeout(this.#running)
    this.#worker = undefined
    this.#given = []
    this.#queue = []
    this.#loaded.clear()
    await worker?.terminate()
  }
}
