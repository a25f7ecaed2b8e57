/** Names a contract by what it says: SHA-256 of the document as canonical JSON (RFC 8785). */
import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'
import type { Digest } from './contract.ts'

/**
 * Key order never matters. Defaults are not filled in first, so that a newer grammar changes no
 * digest.
 */
export function contractDigest(document: unknown): Digest {
  return textDigest(canonicalJson(document))
}

function textDigest(text: string): Digest {
  return `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`
}
