import { describe, expect, it } from 'vitest'
import { bearerOf, digestOf, isSecret } from './secret.ts'

describe('a bearer token', () => {
  const token = 'a-long-random-text'
  const opens = (header: string | undefined): boolean => {
    const guess = bearerOf(header)
    return guess !== undefined && isSecret(guess, digestOf(token))
  }

  it('opens when it is the right one', () => {
    expect(opens(`Bearer ${token}`)).toBe(true)
  })

  it('does not open when it is missing, cut, longer, of another scheme or full of spaces', () => {
    const wrong = [
      undefined,
      '',
      'Bearer ',
      `Bearer ${token.slice(1)}`,
      `Bearer ${token}x`,
      `Basic ${token}`,
      token
    ]
    const spaced = [
      `bearer ${token}`,
      `Bearer  ${token}`,
      `Bearer ${token} `,
      `Bearer ${'x'.repeat(600)}`
    ]
    for (const header of [...wrong, ...spaced]) expect(opens(header), header).toBe(false)
  })
})
