/**
 * What lies between a program and its collector? Requests are lost, late, doubled, overtaken, cut
 * off in the middle of their answer, and answered by whoever stands in between.
 */
import type {
  NetworkAnswer,
  NetworkRequest,
  Transport
} from '../../../sdk/src/network/transport.ts'
import type { Chance } from './chance.ts'
import type { Process } from './machine.ts'
import type { Timeline } from './timeline.ts'

export interface Arrived {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Resolves with its answer; undefined: cut off, by a collector that is down or was killed. */
export type Reception = (request: Arrived) => Promise<NetworkAnswer | undefined>

/** How likely each is, between 0 and 1. */
export interface NetworkFaults {
  readonly lost: number
  readonly late: number
  readonly doubled: number
  readonly cutOff: number
  readonly middlebox: number
}

export const calm: NetworkFaults = { lost: 0, late: 0, doubled: 0, cutOff: 0, middlebox: 0 }

export class Network {
  faults: NetworkFaults = calm
  readonly #timeline: Timeline
  readonly #chance: Chance
  readonly #receive: Reception

  constructor(options: {
    readonly timeline: Timeline
    readonly chance: Chance
    readonly receive: Reception
  }) {
    this.#timeline = options.timeline
    this.#chance = options.chance
    this.#receive = options.receive
  }

  /** The SDK's transport in one process. `leaves` hears of each request first. */
  transport(
    process: Process,
    heard: {
      readonly leaves: (request: NetworkRequest) => void
      readonly answered: (request: NetworkRequest, answer: NetworkAnswer) => void
    }
  ): Transport {
    const waiting = new Set<(answer: NetworkAnswer) => void>()
    return {
      send: (request) =>
        new Promise((resolve) => {
          if (!process.isAlive) return
          heard.leaves(request)
          const end = (answer: NetworkAnswer): void => {
            if (!waiting.delete(end) || !process.isAlive) return
            cancel()
            heard.answered(request, answer)
            resolve(answer)
          }
          waiting.add(end)
          const cancel = this.#timeline.after(request.deadlineMs, () =>
            end({ is: 'failed', says: `no answer within ${request.deadlineMs} ms` })
          )
          this.#carry(process, request, end)
        }),
      close() {
        for (const end of waiting) end({ is: 'failed', says: 'closed' })
      }
    }
  }

  /** What strangers send goes the same ways, and nobody waits for its answer. */
  carry(request: Arrived, mostMs = Number.POSITIVE_INFINITY): void {
    for (const delayMs of this.#delays())
      this.#timeline.after(Math.min(delayMs, mostMs), () => void this.#receive(request))
  }

  #carry(process: Process, request: NetworkRequest, end: (answer: NetworkAnswer) => void): void {
    const { path, body } = { path: new URL(request.url).pathname, body: request.body ?? '' }
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])
    )
    if (this.#chance.is(this.faults.middlebox)) {
      const answer = this.#chance.pick(middleboxes)
      this.#timeline.note(`network: somebody in between answers ${process.id}`)
      this.#timeline.after(this.#chance.between(5, 400), () => end(answer))
      return
    }
    for (const delayMs of this.#delays()) {
      const arrive = async (): Promise<void> => {
        const answer = await this.#receive({ path, headers, body })
        if (answer === undefined || this.#chance.is(this.faults.cutOff))
          return end({ is: 'failed', says: 'the connection was cut' })
        this.#timeline.after(this.#chance.between(2, 60), () => end(answer))
      }
      this.#timeline.after(delayMs, () => void arrive())
    }
  }

  /** When copies of a request arrive, from now. */
  #delays(): readonly number[] {
    const { lost, late, doubled } = this.faults
    if (this.#chance.is(lost)) return []
    const delay = (): number =>
      this.#chance.is(late)
        ? // Some arrive long after whoever sent them has given up.
          this.#chance.pick([900, 5_000, 60_000, 3_600_000, 40 * 3_600_000]) *
          this.#chance.fraction()
        : this.#chance.between(5, 120)
    return this.#chance.is(doubled) ? [delay(), delay(), delay() * 3] : [delay()]
  }
}

const answer = (
  status: number,
  body = '',
  headers: Readonly<Record<string, string>> = {}
): NetworkAnswer => ({ is: 'answered', status, headers, body })

/** Captive portals, proxies, firewalls, balancers and caches: none of them has kept anything. */
const middleboxes: readonly NetworkAnswer[] = [
  answer(200, '<html>Please sign in</html>', { 'content-type': 'text/html' }),
  answer(200, '{}'),
  answer(200, '{"accepted":true,"dropped":[]}'),
  answer(204),
  answer(302, '', { location: 'https://portal.example' }),
  answer(400, '{"error":"blocked"}'),
  answer(403, 'no'),
  answer(407, 'proxy'),
  answer(410, '{"gone":true}'),
  answer(413, 'too large for this proxy'),
  answer(502, 'bad gateway'),
  answer(503, '', { 'retry-after': '7200' }),
  answer(429, '', { 'retry-after': '3600' })
]
