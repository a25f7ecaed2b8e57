import { describe, expect, it } from 'vitest'
import { isAuthorised } from './token.ts'

describe('a token', () => {
  const token = 'a-long-random-text'
  it('opens when it is this server’s', () => {
    expect(isAuthorised(`Bearer ${token}`, token)).toBe(true)
  })

  it('does not open when it is missing, cut, longer, of another scheme or full of spaces', () => {
    const wrong = [
      undefined,
      '',
      'Bearer ',
      `Bearer ${token.slice(1)}`,
      `Bearer ${token}x`,
      `Basic ${token}`,
      token,
      `bearer ${token}`
    ]
    for (const header of [...wrong, `Bearer  ${token}`, `Bearer ${token} `, `Bearer ${'x'.repeat(600)}`])
      expect(isAuthorised(header, token), header).toBe(false)
  })
})
