import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { isUpToDate } from './version-order.ts'

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
  expect(isUpToDate(installed, offered)).toBe(current)
})

const version = fc
  .tuple(
    fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', '-rc1', '-rc2', '-alpha', '-dev', '-p0', 'a1', '.dev1')
  )
  .map(([numbers, suffix]) => `${numbers.join('.')}${suffix}`)

it('calls of every two versions at least one up to date, and agrees with a third', () => {
  fc.assert(
    fc.property(version, version, version, (one, two, three) => {
      expect(isUpToDate(one, one)).toBe(true)
      expect(isUpToDate(one, two) || isUpToDate(two, one)).toBe(true)
      if (isUpToDate(one, two) && isUpToDate(two, three)) expect(isUpToDate(one, three)).toBe(true)
    })
  )
})

it('answers any text without a throw', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, two) => {
      expect(typeof isUpToDate(one, two)).toBe('boolean')
    })
  )
})
