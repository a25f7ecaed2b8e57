/**
 * Which time is it, when the machine may be wrong? A clock that jumps further than a month, or back
 * by more than a day, is not believed until an operator or enough senders agree: until then time
 * goes on from where it last was, so that nothing expires, freezes or ends by mistake.
 */
import { dirname } from 'node:path'
import type { Clock, Effects } from './effects.ts'
import type { Instant } from './record.ts'

export interface PlausibleClock extends Clock {
  state(): ClockState
  /**
   * A sender said that it is this time there. Raw: compared and forgotten. Names are made up as
   * easily as times, so that `sender` is a network wherever one is known.
   */
  hear(sender: string, saidAt: Instant): void
  /** On an operator's word: what the machine says is right. */
  believe(): void
  close(): Promise<void>
}

export type ClockState =
  | { readonly is: 'believed' }
  | {
      readonly is: 'held'
      readonly since: Instant
      /** What the machine says, and what is held to be right instead. */
      readonly says: Instant
      readonly believes: Instant
    }

/** A clock that somebody moves on purpose, as the demonstration does. */
export function movedClock(clock: Clock): PlausibleClock {
  return {
    ...clock,
    now: () => clock.now(),
    state: () => ({ is: 'believed' }),
    hear: () => undefined,
    believe: () => undefined,
    close: () => Promise.resolve()
  }
}

interface ClockLog {
  warn(fields: Readonly<Record<string, string | number>>, message: string): void
  info(fields: Readonly<Record<string, string | number>>, message: string): void
}

const dayMs = 86_400_000
/** Design amendment A19: a month at most. A server that slept longer hears from its senders. */
const aheadMsMax = 31 * dayMs
/** Time servers step back by seconds, people by hours. */
const behindMsMax = dayMs
/** Senders are strangers: so many of them must agree, and none counts twice. */
const witnessesMin = 5
const agreeMsMax = dayMs
/** Beyond these the oldest are forgotten, so that nobody fills the memory. */
const witnessesMax = 1_000
const saveEveryMs = 60_000

/** The last believed time lies in `path`; without it, the age of `trace` tells the last run. */
export async function openPlausibleClock({
  path,
  trace,
  effects,
  log
}: {
  readonly path: string
  readonly trace: string
  readonly effects: Pick<Effects, 'clock' | 'files'>
  readonly log: ClockLog
}): Promise<PlausibleClock> {
  const { clock, files } = effects
  const said = await files.readFile(path, 'utf8').catch(() => '')
  const saved = Number(/^\d{1,15}$/.exec(said.trim())?.[0] ?? Number.NaN)
  const traced = await files.stat(trace).then(
    // Disks count finer than clocks here, and the store refuses a row with a part of a millisecond.
    ({ mtimeMs }) => Math.floor(mtimeMs),
    () => Number.NaN
  )
  const last = Number.isNaN(saved) ? traced : saved
  return new HeldClock({
    clock,
    last: Number.isNaN(last) ? undefined : last,
    save: async (at) => {
      await files.mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await files.writeFile(path, `${at}\n`, { mode: 0o600 })
    },
    log
  })
}

interface Held {
  readonly since: Instant
  /** What the machine said when it was last looked at, and what was believed then. */
  said: Instant
  believed: Instant
}

class HeldClock implements PlausibleClock {
  readonly #clock: Clock
  readonly #save: (at: Instant) => Promise<void>
  readonly #log: ClockLog
  /** Whether each agrees with the machine, or with what is held to be right instead. */
  readonly #witnesses = new Map<string, boolean>()
  #last: Instant
  #held: Held | undefined
  #cancel: () => void = () => undefined
  #saving: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: {
    readonly clock: Clock
    readonly last: Instant | undefined
    readonly save: (at: Instant) => Promise<void>
    readonly log: ClockLog
  }) {
    this.#clock = options.clock
    this.#save = options.save
    this.#log = options.log
    this.#last = options.last ?? options.clock.now()
    this.now()
    this.#saveLater()
  }

  now(): Instant {
    const says = this.#clock.now()
    const held = this.#held
    if (held === undefined) {
      if (says <= this.#last + aheadMsMax && says >= this.#last - behindMsMax) {
        if (says > this.#last) this.#last = says
        return says
      }
      return this.#hold(says)
    }
    // Another jump: time goes on from before it.
    const passed = says - held.said
    held.believed += passed >= 0 && passed <= aheadMsMax ? passed : 0
    held.said = says
    this.#last = held.believed
    if (says <= held.believed + aheadMsMax && says >= held.believed - behindMsMax)
      return this.#release('the clock is plausible again')
    return held.believed
  }

  after(delayMs: number, call: () => void): () => void {
    return this.#clock.after(delayMs, call)
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(delayMs, signal)
  }

  state(): ClockState {
    const believes = this.now()
    const held = this.#held
    return held === undefined
      ? { is: 'believed' }
      : { is: 'held', since: held.since, says: held.said, believes }
  }

  hear(sender: string, saidAt: Instant): void {
    if (this.#held === undefined) return
    this.now()
    if (this.#held === undefined) return
    const { said, believed } = this.#held
    const agrees = Math.abs(saidAt - said) <= agreeMsMax
    this.#witnesses.delete(sender)
    if (!agrees && Math.abs(saidAt - believed) > agreeMsMax) return
    const [oldest] = this.#witnesses.keys()
    if (this.#witnesses.size >= witnessesMax && oldest !== undefined) this.#witnesses.delete(oldest)
    this.#witnesses.set(sender, agrees)
    const forIt = [...this.#witnesses.values()].filter(Boolean).length
    if (forIt >= witnessesMin && forIt > this.#witnesses.size / 2)
      this.#release('enough senders agree with the clock')
  }

  believe(): void {
    if (this.#held !== undefined) this.#release('an operator agrees with the clock')
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancel()
    await this.#saveNow()
  }

  #hold(says: Instant): Instant {
    this.#held = { since: this.#last, said: says, believed: this.#last }
    this.#log.warn(
      { code: 'CLOCK_IMPLAUSIBLE', says: day(says), believes: day(this.#last) },
      'the clock is not believed: nothing expires by it until senders agree, or `candor ' +
        'clock believe` says that it is right'
    )
    return this.#last
  }

  #release(because: string): Instant {
    this.#held = undefined
    this.#witnesses.clear()
    this.#last = this.#clock.now()
    this.#log.info({ says: day(this.#last) }, because)
    return this.#last
  }

  #saveLater(): void {
    if (this.#isClosed) return
    this.#cancel = this.#clock.after(saveEveryMs, () => {
      void this.#saveNow()
      this.#saveLater()
    })
  }

  #saveNow(): Promise<void> {
    // What can't be written is written a minute later; a full disk stops more than this.
    this.#saving = this.#saving.then(() => this.#save(this.now()).catch(() => undefined))
    return this.#saving
  }
}

function day(instant: Instant): string {
  const date = new Date(instant)
  return Number.isNaN(date.getTime()) ? 'none' : date.toISOString().slice(0, 10)
}
