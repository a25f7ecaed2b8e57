/**
 * Says on the page for users what of their reports becomes public, under which rules, and where it
 * stands: the numbers that their reports made are theirs to see.
 */
import type { Disclosure } from './disclosure.ts'

export function madePublic(
  { product, publication }: Pick<Disclosure, 'product' | 'publication'>,
  sentence: (text: string) => string
): readonly string[] {
  if (publication === undefined) return []
  const { says, at, every, licence, threshold, combined, rounding, tables } = publication
  if (tables.length === 0) return [`Made public: ${sentence(says)}`]
  return [
    `Made public: ${sentence(says)} Each ${every}, under ${licence}: ` +
      `${tables.map(({ title }) => title.toLowerCase()).join(', ')}. ` +
      `No count of fewer than ${threshold} installations is shown, of fewer than ${combined} ` +
      `where two things are told together; counts are rounded to ${rounding}.`,
    at === undefined
      ? 'The numbers that these reports made stand under ' +
        `\`/public/${product}\` of the collector, where its operator shows them, ` +
        'and in whatever folder `candor publish` wrote.'
      : `The numbers that these reports made: ${at}`
  ]
}
