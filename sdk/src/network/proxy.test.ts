import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { proxyFor } from './proxy.ts'

const proxy = 'http://proxy.example:3128/'

describe('a proxy', () => {
  it.each([
    [
      'https goes by https_proxy, in either case',
      'https://a.example/',
      { HTTPS_PROXY: 'http://proxy.example:3128' },
      proxy
    ],
    [
      'lower case goes first',
      'https://a.example/',
      { HTTPS_PROXY: 'http://other.example', https_proxy: proxy },
      proxy
    ],
    [
      'http goes by http_proxy',
      'http://a.example/',
      { http_proxy: proxy, https_proxy: 'http://other.example' },
      proxy
    ],
    ['all_proxy serves both', 'https://a.example/', { ALL_PROXY: proxy }, proxy],
    [
      'a proxy without a scheme is an http one',
      'https://a.example/',
      { https_proxy: 'proxy.example:3128' },
      proxy
    ],
    [
      'HTTP_PROXY is what the caller of a CGI program sends',
      'http://a.example/',
      { HTTP_PROXY: proxy, REQUEST_METHOD: 'GET' },
      undefined
    ],
    [
      'an empty variable is none',
      'https://a.example/',
      { https_proxy: '', HTTPS_PROXY: proxy },
      undefined
    ],
    [
      'socks is not spoken',
      'https://a.example/',
      { https_proxy: 'socks5://proxy.example' },
      undefined
    ],
    ['no variable, no proxy', 'https://a.example/', {}, undefined],
    [
      'this machine is never behind one',
      'http://127.0.0.1:4700/',
      { http_proxy: proxy },
      undefined
    ],
    ['nor by its other names', 'http://[::1]:4700/', { http_proxy: proxy }, undefined],
    [
      'no_proxy names a host',
      'https://a.example/',
      { https_proxy: proxy, no_proxy: 'b.example, a.example' },
      undefined
    ],
    [
      'and all below it',
      'https://x.a.example/',
      { https_proxy: proxy, NO_PROXY: '.a.example' },
      undefined
    ],
    [
      'but no other that ends alike',
      'https://ba.example/',
      { https_proxy: proxy, NO_PROXY: 'a.example' },
      proxy
    ],
    [
      'with a port only that port',
      'https://a.example/',
      { https_proxy: proxy, no_proxy: 'a.example:8443' },
      proxy
    ],
    [
      'and that port',
      'https://a.example:8443/',
      { https_proxy: proxy, no_proxy: 'a.example:8443' },
      undefined
    ],
    ...['https://10.1.2.3/', 'https://[fd00:1::2]/'].map(
      (url) =>
        [
          `a network of addresses holds ${url}`,
          url,
          { https_proxy: proxy, no_proxy: '192.168.0.0/16,10.0.0.0/8, fd00:1::/32' },
          undefined
        ] as const
    ),
    [
      'and no other address, and no name',
      'https://11.1.2.3/',
      { https_proxy: proxy, no_proxy: '10.0.0.0/8,a.example/8,10.0.0.0/99' },
      proxy
    ],
    [
      'a dot at the end of a name says nothing',
      'https://x.a.example./',
      { https_proxy: proxy, no_proxy: 'a.example.' },
      undefined
    ],
    ['a star means nobody', 'https://a.example/', { https_proxy: proxy, no_proxy: '*' }, undefined]
  ] as const)('%s', (_, url, variables, expected) => {
    expect(proxyFor(url, variables)).toBe(expected)
  })

  it('never throws, whatever the variables hold', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (said, excepted) => {
        proxyFor('https://a.example/', { https_proxy: said, no_proxy: excepted })
      })
    )
  })
})
