import { isIPv6 } from 'node:net'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { networkOf } from './network.ts'

it.each([
  ['127.0.0.1', '127.0.0.0/24'],
  ['203.0.113.77', '203.0.113.0/24'],
  ['::ffff:203.0.113.77', '203.0.113.0/24'],
  ['2001:db8:1:22ff::1', '2001:db8:1:2200::/56'],
  ['2001:db8:1:2200:1:2:3:4', '2001:db8:1:2200::/56'],
  ['2001:db8::1', '2001:db8:0:0::/56'],
  ['::1', '0:0:0:0::/56'],
  ['fe80::1%eth0', 'fe80:0:0:0::/56'],
  [undefined, 'unknown'],
  ['/run/socket', 'unknown']
])('%s belongs to %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

it('puts the two ends of any /56 into one network, and any text somewhere', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      expect(isIPv6(address)).toBe(true)
      expect(networkOf(address)).toMatch(/^([0-9a-f:]+::\/56|[\d.]+\/24)$/)
    })
  )
  fc.assert(fc.property(fc.string(), (text) => typeof networkOf(text) === 'string'))
})
