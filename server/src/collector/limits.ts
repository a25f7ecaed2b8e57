/** How much the collector remembers and accepts, and why these numbers. */
import { DAY_MS } from '#values/days'

export const collectorLimits = {
  // Design decision 9: a client's clock may be a month behind (its spool lives 21 days) and five
  // minutes ahead.
  occurredPastMaxMs: 30 * DAY_MS,
  occurredFutureMaxMs: 5 * 60_000,
  // Design decision 2 says so.
  driftNamesMax: 200,
  driftInstallationsMin: 5,
  // An honest program has a few new names in a release; ten senders fill the table at most.
  driftNamesOfOneMax: 20,
  // Rows of one flush: 300 bytes each, so at most 3 MB, and a hostile sender can't fill the store
  // faster than this per interval.
  driftRowsMax: 10_000,
  // Drift is looked at by people, and a crash loses what was not flushed.
  driftFlushMs: 10_000,
  // What the route lets through in one request.
  deletionKeysMax: 100,
  // Each search reads the whole inbox, so a stranger's requests are gathered.
  eraseIntervalMs: 60_000,
  // A person can't read more; what comes beyond is counted in one line.
  tailLinesPerSecondMax: 200,
  tailReadersMax: 16,
  // A maintainer needs a few to find a mistake; thirty thousand rows a day are no load.
  malformedMax: 20,
  malformedOfOneMax: 5,
  // Each holds every record twice against a contract; four maintainers may wonder at once.
  trialsMax: 4,
  // A fiftieth of what the collector validates in a second, and a count is as good of a part.
  trialRecordsPerSecondMax: 1_000,
  // A day more than the longest that Cloudflare's queues keep a message.
  handoverMs: 15 * DAY_MS,
  // A quarter of what ReadySet's client gives a request in all, which is 2 s.
  statementDeadlineMs: 500,
  /** Of that, for one statement by itself: the others go on in a new thread. */
  statementMs: 200,
  // This is half a second's work of the thread at 100 us each, with room for long ones.
  statementsWaitingMax: 2_000,
  statementCharactersWaitingMax: 4_000_000
} as const

export type CollectorLimits = { readonly [Name in keyof typeof collectorLimits]: number }
