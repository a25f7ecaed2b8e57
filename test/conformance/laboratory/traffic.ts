/** What the kernel counted in this network: a second witness, for what a tracer may be led past. */
import { readFileSync } from 'node:fs'

export interface Traffic {
  /** Connections that anybody in this network asked for. */
  readonly opened: number
  /** Datagrams that anybody in this network sent: a look-up of a name is one. */
  readonly datagrams: number
}

export function readTraffic(): Traffic {
  const snmp = readFileSync('/proc/self/net/snmp', 'utf8')
  const of = (group: string, name: string): number => {
    const [names = '', values = ''] = snmp
      .split('\n')
      .filter((line) => line.startsWith(`${group}:`))
    return Number(values.split(' ')[names.split(' ').indexOf(name)] ?? 0)
  }
  return { opened: of('Tcp', 'ActiveOpens'), datagrams: of('Udp', 'OutDatagrams') + datagrams6() }
}

/** Absent where the machine has no IPv6. */
function datagrams6(): number {
  try {
    return Number(
      /^Udp6OutDatagrams\s+(\d+)$/m.exec(readFileSync('/proc/self/net/snmp6', 'utf8'))?.[1] ?? 0
    )
  } catch {
    return 0
  }
}

export function trafficSince(before: Traffic): Traffic {
  const now = readTraffic()
  return { opened: now.opened - before.opened, datagrams: now.datagrams - before.datagrams }
}
