/** Which of two versions is the older one, and does a range hold a version? */

/**
 * A version that was read. Its order is an implementation's own: compare it with `compareVersions`.
 */
export interface Version {
  /** Major, minor, patch and whatever follows; missing parts are 0. */
  readonly numbers: readonly number[]
  /**
   * What stands behind the numbers, as numbers that sort as releases do. It ends with the release.
   */
  readonly stages: readonly number[]
}

const lengthMax = 128

/**
 * Before a release, in their order; a word that nobody knows stands between beta and release
 * candidate.
 */
const dev = 0
const alpha = 1
const beta = 2
const unknown = 3
const candidate = 4
const release = 5
const post = 6
/** A number behind a word sorts behind all words, so that `rc` is older than `rc.1`. */
const firstNumber = 10

/** The words of each stage, which ClickHouse's SQL reads too. */
export const stageWords: readonly {
  readonly stage: number
  readonly words: readonly string[]
}[] = [
  { stage: dev, words: ['dev', 'snapshot', 'nightly', 'canary', 'edge', 'next'] },
  { stage: alpha, words: ['a', 'alpha'] },
  { stage: beta, words: ['b', 'beta'] },
  { stage: candidate, words: ['rc', 'c', 'cr'] },
  { stage: release, words: ['release', 'final', 'ga', 'stable', 'lts'] },
  { stage: post, words: ['post', 'p', 'patch', 'r', 'rev', 'hotfix', 'sp', 'build', 'dirty'] }
]

export const stageOrder = { unknown, release, post, firstNumber }

/**
 * Undefined when the text can't be read as a version. What follows a `+` names a build and does not
 * count.
 *
 * A number directly behind the release's own (`1.0.0-1`, `2.5.0-26-g5d01005`) is a later build of
 * it, as Debian, git and Python say.
 */
export function readVersion(text: string): Version | undefined {
  if (text.length > lengthMax) return undefined
  const found =
    /^v?(\d{1,15}(?:\.\d{1,15}){0,7})(?!\d)([A-Za-z0-9._-]*)(?:\+[A-Za-z0-9._-]+)?$/i.exec(text)
  const rest = found?.[2] ?? ''
  if (found === null || /[._-]$/.test(rest)) return undefined
  return { numbers: (found[1] ?? '').split('.').map(Number), stages: stagesOf(rest.toLowerCase()) }
}

/** Negative when `one` is older, 0 when a release can't be told from the other. */
export function compareVersions(one: Version, other: Version): number {
  return compareNumbers(one.numbers, other.numbers) || compareNumbers(one.stages, other.stages)
}

/**
 * Orders texts, for a list: oldest first, before them what is no version. Texts of equal versions
 * compare as text.
 */
export function compareVersionTexts(one: string, other: string): number {
  const [version, otherVersion] = [readVersion(one), readVersion(other)]
  const byText = one < other ? -1 : one > other ? 1 : 0
  if (version === undefined || otherVersion === undefined)
    return Number(version !== undefined) - Number(otherVersion !== undefined) || byText
  return compareVersions(version, otherVersion) || byText
}

/**
 * Whether it is made before its release: `1.0.0-rc1`, `1.0.0.dev3`, and any word that is not known.
 */
export function isPreRelease({ stages }: Version): boolean {
  return (stages[0] ?? release) < release
}

/**
 * `>=2.0.0 <2.14.3 || 2.15.0`: between bounds, alternatives after `||`; `*` is every version. What
 * can't be read holds nothing.
 */
export function isInRange(version: Version, range: string): boolean {
  return range.split('||').some((part) =>
    part
      .trim()
      .split(/\s+/)
      .every((bound) => isWithin(version, bound))
  )
}

/** Whether every bound of a range can be read. */
export function isRange(text: string): boolean {
  return text.split('||').every((part) =>
    part
      .trim()
      .split(/\s+/)
      .every((bound) => readBound(bound) !== undefined)
  )
}

function compareNumbers(one: readonly number[], other: readonly number[]): number {
  for (let place = 0; place < Math.max(one.length, other.length); place += 1) {
    const difference = (one[place] ?? 0) - (other[place] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function stagesOf(rest: string): readonly number[] {
  // git describes a commit as `-g` and its name, which has no order.
  const tokens = rest.replaceAll(/[._-]g[0-9a-f]{7,40}\b/g, '').match(/[0-9]+|[a-z]+/g) ?? []
  const stages = tokens
    .map((token) => (/^\d/.test(token) ? firstNumber + Number(token) : stageOf(token)))
    .filter((each) => each !== release)
  return [...((stages[0] ?? 0) >= firstNumber ? [post] : []), ...stages, release]
}

function stageOf(word: string): number {
  return stageWords.find(({ words }) => words.includes(word))?.stage ?? unknown
}

type Bound = { readonly operator: string; readonly limit: Version } | '*'

function readBound(text: string): Bound | undefined {
  if (text === '*') return '*'
  const [, operator = '', version = ''] = /^(<=|>=|<|>|=)?(.*)$/s.exec(text) ?? []
  const limit = readVersion(version)
  return limit && { operator, limit }
}

function isWithin(version: Version, text: string): boolean {
  const bound = readBound(text)
  if (bound === undefined || bound === '*') return bound === '*'
  const order = compareVersions(version, bound.limit)
  switch (bound.operator) {
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
