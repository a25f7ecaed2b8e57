import { expect, it } from 'vitest'
import { mergedType } from './type-merging.ts'

it.each([
  ['Nullable(Int64)', 'Nullable(Int64)', 'Nullable(Int64)'],
  ['Nullable(Int64)', 'Nullable(Float64)', undefined],
  [`DateTime64(3, 'UTC')`, `DateTime64(3, 'UTC')`, `DateTime64(3, 'UTC')`],
  ['Array(Tuple(a Int64))', 'Array(Tuple(`b` String))', 'Array(Tuple(`a` Int64, `b` String))'],
  ['Tuple(a Int64, b Array(Int64))', 'Tuple(b Array(String))', undefined],
  [
    'Map(String, Tuple(a Int64, b Int64))',
    'Map(String, Tuple(b Int64))',
    'Map(String, Tuple(`a` Int64, `b` Int64))'
  ],
  ['Map(String, Int64)', 'Array(Int64)', undefined]
])('merges %s with %s', (before, after, merged) => {
  expect(mergedType(before, after)).toBe(merged)
})
