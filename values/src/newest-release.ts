/** Which release should an installation run, given what it runs on? */

/** `postgresql` and 15; what its name is comes from a client. */
export type PlatformPart = readonly [name: string, major: number]

/**
 * The newest that runs on the platform, of releases that are sorted newest first. That is also
 * right
 * for a platform that newer releases have left behind: telling PostgreSQL 15 of a release that it
 * can't run would be telling it to upgrade twice. A platform that no release ever ran on gets the
 * newest of all, and one that is not named is no obstacle.
 */
export function newestRelease<
  Release extends {
    readonly supports?: Readonly<Record<string, readonly number[]>> | undefined
  }
>(offered: readonly Release[], platform: readonly PlatformPart[]): Release | undefined {
  const runs = offered.find(({ supports = {} }) =>
    platform.every(
      // The name comes from a client: `constructor` is no platform.
      ([name, major]) => !Object.hasOwn(supports, name) || supports[name]?.includes(major) !== false
    )
  )
  return runs ?? offered[0]
}

/** The first number of a version of the platform: `15.4`, `15`, `v16.1 (Debian)`. */
export function majorOf(version: string): number | undefined {
  const digits = /^\s*v?(\d{1,6})(?!\d)/.exec(version)?.[1]
  return digits === undefined ? undefined : Number(digits)
}
