/** Who of several askers has a turn with SQL of their own? One statement of each runs at a time. */
import { CandorError } from '../../errors.ts'

/** A person waits for two or three; a script that sends more should hear it. */
const waitingMax = 8

export class UserSeats {
  readonly #byAsker = new Map<string, { last: Promise<unknown>; count: number }>()

  /** `signal` aborts when the asker has gone: then nothing is run in their name. */
  async run<Answer>(
    asker: string,
    { signal, work }: { readonly signal: AbortSignal; readonly work: () => Promise<Answer> }
  ): Promise<Answer> {
    const seat = this.#byAsker.get(asker) ?? { last: Promise.resolve(), count: 0 }
    if (seat.count > waitingMax)
      throw new CandorError(
        'QUERY_REFUSED',
        `${waitingMax} queries of this token wait already: one runs at a time.`
      )
    this.#byAsker.set(asker, seat)
    seat.count++
    const before = seat.last
    const ended = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
      if (signal.aborted) resolve()
    })
    const answer = Promise.race([before, ended]).then(() => {
      if (signal.aborted)
        throw new CandorError('QUERY_TIMEOUT', 'The query waited behind others until its deadline.')
      return work()
    })
    // Whoever comes next waits for this one, whatever becomes of it.
    seat.last = Promise.all([before, answer.catch(() => undefined)])
    try {
      return await answer
    } finally {
      seat.count--
      if (seat.count === 0) this.#byAsker.delete(asker)
    }
  }
}
