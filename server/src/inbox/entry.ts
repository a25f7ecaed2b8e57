/** What the value of one inbox entry looks like: a format byte, one header line, then JSON lines. */

/** The first byte of every value in the inbox. A reader that meets another byte leaves the value alone. */
export const FORMAT = 1

export interface Entry {
  /** Lines, blank ones included: an erased line leaves a blank one, so that line numbers in recorded blocks keep their meaning. */
  readonly lines: number
  readonly erased: number
  /** When it was appended. */
  readonly at: number
  /** Where the first line begins. */
  readonly bodyStart: number
}

const NEWLINE = 10
const HEADER_BYTES_MAX = 64
const header = /^(\d{1,10}) (\d{1,10}) (\d{1,15})$/

/** `body` is whole lines, each ending in \n. */
export function encodeEntry({ lines, erased, at, body }: { lines: number; erased: number; at: number; body: string }): Buffer {
  return Buffer.from(`\u0001${lines} ${erased} ${Math.trunc(at)}\n${body}`, 'utf8')
}

/** Undefined for anything that `encodeEntry` did not write. Never throws. */
export function decodeEntry(value: Buffer): Entry | undefined {
  if (value[0] !== FORMAT) return undefined
  const headerEnd = value.subarray(0, HEADER_BYTES_MAX).indexOf(NEWLINE)
  if (headerEnd < 0) return undefined
  const match = header.exec(value.toString('latin1', 1, headerEnd))
  if (match === null) return undefined
  const lines = Number(match[1])
  const erased = Number(match[2])
  if (erased > lines) return undefined
  return { lines, erased, at: Number(match[3]), bodyStart: headerEnd + 1 }
}

/** The lines `from` (inclusive) to `to` (exclusive; undefined: the last), without blank ones, and how many they are. */
export function entryLines(
  value: Buffer,
  entry: Entry,
  from: number,
  to: number | undefined
): { readonly rows: number; readonly bytes: Buffer } {
  const whole = from === 0 && to === undefined
  if (whole && entry.erased === 0) return { rows: entry.lines, bytes: value.subarray(entry.bodyStart) }
  const kept: Buffer[] = []
  forEachLine(value, entry, (line, index) => {
    if (index >= from && (to === undefined || index < to) && line.length > 1) kept.push(line)
  })
  return { rows: kept.length, bytes: Buffer.concat(kept) }
}

/** Calls with each line, its \n included; a blank line was erased. */
export function forEachLine(value: Buffer, entry: Entry, call: (line: Buffer, index: number) => void): void {
  let start = entry.bodyStart
  for (let index = 0; start < value.length; index++) {
    const newline = value.indexOf(NEWLINE, start)
    const end = newline < 0 ? value.length : newline + 1
    call(value.subarray(start, end), index)
    start = end
  }
}
