/**
 * Whose share does a request take? The network of whoever sent it, also behind proxies that the
 * operator trusts; in memory only, never logged or stored.
 */
import { BlockList, isIP } from 'node:net'
import { networkOf } from './network.ts'

export interface Peers {
  ofSocket(address: string | undefined): Peer
  /** Of a request that came by a trusted proxy: whom the last of them says that it came from. */
  ofForwarded(headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined
}

export interface Peer {
  /** Undefined: it has no share of its own, because many may come by it. */
  readonly network: string | undefined
  readonly isProxy: boolean
}

/** Longer than any chain of proxies that somebody trusts. */
const forwardedMax = 20

/**
 * `trusted`: addresses and networks (`10.0.0.0/8`). Without any, whoever comes from this machine or
 * a private network may be a proxy that nobody listed, and is not limited.
 */
export function createPeers(trusted: readonly string[]): Peers {
  const proxies = listOf(trusted)
  const local = listOf(trusted.length === 0 ? privateNetworks : [])
  return {
    ofSocket(address) {
      const isProxy = address !== undefined && isIn(proxies, address)
      const isShared = address === undefined || isProxy || isIn(local, address)
      return { network: isShared ? undefined : networkOf(address), isProxy }
    },
    ofForwarded(headers) {
      // From the right: what stands further left was written by whoever wanted to be believed.
      const said = String(headers['x-forwarded-for'] ?? '')
        .split(',')
        .slice(-forwardedMax)
      for (const part of said.toReversed()) {
        const hop = plainAddress(part)
        if (isIP(hop) === 0) return undefined
        if (!isIn(proxies, hop)) return networkOf(hop)
      }
      return undefined
    }
  }
}

const privateNetworks: readonly string[] = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  '::1',
  'fc00::/7',
  'fe80::/10'
]

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const text of networks) {
    const [address = '', bits] = text.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

function isIn(list: BlockList, address: string): boolean {
  const plain = plainAddress(address)
  const family = isIP(plain)
  return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4')
}

/** Without port, brackets, zone, and IPv6 around an IPv4 address. */
function plainAddress(text: string): string {
  const bare = text
    .trim()
    .replace(/^\[([^\]]+)\](:\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/%.*$/, '')
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(bare) ? bare.slice(7) : bare
}
