import { expect, it } from 'vitest'
import { daysOf } from './spans.ts'

it.each([
  ['1d', 1],
  ['30d', 30],
  ['30 days', 30],
  ['12w', 84],
  [' 2 weeks ', 14],
  ['1 month', 31],
  ['6m', 186],
  ['1y', 366],
  ['100 years', 36_600]
])('%j has %i days', (span, days) => {
  expect(daysOf(span)).toBe(days)
})

it.each(['', '0d', '101y', '-1d', '1.5d', '30', 'd', '30 d d', '30s', '2026-11-20', '1\n0d'])(
  '%j is no span of time',
  (span) => {
    expect(daysOf(span)).toBeUndefined()
  }
)
