/** Turns a version's text into numbers that sort as releases do: `1.9.0` before `1.10.0-rc1` before `1.10.0`. */

/** Four numbers of the release, one for its stage, then the numbers after the stage; empty for a text that starts with no number. */
export function versionOrder(version: string): readonly number[] {
  const release = /^[vV]?(\d{1,9}(?:\.\d{1,9}){0,7})/.exec(version)
  if (release === null) return []
  const numbers = (release[1] ?? '').split('.').map(Number)
  const padded = [0, 1, 2, 3].map((place) => numbers[place] ?? 0)
  // What follows `+` is build metadata: two builds of one release sort alike.
  const rest = (version.slice(release[0].length).split('+')[0] ?? '').toLowerCase()
  return [...padded, stageOf(rest), ...[...rest.matchAll(/\d{1,9}/g)].slice(0, 4).map((match) => Number(match[0]))]
}

/** A release is 5; what comes before it is less, a later patch of the packaging more. */
function stageOf(rest: string): number {
  if (rest === '') return 5
  const word = /[a-z]+/.exec(rest)?.[0] ?? ''
  if (word === 'post' || word === 'r' || word === 'rev' || word === 'p') return 6
  if (word === 'dev' || word === 'snapshot' || word === 'nightly') return 0
  if (word === 'a' || word === 'alpha') return 1
  if (word === 'b' || word === 'beta') return 2
  if (word === 'rc' || word === 'c') return 4
  return 3
}
