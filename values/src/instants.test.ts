import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readClientInstant, readInstant } from './instants.ts'

describe('timestamps', () => {
  it.each([
    ['2026-11-20T11:24:42Z', '2026-11-20T11:24:42.000Z'],
    ['2026-11-20T11:24:42.123456+02:00', '2026-11-20T09:24:42.123Z'],
    ['2026-11-20t11:24:42z', '2026-11-20T11:24:42.000Z']
  ])('in RFC 3339 are read on both wires: %s', (text, kept) => {
    for (const read of [readInstant, readClientInstant])
      expect(new Date(read(text) ?? Number.NaN).toISOString()).toBe(kept)
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
    expect(new Date(readClientInstant(text) ?? Number.NaN).toISOString()).toBe(kept)
    expect(readInstant(text)).toBeUndefined()
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
    expect(readClientInstant(text)).toBeUndefined()
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
          expect(readInstant(date.toISOString())).toBe(date.getTime())
          expect(readClientInstant(date.toISOString().replace('T', ' ').replace('Z', '+00'))).toBe(
            date.getTime()
          )
        }
      )
    )
  })

  it('never throw', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom(readInstant, readClientInstant),
        (text, read) => void read(text)
      )
    )
  })
})
