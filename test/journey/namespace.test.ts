/**
 * Does the server open any connection but to its configured ClickHouse? Run in a network of its
 * own, whose counters would tell.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import {
  candor,
  eventually,
  removeServer,
  startServer,
  type RunningServer
} from './world/candor-server.ts'

// A network with a loopback, and a way out that a packet could take: one end of a pair of
// interfaces carries the default route, and
// whatever is sent on it is counted. IPv6 has no way out, so what is tried there is counted as
// having found none.
const setUp = `
set -e
ip link set lo up
ip link add out type veth peer name outside
echo 1 > /proc/sys/net/ipv6/conf/out/disable_ipv6
echo 1 > /proc/sys/net/ipv6/conf/outside/disable_ipv6
ip address add 198.51.100.2/24 dev out
ip link set outside up
ip link set out up
ip route add default via 198.51.100.1
exec "$@"
`
const ownNetwork = ['unshare', '--net', 'sh', '-c', setUp, 'sh']

let server: RunningServer | undefined
afterEach(async () => {
  if (server !== undefined) await removeServer(server)
  server = undefined
})

async function startInOwnNetwork(configuration?: string): Promise<RunningServer> {
  const isAllowed = await run(ownNetwork[0] as string, [...ownNetwork.slice(1), 'true'])
  if (isAllowed.code !== 0)
    throw new Error(
      'This test needs a network namespace with a pair of interfaces: run it as root ' +
        `(CAP_SYS_ADMIN and CAP_NET_ADMIN), with iproute2 installed.\n${isAllowed.error}`
    )
  return startServer({
    under: ownNetwork,
    ...(configuration === undefined ? {} : { configuration })
  })
}

interface Traffic {
  /** Packets that went to the world outside. */
  readonly packetsOut: number
  /**
   * Connections that anybody in this network opened, and datagrams that anybody sent: a look-up of
   * a name would be one.
   */
  readonly opened: number
  readonly datagrams: number
  /** Packets that found no way. */
  readonly lost: number
  /**
   * Far ends of connections that are open or were lately, but for those with a listener of the
   * server.
   */
  readonly peers: readonly string[]
}

function trafficOf({ process: { pid }, port, adminPort }: RunningServer): Traffic {
  const read = (name: string): string => readFileSync(`/proc/${pid}/net/${name}`, 'utf8')
  const interfaces = /^\s*out:(.*)$/m.exec(read('dev'))?.[1]?.trim().split(/\s+/)
  const snmp = (group: string, name: string): number => {
    const [names = '', values = ''] = read('snmp')
      .split('\n')
      .filter((line) => line.startsWith(`${group}:`))
    return Number(values.split(' ')[names.split(' ').indexOf(name)])
  }
  const snmp6 = (name: string): number =>
    Number(new RegExp(`^${name}\\s+(\\d+)$`, 'm').exec(read('snmp6'))?.[1])
  const sockets = ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((name) => {
    const lines = read(name).trim().split('\n').slice(1)
    return lines
      .map((line) => line.trim().split(/\s+/))
      .map(([, local = '', remote = '']) => ({ local: place(local), remote: place(remote) }))
  })
  const own = [port, adminPort].map((listener) => `127.0.0.1:${listener}`)
  return {
    packetsOut: Number(interfaces?.[8]),
    opened: snmp('Tcp', 'ActiveOpens'),
    datagrams: snmp('Udp', 'OutDatagrams') + snmp6('Udp6OutDatagrams'),
    lost: snmp('Ip', 'OutNoRoutes') + snmp6('Ip6OutNoRoutes'),
    peers: sockets
      .filter(
        ({ local, remote }) =>
          !own.includes(local) && !own.includes(remote) && !remote.endsWith(':0')
      )
      .map(({ remote }) => remote)
  }
}

/** `0100007F:1F90` is 127.0.0.1:8080; IPv6 is left as it is, in hexadecimal. */
function place(text: string): string {
  const [address = '', port = ''] = text.split(':')
  const bytes = Buffer.from(address, 'hex')
  return `${bytes.length === 4 ? [...bytes].toReversed().join('.') : address}:${Number.parseInt(port, 16)}`
}

/** Runs Node inside the server's network. */
function inside(
  { process: { pid }, folder }: RunningServer,
  parameters: readonly string[]
): Promise<Ran> {
  return run('nsenter', ['--target', String(pid), '--net', process.execPath, ...parameters], folder)
}

interface Ran {
  readonly code: number
  readonly out: string
  readonly error: string
}

function run(command: string, parameters: readonly string[], cwd?: string): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(command, parameters, {
      cwd,
      env: { PATH: process.env['PATH'], HOME: cwd },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let out = ''
    let error = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()))
    child.once('error', (cause) =>
      resolve({ code: -1, out, error: `${command}: ${cause.message}` })
    )
    child.once('close', (code) => resolve({ code: code ?? -1, out, error }))
  })
}

