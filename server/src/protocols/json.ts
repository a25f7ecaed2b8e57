/** Takes JSON in and gives JSON out: hostile text is a value here, never an exception. */
import { isAscii } from 'node:buffer'
import type { Answer } from './protocol.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Undefined when the text is no JSON; JSON itself has no such value. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

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
