import { expect, it } from 'vitest'
import { expiryOf } from './expiry.ts'

const now = new Date('2026-11-20T12:00:00Z')

it('reminds sixty days before a declaration ends, and says when it is over', () => {
  expect(expiryOf('2026-11-19', now)).toEqual({ is: 'over', says: 'expired 2026-11-19' })
  expect(expiryOf('2026-11-20', now)).toEqual({ is: 'soon', says: 'expires in 1 day' })
  expect(expiryOf('2027-01-18', now).is).toBe('soon')
  expect(expiryOf('2027-01-21', now).is).toBe('fine')
  expect(expiryOf('never, it is the core of what dlt does', now).is).toBe('fine')
  expect(expiryOf(null, now).is).toBe('fine')
})
