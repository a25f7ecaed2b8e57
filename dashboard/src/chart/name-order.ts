/**
 * In which order do names stand in a chart or a table? Versions as releases do, before all other
 * words.
 */
import { compareVersions, readVersion } from '#values/version-order'

export function compareNames(one: string, other: string): number {
  const [version, otherVersion] = [readVersion(one), readVersion(other)]
  if (version !== undefined && otherVersion !== undefined)
    return compareVersions(version, otherVersion) || one.localeCompare(other)
  if (version !== undefined || otherVersion !== undefined) return version === undefined ? 1 : -1
  return one.localeCompare(other, undefined, { numeric: true })
}
