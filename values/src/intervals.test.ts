import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readInterval } from './intervals.ts'

const day = 86_400

describe('PostgreSQL intervals', () => {
  it.each([
    ['00:00:00.017818', 0.017818],
    ['@ 0.017818 secs', 0.017818],
    ['0:00:00.017818', 0.017818],
    ['PT0.017818S', 0.017818],
    ['00:00:00', 0],
    ['@ 0', 0],
    ['PT0S', 0]
  ])('in all four styles of a short one: %s', (text, seconds) => {
    expect(readInterval(text)).toBe(seconds)
  })

  it.each([
    ['1 day 02:03:04', day + 2 * 3600 + 3 * 60 + 4],
    ['@ 1 day 2 hours 3 mins 4.5 secs', day + 7384.5],
    ['@ 1 day 2 hours 3 mins 4.5 secs ago', -(day + 7384.5)],
    ['1 2:03:04', day + 7384],
    ['P1DT2H3M4S', day + 7384],
    ['1 mon', 30 * day],
    ['1 year', 365.25 * day],
    ['14 mons', 365.25 * day + 60 * day],
    ['P1Y2M3DT4H5M6S', 365.25 * day + 60 * day + 3 * day + 4 * 3600 + 5 * 60 + 6],
    ['1-2 3 4:05:06', 365.25 * day + 60 * day + 3 * day + 4 * 3600 + 5 * 60 + 6],
    ['+1-2 -3 +4:05:06', 365.25 * day + 60 * day - 3 * day + 4 * 3600 + 5 * 60 + 6],
    ['1 year 2 mons 3 days 04:05:06', 365.25 * day + 60 * day + 3 * day + 4 * 3600 + 5 * 60 + 6],
    [
      '@ 1 year 2 mons 3 days 4 hours 5 mins 6 secs',
      365.25 * day + 60 * day + 3 * day + 4 * 3600 + 5 * 60 + 6
    ],
    ['-1 2:03:04', -(day + 7384)],
    ['-1 days +02:03:04', -day + 7384],
    ['-1 days -02:03:04', -(day + 7384)],
    ['P-1DT-2H-3M-4S', -(day + 7384)],
    ['-00:00:01', -1],
    ['100:00:00', 360_000],
    ['2 weeks', 14 * day]
  ])('with days, months and signs: %s', (text, seconds) => {
    expect(readInterval(text)).toBe(seconds)
  })

  it.each([
    '',
    ' ',
    '@',
    'ago',
    'P',
    'PT',
    '1',
    '12.5',
    '1 2',
    '1 fortnight',
    '1:2',
    '1:02:3',
    'x'.repeat(150),
    `${'1 day '.repeat(30)}`,
    '1 day; drop',
    '∞',
    'infinity'
  ])('are nothing else: %j', (text) => {
    expect(readInterval(text)).toBeUndefined()
  })

  it('never throw, and are finite', () => {
    const parts = fc.constantFrom(
      '1',
      '-2',
      '3.5',
      ' ',
      'day',
      'mon',
      ':',
      '00',
      '@ ',
      'ago',
      'P',
      'T',
      'H',
      'S',
      '-',
      '+',
      'years'
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(parts).map((each) => each.join(''))
        ),
        (text) => Number.isFinite(readInterval(text) ?? 0)
      )
    )
  })
})
