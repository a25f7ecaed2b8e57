import { expect, it } from 'vitest'
import { noVersions, versionPairs } from '#values/version-cases.test-support'
import { compareNames } from './name-order.ts'

it('sorts versions as the collector and the store do', () => {
  const wrong = versionPairs.filter(
    ({ one, other, order }) => order !== 0 && Math.sign(compareNames(one, other)) !== order
  )
  expect(wrong).toEqual([])
})

it('puts words that are no versions behind them, in the order of a dictionary', () => {
  for (const word of noVersions) expect(compareNames('1.0.0-dev', word)).toBe(-1)
  expect(['unknown', 'item 10', 'other', '2.10', 'item 9', '2.9'].toSorted(compareNames)).toEqual([
    '2.9',
    '2.10',
    'item 9',
    'item 10',
    'other',
    'unknown'
  ])
})
