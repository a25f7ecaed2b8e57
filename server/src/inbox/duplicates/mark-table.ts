/**
 * Which duplicate marks exist: a compact index in memory over the mark log on disk, since a B-tree
 * of random digests would write a page per mark.
 */

const SHARDS = 256
const SLOTS_MIN = 16

/**
 * Where a mark is written: in which value of the log, at which place in it; the value has its whole
 * digest and exact expiry.
 */
export interface MarkPlace {
  readonly seconds: number
  readonly log: number
  readonly index: number
}

interface Shard {
  used: number
  readonly mask: number
  /** Eight of the digest's hex digits; 0 means that the slot is free. */
  readonly prints: Uint32Array
  readonly logs: Uint32Array
  readonly seconds: Uint32Array
  readonly indexes: Uint32Array
}

/**
 * Open addressing in 256 shards, each growing alone, so that no growth step takes more than a few
 * milliseconds.
 */
export class MarkTable {
  readonly #shards: Shard[] = Array.from({ length: SHARDS }, () => emptyShard(SLOTS_MIN))

  /**
   * True when there is a mark that may be this one and that `confirms` finds in the log, unexpired.
   */
  has(
    digest: string,
    now: number,
    confirms: (digest: string, place: MarkPlace, now: number) => boolean
  ): boolean {
    const print = printOf(digest)
    const shard = this.#shards[shardOf(digest)] as Shard
    for (let slot = print & shard.mask; shard.prints[slot] !== 0; slot = (slot + 1) & shard.mask) {
      if (shard.prints[slot] !== print) continue
      const seconds = shard.seconds[slot] as number
      if ((seconds + 1) * 1_000 <= now) continue
      if (
        confirms(
          digest,
          { seconds, log: shard.logs[slot] as number, index: shard.indexes[slot] as number },
          now
        )
      )
        return true
    }
    return false
  }

  add(digest: string, place: MarkPlace, now: number): void {
    const index = shardOf(digest)
    let shard = this.#shards[index] as Shard
    if (shard.used * 3 > shard.mask * 2) {
      shard = rehash(shard, Math.floor(now / 1_000))
      this.#shards[index] = shard
    }
    insert(shard, printOf(digest), place)
  }
}

function emptyShard(slots: number): Shard {
  return {
    used: 0,
    mask: slots - 1,
    prints: new Uint32Array(slots),
    logs: new Uint32Array(slots),
    seconds: new Uint32Array(slots),
    indexes: new Uint32Array(slots)
  }
}

function insert(shard: Shard, print: number, { seconds, log, index }: MarkPlace): void {
  let slot = print & shard.mask
  while (shard.prints[slot] !== 0) slot = (slot + 1) & shard.mask
  shard.prints[slot] = print
  shard.logs[slot] = log
  shard.seconds[slot] = seconds
  shard.indexes[slot] = index
  shard.used++
}

// Forgets what has expired, and grows only if what is left still needs it.
function rehash(old: Shard, nowSeconds: number): Shard {
  let live = 0
  for (let slot = 0; slot <= old.mask; slot++)
    if (old.prints[slot] !== 0 && (old.seconds[slot] as number) >= nowSeconds) live++
  let slots = SLOTS_MIN
  while (slots < live * 2) slots *= 2
  const shard = emptyShard(slots)
  for (let slot = 0; slot <= old.mask; slot++) {
    const seconds = old.seconds[slot] as number
    if (old.prints[slot] === 0 || seconds < nowSeconds) continue
    insert(shard, old.prints[slot] as number, {
      seconds,
      log: old.logs[slot] as number,
      index: old.indexes[slot] as number
    })
  }
  return shard
}

function shardOf(digest: string): number {
  return hexDigit(digest.charCodeAt(0)) * 16 + hexDigit(digest.charCodeAt(1))
}

function printOf(digest: string): number {
  let word = 0
  for (let index = 8; index < 16; index++) word = (word << 4) | hexDigit(digest.charCodeAt(index))
  return word >>> 0 || 1
}

function hexDigit(code: number): number {
  return code < 58 ? code - 48 : code - 87
}
