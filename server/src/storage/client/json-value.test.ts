import { anything, assert, constantFrom, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readerOf } from './json-value.ts'

describe('a value that ClickHouse printed', () => {
  it('is a number where it is a whole one, in lists, maps and tuples too', () => {
    const type =
      'Map(LowCardinality(String), Tuple(pages Nullable(Int64), `a, name` Array(UInt64), ' +
      "kind Enum8('a,(' = 1)))"
    const read = readerOf(type)
    expect(
      read({ heap: { pages: '505', 'a, name': ['1', '2'], kind: '7' }, btree: { pages: null } })
    ).toEqual({
      heap: { pages: 505, 'a, name': [1, 2], kind: '7' },
      btree: { pages: null }
    })
    expect(readerOf('Array(Tuple(String, Int64))')([['1', '1']])).toEqual([['1', 1]])
    expect(readerOf('LowCardinality(Nullable(UInt64))')('0')).toBe(0)
  })

  it('stays text where it is text, or beyond what a JSON number holds', () => {
    expect(readerOf('Map(String, String)')({ a: '5' })).toEqual({ a: '5' })
    expect(readerOf('Array(UInt64)')(['18446744073709551615', '9007199254740991'])).toEqual([
      '18446744073709551615',
      9007199254740991
    ])
    expect(readerOf("DateTime64(3, 'UTC')")('2026')).toBe('2026')
  })

  it('is never a reason to fail, whatever it is and whatever its type is called', () => {
    const types = constantFrom(
      'Int64',
      'Array(Int64)',
      'Map(String, Int64)',
      'Tuple(a Int64)',
      'Tuple(Int64',
      'Map(',
      ')(',
      '',
      'Array()'
    )
    assert(property(types, anything(), (type, value) => void readerOf(type)(value)))
  })
})
