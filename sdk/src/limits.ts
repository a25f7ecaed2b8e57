/** How much may lie, wait or travel: every bound of the SDK, each with its reason. */
import { DAY_MS } from '#values/days'

const KIB = 1024

export const limits = {
  /** The collector refuses more; one congestion window or few carries it. */
  reportBytesMax: 64 * KIB,
  reportRunsMax: 50,
  reportRecordsMax: 500,
  /**
   * All that waits is a mebibyte, which holds weeks of any seed product's events, and nobody misses
   * it on a disk: two spool files, and bodies that nobody has taken yet.
   */
  waitingBytesMax: 1024 * KIB,
  spoolBytesMax: 320 * KIB,
  outboxBytesMax: 384 * KIB,
  /** Shorter than the 30 days for which the collector knows a report again. */
  spoolAgeMsMax: 21 * DAY_MS,
  /** Bodies frozen and not yet answered. */
  outboxReportsMax: 100,
  /**
   * In memory between two turns of the event loop; a loop that records more loses the oldest and
   * counts them.
   */
  pendingRecordsMax: 10_000,
  /** Kept in memory while nothing is decided, for the preview only. */
  undecidedRecordsMax: 500,
  /**
   * A record that is larger than this is a mistake of its program: ten times the largest seed
   * record.
   */
  recordBytesMax: 32 * KIB,
  fieldDepthMax: 8,
  connectMs: 500,
  deliveryMs: 1_000,
  /** An answer is a few hundred bytes. */
  answerBytesMax: 64 * KIB,
  feedBytesMax: 256 * KIB,
  logReportsMax: 100,
  logBytesMax: 1024 * KIB,
  logAgeMsMax: 90 * DAY_MS,
  receiptsMax: 1_000,
  /** recordOnce remembers so many keys a process. */
  onceKeysMax: 10_000,
  stateFileBytesMax: 256 * KIB,
  /** A clock is adjusted by less; what is dated further ahead was written by one that was wrong. */
  aheadMsMax: 300_000,
  /** A collector that retired the product is asked again after so long. */
  mutedMs: 30 * DAY_MS
} as const
