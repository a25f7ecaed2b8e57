/**
 * Which network an address belongs to: what the cap on silent sockets counts by. Lives in memory
 * only; never logged.
 */
import { isIPv6 } from 'node:net'

/** The /24 of an IPv4 address (also when written inside IPv6), the /56 of an IPv6 address. */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  const mapped =
    /^::ffff:(\d+\.\d+\.\d+)\.\d+$/i.exec(address) ?? /^(\d+\.\d+\.\d+)\.\d+$/.exec(address)
  if (mapped !== null) return `${mapped[1]}.0/24`
  const plain = address.split('%', 1)[0] ?? ''
  if (!isIPv6(plain)) return 'unknown'
  const [left = '', right] = plain.split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  const groups =
    right === undefined
      ? head
      : [...head, ...Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0'), ...tail]
  const [first = 0, second = 0, third = 0, fourth = 0] = groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16))
  const prefix = [first, second, third, fourth & 0xff00].map((group) => group.toString(16))
  return `${prefix.join(':')}::/56`
}
