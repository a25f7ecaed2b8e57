/**
 * Looks at a finished shape as a stranger would: each word on a list, nothing in quotes, or it does
 * not leave.
 */
import { isToken } from './tokens.ts'

/** A word, a hole, a number, an empty text, or one character. */
const pieces = /[A-Za-z_][A-Za-z0-9_]*|\$\d+|\d+|''|[^\sA-Za-z_0-9$']/gy

/**
 * Operators and punctuation of both dialects; no back-slash, no back-tick, nothing beyond ASCII.
 */
const marks = /^[-+*/%<>=~!@#^&|?:;.,()[\]{}"]$/

/**
 * True if nothing but listed words, tokens, holes, neutral constants and punctuation is in the
 * text.
 */
export function mayLeave(text: string, isListed: (word: string) => boolean): boolean {
  pieces.lastIndex = 0
  let at = 0
  while (at < text.length) {
    if (text.charCodeAt(at) === 32) {
      at += 1
      continue
    }
    pieces.lastIndex = at
    const piece = pieces.exec(text)?.[0]
    if (piece === undefined) return false
    const first = piece.charCodeAt(0)
    if (first >= 48 && first <= 57) {
      if (piece !== '0' && piece !== '1') return false
    } else if (/^[A-Za-z_]/.test(piece)) {
      if (!isToken(piece) && !isListed(piece)) return false
    } else if (piece.length === 1 && !marks.test(piece)) return false
    at = pieces.lastIndex
  }
  return true
}
