/**
 * Has this been kept already? Duplicate marks: an append-only log on disk by expiry, and an index
 * of it in memory.
 */
import type { DuplicateMark } from '../inbox.ts'
import type { Instant, Token } from '../../record.ts'
import type { Bytes } from '../disk/databases.ts'
import { FORMAT } from '../entries/entry.ts'
import { type MarkPlace, MarkTable } from './mark-table.ts'

const DIGEST_BYTES = 16
const MARK_BYTES = DIGEST_BYTES + 2
const KEY_BYTES = 8

/**
 * What one commit adds to the log: a value for each second in which marks expire, so that a sweep
 * deletes whole values.
 */
export interface MarkLogValue {
  readonly key: Buffer
  readonly value: Buffer
}

export class Marks {
  readonly #log: Bytes
  readonly #unansweredLog: Bytes
  readonly #table = new MarkTable()
  readonly #unanswered = new Map<Token, Instant>()
  #count = 0
  #lastRead:
    | { readonly seconds: number; readonly log: number; readonly value: Buffer | undefined }
    | undefined

  constructor(log: Bytes, unanswered: Bytes, now: Instant) {
    this.#log = log
    this.#unansweredLog = unanswered
    for (const { key, value } of log.getRange({})) this.#recover(Buffer.from(key), value, now)
    for (const { key, value } of unanswered.getRange({})) {
      const expiresAt = decodeUnanswered(value)
      if (expiresAt !== undefined && expiresAt > now)
        this.#unanswered.set(Buffer.from(key).toString('hex'), expiresAt)
    }
  }

  /** Durable marks, expired ones that no sweep has met included. */
  get count(): number {
    return this.#count
  }

  has(digest: Token, now: Instant): boolean {
    if (this.#unanswered.size > 0 && (this.#unanswered.get(digest) ?? 0) > now) return true
    return this.#table.has(digest, now, this.#isWritten)
  }

  /** The values to commit for these marks under the log number of their commit. */
  encode(marks: readonly DuplicateMark[], log: number): readonly MarkLogValue[] {
    return [...bySecond(marks)].map(([seconds, group]) => ({
      key: logKey(seconds, log >>> 0),
      value: encodeMarks(group)
    }))
  }

  /** To call once they are durable. */
  remember(marks: readonly DuplicateMark[], log: number, now: Instant): void {
    for (const [seconds, group] of bySecond(marks)) {
      for (const [index, { digest }] of group.entries())
        this.#table.add(digest, { seconds, log: log >>> 0, index }, now)
      this.#count += group.length
    }
    for (const mark of marks) {
      if (mark.whileUnanswered === true) this.#unanswered.set(mark.digest, mark.expiresAt)
    }
  }

  /**
   * Later copies are new records again. True when there was such a mark, whose removal is still to
   * be committed.
   */
  forgetUnanswered(digest: Token): boolean {
    return this.#unanswered.delete(digest)
  }

  /**
   * Keys to remove from the log: expired values, and beyond `countMax` the ones that expire next.
   * Call `swept` once that is done.
   */
  expired(
    now: Instant,
    { countMax, keysMax }: { countMax: number; keysMax: number }
  ): { readonly keys: readonly Uint8Array[]; readonly count: number } {
    const keys: Uint8Array[] = []
    let count = 0
    for (const { key, value } of this.#log.getRange({ limit: keysMax })) {
      const isPast = Buffer.from(key).readUInt32BE(0) < secondsOf(now)
      if (!isPast && this.#count - count <= countMax) break
      keys.push(Uint8Array.from(key))
      count += markCount(value)
    }
    return { keys, count }
  }

  expiredUnanswered(now: Instant): readonly Token[] {
    return [...this.#unanswered]
      .filter(([, expiresAt]) => expiresAt <= now)
      .map(([digest]) => digest)
  }

  swept(count: number): void {
    this.#count -= count
    this.#lastRead = undefined
  }

  putUnanswered(marks: readonly DuplicateMark[]): void {
    for (const mark of marks) {
      if (mark.whileUnanswered === true)
        void this.#unansweredLog.put(
          Buffer.from(mark.digest, 'hex'),
          encodeUnanswered(mark.expiresAt)
        )
    }
  }

  removeUnanswered(digests: readonly Token[]): void {
    for (const digest of digests) void this.#unansweredLog.remove(Buffer.from(digest, 'hex'))
  }

  #recover(key: Buffer, value: Buffer, now: Instant): void {
    if (key.length !== KEY_BYTES) return
    const seconds = key.readUInt32BE(0)
    const log = key.readUInt32BE(4)
    const marks = markCount(value)
    this.#count += marks
    if (seconds < secondsOf(now)) return
    for (let index = 0; index < marks; index++) {
      const digest = value.toString('hex', 1 + index * DIGEST_BYTES, 1 + (index + 1) * DIGEST_BYTES)
      this.#table.add(digest, { seconds, log, index }, now)
    }
  }

  readonly #isWritten = (
    digest: Token,
    { seconds, log, index }: MarkPlace,
    now: Instant
  ): boolean => {
    // The duplicates of a batch mostly lie in one value, as the batch did.
    if (this.#lastRead?.seconds !== seconds || this.#lastRead.log !== log) {
      this.#lastRead = { seconds, log, value: this.#log.get(logKey(seconds, log)) }
    }
    const { value } = this.#lastRead
    if (value === undefined || index >= markCount(value)) return false
    const at = 1 + index * DIGEST_BYTES
    return (
      value.toString('hex', at, at + DIGEST_BYTES) === digest &&
      seconds * 1_000 + millisecondsOf(value, index) > now
    )
  }
}

function encodeMarks(marks: readonly DuplicateMark[]): Buffer {
  const value = Buffer.allocUnsafe(1 + marks.length * MARK_BYTES)
  value[0] = FORMAT
  let digests = ''
  for (const mark of marks) digests += mark.digest
  value.write(digests, 1, 'hex')
  let at = 1 + marks.length * DIGEST_BYTES
  for (const mark of marks) at = value.writeUInt16BE(mark.expiresAt % 1_000, at)
  return value
}

// 0 for anything that `encodeMarks` did not write.
function markCount(value: Buffer): number {
  return value[0] === FORMAT && (value.length - 1) % MARK_BYTES === 0
    ? (value.length - 1) / MARK_BYTES
    : 0
}

function millisecondsOf(value: Buffer, index: number): number {
  return value.readUInt16BE(1 + markCount(value) * DIGEST_BYTES + index * 2)
}

function bySecond(marks: readonly DuplicateMark[]): ReadonlyMap<number, readonly DuplicateMark[]> {
  const groups = new Map<number, DuplicateMark[]>()
  for (const mark of marks) {
    if (mark.whileUnanswered === true) continue
    const seconds = secondsOf(mark.expiresAt)
    const group = groups.get(seconds)
    if (group === undefined) groups.set(seconds, [mark])
    else group.push(mark)
  }
  return groups
}

function encodeUnanswered(expiresAt: Instant): Buffer {
  const value = Buffer.alloc(9)
  value[0] = FORMAT
  value.writeDoubleBE(expiresAt, 1)
  return value
}

function decodeUnanswered(value: Buffer): Instant | undefined {
  return value[0] === FORMAT && value.length === 9 ? value.readDoubleBE(1) : undefined
}

function secondsOf(instant: Instant): number {
  return Math.floor(instant / 1_000)
}

function logKey(seconds: number, log: number): Buffer {
  const key = Buffer.allocUnsafe(KEY_BYTES)
  key.writeUInt32BE(seconds, 0)
  key.writeUInt32BE(log, 4)
  return key
}
