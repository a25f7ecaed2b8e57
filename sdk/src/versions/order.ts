/**
 * Which of two versions is the later one, and does an advisory's range hold a version? As every
 * collector orders them.
 */

interface Version {
  /** Major, minor, patch and whatever follows; missing parts are 0. */
  readonly numbers: readonly number[]
  /** What follows the numbers (`rc1`, `dev`); undefined: a release proper. */
  readonly suffix: string | undefined
}

/**
 * Undefined when it can't be read as a version. What follows a `+` names a build and does not
 * count.
 */
export function readVersion(text: string): Version | undefined {
  if (text.length > 128) return undefined
  const match =
    /^v?(\d{1,15}(?:\.\d{1,15}){0,7})(?:-([A-Za-z0-9.-]+)|\.?([A-Za-z][A-Za-z0-9.-]*))?(?:\+[A-Za-z0-9.-]+)?$/.exec(
      text
    )
  return match === null
    ? undefined
    : { numbers: (match[1] ?? '').split('.').map(Number), suffix: match[2] ?? match[3] }
}

/**
 * Negative when `one` is older. A suffix is older than none; two suffixes compare as plain text.
 */
export function compareVersions(one: Version, other: Version): number {
  for (let part = 0; part < Math.max(one.numbers.length, other.numbers.length); part += 1) {
    const difference = (one.numbers[part] ?? 0) - (other.numbers[part] ?? 0)
    if (difference !== 0) return difference
  }
  if (one.suffix === other.suffix) return 0
  if (one.suffix === undefined) return 1
  if (other.suffix === undefined) return -1
  return one.suffix < other.suffix ? -1 : 1
}

/**
 * `>=2.0.0 <2.14.3 || 2.15.0`: between bounds, alternatives after `||`; `*` is every version. What
 * can't be read holds nothing.
 */
export function isInRange(version: Version, range: string): boolean {
  return range.split('||').some((part) => {
    const bounds = part.trim().split(/\s+/)
    return bounds.every((bound) => isWithin(version, bound))
  })
}

function isWithin(version: Version, bound: string): boolean {
  if (bound === '*') return true
  const [, operator = '', text = ''] = /^(<=|>=|<|>|=)?(.*)$/s.exec(bound) ?? []
  const limit = readVersion(text)
  if (limit === undefined) return false
  const order = compareVersions(version, limit)
  switch (operator) {
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
    default:
      return order === 0
  }
}
