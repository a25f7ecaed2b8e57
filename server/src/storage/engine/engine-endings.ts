/**
 * Why did the engine's process end, and how often? The doctor, the log and `/metrics` tell them.
 */
import type { Instant } from '../../record.ts'

/** In words that are labels of a metric. */
export const endingReasons = ['killed', 'exited', 'wedged', 'slow-start', 'cannot-open'] as const
type EndingReason = (typeof endingReasons)[number]

interface Ending {
  readonly because: EndingReason
  /** A sentence's end: `it was killed (SIGKILL)`. */
  readonly says: string
}

export interface EngineEndings {
  /** Since the start of the server. */
  readonly counts: Readonly<Record<EndingReason, number>>
  readonly last: (Ending & { readonly at: Instant }) | undefined
}

/** How a process went: what its supervisor saw of it before it ended or had to be ended. */
export interface Seen {
  /** The engine's own code, where it could not open its folder. */
  readonly failedWith: number | undefined
  readonly wasReady: boolean
  /** It was there, and had to be killed by its supervisor. */
  readonly hadToBeKilled: boolean
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

export const noEndings: EngineEndings = {
  counts: { killed: 0, exited: 0, wedged: 0, 'slow-start': 0, 'cannot-open': 0 },
  last: undefined
}

export function withEnding({ counts }: EngineEndings, seen: Seen, at: Instant): EngineEndings {
  const ending = endingOf(seen)
  const { because } = ending
  return { counts: { ...counts, [because]: counts[because] + 1 }, last: { ...ending, at } }
}

function endingOf({ failedWith, wasReady, hadToBeKilled, exitCode, signal }: Seen): Ending {
  if (failedWith !== undefined)
    return {
      because: 'cannot-open',
      says: `it could not open its folder (ClickHouse's code ${failedWith})`
    }
  if (hadToBeKilled)
    return wasReady
      ? { because: 'wedged', says: 'it answered nothing for nine seconds and was killed' }
      : { because: 'slow-start', says: 'it was not ready in its time to start and was killed' }
  if (signal !== null)
    return {
      because: 'killed',
      says:
        signal === 'SIGKILL'
          ? 'something killed it (SIGKILL): the kernel, for want of memory, or somebody'
          : `it ended by a fault of its own or was killed (${signal})`
    }
  return { because: 'exited', says: `it ended by itself (exit code ${exitCode ?? -1})` }
}
