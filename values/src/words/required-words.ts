/**
 * What is a user told of a stream that an edition requires? Page, notice and `status` say it in the
 * same words.
 */

/** A required stream, as contract and form have it. */
export interface RequiredWords {
  readonly edition: string
  readonly stream: string
  readonly because: string
  readonly basis: string
}

/** Why it is required, and what off means for it. */
export function requiredSentence({ edition, stream, because, basis }: RequiredWords): string {
  const reason = because.trim().replace(/\.$/, '')
  const on = `legal basis: ${basisWords(basis)}`
  return `${edition} requires ${stream}: ${reason} (${on}). ${offSentence}`
}

/** What off means for what is required. */
export const offSentence =
  'Off stops it too, every byte: the program is told that it is off, and the product decides ' +
  'what follows.'

function basisWords(basis: string): string {
  return basis === 'legal-obligation' ? 'a legal obligation' : 'the contract with whom it concerns'
}
