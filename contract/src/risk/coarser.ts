/**
 * Makes the values of one column coarser, and names each by a number, so that they can be counted
 * and combined.
 */
import { coarsened } from '#values/coarsening'
import { firstParts } from '#values/version-text'
import type { ColumnValue } from '../form/validated.ts'
import type { Coarser } from './measure.ts'

/** Absent is a value as well: who alone lacks something is singled out. */
export type Column = readonly (ColumnValue | undefined)[]

/** Equal values have equal numbers, from 0 on. */
export function codesOf(column: Column, coarser: readonly Coarser[]): Int32Array {
  let texts = column
  for (const each of coarser)
    texts = each.by === 'rare' ? withoutRare(texts, each.below) : texts.map(coarserBy(each))
  const codes = new Map<string, number>()
  return Int32Array.from(texts, (value) => codeOf(codes, textOf(value)))
}

/** How many of these rows have each combination of the columns' numbers. */
export function sizesOf(columns: readonly Int32Array[], rows: Int32Array): Iterable<number> {
  const sizes = new Map<number, number>()
  for (const row of rows) {
    // Two hashes of 32 bits, of which a number holds 53: among 100,000 rows two would meet by
    // chance once in a million fleets.
    let [one, other] = [0x811c9dc5, 0x9e3779b9]
    for (const codes of columns) {
      const code = codes[row] ?? 0
      one = Math.imul(one ^ code, 0x01000193)
      one ^= one >>> 15
      other = Math.imul(other ^ (code + 0x7f4a7c15), 0x85ebca6b)
      other ^= other >>> 13
    }
    const key = (one >>> 0) * 2_097_152 + (other >>> 11)
    sizes.set(key, (sizes.get(key) ?? 0) + 1)
  }
  return sizes.values()
}

function codeOf<Key>(codes: Map<Key, number>, key: Key): number {
  const known = codes.get(key)
  if (known !== undefined) return known
  codes.set(key, codes.size)
  return codes.size - 1
}

function coarserBy(
  coarser: Exclude<Coarser, { readonly by: 'rare' }>
): (value: ColumnValue | undefined) => ColumnValue | undefined {
  switch (coarser.by) {
    case 'digits':
    case 'bucket':
    case 'nearest': {
      return (value) => (typeof value === 'number' ? coarsened(value, coarser) : value)
    }
    case 'time': {
      const length = { second: 19, minute: 16, hour: 13, day: 10 }[coarser.to]
      return (value) => (typeof value === 'string' ? value.slice(0, length) : value)
    }
    case 'parts':
      return (value) => (typeof value === 'string' ? firstParts(value, coarser.parts) : value)
    case 'size':
      return (value) =>
        typeof value === 'object' && value !== null ? Object.keys(value).length : value
    case 'presence':
      return (value) => value !== undefined
  }
}

/** No value of a contract begins with a control character. */
const rare = '\u0001rare'

function withoutRare(column: Column, below: number): Column {
  const sizes = new Map<string, number>()
  for (const value of column) sizes.set(textOf(value), (sizes.get(textOf(value)) ?? 0) + 1)
  return column.map((value) =>
    value === undefined || (sizes.get(textOf(value)) ?? 0) >= below ? value : rare
  )
}

function textOf(value: ColumnValue | undefined): string {
  return value === undefined ? '' : JSON.stringify(value)
}
