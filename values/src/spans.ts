/** How many days has a span that somebody wrote: `30d`, `12w`, `6m`, `1y`? */

/** A hundred years. */
const daysMax = 36_600

/**
 * Whole days, at least one; undefined for what is no span. Also reads `30 days`. A month has 31
 * days and a year 366, so that nobody who asks for a month misses its first day.
 */
export function daysOf(span: string): number | undefined {
  const found = /^(\d{1,4})\s*(d|days?|w|weeks?|m|months?|y|years?)$/.exec(span.trim())
  if (found === null) return undefined
  const unit = found[2]?.[0]
  const days = Number(found[1]) * (unit === 'd' ? 1 : unit === 'w' ? 7 : unit === 'm' ? 31 : 366)
  return days < 1 || days > daysMax ? undefined : days
}
