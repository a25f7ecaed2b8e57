/**
 * A profile says what it must, follows from the product's name where it says nothing, and is
 * refused with words where it can't be used.
 */
import { anything, assert as check, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distributionOf } from './checks/network.ts'
import { silentWay } from './checks/output.ts'
import { readOptions } from './options.ts'
import { completeProfile } from './profile.ts'
import { Refusal } from './refusal.ts'
import { isAmong } from './laboratory/sandbox.ts'
import { delay } from './table.ts'

const profileOf = (document: unknown): ReturnType<typeof completeProfile> =>
  completeProfile(document, '/here', 'profile.json')

describe('a profile', () => {
  it('of a product has its variables', () => {
    expect(profileOf({ product: 'dblab-engine', command: ['x'] })).toMatchObject({
      name: 'dblab-engine',
      env: { DBLAB_ENGINE_TELEMETRY_ENDPOINT: '{endpoint}' },
      yes: { env: { DBLAB_ENGINE_TELEMETRY: 'on' } },
      off: {
        'DO_NOT_TRACK=1': { env: { DO_NOT_TRACK: '1' } },
        'DBLAB_ENGINE_TELEMETRY=off': { env: { DBLAB_ENGINE_TELEMETRY: 'off' } }
      }
    })
  })

  it('that has a word which means nothing is refused, with that word', () => {
    expect(() => profileOf({ command: ['x'], offf: {} })).toThrow(
      'the profile must NOT have additional properties: offf'
    )
    expect(() => profileOf({ command: ['x'], varying: ['('] })).toThrow(
      '/varying has no regular expression: ('
    )
  })

  it('is compared with its own switch, and with DO_NOT_TRACK where that is all it has', () => {
    expect(silentWay(profileOf({ product: 'dlt', command: ['x'] }))).toEqual({
      env: { DLT_TELEMETRY: 'off' }
    })
    expect(silentWay(profileOf({ command: ['x'] }))).toEqual({ env: { DO_NOT_TRACK: '1' } })
    expect(silentWay(profileOf({ command: ['x'], lacks: { 'off/': 'nothing' } }))).toBeUndefined()
  })

  it('of any shape is a profile or is refused', () => {
    check(
      property(anything(), (document) => {
        try {
          return profileOf(document).command.length > 0
        } catch (error) {
          return error instanceof Refusal && error.code === 'PROFILE_INVALID'
        }
      })
    )
  })
})

describe('the command line', () => {
  it('leaves to the command what stands behind it', async () => {
    const { asked, only, format } = await readOptions(
      ['--only', 'off', '--yes', 'A=b=c', 'tool', '--format', 'json', '--only', 'x'],
      '/nowhere'
    )
    expect({ only, format }).toEqual({ only: ['off'], format: 'text' })
    expect(asked).toMatchObject({
      for: 'program',
      profile: { command: ['tool', '--format', 'json', '--only', 'x'], yes: { env: { A: 'b=c' } } }
    })
  })

  it('is refused where a value has no name', async () => {
    await expect(readOptions(['--off', 'off', 'tool'], '/nowhere')).rejects.toThrow(
      '--off needs NAME=value, and not off'
    )
  })
})

describe('figures', () => {
  it('are told between the values that were measured', () => {
    expect(distributionOf([3, 1, 2])).toEqual({ p10: 1.2, median: 2, p90: 2.8, low: 1, high: 3 })
    expect(distributionOf([1, 3]).median).toBe(2)
  })

  it('are held against a bar by what the machine’s noise cannot explain: the fourth smallest of fifteen, the sixth of twenty', () => {
    const values = (count: number): number[] =>
      Array.from({ length: count }, (_, index) => index + 1)
    expect(distributionOf(values(15))).toMatchObject({ low: 4, median: 8, high: 12 })
    expect(distributionOf(values(20))).toMatchObject({ low: 6, high: 15 })
    expect(distributionOf(values(3))).toMatchObject({ low: 1, high: 3 })
    expect(distributionOf([7])).toMatchObject({ low: 7, high: 7 })
  })

  it('are coarse enough on the page to be the same tomorrow', () => {
    expect([-3, 1.9, 4.2, 30, 114.4, 556, 9100, 49_400, 75_100].map((ms) => delay(ms, 3))).toEqual([
      '≤ 2 ms',
      '≤ 2 ms',
      '≤ 5 ms',
      '≤ 30 ms',
      '100 ms',
      '550 ms',
      '9 s',
      '50 s',
      '75 s'
    ])
  })
})

it('globs mean names and folders, and no dot means any letter', () => {
  expect(isAmong('home/.dlt/anonymous_id', ['home/.dlt/*'])).toBe(true)
  expect(isAmong('home/xdlt/anonymous_id', ['home/.dlt/*'])).toBe(false)
  expect(isAmong('home/.dlt/a/b', ['home/.dlt/*'])).toBe(false)
  expect(isAmong('home/.dlt/a/b', ['home/**'])).toBe(true)
  expect(isAmong('home/.dlt', ['home/.dlt/anonymous_id'])).toBe(true)
})
