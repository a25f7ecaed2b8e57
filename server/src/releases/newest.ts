/** Which release should an installation run, given its platform? */
import { compareVersions, isPreRelease, readVersion } from '#values/version-order'
import type { Release, ReleaseFile } from './release-file.ts'

export interface Platform {
  readonly name: string
  readonly major: number
}

/** What may be offered: neither withdrawn nor a pre-release; newest first. */
export function offeredReleases(file: ReleaseFile): readonly Release[] {
  return file.releases
    .flatMap((release) => {
      const order = readVersion(release.version)
      return order === undefined || isPreRelease(order) || release.withdrawn === true
        ? []
        : [{ release, order }]
    })
    .sort((one, other) => compareVersions(other.order, one.order))
    .map(({ release }) => release)
}

/**
 * The newest that runs on the platform. That is also right for a platform that newer releases have
 * left behind: telling PostgreSQL 15 of a
 * release that it can't run would be telling it to upgrade twice. A platform that no release ever
 * named gets the newest of all.
 */
export function newestFor(
  offered: readonly Release[],
  platform: Platform | undefined
): string | undefined {
  const runs =
    platform &&
    offered.find(
      ({ supports }) =>
        supports === undefined ||
        majorsOf(supports, platform.name)?.includes(platform.major) !== false
    )
  return (runs ?? offered[0])?.version
}

/** The name comes from a client: `constructor` is no platform. */
function majorsOf(
  supports: NonNullable<Release['supports']>,
  name: string
): readonly number[] | undefined {
  return Object.hasOwn(supports, name) ? supports[name] : undefined
}
