/** Names a contract by what it says: SHA-256 of the document as canonical JSON (RFC 8785). */
import type { Digest } from './contract.ts'

export function contractDigest(document: unknown): Digest {
  throw new Error(`unwritten: ${typeof document}`)
}
