/** How much the inbox may hold and wait, and why these numbers. */

export interface InboxLimits {
  readonly bytesMax: number
  readonly replayBytesMax: number
  readonly replayMs: number
  readonly pendingBytesMax: number
  readonly entryBytesMax: number
  readonly marksMax: number
  readonly tombstonesMax: number
  readonly tombstonesOfStrangersMax: number
  readonly sweepItemsMax: number
  readonly readChunkBytes: number
  readonly diskFreeBytesMin: number
  readonly diskFreeShareMin: number
  readonly diskCheckMs: number
  readonly commitRetryMs: number
}

const MIB = 1024 * 1024
const GIB = 1024 * MIB

export const inboxLimits: InboxLimits = {
  // 4 GiB of entries that wait for the store: half a day of 300 records a second, or two minutes of
  // the full rate, while the engine is down.
  bytesMax: 4 * GIB,
  // Loaded entries are kept for replay, but never more than as much again: at full rate 72 hours
  // would be terabytes.
  replayBytesMax: 4 * GIB,
  // Wider than a weekend without an operator; the store's deduplication window is wider still.
  replayMs: 72 * 3_600_000,
  // Appends that wait for a commit are in memory: half a second of the full rate, beyond which the
  // disk has stalled and clients should hear it.
  pendingBytesMax: 64 * MIB,
  // LMDB looks for consecutive free pages for each value; short runs are found, long ones make the
  // file grow. A longer append is an entry of its own.
  entryBytesMax: 128 * 1024,
  // 16 bytes of memory a slot, a third to two thirds of them used: below 2 GiB when full, 100 MiB
  // at three million. The oldest are forgotten first.
  marksMax: 50_000_000,
  // Each costs about 300 bytes of memory; strangers can create them, so there must be a bound.
  tombstonesMax: 1_000_000,
  // Half: what was found, and what operators ask for, always has the other one. Beyond it the
  // oldest
  // that were looked for in vain make room.
  tombstonesOfStrangersMax: 500_000,
  // A sweep each minute keeps up with more than a thousand commits a second.
  sweepItemsMax: 100_000,
  // Reading 4 MiB takes a millisecond or two, which is how long a large block or an erasure may
  // hold up the answers at once.
  readChunkBytes: 4 * MIB,
  // Design decision 6: max(1 GiB, 5 %) free, so that LMDB can still copy pages and the engine can
  // still merge.
  diskFreeBytesMin: GIB,
  diskFreeShareMin: 0.05,
  // The full rate writes about 100 MiB in two seconds, a tenth of the smallest margin.
  diskCheckMs: 2_000,
  // A probe costs one fsync; a client's first retry comes about a second later.
  commitRetryMs: 1_000
}
