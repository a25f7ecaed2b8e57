/** How is a question refused for what it was asked with, and what was perhaps meant? */
import { closest } from 'fastest-levenshtein'
import { CandorError } from '../../errors.ts'

export function invalid(message: string): CandorError<'PARAMETER_INVALID'> {
  return new CandorError('PARAMETER_INVALID', message)
}

/** An operator's own words back to the operator, bounded and without control characters. */
export function printable(text: string): string {
  return text.slice(0, 60).replaceAll(/\p{Cc}/gu, '·')
}

export function nearest(text: string, choices: readonly string[]): string {
  return closest(text.slice(0, 60), [...choices])
}

export function oneOf(value: string, values: readonly string[], name: string): string {
  if (values.includes(value)) return value
  if (values.length === 0) throw invalid(`There is no ${name} to choose`)
  throw invalid(
    `"${printable(value)}" is no ${name}; did you mean "${nearest(value, values)}"? There ` +
      `are: ${values.join(', ')}`
  )
}

const wordsMax = 50
/** A value that somebody looks for; what is kept is no longer. */
const wordLengthMax = 100

export function commaList(text: string, name: string): readonly string[] {
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
  if (words.length === 0 || words.length > wordsMax)
    throw invalid(`"${name}" must be a comma list of 1 to ${wordsMax}`)
  if (words.some((word) => word.length > wordLengthMax))
    throw invalid(`"${name}": a value has ${wordLengthMax} characters at most`)
  return words
}
