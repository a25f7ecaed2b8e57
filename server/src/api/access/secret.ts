/**
 * Compares secrets without telling, by time, how much of a guess was right; none is kept, only its
 * digest.
 */
import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * 64 hexadecimal digits. The secrets have 192 random bits or more, so that nothing slower than
 * SHA-256 is needed.
 */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Digests have one length, which timingSafeEqual needs, and hide the secret's own. */
export function isSecret(guess: string, digest: string): boolean {
  return timingSafeEqual(Buffer.from(digestOf(guess)), Buffer.from(digest))
}

/** The token of `Authorization: Bearer …`; undefined when it is none. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer ([\x21-\x7e]{1,512})$/.exec(authorization ?? '')?.[1]
}
