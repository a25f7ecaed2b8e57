/** Repeatable chance: the same seed and words give the same numbers, whatever else is drawn. */

/** From 0 up to, but not including, 1. */
export type Chance = () => number

/**
 * Each column has a chance of its own, so that a field that is added or changed leaves all others
 * as they are.
 */
export function chanceOf(seed: number, ...words: readonly string[]): Chance {
  let state = hashOf(`${seed}/${words.join('/')}`)
  // Mulberry32: 32 bits of state are plenty for the at most few million numbers of one column.
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * About normal, mean 0 and deviation 1, within ±3: what lies further out is drawn by nobody here.
 */
export function normal(chance: Chance): number {
  let sum = 0
  for (let index = 0; index < 12; index += 1) sum += chance()
  return Math.min(3, Math.max(-3, sum - 6))
}

/**
 * An index below `count`, the first ones most often: the n-th is drawn 1/n times as often as the
 * first.
 */
export function zipf(count: number): (chance: Chance) => number {
  const sums = new Float64Array(count)
  let sum = 0
  for (let index = 0; index < count; index += 1) {
    sum += 1 / (index + 1)
    sums[index] = sum
  }
  return (chance) => {
    const wanted = chance() * sum
    let [low, high] = [0, count - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? 0) > wanted) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash
}
