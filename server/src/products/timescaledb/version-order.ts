/**
 * Is an installation up to date? The rule is that of TimescaleDB's own client, which compares for
 * itself up to 1.0.
 */

interface Version {
  /** Major, minor, patch and whatever follows; missing parts are 0. */
  readonly numbers: readonly number[]
  /** What follows the numbers (`rc1`, `dev`, `p0`); undefined: a release proper. */
  readonly suffix: string | undefined
}

/**
 * Whether `version` is the offered one or later. False when either can't be read.
 *
 * Unlike everywhere else, any suffix is older than none (`-p0` too), and two suffixes compare as
 * plain text: with another rule, 0.12 and 1.0 would tell their users the opposite of this answer.
 */
export function isUpToDate(version: string, offered: string): boolean {
  const [one, other] = [parseTimescaleVersion(version), parseTimescaleVersion(offered)]
  return one !== undefined && other !== undefined && compareVersions(one, other) >= 0
}

/**
 * Undefined when it can't be read as a version. What follows a `+` names a build and does not
 * count.
 */
function parseTimescaleVersion(text: string): Version | undefined {
  if (text.length > 128) return undefined
  const match =
    /^v?(\d{1,15}(?:\.\d{1,15}){0,7})(?:-([A-Za-z0-9.-]+)|\.?([A-Za-z][A-Za-z0-9.-]*))?(?:\+[A-Za-z0-9.-]+)?$/.exec(
      text
    )
  if (match === null) return undefined
  return { numbers: (match[1] ?? '').split('.').map(Number), suffix: match[2] ?? match[3] }
}

/** Negative when `one` is older. */
function compareVersions(one: Version, other: Version): number {
  for (let part = 0; part < Math.max(one.numbers.length, other.numbers.length); part += 1) {
    const difference = (one.numbers[part] ?? 0) - (other.numbers[part] ?? 0)
    if (difference !== 0) return difference
  }
  if (one.suffix === other.suffix) return 0
  if (one.suffix === undefined) return 1
  if (other.suffix === undefined) return -1
  return one.suffix < other.suffix ? -1 : 1
}
