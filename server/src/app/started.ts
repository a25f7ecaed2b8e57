/** What a start is given, and what it has started so far, to be stopped in the opposite order. */
import type { Config } from '../config/config.ts'
import type { Effects } from '../effects.ts'
import { codeOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { PlausibleClock } from '../plausible-clock.ts'

export interface AppOptions {
  readonly config: Config
  readonly effects: Effects
  readonly log: Log
  /**
   * The demonstration lets days pass in a minute: then no jump is a mistake, and while it does, no
   * time is real.
   */
  readonly isClockMoved?: () => boolean
  /** The same flags and variables, and the file as it is now. Throws CONFIG_INVALID. */
  readonly readConfigAgain?: () => Promise<Config>
}

/** What the parts are given: a clock that is believed only while it is plausible. */
export interface PartOptions extends AppOptions {
  readonly effects: Effects & { readonly clock: PlausibleClock }
}

export class Started {
  readonly #stops: (() => Promise<unknown>)[] = []
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  add<Part>(part: Part, stop: (part: Part) => Promise<unknown>): Part {
    this.#stops.push(() => stop(part))
    return part
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.splice(0).toReversed()) {
      await stop().catch((error: unknown) =>
        this.#log.error({ code: codeOf(error) }, 'a part did not stop cleanly')
      )
    }
  }
}
