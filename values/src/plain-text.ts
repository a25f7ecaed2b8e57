/** Tells whether a text is fit to be kept: whole characters, none of them a control character. */

/** No half of a surrogate pair, so that it can be written as UTF-8 and read back. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}

/**
 * A text without its control characters: a line break or tab in a message is no reason to lose the
 * message. Undefined where half a character stands in it, which no text can hold.
 */
export function plainTextOf(text: string): string | undefined {
  if (!isWellFormed(text)) return undefined
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
}

/** Well formed and without control characters, which could rewrite a reader's terminal. */
export function isPlainText(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return false
    if (code < 0xd800 || code > 0xdfff) continue
    const next = text.charCodeAt(index + 1)
    if (code > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return false
    index += 1
  }
  return true
}
