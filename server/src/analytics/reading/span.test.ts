import { addDays, dayOf, startOfDay } from '#values/days'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addPeriods,
  isDay,
  periodOf,
  periodsBetween,
  periodsIn,
  previousSpan,
  readSince,
  units
} from './span.ts'
import { partialPeriods } from '../knowing/known.ts'

const day = fc.integer({ min: Date.parse('1999-12-01'), max: Date.parse('2040-02-01') }).map(dayOf)
const unit = fc.constantFrom(...units)

describe('periods', () => {
  it('hold each day in exactly one, and follow each other without a gap, over leap days and years', () => {
    fc.assert(
      fc.property(day, fc.nat(500), unit, (first, length, each) => {
        const last = addDays(first, length)
        const periods = periodsIn({ first, last }, each)
        expect(periods[0]).toBe(periodOf(first, each))
        expect(periods.at(-1)).toBe(periodOf(last, each))
        for (const [index, period] of periods.entries()) {
          expect(periodOf(period, each)).toBe(period)
          expect(addPeriods(period, each, 1)).toBe(
            periods[index + 1] ?? addPeriods(period, each, 1)
          )
          expect(periodOf(addDays(addPeriods(period, each, 1), -1), each)).toBe(period)
          expect(periodsBetween(periods[0] ?? '', period, each)).toBe(index)
        }
      })
    )
  })

  it('begin on Mondays, also across a year and a leap day', () => {
    expect(periodOf('2027-01-03', 'week')).toBe('2026-12-28')
    expect(periodOf('2028-03-01', 'week')).toBe('2028-02-28')
    expect(addPeriods('2028-02-01', 'month', 1)).toBe('2028-03-01')
    expect(addPeriods('2027-01-01', 'month', -13)).toBe('2025-12-01')
    expect(periodsIn({ first: '2028-02-28', last: '2028-03-01' }, 'day')).toEqual([
      '2028-02-28',
      '2028-02-29',
      '2028-03-01'
    ])
  })
})

describe('the period that is not over', () => {
  const now = Date.parse('2026-11-20T12:00:00Z')
  it('is today’s, or the one that the span cuts', () => {
    const until = (last: string): readonly (string | undefined)[] =>
      units.map(
        (each) => partialPeriods({ span: { first: '2026-10-01', last }, now }, each)[0]?.period
      )
    expect(until('2026-11-20')).toEqual(['2026-11-20', '2026-11-16', '2026-11-01'])
    expect(until('2026-11-15')).toEqual([undefined, undefined, '2026-11-01'])
    expect(until('2026-10-31')).toEqual([undefined, '2026-10-26', undefined])
  })
})

describe('the span before', () => {
  it('is as long, in periods where there are some, and ends where the other begins', () => {
    expect(previousSpan({ first: '2026-11-01', last: '2026-11-20' }, undefined)).toEqual({
      first: '2026-10-12',
      last: '2026-10-31'
    })
    expect(previousSpan({ first: '2026-11-01', last: '2026-11-20' }, 'month')).toEqual({
      first: '2026-10-01',
      last: '2026-10-31'
    })
    expect(previousSpan({ first: '2026-11-09', last: '2026-11-20' }, 'week')).toEqual({
      first: '2026-10-26',
      last: '2026-11-08'
    })
  })
})

describe('how far back', () => {
  it('counts the last day', () => {
    expect(readSince('1d', '2028-03-01')).toBe('2028-03-01')
    expect(readSince('2d', '2028-03-01')).toBe('2028-02-29')
    expect(readSince('1w', '2026-11-20')).toBe('2026-11-14')
    expect(readSince('2026-08-01', '2026-11-20')).toBe('2026-08-01')
    for (const text of ['', '0d', 'ever', '-1d', '99999d', '2026-02-30'])
      expect(readSince(text, '2026-11-20'), text).toBeUndefined()
  })

  it('takes days that exist, and no others', () => {
    expect(isDay('2028-02-29')).toBe(true)
    for (const text of ['2027-02-29', '2026-13-01', '2026-1-1', '0000-01-01', '9999-12-31'])
      expect(isDay(text), text).toBe(false)
    fc.assert(fc.property(day, (text) => isDay(text) && dayOf(startOfDay(text)) === text))
  })
})
