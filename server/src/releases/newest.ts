/** Which release should an installation run, given its platform? */
import { newestRelease } from '#values/newest-release'
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

/** As programs that read the signed list work it out. */
export function newestFor(
  offered: readonly Release[],
  platform: Platform | undefined
): string | undefined {
  return newestRelease(offered, platform === undefined ? [] : [[platform.name, platform.major]])
    ?.version
}
