/** Takes JSON in and gives JSON out: hostile text is a value here, never an exception. */
import { isAscii } from 'node:buffer'
import type { Answer } from './protocol.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * How many values a text may have: 50,000, and one more for each eight bytes. Real batches have one
 * for each dozen bytes, however large they are; 4 KB of gzip can hold a million empty ones, which
 * cost half a second of everybody's time.
 */
export function elementsMax(bytes: number): number {
  return 50_000 + Math.floor(bytes / 8)
}

/**
 * Undefined when the text is no JSON, or has more values than any client sends; JSON itself has no
 * such value.
 */
export function parseJson(text: string): unknown {
  if (hasTooManyElements(text)) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Each value but the first stands behind a comma or an opening bracket. */
function hasTooManyElements(text: string): boolean {
  const max = elementsMax(text.length)
  // No valid text has more than two of them in three characters: `[],`.
  if (text.length <= max * 1.5) return false
  let count = 0
  let isInText = false
  for (let index = 0; index < text.length && count <= max; index += 1) {
    const code = text.charCodeAt(index)
    if (isInText) {
      if (code === backslash) index += 1
      else if (code === quote) isInText = false
    } else if (code === quote) isInText = true
    else if (code === comma || code === openBrace || code === openBracket) count += 1
  }
  return count > max
}

const [quote, backslash, comma, openBrace, openBracket] = [0x22, 0x5c, 0x2c, 0x7b, 0x5b]

/** Bytes that are no UTF-8 become replacement characters. */
export function textOf(body: Buffer): string {
  // Copying plain ASCII is several times as quick as decoding it, and nearly all bodies are.
  return body.toString(isAscii(body) ? 'latin1' : 'utf8')
}

export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {}
): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body)
  }
}
