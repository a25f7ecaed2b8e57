/** Which statement runs on which session, for how long, and who waits? */
import { Session } from 'chdb'
import { type Statement, settingsChange } from './statement.ts'

export type LaneAnswer =
  | {
      readonly is: 'done'
      readonly bytes: Uint8Array
      readonly format: string
      readonly summary: Readonly<Record<string, string>>
    }
  /**
   * ClickHouse's code, and its text `Code: …`, which may quote rows and so goes to nobody but the
   * asking process.
   */
  | { readonly is: 'failed'; readonly code: number; readonly says: string }

export interface LaneOptions {
  readonly sessions: number
  /** Settings that hold unless a statement brings its own. */
  readonly base: ReadonlyMap<string, string>
  readonly openSession: (index: number) => { readonly session: Session; readonly mark: string }
  /** Asks the engine to stop what runs under that mark; resolves when it was asked. */
  readonly kill: (mark: string) => Promise<void>
  /**
   * What runs on a session before each of its statements: takes away what a former one may have
   * taken.
   */
  readonly before?: readonly string[]
  /** A statement ignores its kill: the engine is wedged. */
  readonly onStuck: () => void
}

// A waiting question is cheap but will soon be too old to matter: more than this means that the
// asker should hear "later".
const waitingMax = 64
// The engine ends a statement itself at its deadline, with the better error; the kill is for what
// does not look at the clock.
const killAfterMs = 250
// A statement that was killed looks up from its work at the next block, at most a slow fsync later.
const stuckAfterMs = 10_000

interface Seat {
  session: Session
  readonly index: number
  readonly mark: string
  inForce: ReadonlyMap<string, string>
}

interface Waiting {
  readonly take: (seat: Seat) => void
}

export class Lane {
  readonly #options: LaneOptions
  readonly #free: Seat[] = []
  readonly #waiting: Waiting[] = []
  #whenIdle: (() => void) | undefined

  constructor(options: LaneOptions) {
    this.#options = options
    for (let index = 0; index < options.sessions; index++) this.#free.push(this.#open(index))
  }

  /** `gone` aborts when the asker no longer waits for the answer. */
  async run(statement: Statement, gone: AbortSignal): Promise<LaneAnswer> {
    const deadlineAt = performance.now() + statement.deadlineMs
    const seat = await this.#seat(deadlineAt, gone)
    if (seat === 'full')
      return failure(202, 'Too many statements wait. (TOO_MANY_SIMULTANEOUS_QUERIES)')
    if (seat === undefined) return failure(159, 'Waited until its deadline. (TIMEOUT_EXCEEDED)')
    const watch = this.#watch(seat.mark, deadlineAt, gone)
    const answer = await this.#runOn(seat, statement).catch(failureOf)
    await watch.end()
    // The engine forgets a statement that failed, and the memory that it took, only at the
    // session's next one.
    if (answer.is === 'failed') await seat.session.queryAsync('SELECT 1').catch(() => undefined)
    this.#release(seat)
    return answer
  }

  /** Resolves when nothing runs or waits; the caller has stopped asking. */
  async close(): Promise<void> {
    if (this.#free.length < this.#options.sessions)
      await new Promise<void>((resolve) => (this.#whenIdle = resolve))
    for (const seat of this.#free) seat.session.close()
  }

  async #runOn(seat: Seat, statement: Statement): Promise<LaneAnswer> {
    for (const before of this.#options.before ?? []) await seat.session.queryAsync(before)
    const wanted = new Map([...this.#options.base, ...statement.settings])
    const change = settingsChange(seat.inForce, wanted)
    if (change !== undefined) {
      // Refused as a whole, so that what was in force still is.
      await seat.session.queryAsync(change)
      seat.inForce = wanted
    }
    const { work } = statement
    if (work.is === 'text') {
      const result = await seat.session.queryAsync(work.sql, { format: statement.format })
      return {
        is: 'done',
        bytes: result.bytes(),
        format: statement.format,
        summary: { read_rows: `${result.rowsRead}`, read_bytes: `${result.bytesRead}` }
      }
    }
    const columns = work.columns === undefined ? {} : { columns: work.columns }
    const written = await seat.session.insert({
      table: work.table,
      ...columns,
      values: work.lines,
      format: 'JSONEachRow'
    })
    return {
      is: 'done',
      bytes: new Uint8Array(0),
      format: statement.format,
      summary: {
        written_rows: `${written.rowsWritten}`,
        written_bytes: `${'bytesWritten' in written ? written.bytesWritten : 0}`
      }
    }
  }

  #open(index: number): Seat {
    return { ...this.#options.openSession(index), index, inForce: new Map() }
  }

  #seat(deadlineAt: number, gone: AbortSignal): Promise<Seat | 'full' | undefined> {
    const seat = this.#free.pop()
    if (seat !== undefined) return Promise.resolve(seat)
    if (this.#waiting.length >= waitingMax) return Promise.resolve('full')
    return new Promise((resolve) => {
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        end(undefined)
      }
      const timer = setTimeout(giveUp, deadlineAt - performance.now())
      const end = (taken: Seat | undefined): void => {
        clearTimeout(timer)
        gone.removeEventListener('abort', giveUp)
        resolve(taken)
      }
      const waiting: Waiting = { take: end }
      this.#waiting.push(waiting)
      gone.addEventListener('abort', giveUp, { once: true })
    })
  }

  #release(seat: Seat): void {
    const next = this.#waiting.shift()
    if (next !== undefined) return next.take(seat)
    this.#free.push(seat)
    if (this.#free.length === this.#options.sessions) this.#whenIdle?.()
  }

  /** Kills what runs when its deadline has passed or its asker has gone. */
  #watch(mark: string, deadlineAt: number, gone: AbortSignal): { end: () => Promise<void> } {
    let killing: Promise<void> | undefined
    let stuck: NodeJS.Timeout | undefined
    const kill = (): void => {
      if (killing !== undefined) return
      killing = this.#options.kill(mark)
      stuck = setTimeout(this.#options.onStuck, stuckAfterMs)
    }
    const timer = setTimeout(kill, deadlineAt - performance.now() + killAfterMs)
    gone.addEventListener('abort', kill, { once: true })
    if (gone.aborted) kill()
    return {
      end: async () => {
        clearTimeout(timer)
        clearTimeout(stuck)
        gone.removeEventListener('abort', kill)
        // A kill still under way would hit the next statement of this session.
        await killing
      }
    }
  }
}

function failureOf(error: unknown): LaneAnswer {
  const says = error instanceof Error ? error.message : ''
  return { is: 'failed', code: Number(/^Code: (\d+)/.exec(says)?.[1] ?? 1000), says }
}

function failure(code: number, says: string): LaneAnswer {
  return { is: 'failed', code, says: `Code: ${code}. DB::Exception: ${says}` }
}
