import { describe, expect, it } from 'vitest'
import { formatAgo, formatBytes, formatCell, formatDay, formatShare } from './numbers-and-dates.ts'

/** As whoever runs this writes it. */
const local = (value: number, options?: Intl.NumberFormatOptions): string =>
  new Intl.NumberFormat(undefined, options).format(value)
const share = (value: number): string =>
  local(value, { style: 'percent', maximumFractionDigits: 1 })

describe('numbers and dates', () => {
  it('shows bytes in the unit that fits, and never rounds little to nothing', () => {
    expect([0, 1023, 1536, 1_073_741_824].map(formatBytes)).toEqual([
      '0 B',
      `${local(1023)} B`,
      `${local(1.5)} KiB`,
      `${local(1, { minimumFractionDigits: 1 })} GiB`
    ])
    expect([0, 0.0001, 0.5, 1].map(formatShare)).toEqual([
      share(0),
      `< ${share(0.001)}`,
      share(0.5),
      share(1)
    ])
  })

  it('reads a cell as its column means it, and says where there is nothing', () => {
    expect(formatCell(1234, { type: 'integer' })).toBe(local(1234))
    expect(formatCell('1234', { type: 'integer' })).toBe(local(1234))
    expect(formatCell(2.34567, { type: 'number', unit: 's' })).toBe(`${local(2.346)} s`)
    expect(formatCell(null, { type: 'integer' })).toBe('–')
    expect(formatCell('', { type: 'text' })).toBe('(empty)')
    expect(formatCell('1.10', { type: 'text' })).toBe('1.10')
    expect(formatCell(true, { type: 'boolean' })).toBe('yes')
  })

  it('keeps a UTC day the day that it is, wherever the reader sits', () => {
    expect(formatDay('2026-01-01')).toBe(
      new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' }).format(
        Date.UTC(2026, 0, 1)
      )
    )
    expect(formatDay('not a day')).toBe('not a day')
  })

  it('says how long ago something was, in the largest unit that fits', () => {
    const now = Date.parse('2026-11-20T12:00:00Z')
    const ago = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
    expect(formatAgo('2026-11-20T11:58:00Z', now)).toBe(ago.format(-2, 'minute'))
    expect(formatAgo('2026-11-18 12:00:00', now)).toBe(ago.format(-2, 'day'))
  })
})
