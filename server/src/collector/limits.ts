/** How much the collector remembers and accepts, and why these numbers. */

export const collectorLimits = {
  // A hit saves two microseconds of a sender that comes again soon. About 5 MB a product and purpose.
  tokensMax: 20_000,
  // One name of each owner; about 1 MB a field.
  namesMax: 4_000,
  // Longer ids come from nobody honest; they get their token, but no place in a cache.
  cachedIdLengthMax: 128,
  // Design decision 9: a client's clock may be a month behind (its spool lives 21 days) and five minutes ahead.
  occurredPastMaxMs: 30 * 86_400_000,
  occurredFutureMaxMs: 5 * 60_000,
  // Design decision 2.
  driftNamesMax: 200,
  driftInstallationsMin: 5,
  // Rows of one flush: 300 bytes each, so at most 3 MB, and a hostile sender can't fill the store faster than this per interval.
  driftRowsMax: 10_000,
  // Drift is looked at by people, and a crash loses what was not flushed.
  driftFlushMs: 10_000,
  // What the route lets through in one request.
  deletionKeysMax: 100,
  // Each search reads the whole inbox, so a stranger's requests are gathered.
  eraseIntervalMs: 60_000,
  // A person can't read more; what comes beyond is counted in one line.
  tailLinesPerSecondMax: 200,
  tailReadersMax: 16
} as const

export type CollectorLimits = { readonly [Name in keyof typeof collectorLimits]: number }
