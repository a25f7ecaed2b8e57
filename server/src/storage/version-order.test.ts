import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { versionOrder } from './version-order.ts'

function compared(a: readonly number[], b: readonly number[]): number {
  for (let place = 0; place < Math.max(a.length, b.length); place++) {
    const difference = (a[place] ?? -1) - (b[place] ?? -1)
    if (difference !== 0) return difference
  }
  return 0
}

describe('the order of versions', () => {
  it('is that of their releases', () => {
    const sorted = [
      '0.9',
      '1.2.0-dev',
      '1.2.0a1',
      '1.2.0-beta.2',
      '1.2.0-beta.10',
      '1.2.0rc1',
      'v1.2.0',
      '1.2.0.post1',
      '1.2.0.1',
      '1.10.0',
      '2.17.0'
    ]
    expect([...sorted].reverse().sort((a, b) => compared(versionOrder(a), versionOrder(b)))).toEqual(sorted)
  })

  it('is the same for two builds of one release', () => {
    expect(versionOrder('1.2.0+abc')).toEqual(versionOrder('1.2'))
  })

  it('is made of numbers that fit their column, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.a-z+-]{0,64}$/)), (text) => {
        for (const number of versionOrder(text)) expect(number >>> 0).toBe(number)
      })
    )
  })
})
