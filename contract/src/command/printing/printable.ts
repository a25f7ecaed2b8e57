/**
 * What a terminal may be shown of a text that another program wrote: everything but what would move
 * its cursor, change its title, or turn the direction of reading.
 */

/** Written as JSON writes them, so that printed JSON stays the same value. */
export function printable(text: string): string {
  return text.replaceAll(
    /\r(?!\n)|(?![\r\n\t])\p{Cc}|[\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}
