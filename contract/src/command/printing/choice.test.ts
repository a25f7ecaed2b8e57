import { InvalidArgumentError } from 'commander'
import { describe, expect, it } from 'vitest'
import { oneOf, wholeNumber } from './choice.ts'

describe('a choice', () => {
  it('is taken as it is', () => {
    expect(oneOf(['table', 'json'])('json')).toBe('json')
  })

  it('that is none is answered with the nearest one and all others', () => {
    expect(() => oneOf(['table', 'json', 'csv'])('jsno')).toThrow(
      new InvalidArgumentError('Did you mean json? There are: table, json, csv.')
    )
  })
})

describe('a whole number', () => {
  const days = wholeNumber({ from: 1, to: 90, example: 30 })
  it('is taken from its least to its most', () => {
    expect([days('1'), days('90')]).toEqual([1, 90])
  })

  it('is refused beyond them, and in any other notation, with an example', () => {
    for (const text of ['0', '91', '1.5', '-1', '1e1', '', 'ten', ' 3'])
      expect(() => days(text)).toThrow('A whole number from 1 to 90 is needed, for example 30.')
  })
})
