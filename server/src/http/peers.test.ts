import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPeers } from './peers.ts'

const forwarded = (text: string): Record<string, string> => ({ 'x-forwarded-for': text })

describe('whose share a request takes', () => {
  it('is nobody’s on this machine and private networks, since a proxy may stand there that nobody listed', () => {
    const { ofSocket } = createPeers([])
    for (const address of [
      '127.0.0.1',
      '::1',
      '::ffff:127.0.0.1',
      '10.1.2.3',
      '192.168.0.9',
      'fd00::1',
      'fe80::1%eth0',
      undefined
    ])
      expect(ofSocket(address), String(address)).toEqual({ network: undefined, isProxy: false })
    expect(ofSocket('203.0.113.9').network).toBe('203.0.113.0/24')
    expect(ofSocket('::ffff:203.0.113.9').network).toBe('203.0.113.0/24')
    expect(ofSocket('2001:db8:1:2::3').network).toBe(ofSocket('2001:db8:1:3::4').network)
  })

  it('is theirs once the proxies are listed, and of whoever the last proxy saw', () => {
    const { ofSocket, ofForwarded } = createPeers(['10.0.0.0/8', '127.0.0.1', '2001:db8::/32'])
    expect(ofSocket('192.168.0.9')).toEqual({ network: '192.168.0.0/24', isProxy: false })
    expect(ofSocket('10.1.2.3')).toEqual({ network: undefined, isProxy: true })
    expect(ofForwarded(forwarded('198.51.100.7'))).toBe('198.51.100.0/24')
    expect(ofForwarded(forwarded('198.51.100.7, 10.0.0.1'))).toBe('198.51.100.0/24')
    expect(ofForwarded(forwarded('[2001:db9::1]:443, [2001:db8::1]'))).toMatch(/^2001:db9/)
    expect(ofForwarded(forwarded('203.0.113.1:5555'))).toBe('203.0.113.0/24')
  })

  it('can not be chosen by what the sender writes before the proxy does', () => {
    const { ofForwarded } = createPeers(['10.0.0.0/8'])
    expect(ofForwarded(forwarded('8.8.8.8, 203.0.113.9'))).toBe('203.0.113.0/24')
    expect(ofForwarded(forwarded('203.0.113.9, not an address'))).toBeUndefined()
    expect(ofForwarded({})).toBeUndefined()
  })

  it('is found for any text without a fault', () => {
    const { ofSocket, ofForwarded } = createPeers(['10.0.0.0/8'])
    fc.assert(
      fc.property(fc.string(), (text) => {
        ofSocket(text)
        const network = ofForwarded(forwarded(text))
        expect(network === undefined || /^(unknown|[0-9a-f.:]+\/(24|56))$/.test(network)).toBe(true)
      })
    )
  })
})
