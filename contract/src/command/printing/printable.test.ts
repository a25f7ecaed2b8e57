import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { printable } from './printable.ts'

it('keeps text, line ends and tabs, and shows what a terminal would obey', () => {
  expect(printable('añ 字 🙂\r\n\tb\n')).toBe('añ 字 🙂\r\n\tb\n')
  expect(printable('\u001b[2J\u0007\u009b\u202eevil\rnice')).toBe(
    '\\u001b[2J\\u0007\\u009b\\u202eevil\\u000dnice'
  )
})

it('leaves printed JSON the value that it was', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      const printed = JSON.stringify(JSON.parse(json), undefined, 2)
      expect(JSON.parse(printable(printed))).toEqual(JSON.parse(json))
      expect(printable(printed).replaceAll(/[\n\t]/g, '')).not.toMatch(/\p{Cc}/u)
    })
  )
})
