/**
 * Takes names apart into words, so that `user_emails`, `userEmail` and `e-mail addresses` can be
 * held against each other.
 */

/** Lower-case words in the singular. */
export function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll('e-mail', 'email')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .map(singular)
}

function singular(word: string): string {
  if (/(ss|us|is)$/.test(word) || word.length < 3) return word
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`
  return /(sses|xes|ches|shes)$/.test(word) ? word.slice(0, -2) : word.replace(/s$/, '')
}
