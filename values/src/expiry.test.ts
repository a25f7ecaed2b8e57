import { expect, it } from 'vitest'
import { isExpired } from './expiry.ts'

it.each([
  ['2027-11-20', '2027-11-20T23:59:59.999Z', false],
  ['2027-11-20', '2027-11-21T00:00:00.000Z', true],
  ['2027-11-20', '2026-01-01T00:00:00.000Z', false],
  ['never, because releases are always dated', '2999-01-01T00:00:00.000Z', false],
  ['2027-13-45', '2999-01-01T00:00:00.000Z', false],
  [undefined, '2999-01-01T00:00:00.000Z', false]
])('what expires %s is over at %s: %s', (expires, instant, over) => {
  expect(isExpired({ expires }, Date.parse(instant))).toBe(over)
})
