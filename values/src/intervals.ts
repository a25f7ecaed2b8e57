/** Reads lengths of time as PostgreSQL writes them, in any of its four styles. */

const intervalLengthMax = 120

const hour = 3_600
const day = 24 * hour

interface Length {
  months: number
  seconds: number
}

/**
 * Seconds of a PostgreSQL interval in any of its four styles; a month has 30 days and a year
 * 365.25, as in its `extract(epoch)`.
 */
export function readInterval(text: string): number | undefined {
  if (text.length > intervalLengthMax || text === '') return undefined
  const length = text.startsWith('P') || text.startsWith('p') ? readIso(text) : readWords(text)
  if (length === undefined) return undefined
  const years = Math.trunc(length.months / 12)
  const seconds = years * 365.25 * day + (length.months - years * 12) * 30 * day + length.seconds
  return Number.isFinite(seconds) ? cleaned(seconds) : undefined
}

/** PostgreSQL counts in microseconds; sums of fractions are brought back to them. */
function cleaned(seconds: number): number {
  const micros = Math.round(seconds * 1e6)
  return Number.isSafeInteger(micros) ? micros / 1e6 + 0 : seconds
}

const number = '([+-]?\\d{1,15}(?:\\.\\d{1,15})?)'
const [days, hours] = ['YMWD', 'HMS'].map((letters) =>
  [...letters].map((letter) => `(?:${number}${letter})?`).join('')
)
const iso = new RegExp(`^P${days}(?:T${hours})?$`, 'i')

/** iso_8601: `P1Y2M3DT4H5M6.7S`. */
function readIso(text: string): Length | undefined {
  const found = iso.exec(text)
  if (found === null || found.slice(1).every((part) => part === undefined)) return undefined
  const [years, months, weeks, days, hours, minutes, seconds] = found
    .slice(1)
    .map((part) => Number(part ?? 0)) as [number, number, number, number, number, number, number]
  return {
    months: years * 12 + months,
    seconds: (weeks * 7 + days) * day + hours * hour + minutes * 60 + seconds
  }
}

const units: ReadonlyMap<string, { readonly months: number; readonly seconds: number }> = new Map(
  [
    { names: ['year', 'years', 'yr', 'yrs', 'y'], months: 12, seconds: 0 },
    { names: ['month', 'months', 'mon', 'mons'], months: 1, seconds: 0 },
    { names: ['week', 'weeks', 'w'], months: 0, seconds: 7 * day },
    { names: ['day', 'days', 'd'], months: 0, seconds: day },
    { names: ['hour', 'hours', 'hr', 'hrs', 'h'], months: 0, seconds: hour },
    { names: ['minute', 'minutes', 'min', 'mins', 'm'], months: 0, seconds: 60 },
    { names: ['second', 'seconds', 'sec', 'secs', 's'], months: 0, seconds: 1 },
    { names: ['millisecond', 'milliseconds', 'msec', 'msecs', 'ms'], months: 0, seconds: 1e-3 },
    { names: ['microsecond', 'microseconds', 'usec', 'usecs', 'us'], months: 0, seconds: 1e-6 }
  ].flatMap(({ names, months, seconds }) =>
    names.map((name) => [name, { months, seconds }] as const)
  )
)

const clock = /^([+-]?)(\d{1,9}):(\d{2})(?::(\d{2}(?:\.\d{1,9})?))?$/
const yearsMonths = /^([+-]?)(\d{1,9})-(\d{1,2})$/
const amount = /^[+-]?\d{1,15}(?:\.\d{1,15})?$/

/**
 * postgres: `1 day 02:03:04`; postgres_verbose: `@ 1 day 2 hours ago`; sql_standard: `1-2 3
 * 4:05:06`.
 */
function readWords(text: string): Length | undefined {
  const words = text.toLowerCase().split(/ +/)
  if (words[0] === '@') words.shift()
  const ago = words.at(-1) === 'ago'
  if (ago) words.pop()
  if (words.length === 0) return undefined
  const length: Length = { months: 0, seconds: 0 }
  // In sql_standard, one sign in front holds for days and clock alike.
  let carriedSign = 1
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? ''
    const clockFound = clock.exec(word)
    const yearsFound = yearsMonths.exec(word)
    if (clockFound !== null) {
      const sign = clockFound[1] === '' ? carriedSign : signOf(clockFound[1])
      length.seconds +=
        sign *
        (Number(clockFound[2]) * hour + Number(clockFound[3]) * 60 + Number(clockFound[4] ?? 0))
    } else if (yearsFound !== null) {
      length.months += signOf(yearsFound[1]) * (Number(yearsFound[2]) * 12 + Number(yearsFound[3]))
    } else if (amount.test(word)) {
      const next = words[index + 1] ?? ''
      const unit = units.get(next)
      if (unit !== undefined) {
        length.months += Number(word) * unit.months
        length.seconds += Number(word) * unit.seconds
        index += 1
      } else if (clock.test(next)) {
        length.seconds += Number(word) * day
        carriedSign = word.startsWith('-') ? -1 : 1
        // postgres_verbose writes nothing at all as `@ 0`.
      } else if (Number(word) !== 0) return undefined
    } else return undefined
  }
  return ago ? { months: -length.months, seconds: -length.seconds } : length
}

function signOf(sign: string | undefined): 1 | -1 {
  return sign === '-' ? -1 : 1
}
