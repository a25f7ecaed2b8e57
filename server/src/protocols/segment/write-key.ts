/** Which write keys a request carries: as its Basic user name, or in its body. */
import type { JsonObject } from '../json.ts'

const basic = /^basic +([a-z0-9+/_=-]+)$/i

/**
 * In the order in which they are tried: a proxy or a `.netrc` may add credentials that are not ours
 * to a body that has a key.
 */
export function writeKeysOf(
  authorization: string | undefined,
  body: JsonObject
): readonly string[] {
  const keys: string[] = []
  const user = authorization === undefined ? undefined : userOf(authorization)
  if (user !== undefined && user !== '') keys.push(user)
  const inBody = body['writeKey']
  if (typeof inBody === 'string' && inBody !== '') keys.push(inBody)
  return keys
}

/**
 * The password is not looked at, and its colon may be missing. A Bearer token is not a key: its
 * request has one in the body.
 */
function userOf(authorization: string): string | undefined {
  const encoded = basic.exec(authorization)?.[1]
  if (encoded === undefined) return undefined
  const credentials = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = credentials.indexOf(':')
  return colon < 0 ? credentials : credentials.slice(0, colon)
}
