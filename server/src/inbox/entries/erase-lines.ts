/**
 * How do lines leave an entry that stays? Each leaves a blank line, so that recorded line numbers
 * keep their meaning.
 */
import { decodeEntry, encodeEntry, forEachLine } from './entry.ts'
import type { Mention } from '../inbox.ts'

/** Undefined when nothing in the entry is to be erased. */
export function eraseLines(
  value: Buffer,
  drop: (line: Readonly<Record<string, unknown>>) => boolean,
  mentions: readonly Mention[] | undefined
): { readonly value: Buffer; readonly erased: number } | undefined {
  if (mentions !== undefined && !mentionsAny(value, mentions)) return undefined
  const entry = decodeEntry(value)
  if (entry === undefined) return undefined
  let erased = 0
  let body = ''
  forEachLine(value, entry, (line) => {
    const text = line.toString('utf8')
    const isDropped =
      line.length > 1 &&
      (mentions === undefined || mentionsAny(line, mentions)) &&
      dropsLine(text, drop)
    if (isDropped) erased++
    body += isDropped ? '\n' : text
  })
  return erased === 0
    ? undefined
    : {
        value: encodeEntry({
          lines: entry.lines,
          erased: entry.erased + erased,
          at: entry.at,
          body
        }),
        erased
      }
}

// One pass per kind of mention, however many values it has: strangers can ask for many.
function mentionsAny(bytes: Buffer, mentions: readonly Mention[]): boolean {
  return mentions.some(({ before, values }) => {
    const [any] = values
    if (any === undefined) return false
    for (let at = bytes.indexOf(before); at >= 0; at = bytes.indexOf(before, at + 1)) {
      const start = at + before.length
      if (values.has(bytes.toString('latin1', start, start + any.length))) return true
    }
    return false
  })
}

function dropsLine(
  text: string,
  drop: (line: Readonly<Record<string, unknown>>) => boolean
): boolean {
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch {
    return false
  }
  return (
    typeof line === 'object' && line !== null && drop(line as Readonly<Record<string, unknown>>)
  )
}
