/** Which of two versions is the older one, for a list of changes. */

/**
 * Negative when `one` is older. By the numbers in order; a word behind equal numbers (`rc1`) is
 * older than none.
 */
export function versionOrderOf(one: string, other: string): number {
  const [numbers, otherNumbers] = [numbersOf(one), numbersOf(other)]
  for (let index = 0; index < Math.max(numbers.length, otherNumbers.length); index += 1) {
    const difference = (numbers[index] ?? 0) - (otherNumbers[index] ?? 0)
    if (difference !== 0) return difference
  }
  const [word, otherWord] = [wordOf(one), wordOf(other)]
  if (word === otherWord) return 0
  if (word === '' || otherWord === '') return word === '' ? 1 : -1
  return word < otherWord ? -1 : 1
}

function numbersOf(version: string): readonly number[] {
  return (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number)
}

function wordOf(version: string): string {
  return version.replace(/^[^\d]*\d+(?:\.\d+)*/, '')
}
