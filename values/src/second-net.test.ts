import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { withoutTraces } from './second-net.ts'

it.each([
  ['cannot open /srv/secret/rows.json: no such file', 'cannot open (removed): no such file'],
  [String.raw`cannot open C:\Users\Jane\rows.json`, 'cannot open (removed)'],
  ['~/work/acme/x.sql failed', '(removed) failed'],
  ['mail to jane.doe+x@acme.example failed', 'mail to (removed) failed'],
  ['GET https://jane:pw@db1.internal:5432/x?y=1 gave 500', 'GET (removed) gave 500'],
  ['connect 10.1.2.3:5432 refused', 'connect (removed) refused'],
  ['connect fe80:0:0:0:1ff:fe23:4567:890a refused', 'connect (removed) refused'],
  ['device 00:1b:44:11:3a:b7 is gone', 'device (removed) is gone'],
  ['key sk-abcdefgh12345678 is wrong', 'key (removed) is wrong'],
  ['bad eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', 'bad (removed)'],
  ['session 14a304a9-2e2e-4f8e-a495-443513034479', 'session (removed)']
])('%s', (text, left) => {
  expect(withoutTraces(text, 500)).toBe(left)
  expect(withoutTraces(left, 500)).toBe(left)
})

it.each([
  'relation does not exist',
  'TypeError: x is not a function',
  'version 2.28.3 at 12:30:45',
  'and/or, either/or',
  'ratio 3/4; 1.2.3.4.5',
  'HTTP/1.1 404 Not Found',
  'a-rather-long-name-of-words-only'
])('leaves %s', (text) => {
  expect(withoutTraces(text, 500)).toBe(text)
})

it('is as long as it may be at most, finds nothing in what it left, and takes no longer for a hostile text', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('a', '/', '1.', 'a@', ':0', '-0').map((part) => part.repeat(2_000))
      ),
      (text) => {
        const left = withoutTraces(text, 100)
        expect(left.length).toBeLessThanOrEqual(Math.max(100, text.length))
        expect(withoutTraces(left, 100)).toBe(left)
      }
    )
  )
})
