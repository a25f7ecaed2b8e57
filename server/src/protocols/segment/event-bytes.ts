/** Measures how many bytes each event of a batch took on the wire, without writing it again. */

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const comma = 0x2c

/**
 * The sizes of the elements of the body's top-level `batch`, in order, white space around them excluded. The body must already have
 * been parsed as a JSON object: this only looks for where values begin and end. Of a key that is repeated the last counts, as for JSON.parse.
 */
export function eventBytes(body: Buffer): readonly number[] {
  let sizes: number[] = []
  let inBatch = false
  let depth = 0
  let keyStart = -1
  let isBatchKey = false
  let first = -1
  let last = -1
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] ?? 0
    if (byte <= 0x20) continue
    const end = byte === quote ? closingQuote(body, at + 1) : at
    if (depth === 1 && byte === quote) keyStart = at
    else if (depth === 1 && byte === colon) isBatchKey = isBatch(body, keyStart)
    else if (isClosing(byte)) {
      depth--
      if (depth === 1 && inBatch) {
        if (first >= 0) sizes.push(last - first + 1)
        inBatch = false
      }
    }
    if (inBatch && depth === 2 && byte === comma) {
      sizes.push(last - first + 1)
      first = -1
    } else if (inBatch) {
      if (first < 0) first = at
      last = end
    }
    if (isOpening(byte)) {
      if (depth === 1 && isBatchKey) {
        sizes = []
        inBatch = byte === 0x5b
        first = -1
      }
      depth++
    }
    at = end
  }
  return sizes
}

function closingQuote(body: Buffer, from: number): number {
  let at = from
  for (let byte = body[at]; byte !== quote && at < body.length; byte = body[at]) at += byte === backslash ? 2 : 1
  return at
}

/** Keys may be written with escapes (`"b\u0061tch"`), and JSON.parse knows all of those. */
function isBatch(body: Buffer, keyStart: number): boolean {
  const key = body.toString('utf8', keyStart, closingQuote(body, keyStart + 1) + 1)
  return key === '"batch"' || (key.includes('\\') && JSON.parse(key) === 'batch')
}

function isOpening(byte: number): boolean {
  return byte === 0x7b || byte === 0x5b
}

function isClosing(byte: number): boolean {
  return byte === 0x7d || byte === 0x5d
}
