import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { versionIn } from './version-text.ts'

it.each([
  '1.26.0',
  'v4.2.0-rc.3-20260721-1407',
  '2.5.0-26-g5d01005-20211021-1103',
  '0.2.0a26',
  '1.0.0rc1.post2.dev3',
  '2.30.0-dev',
  '3.0.0-SNAPSHOT',
  '16.2',
  '20260721',
  '1.0.0.dev3+g5d01005',
  '-',
  'unknown'
])('keeps %s whole', (text) => {
  expect(versionIn(text)).toBe(text)
})

it.each([
  ['1.26.0-acme', '1.26.0'],
  ['1.26.0-acme.internal.example', '1.26.0'],
  ['2.0.0-rc.1+build.acme', '2.0.0-rc.1+build'],
  ['6.1.0-40-amd64', '6.1.0-40'],
  ['61234567-8a55-4b1a-9f0a-c0d0f3a3a001', '61234567'],
  ['1.0.12345678901234567890', '1.0']
])('cuts %s to %s', (text, kept) => {
  expect(versionIn(text)).toBe(kept)
})

it.each([
  '',
  'acme',
  'db1.acme.example',
  '8c45f93d27f72347a3604521e2d4c33b',
  '1x',
  '#1 SMP',
  'v',
  '1 2',
  'release-acme',
  '12345678901',
  '1.0@acme',
  '5.4~bpo12'
])('is no version: %s', (text) => {
  expect(versionIn(text)).toBeUndefined()
})

it('keeps a beginning of the text, never a word that it does not know, and finds nothing more in what it kept', () => {
  const piece = fc.constantFrom(
    'v',
    '1',
    '26',
    '.',
    '-',
    '+',
    'rc',
    'acme',
    'a',
    'g5d01005',
    ' ',
    'é',
    '_'
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('')
      const kept = versionIn(text)
      if (kept === undefined) return
      expect(text.startsWith(kept)).toBe(true)
      expect(kept).not.toMatch(/acme|é| /)
      expect(versionIn(kept)).toBe(kept)
    })
  )
})
