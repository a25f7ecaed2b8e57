/** Checks the bearer token of an API request without telling, by time, how much of it was right. */
import { createHash, timingSafeEqual } from 'node:crypto'

export function isAuthorised(authorization: string | undefined, token: string): boolean {
  const match = /^Bearer ([\x21-\x7e]{1,512})$/.exec(authorization ?? '')
  if (match?.[1] === undefined) return false
  return timingSafeEqual(digest(match[1]), digest(token))
}

/** Digests have one length, which timingSafeEqual needs, and hide the token's own. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
