import { describe, expect, it } from 'vitest'
import { concerns } from './concerns.ts'

describe('an advisory', () => {
  it('concerns the versions of its range and no others', () => {
    const affected = '>=2.0.0 <2.14.3 || 2.15.0'
    expect(
      ['2.0.0', '2.14.2', '2.15.0', '2.14.3', '2.15.1', '1.9'].map((version) =>
        concerns({ affected }, version)
      )
    ).toEqual([true, true, true, false, false, false])
  })

  it('concerns nobody once it is withdrawn, and no version that can’t be read', () => {
    expect(concerns({ affected: '*', withdrawn: true }, '1.0.0')).toBe(false)
    expect(concerns({ affected: '*' }, 'unknown')).toBe(false)
  })
})
