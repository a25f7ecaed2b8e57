import { expect, it } from 'vitest'
import { majorOf, newestRelease } from './newest-release.ts'

const offered = [
  { version: '3.0.0', supports: { postgresql: [16, 17], linux: [6] } },
  { version: '2.0.0', supports: { postgresql: [15, 16] } },
  { version: '1.0.0', supports: { postgresql: [14, 15] } }
]

it.each([
  [[], '3.0.0'],
  [[['postgresql', 17]], '3.0.0'],
  [[['postgresql', 15]], '2.0.0'],
  [[['postgresql', 14]], '1.0.0'],
  // Nothing ever ran there; or nobody ever said anything of it.
  [[['postgresql', 9]], '3.0.0'],
  [[['constructor', 1]], '3.0.0'],
  [
    [
      ['postgresql', 16],
      ['linux', 5]
    ],
    '2.0.0'
  ]
] as [[string, number][], string][])('on %j the newest is %s', (platform, version) => {
  expect(newestRelease(offered, platform)?.version).toBe(version)
})

it('is none of none, and any of what says nothing of platforms', () => {
  expect(newestRelease([], [['postgresql', 15]])).toBeUndefined()
  expect(newestRelease([{ supports: undefined }], [['postgresql', 15]])).toEqual({
    supports: undefined
  })
})

it.each([
  ['15.4', 15],
  ['15', 15],
  [' v16.1 (Debian 16.1-1)', 16],
  ['PostgreSQL 15', undefined],
  ['', undefined],
  ['12345678', undefined]
])('reads %j as %s', (text, major) => {
  expect(majorOf(text)).toBe(major)
})
