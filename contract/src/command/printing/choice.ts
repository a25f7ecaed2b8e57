/** Reads a word that must be one of a few, and names the nearest one when it is not. */
import { InvalidArgumentError } from 'commander'
import { closest } from 'fastest-levenshtein'

export function oneOf<Choice extends string>(choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const found = choices.find((choice) => choice === text)
    if (found !== undefined) return found
    throw new InvalidArgumentError(
      `Did you mean ${closest(text.slice(0, 60), [...choices])}? There are: ${choices.join(', ')}.`
    )
  }
}

export function wholeNumber({
  from,
  to,
  example
}: {
  from: number
  to: number
  example: number
}): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= from && number <= to) return number
    throw new InvalidArgumentError(
      `A whole number from ${from} to ${to} is needed, for example ${example}.`
    )
  }
}