/** One report of each client, each over a connection of its own; prints the answers' statuses. */
const clients = `
const { request } = require('node:http')
const send = (path, body) => new Promise((resolve, reject) => {
  const sent = request({ host: '127.0.0.1', port: process.argv[1], path, method: 'POST', agent: false }, (answer) => {
    answer.resume().on('end', () => resolve(answer.statusCode))
  })
  sent.on('error', reject).end(JSON.stringify(body))
})
const native = { candor: 1, product: 'dlt', report: '${randomUUID()}', sdk: { name: 'journey', version: '1.0.0' },
  installation: 'a'.repeat(32), runs: [{ session: 's', version: '1.26.0', environment: {}, records: [{ seq: 1, name: 'command_init', fields: { host: 'http://198.51.100.7/' } }] }] }
Promise.all([
  send('/v1/reports', native),
  send('/v1/track', { writeKey: 'readyset', userId: 'http://198.51.100.7/', event: 'adapter_start', properties: { adapter_version: '1.0.0', url: 'http://198.51.100.7/' } }),
  send('/v1/metrics', { db_uuid: '6a2ca0b4-8a55-4b1a-9f0a-c0d0f3a3a001', timescaledb_version: '2.22.1', postgresql_version: '17.1' }),
  send('/rpc/telemetry_event', { instance_id: 'example.org', event_type: 'engine_started', event_data: { engine_version: 'v4.0.0' } }),
  send('/t/dlt', { anonymousId: 'a', event: 'command_init', properties: { source_name: 'example.org' } }),
  send('/v1/deletions', { candor: 1, product: 'dlt', keys: ['${'k'.repeat(43)}'] })
]).then((statuses) => console.log(JSON.stringify(statuses)))
`
const requests = 6

it('sees a packet that leaves: the measure works', async () => {
  server = await startInOwnNetwork()
  const before = trafficOf(server)
  const dial =
    "require('node:net').connect({ host: '198.51.100.7', port: 9 }).on('error', () => 0); " +
    'setTimeout(() => process.exit(), 1500)'
  const look =
    "require('node:dgram').createSocket('udp4').send('x', 53, '203.0.113.5', () => " +
    'setTimeout(() => process.exit(), 500))'
  await inside(server, ['-e', dial])
  await inside(server, ['-e', look])
  const after = trafficOf(server)
  expect(after.packetsOut).toBeGreaterThan(before.packetsOut)
  expect(after.opened).toBe(before.opened + 1)
  expect(after.datagrams).toBe(before.datagrams + 1)
})

it('opens no connection while it starts, is reported to, is asked, and does its chores', async () => {
  server = await startInOwnNetwork()
  const sent = await inside(server, ['-e', clients, String(server.port)])
  expect(sent, sent.error).toMatchObject({ code: 0, out: '[200,200,200,200,204,202]\n' })
  const running = server
  let asked = 0
  const answered = await eventually(
    async () => {
      asked += 1
      return inside(running, [
        candor,
        'query',
        'SELECT product, count() AS records FROM records GROUP BY 1 ORDER BY 1',
        '--format',
        'csv'
      ])
    },
    ({ out }) => out.trim().split('\n').length >= 5
  )
  expect(answered.out.trim().split(/\r?\n/)).toEqual([
    'product,records',
    'dblab,1',
    'dlt,2',
    'readyset,1',
    'timescaledb,1'
  ])
  for (const words of [['ask', 'drift', '--product', 'dlt'], ['doctor']]) {
    const { code, error } = await inside(running, [candor, ...words])
    expect(code, error).toBe(0)
    asked += 1
  }
  await sleep(2000)
  const traffic = trafficOf(running)
  expect(traffic).toMatchObject({ packetsOut: 0, datagrams: 0, lost: 0, peers: [] })
  // Only what was opened towards it: by its clients, and by each question.
  expect(traffic.opened).toBe(requests + asked)
})

it('with a ClickHouse configured speaks to that and to nobody else', async () => {
  server = await startInOwnNetwork('clickhouse: http://127.0.0.9:8123\n')
  const sent = await inside(server, ['-e', clients, String(server.port)])
  expect(sent, sent.error).toMatchObject({ code: 0 })
  // Something that listens there, and tells who came: no ClickHouse, so that the server asks again
  // and again.
  const listener = `
    let calls = 0
    require('node:http').createServer((request, answer) => { calls += 1; answer.writeHead(503).end('not yet') }).listen(8123, '127.0.0.9')
    setTimeout(() => { console.log(calls); process.exit() }, 5000)
  `
  const listening = inside(server, ['-e', listener])
  await sleep(4000)
  const traffic = trafficOf(server)
  expect(Number((await listening).out)).toBeGreaterThan(0)
  expect(traffic).toMatchObject({ packetsOut: 0, datagrams: 0, lost: 0 })
  expect(
    [...new Set(traffic.peers)].filter(
      (peer) => !peer.startsWith('127.0.0.9:') && !peer.startsWith('127.0.0.1:')
    )
  ).toEqual([])
  expect(traffic.peers.some((peer) => peer === '127.0.0.9:8123')).toBe(true)
})
