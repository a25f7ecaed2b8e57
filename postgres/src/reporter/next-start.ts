/**
 * When does the job run next? It comes hourly at first, then once a period; after failures later
 * and later, and never for all databases at once.
 */
import type { Job } from './look.ts'

const HOUR_MS = 3_600_000
/** A new installation is seen soon, with its first changes. */
const firstRuns = 12
/** Retries wait longer by a step each, up to so many steps and so many periods. */
const retryStepsMax = 20
const retryPeriodsMax = 5
const jitter = 0.125

export interface Run {
  readonly job: Job
  /** With the one that just ended. */
  readonly runs: number
  /** In a row, with the one that just ended; 0 after a success. */
  readonly failures: number
  readonly endedAt: number
  /** From 0 up to 1. */
  readonly chance: number
}

/** Milliseconds since 1970. */
export function nextStart({ job, runs, failures, endedAt, chance }: Run): number {
  const waitMs = failures === 0 ? afterSuccess(job, runs) : afterFailure(job, failures)
  return endedAt + waitMs * (1 - jitter + 2 * jitter * chance)
}

function afterSuccess({ everyMs }: Job, runs: number): number {
  return runs < firstRuns ? Math.min(everyMs, HOUR_MS) : everyMs
}

function afterFailure({ everyMs, retryMs, retriesMax }: Job, failures: number): number {
  if (retriesMax >= 0 && failures > retriesMax) return everyMs
  return Math.min(retryMs * Math.min(failures, retryStepsMax), retryPeriodsMax * everyMs)
}
