import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readInstant, readInterval } from './instants.ts'

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

describe('timestamps', () => {
  it.each([
    ['2026-11-20T11:24:42Z', '2026-11-20T11:24:42.000Z'],
    ['2026-11-20T11:24:42.123456+02:00', '2026-11-20T09:24:42.123Z'],
    ['2026-11-20t11:24:42z', '2026-11-20T11:24:42.000Z']
  ])('in RFC 3339 are read on both wires: %s', (text, kept) => {
    for (const wire of ['native', 'client'] as const)
      expect(new Date(readInstant(text, wire) ?? Number.NaN).toISOString()).toBe(kept)
  })

  it.each([
    ['2026-11-20T11:24:42+00', '2026-11-20T11:24:42.000Z'],
    ['2000-04-17 10:56:59.427738-04', '2000-04-17T14:56:59.427Z'],
    ['2000-04-17 10:56:59-0300', '2000-04-17T13:56:59.000Z'],
    ['2000-04-17 10:56:59+05:30', '2000-04-17T05:26:59.000Z'],
    ['2000-04-17 10:56:59', '2000-04-17T10:56:59.000Z'],
    ['2000-04-17 10:56', '2000-04-17T10:56:00.000Z'],
    ['2000-04-17', '2000-04-17T00:00:00.000Z'],
    ['1931-01-01 00:00:00+00:19:32', '1930-12-31T23:40:28.000Z']
  ])('in PostgreSQL’s ISO style are read from clients only: %s', (text, kept) => {
    expect(new Date(readInstant(text, 'client') ?? Number.NaN).toISOString()).toBe(kept)
    expect(readInstant(text, 'native')).toBeUndefined()
  })

  it.each([
    '',
    'now',
    'infinity',
    '17/04/2000 10:56:59',
    'Mon Apr 17 10:56:59 2000',
    '2000-02-30',
    '2000-13-01',
    '2026-11-20T25:00:00Z',
    '2026-11-20T11:60:00Z',
    '2026-11-20T11:24:42+99',
    '0001-01-01',
    '2300-01-01',
    '2026-11-20T11:24:42Z\n',
    '5'.repeat(50)
  ])('are nothing else: %j', (text) => {
    expect(readInstant(text, 'client')).toBeUndefined()
  })

  it('come back as they were written', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date('1900-01-01T00:00:00Z'),
          max: new Date('2299-12-30T00:00:00Z'),
          noInvalidDate: true
        }),
        (date) => {
          expect(readInstant(date.toISOString(), 'native')).toBe(date.getTime())
          expect(
            readInstant(date.toISOString().replace('T', ' ').replace('Z', '+00'), 'client')
          ).toBe(date.getTime())
        }
      )
    )
  })

  it('never throw', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom('native', 'client'),
        (text, wire) => void readInstant(text, wire)
      )
    )
  })
})
