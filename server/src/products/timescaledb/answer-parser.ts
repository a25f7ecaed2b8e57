/**
 * What would TimescaleDB's own parser make of these bytes? A model of its rules, byte by byte, to
 * hold our answers against.
 */

/** Everything must fit, head and body; the parser stops reading at this many bytes. */
const answerBytesMax = 4096
const versionLengthMax = 128

export type ClientReading =
  | { readonly is: 'up-to-date' }
  | { readonly is: 'behind'; readonly newest: string }
  /** The client logs that the server's version is too long or has invalid characters. */
  | { readonly is: 'bad-version' }
  | { readonly is: 'malformed' }
  | { readonly is: 'unexpected-status'; readonly status: number }
  | { readonly is: 'parse-error' }
  /** Too long, or closed before all of the body came. */
  | { readonly is: 'incomplete' }

export interface ParsedAnswer {
  readonly status: number
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  /** What the parser took for the body's length: 0 unless it recognised a header. */
  readonly length: number
  /** The header from which it took the length. */
  readonly lengthFrom: string | undefined
  /** All bytes after the head. */
  readonly rest: Buffer
}

/** As the client reads an answer that arrived in one piece. */
export function readAsClient(bytes: Buffer): ClientReading {
  const parsed = parseAnswer(bytes)
  if (parsed === 'parse-error' || parsed === 'incomplete') return { is: parsed }
  if (parsed.rest.length < parsed.length) return { is: 'incomplete' }
  if (parsed.status < 200 || parsed.status > 299)
    return { is: 'unexpected-status', status: parsed.status }
  return readVersionAnswer(parsed.rest.toString('utf8'))
}

/**
 * What could go wrong with these bytes on another day: an empty list is what every answer of ours
 * must give.
 */
export function lintAnswer(bytes: Buffer): readonly string[] {
  const parsed = parseAnswer(bytes)
  if (parsed === 'parse-error')
    return ['The client cannot parse it: status line, header names of letters and hyphens, CR LF.']
  if (parsed === 'incomplete')
    return [
      `The client finds it incomplete: ${bytes.length} bytes, of which it reads ` +
        `${answerBytesMax - 1}.`
    ]
  const faults: string[] = []
  const { headers, length, lengthFrom, rest } = parsed
  if (lengthFrom !== 'Content-Length')
    faults.push(
      `The length is taken from ${lengthFrom ?? 'no header'}: write Content-Length in ` +
        'exactly this case, and no header whose name begins it.'
    )
  if (headers.filter(({ name }) => isTakenForLength(name)).length > 1)
    faults.push('Two headers are taken for the length.')
  if (length !== rest.length)
    faults.push(`The length says ${length}, and ${rest.length} bytes follow.`)
  if (headers.some(({ name }) => /^transfer-encoding$/i.test(name)))
    faults.push('The client knows no chunks.')
  if (parsed.status >= 300 && parsed.status < 400) faults.push('The client follows no redirect.')
  if (
    parsed.status >= 200 &&
    parsed.status <= 299 &&
    !['up-to-date', 'behind'].includes(readVersionAnswer(rest.toString('utf8')).is)
  ) {
    faults.push('The client accepts the status and not the body.')
  }
  return faults
}

/**
 * Status line, headers and the blank line, each ended by CR LF; no folding, and no byte that is CR
 * or LF elsewhere.
 */
export function parseAnswer(bytes: Buffer): ParsedAnswer | 'parse-error' | 'incomplete' {
  if (bytes.length >= answerBytesMax) return 'incomplete'
  const end = bytes.indexOf('\r\n\r\n')
  const head = (end < 0 ? bytes : bytes.subarray(0, end)).toString('latin1')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const status = /^HTTP\/1\.[01] +(\d+)(?: [^\r\n]*)?$/i.exec(statusLine)?.[1]
  const headers = lines.map((line) => /^([A-Za-z-]+): *([^\r\n]*)$/.exec(line))
  if (/\r(?!\n)|(?<!\r)\n/.test(head) || status === undefined || headers.includes(null))
    return 'parse-error'
  if (end < 0) return 'incomplete'
  const named = headers.map((found) => ({ name: found?.[1] ?? '', value: found?.[2] ?? '' }))
  const taken = named.findLast(({ name }) => isTakenForLength(name))
  return {
    status: Number(status),
    headers: named,
    length: Number.parseInt(taken?.value ?? '0', 10) || 0,
    lengthFrom: taken?.name,
    rest: bytes.subarray(end + 4)
  }
}

/**
 * The client compares as many bytes as the received name has, so a beginning of the name counts as
 * all of it, and case counts.
 */
function isTakenForLength(name: string): boolean {
  return 'Content-Length'.startsWith(name)
}

function readVersionAnswer(body: string): ClientReading {
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {
    return { is: 'malformed' }
  }
  if (typeof answer !== 'object' || answer === null) return { is: 'malformed' }
  const { is_up_to_date: isUpToDate, current_timescaledb_version: version } = answer as Readonly<
    Record<string, unknown>
  >
  if (isUpToDate === undefined || isUpToDate === null) return { is: 'malformed' }
  if (String(isUpToDate) === 'true') return { is: 'up-to-date' }
  if (version === undefined || version === null) return { is: 'malformed' }
  const text = String(version)
  return text.length <= versionLengthMax && /^[A-Za-z0-9.-]*$/.test(text)
    ? { is: 'behind', newest: text }
    : { is: 'bad-version' }
}
