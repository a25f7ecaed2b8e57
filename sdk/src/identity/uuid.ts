/** How is a random id written? */
import type { Effects } from '../effects.ts'

/**
 * Version 4: nothing in it but chance; the versions with a time in them tell when a program was
 * installed.
 */
export function randomUuid({ randomBytes }: Pick<Effects, 'randomBytes'>): string {
  return uuidOf(randomBytes(16))
}

/** The first 16 bytes, written as a UUID of version 4. */
export function uuidOf(bytes: Uint8Array): string {
  const digits = Buffer.from(bytes.subarray(0, 16))
  digits[6] = ((digits[6] ?? 0) & 0x0f) | 0x40
  digits[8] = ((digits[8] ?? 0) & 0x3f) | 0x80
  const text = digits.toString('hex')
  return [
    text.slice(0, 8),
    text.slice(8, 12),
    text.slice(12, 16),
    text.slice(16, 20),
    text.slice(20)
  ].join('-')
}
