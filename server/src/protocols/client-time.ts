/** Says when something happened by our clock, from what a client's own clock said. */
import { DAY_MS } from '#values/days'
import type { Instant } from '../record.ts'

const minuteMs = 60_000

// Beyond a month a clock is not skewed but unset (1970, a flat battery), and shifting by it would
// invent a time.
const skewMaxMs = 30 * DAY_MS
// An event cannot happen after it was sent; five minutes forgive two clocks in one program (a
// browser and its server).
const aheadMaxMs = 5 * minuteMs
// The longest readable form, with nine digits of a second and an offset, has 35 characters.
const lengthMax = 40

// What JavaScript and most clients write; read without the general form's captures, which cost four
// times as much.
const usual = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const general =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?(?:[Zz]|([+-])(\d{2}):?(\d{2})?)?)?$/

/**
 * Reads the ways in which clients write a time: RFC 3339, any number of fractional digits, a
 * missing zone (Python's naive times are UTC
 * by the clients' own convention), months and days without padding. Undefined for all else.
 */
export function readInstant(value: unknown): Instant | undefined {
  if (typeof value !== 'string' || value.length > lengthMax) return undefined
  if (usual.test(value)) {
    const year = 100 * twoDigits(value, 0) + twoDigits(value, 2)
    const milliseconds = 10 * twoDigits(value, 20) + value.charCodeAt(22) - zero
    return utc(
      year,
      twoDigits(value, 5),
      twoDigits(value, 8),
      twoDigits(value, 11),
      twoDigits(value, 14),
      twoDigits(value, 17),
      milliseconds
    )
  }
  const parts = general.exec(value)
  if (parts === null) return undefined
  const [
    ,
    year,
    month,
    day,
    hour = '0',
    minute = '0',
    second = '0',
    fraction = '0',
    sign,
    offsetHours = '0',
    offsetMinutes = '0'
  ] = parts
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'))
  const local = utc(
    Number(year),
    Number(month),
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    milliseconds
  )
  if (local === undefined || Number(offsetHours) > 23 || Number(offsetMinutes) > 59)
    return undefined
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * minuteMs
  return sign === '-' ? local + offset : local - offset
}

// As seconds this is the year 5138, as milliseconds March 1973: nothing reported then.
const millisecondsMin = 1e11

/**
 * As `readInstant`, and numbers too, or texts of digits alone: seconds or milliseconds since 1970,
 * with or without a fraction, told apart by their size.
 */
export function readClientTime(value: unknown): Instant | undefined {
  const number = typeof value === 'string' && /^\d{9,14}(\.\d{1,9})?$/.test(value) ? +value : value
  if (typeof number !== 'number') return readInstant(value)
  const instant = Math.round(number < millisecondsMin ? number * 1000 : number)
  return instant > 0 && instant < 8.64e15 ? instant : undefined
}

/**
 * Milliseconds to add to a client's time so that it is told by our clock: receivedAt − sentAt. 0
 * when the client did not say when it sent,
 * or when what it said cannot be believed.
 */
export function skewOf(times: {
  readonly at: Instant
  readonly sentAt: Instant | undefined
  readonly receivedAt: Instant
}): number {
  if (times.sentAt === undefined) return 0
  const skew = times.receivedAt - times.sentAt
  if (Math.abs(skew) > skewMaxMs) return 0
  return times.at - times.sentAt > aheadMaxMs ? 0 : skew
}

const zero = 48

function twoDigits(text: string, at: number): number {
  return 10 * (text.charCodeAt(at) - zero) + text.charCodeAt(at + 1) - zero
}

/**
 * Undefined for a time that no calendar has, rather than the one that it would roll over to. A leap
 * second is the next second.
 */
function utc(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  milliseconds: number
): Instant | undefined {
  // Nothing that reports to us happened before 1970, and Date.UTC reads the years up to 99 as 19xx.
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month))
    return undefined
  if (hour > 23 || minute > 59 || second > 60) return undefined
  return Date.UTC(year, month - 1, day, hour, minute, second, milliseconds)
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
