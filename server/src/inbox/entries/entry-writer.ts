/**
 * Where do appended lines gather before their commit? In the bytes of the entries that they will
 * be, so that no text outlives its request.
 */
import { HEADER_BYTES, writeHeader } from './entry.ts'

/** One entry that is being filled. */
interface Draft {
  buffer: Buffer
  length: number
  lines: number
}

/** Entries of one table. */
export interface DraftEntries {
  readonly table: string
  readonly drafts: Draft[]
}

// Enough for the groups of two commits, the one under way and the one that gathers, at full rate.
const SPARE_MAX = 64
const BYTES_PER_CHARACTER_MAX = 3

export class EntryWriter {
  readonly #entryBytes: number
  readonly #spare: Buffer[] = []

  constructor(entryBytes: number) {
    this.#entryBytes = entryBytes
  }

  add(entries: DraftEntries, lines: string, count: number): void {
    let draft = entries.drafts.at(-1)
    let room = draft === undefined ? 0 : draft.buffer.length - draft.length
    if (
      draft === undefined ||
      (room < lines.length * BYTES_PER_CHARACTER_MAX && room < Buffer.byteLength(lines))
    ) {
      draft = this.#newDraft(lines)
      room = draft.buffer.length - draft.length
      entries.drafts.push(draft)
    }
    draft.length += draft.buffer.write(lines, draft.length, room, 'utf8')
    draft.lines += count
  }

  /** The value to commit. Valid until the draft is released. */
  finish(draft: Draft, at: number): Buffer {
    writeHeader(draft.buffer, { lines: draft.lines, at })
    return draft.buffer.subarray(0, draft.length)
  }

  /** To be called once the commit has ended well: nobody reads these bytes any more. */
  release(entries: DraftEntries): void {
    for (const { buffer } of entries.drafts)
      if (buffer.length === this.#entryBytes && this.#spare.length < SPARE_MAX)
        this.#spare.push(buffer)
  }

  #newDraft(lines: string): Draft {
    const needed = HEADER_BYTES + lines.length
    if (
      needed * BYTES_PER_CHARACTER_MAX <= this.#entryBytes ||
      HEADER_BYTES + Buffer.byteLength(lines) <= this.#entryBytes
    ) {
      return {
        buffer: this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#entryBytes),
        length: HEADER_BYTES,
        lines: 0
      }
    }
    return {
      buffer: Buffer.allocUnsafeSlow(HEADER_BYTES + Buffer.byteLength(lines)),
      length: HEADER_BYTES,
      lines: 0
    }
  }
}
