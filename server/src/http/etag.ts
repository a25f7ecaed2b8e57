/** Does whoever asks have this answer already? Its tag says so. */
import { createHash } from 'node:crypto'
import type { HttpRequest } from './route.ts'

export function etagOf(body: string | Buffer): string {
  return `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"`
}

/** A proxy that packs an answer makes its tag a weak one, and caches ask for several at once. */
export function hasAlready({ headers }: Pick<HttpRequest, 'headers'>, etag: string): boolean {
  const known = (headers['if-none-match'] ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
  return known.includes(etag) || known.includes('*')
}
