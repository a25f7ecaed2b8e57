import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { noVersions, versionPairs, versionsInOrder } from './version-cases.test-support.ts'
import {
  compareVersions,
  compareVersionTexts,
  isInRange,
  isPreRelease,
  isRange,
  readVersion,
  type Version
} from './version-order.ts'

const read = (text: string): Version => {
  const version = readVersion(text)
  if (version === undefined) throw new Error(`${text} is no version`)
  return version
}

describe('the order of versions', () => {
  it('is that of their releases, in whatever spelling', () => {
    const wrong = versionPairs.filter(
      ({ one, other, order }) =>
        Math.sign(compareVersions(read(one), read(other))) + 0 !== order + 0
    )
    expect(wrong).toEqual([])
  })

  it.each(noVersions)('reads no version in %j, and sorts it before all versions', (text) => {
    expect(readVersion(text)).toBeUndefined()
    expect(compareVersionTexts(text, '0.0.1-dev')).toBeLessThan(0)
  })

  it('sorts a list of texts, oldest first', () => {
    const line = versionsInOrder.toSorted((one, other) => other.length - one.length)[0] ?? []
    const texts = line.map((group) => group[0] ?? '')
    expect(texts.toReversed().toSorted(compareVersionTexts)).toEqual(texts)
  })

  const version = fc
    .tuple(
      fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }),
      fc.array(
        fc.constantFrom('-rc', '.dev', 'a', 'b', '.post', '-', '.1', '2', '-g5d01005', '-acme'),
        { maxLength: 4 }
      )
    )
    .map(([numbers, suffix]) => `${numbers.join('.')}${suffix.join('')}1`)
    .map(read)

  it('is total: every two versions compare, one way only, and in line with a third', () => {
    fc.assert(
      fc.property(version, version, version, (one, two, three) => {
        expect(Math.sign(compareVersions(one, two))).toBe(-Math.sign(compareVersions(two, one)) + 0)
        expect(compareVersions(one, one)).toBe(0)
        if (compareVersions(one, two) <= 0 && compareVersions(two, three) <= 0)
          expect(compareVersions(one, three)).toBeLessThanOrEqual(0)
      })
    )
  })

  it('is found for any text, without a throw', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(Math.sign(compareVersionTexts(one, other))).toBe(
          -Math.sign(compareVersionTexts(other, one)) + 0
        )
      })
    )
  })
})

it.each([
  ['1.0.0-rc1', true],
  ['1.0.0.dev3', true],
  ['1.0.0-acme', true],
  ['1.0.0', false],
  ['1.0.0.post1', false],
  ['1.0.0-1', false],
  ['1.0.0+rc1', false],
  ['1.0.0.RELEASE', false]
])('%s is made before its release: %s', (text, before) => {
  expect(isPreRelease(read(text))).toBe(before)
})

describe('a range', () => {
  // The first four are advisories that a first version missed or told the wrong installations of.
  it.each([
    ['2.0.0-rc.2', '<2.0.0-rc.10', true],
    ['2.0.0rc9', '>=2.0.0rc1 <2.0.0rc10', true],
    ['1.0.0.post1', '<1.0.0', false],
    ['1.0.0-1', '<1.0.0', false],
    ['1.4.0', '>=1.4.0 <1.4.0.post1', true],
    ['1.5.0-rc.10', '>=1.5.0-rc.1 <1.5.0-rc.10', false],
    ['2.14.2', '>=2.0.0 <2.14.3 || 2.15.0', true],
    ['2.14.3', '>=2.0.0 <2.14.3 || 2.15.0', false],
    ['2.15.0', '>=2.0.0 <2.14.3 || 2.15.0', true],
    ['2.15.1', '>2.15.0 <=2.15.1', true],
    ['2.15.0-rc1', '<2.15.0', true],
    ['v2.15', '=2.15.0', true],
    ['1.9.0', '*', true],
    ['1.9.0', '<=nonsense', false],
    ['1.9.0', '', false]
  ])('tells whether %s lies in %j: %s', (text, range, holds) => {
    expect(isInRange(read(text), range)).toBe(holds)
  })

  it.each([
    ['>=2.0.0 <2.14.3 || 2.15.0', true],
    ['*', true],
    ['>=2.0.0 <', false],
    ['latest', false],
    ['', false]
  ])('can be read, as in %j: %s', (text, can) => {
    expect(isRange(text)).toBe(can)
  })
})
