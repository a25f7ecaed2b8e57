/** What stands for a text where the text itself is not to be kept: its SHA-256. */
import { createHash } from 'node:crypto'

/** 64 hexadecimal digits. */
export function digestOf(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex')
}
