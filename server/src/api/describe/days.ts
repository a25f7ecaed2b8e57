/** Reads a span of time as endpoints take it, or says what one would look like. */
import { daysOf } from '#values/spans'
import { CandorError } from '../../errors.ts'

/** `30d`, `12w`, `6m`, `1y` as whole days, at least one. */
export function asDays(text: string): number {
  const days = daysOf(text)
  if (days === undefined)
    throw new CandorError(
      'PARAMETER_INVALID',
      // An operator's own words back to the operator, bounded and without control characters.
      `"${text.slice(0, 60).replaceAll(/\p{Cc}/gu, '·')}" is no span of time; for example 30d, ` +
        '12w, 6m or 1y'
    )
  return days
}
