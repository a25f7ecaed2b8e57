/** Reads the parameters that several routes take, or says what one would look like. */
import { daysOf } from '#values/spans'
import { closest } from 'fastest-levenshtein'
import { CandorError } from '../../errors.ts'

export function requiredText(value: unknown, name: string, example: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new CandorError('PARAMETER_INVALID', `"${name}" is missing; for example ${name}=${example}`)
}

/** A whole number in a query parameter. */
export function wholeText(
  text: string | undefined,
  name: string,
  usual: number,
  max: number
): number {
  return wholeWithin(
    text === undefined ? undefined : /^\d{1,9}$/.test(text) ? Number(text) : text,
    name,
    usual,
    max
  )
}

export function wholeWithin(value: unknown, name: string, usual: number, max: number): number {
  if (value === undefined) return usual
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max)
    return value
  throw new CandorError(
    'PARAMETER_INVALID',
    `"${name}" must be a whole number from 1 to ${max}; for example ${usual}`
  )
}

/** `30d`, `12w`, `6m`, `1y` as whole days, at least one. */
export function asDays(text: string): number {
  const days = daysOf(text)
  if (days === undefined)
    throw new CandorError(
      'PARAMETER_INVALID',
      `"${shown(text)}" is no span of time; for example 30d, 12w, 6m or 1y`
    )
  return days
}

export function oneOf<Value extends string>(
  value: string,
  values: readonly Value[],
  name: string
): Value {
  const found = values.find((candidate) => candidate === value)
  if (found !== undefined) return found
  throw new CandorError(
    'PARAMETER_INVALID',
    `"${shown(value)}" is no ${name}; did you mean "${closest(value, [...values])}"? There ` +
      `are: ${values.join(', ')}`
  )
}

/** An operator's own words back to the operator, bounded and without control characters. */
function shown(text: string): string {
  return text.slice(0, 60).replaceAll(/\p{Cc}/gu, '·')
}
