/**
 * What the value of one inbox entry looks like: a format byte, one header line, then JSON lines.
 */

/**
 * The first byte of every value in the inbox. A reader that meets another byte leaves the value
 * alone.
 */
export const FORMAT = 1

export interface Entry {
  /**
   * Lines, blank ones included: an erased line leaves a blank one, so that line numbers in recorded
   * blocks keep their meaning.
   */
  readonly lines: number
  readonly erased: number
  /** When it was appended. */
  readonly at: number
  /** Where the first line begins. */
  readonly bodyStart: number
}

const NEWLINE = 10
/**
 * The header always has the same length, so that lines can be written behind it before their number
 * is known.
 */
export const HEADER_BYTES = 39
const header = /^(\d{10}) (\d{10}) (\d{15})\n$/

/** `body` is whole lines, each ending in \n. */
export function encodeEntry({
  lines,
  erased,
  at,
  body
}: {
  lines: number
  erased: number
  at: number
  body: string
}): Buffer {
  return Buffer.from(headerText(lines, erased, at) + body, 'utf8')
}

/** Writes the header of an entry whose lines already lie behind it. */
export function writeHeader(value: Buffer, { lines, at }: { lines: number; at: number }): void {
  value.write(headerText(lines, 0, at), 0, 'latin1')
}

function headerText(lines: number, erased: number, at: number): string {
  return `\u0001${digits(lines, 10)} ${digits(erased, 10)} ${digits(at, 15)}\n`
}

function digits(value: number, count: number): string {
  return `${Math.trunc(value)}`.padStart(count, '0')
}

/** Undefined for anything that `encodeEntry` did not write. Never throws. */
export function decodeEntry(value: Buffer): Entry | undefined {
  if (value[0] !== FORMAT) return undefined
  const match = header.exec(value.toString('latin1', 1, HEADER_BYTES))
  if (match === null) return undefined
  const lines = Number(match[1])
  const erased = Number(match[2])
  if (erased > lines) return undefined
  return { lines, erased, at: Number(match[3]), bodyStart: HEADER_BYTES }
}

/**
 * The lines `from` (inclusive) to `to` (exclusive; undefined: the last), without blank ones, and
 * how many they are.
 */
export function entryLines(
  value: Buffer,
  entry: Entry,
  from: number,
  to: number | undefined
): { readonly rows: number; readonly bytes: Buffer } {
  const whole = from === 0 && to === undefined
  if (whole && entry.erased === 0)
    return { rows: entry.lines, bytes: value.subarray(entry.bodyStart) }
  const kept: Buffer[] = []
  forEachLine(value, entry, (line, index) => {
    if (index >= from && (to === undefined || index < to) && line.length > 1) kept.push(line)
  })
  return { rows: kept.length, bytes: Buffer.concat(kept) }
}

/** Calls with each line, its \n included; a blank line was erased. */
export function forEachLine(
  value: Buffer,
  entry: Entry,
  call: (line: Buffer, index: number) => void
): void {
  let start = entry.bodyStart
  for (let index = 0; start < value.length; index++) {
    const newline = value.indexOf(NEWLINE, start)
    const end = newline < 0 ? value.length : newline + 1
    call(value.subarray(start, end), index)
    start = end
  }
}
