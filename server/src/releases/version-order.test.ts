import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareVersions, isCurrent, readVersion, type Version } from './version-order.ts'

// The first nine are the table that TimescaleDB 1.0 tests its own comparison with.
it.each([
  ['10.1', '10.1.0', true],
  ['10', '10.1.0', true],
  ['10', '9.1.1', false],
  ['9.1.2', '9.1.1', false],
  ['1.0.0', '1.0.0-rc1', false],
  ['1.0.0-rc1', '1.0.0-rc2', true],
  ['1.0.0-rc2', '1.0.0-rc1', false],
  ['1.0.0-rc1', '1.0.0-alpha', false],
  ['1.0.0-rc1', '1.0.1-rc1', true],
  ['2.29.2', '2.30.0-dev', true],
  ['2.30.0', '2.30.0-dev', false],
  ['2.27.0', '2.27.0-p0', false],
  ['2.9.0', '2.10.0', true],
  ['2.10.0', '2.9.9', false],
  ['4.2.0', 'v4.2.0', true],
  ['1.26.0', '1.26.0a1', false],
  ['1.26.0', '1.26.0.dev1', false],
  ['1.0.0', '1.0.0+build.7', true],
  ['1.0.0', '', false],
  ['1.0.0', 'a.b.c', false],
  ['1.0.0', '!@#$%', false],
  ['1.0.0', ' 10 ', false],
  ['1.0.0', '99999999999999999999999', false],
  ['1.0.0', `2.0.0-${'x'.repeat(128)}`, false],
  ['', '1.0.0', false]
])('with %s offered, an installation of %s is up to date: %s', (offered, installed, current) => {
  expect(isCurrent(installed, offered)).toBe(current)
})

const version = fc
  .tuple(
    fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }),
    fc.option(fc.constantFrom('-rc1', '-rc2', '-alpha', '-dev', '-p0', 'a1', '.dev1'), { nil: '' })
  )
  .map(([numbers, suffix]) => readVersion(`${numbers.join('.')}${suffix}`) as Version)

describe('the order', () => {
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

  it('reads any text without a throw, and calls nothing current that it can not read', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(isCurrent(text, text)).toBe(readVersion(text) !== undefined)
      })
    )
  })
})
