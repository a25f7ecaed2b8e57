import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from './canonical-json.ts'

describe('canonical JSON', () => {
  it('orders keys by their UTF-16 code units, however deep', () => {
    const value = {
      '\u20ac': 1,
      '\r': 2,
      '\ufb33': 3,
      '1': 4,
      '\ud83d\ude00': 5,
      '\u0080': 6,
      '\u00f6': { b: [], a: {} }
    }
    expect(canonicalJson(value)).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":{"a":{},"b":[]},"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}'
    )
  })

  it('writes numbers as ECMAScript does', () => {
    const forms: readonly (readonly [number, string])[] = [
      [-0, '0'],
      [1e21, '1e+21'],
      [1e-7, '1e-7'],
      [0.000001, '0.000001'],
      [Number('333333333.33333329'), '333333333.3333333'],
      [4.5, '4.5'],
      [2e-3, '0.002'],
      [5e-324, '5e-324'],
      [Number.MAX_VALUE, '1.7976931348623157e+308'],
      [9007199254740992, '9007199254740992']
    ]
    for (const [value, form] of forms) expect(canonicalJson(value)).toBe(form)
  })

  it('escapes only what JSON must escape', () => {
    expect(canonicalJson('\u000f\n"\\/é\u2028')).toBe('"\\u000f\\n\\"\\\\/é\u2028"')
  })

  it.each([Number.NaN, Infinity, '\ud800', { a: ['\udc00'] }, () => 1, 1n])(
    'refuses what JSON cannot say (%#)',
    (value) => {
      expect(() => canonicalJson(value)).toThrow(TypeError)
    }
  )

  it('is JSON that reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      })
    )
  })

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value))
      })
    )
  })
})

/** The same value with the keys of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)])
  )
}
