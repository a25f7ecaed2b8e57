/** Given what an installation runs on: which release should it run, and does a condition hold? */

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

/** Platform → words or majors that it is about: `{ postgresql: [16, 17], os: ['linux'] }`. */
export type PlatformConditions = Readonly<Record<string, readonly (string | number)[]>>

/** Other spellings of systems and processors, as Go, Node.js and the kernel write them. */
const spellings: Readonly<Record<string, string>> = {
  amd64: 'x64',
  x86_64: 'x64',
  aarch64: 'arm64',
  '386': 'ia32',
  i386: 'ia32',
  i686: 'ia32',
  x86: 'ia32',
  macos: 'darwin',
  win32: 'windows'
}

/** unknown: a platform that counts was not told, so nobody can say no. */
export function holdsOn(
  conditions: PlatformConditions,
  told: Readonly<Record<string, string | undefined>>
): 'yes' | 'no' | 'unknown' {
  const answers = Object.entries(conditions).map(([name, wanted]) => {
    // Names come from a file: `constructor` is no platform.
    const text = Object.hasOwn(told, name) ? told[name] : undefined
    return text === undefined || text === '' ? 'unknown' : isAmong(text, wanted) ? 'yes' : 'no'
  })
  if (answers.includes('no')) return 'no'
  return answers.includes('unknown') ? 'unknown' : 'yes'
}

/** A number is a major; a word is compared as it is usually spelled. */
function isAmong(text: string, wanted: readonly (string | number)[]): boolean {
  const major = majorOf(text)
  return wanted.some((one) =>
    typeof one === 'number' ? one === major : usual(one) === usual(text)
  )
}

function usual(word: string): string {
  const lower = word.trim().toLowerCase()
  return Object.hasOwn(spellings, lower) ? (spellings[lower] ?? lower) : lower
}
