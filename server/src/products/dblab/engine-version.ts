/** Which release is an engine that calls itself `v4.2.0-rc.3-20260721-1407`? */

/**
 * A build appends its day and minute; a development build puts the distance from a tag and its
 * commit before them.
 */
const stamped = /^(?<release>.{1,64})-(?:[0-9]{8})-(?:[0-9]{4})$/
const readable = /^[0-9][A-Za-z0-9._+-]{0,63}$/

/** Undefined for `-` (a build without flags), and for whatever does not start with a number. */
export function productVersion(engineVersion: unknown): string | undefined {
  if (typeof engineVersion !== 'string') return undefined
  const release = (stamped.exec(engineVersion)?.groups?.['release'] ?? engineVersion).replace(
    /^v/,
    ''
  )
  return readable.test(release) ? release : undefined
}
