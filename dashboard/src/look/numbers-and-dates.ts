/** Numbers and dates in the reader's locale; days are UTC, as they are counted. */
import type { Cell, Column } from '../api/answers.ts'

/**
 * Made when it is first needed: each loads the locale's words, all of them forty milliseconds of a
 * first view.
 */
function lazily<Format>(make: () => Format): () => Format {
  let format: Format | undefined
  return () => (format ??= make())
}
const numbers = (options: Intl.NumberFormatOptions): (() => Intl.NumberFormat) =>
  lazily(() => new Intl.NumberFormat(undefined, options))
const dates = (options: Intl.DateTimeFormatOptions): (() => Intl.DateTimeFormat) =>
  lazily(() => new Intl.DateTimeFormat(undefined, options))

const whole = numbers({ maximumFractionDigits: 0 })
const plain = numbers({ maximumSignificantDigits: 4 })
const tenths = numbers({ minimumFractionDigits: 1, maximumFractionDigits: 1 })
const compact = numbers({ notation: 'compact', maximumFractionDigits: 1 })
const percent = numbers({ style: 'percent', maximumFractionDigits: 1 })
const signedPercent = numbers({
  style: 'percent',
  maximumFractionDigits: 0,
  signDisplay: 'exceptZero'
})
const longDay = dates({ dateStyle: 'medium', timeZone: 'UTC' })
const namedDay = dates({
  weekday: 'long',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC'
})
const shortDay = dates({ day: 'numeric', month: 'short', timeZone: 'UTC' })
/** With its zone: the reader's own is not that of the days. */
const moment = dates({
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  timeZoneName: 'short'
})
const clockTime = dates({ hour: '2-digit', minute: '2-digit', second: '2-digit' })
const ago = lazily(() => new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' }))

export const formatWhole = (value: number): string => whole().format(value)
export const formatCompact = (value: number): string => compact().format(value)
/** Little is not nothing. */
export const formatShare = (value: number): string =>
  value > 0 && value < 0.0005 ? `< ${percent().format(0.001)}` : percent().format(value)
export const formatChange = (value: number): string => signedPercent().format(value)

export function formatDay(day: string): string {
  const date = new Date(`${day.slice(0, 10)}T00:00:00Z`)
  return Number.isNaN(date.getTime()) ? day : longDay().format(date)
}

/** `Tuesday, Nov 24, 2026`, in the reader's words. */
export function formatWeekday(day: string): string {
  const date = new Date(`${day.slice(0, 10)}T00:00:00Z`)
  return Number.isNaN(date.getTime()) ? day : namedDay().format(date)
}

export function formatShortDay(day: string): string {
  const date = new Date(`${day.slice(0, 10)}T00:00:00Z`)
  return Number.isNaN(date.getTime()) ? day : shortDay().format(date)
}

/** ClickHouse writes `2026-11-20 15:04:05.123` and means UTC. */
function instantOf(text: string): Date {
  return new Date(/[zZ]|[+-]\d\d:\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}Z`)
}

export function formatMoment(timestamp: string): string {
  const date = instantOf(timestamp)
  return Number.isNaN(date.getTime()) ? timestamp : moment().format(date)
}

export function formatClock(timestamp: string): string {
  const date = instantOf(timestamp)
  return Number.isNaN(date.getTime()) ? timestamp : clockTime().format(date)
}

export function formatAgo(timestamp: string, now: number): string {
  const seconds = (instantOf(timestamp).getTime() - now) / 1000
  if (Number.isNaN(seconds)) return timestamp
  const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60]
  ]
  for (const [unit, length] of steps)
    if (Math.abs(seconds) >= length) return ago().format(Math.round(seconds / length), unit)
  return ago().format(Math.round(seconds), 'second')
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return (
    `${value < 10 && unit > 0 ? tenths().format(value) : whole().format(value)} ` +
    `${units[unit] ?? ''}`
  )
}

export function formatNumber(value: number, unit?: string): string {
  if (unit === 'bytes' || unit === 'B') return formatBytes(value)
  const text = Number.isInteger(value) ? whole().format(value) : plain().format(value)
  return unit === undefined || unit === '' ? text : `${text} ${unit}`
}

/** A cell as its column means it. */
export function formatCell(value: Cell | undefined, column: Pick<Column, 'type' | 'unit'>): string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'object') return value.map((one) => formatCell(one, column)).join(', ')
  if (column.type === 'share' && typeof value === 'number') return formatShare(value)
  if (column.type === 'date') return formatDay(String(value))
  if (column.type === 'timestamp') return formatMoment(String(value))
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return formatNumber(value, column.unit)
  if (
    (column.type === 'integer' || column.type === 'number') &&
    value !== '' &&
    Number.isFinite(Number(value))
  )
    return formatNumber(Number(value), column.unit)
  return value === '' ? '(empty)' : value
}
