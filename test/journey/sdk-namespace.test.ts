/**
 * Does a program with the SDK contact anything but its declared endpoint and feed? Run in a network
 * of its own, whose counters would tell.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { HostOrder } from './world/sdk/sdk-host.ts'
import { bundleHost, counterForm, type Host } from './world/sdk/sdk-programs.ts'

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

/**
 * Listens on two addresses, runs the program, and tells who came and what else happened in this
 * network.
 */
const watch = `
const { createServer } = require('node:http')
const { spawn } = require('node:child_process')
const { readFileSync } = require('node:fs')
const seen = []
const listen = (host, answer) => new Promise((resolve) => {
  createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      seen.push({ host, method: request.method, url: request.url, headers: Object.keys(request.headers).sort(), values: JSON.stringify(request.headers), body })
      response.end(answer)
    })
  }).listen(8123, host, resolve)
})
const counter = (group, name) => {
  const [names, values] = readFileSync('/proc/self/net/snmp', 'utf8').split('\\n').filter((line) => line.startsWith(group + ':'))
  return Number(values.split(' ')[names.split(' ').indexOf(name)])
}
const packetsOut = () => Number(/^\\s*out:(.*)$/m.exec(readFileSync('/proc/self/net/dev', 'utf8'))[1].trim().split(/\\s+/)[8])
const now = () => ({ opened: counter('Tcp', 'ActiveOpens'), datagrams: counter('Udp', 'OutDatagrams'), lost: counter('Ip', 'OutNoRoutes'), packetsOut: packetsOut() })
Promise.all([listen('127.0.0.9', '{"accepted":1,"dropped":[],"next":{"afterSeconds":86400}}'), listen('127.0.0.10', '{}')]).then(() => {
  const before = now()
  const child = spawn(process.execPath, process.argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => (out += chunk))
  child.once('close', (code) => {
    const after = now()
    console.log(JSON.stringify({ code, out, seen, traffic: Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]])) }))
    process.exit()
  })
})
`

interface Watched {
  readonly code: number
  readonly out: string
  readonly seen: readonly {
    host: string
    method: string
    url: string
    headers: readonly string[]
    values: string
    body: string
  }[]
  readonly traffic: Readonly<Record<'opened' | 'datagrams' | 'lost' | 'packetsOut', number>>
}

describe('a program in a network of its own', () => {
  let host: Host
  let folder: string
  beforeAll(async () => {
    host = await bundleHost()
  })
  afterAll(() => host.remove())
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'candor-alone-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const form = counterForm({
    versionCheck: {
      says: 'Looks for new versions.',
      url: 'http://127.0.0.10:8123/v1/feed/counter.json',
      keys: [{ id: '0'.repeat(16), key: Buffer.alloc(32).toString('base64') }]
    }
  })

  function watched(
    order: Partial<HostOrder>,
    environment: Readonly<Record<string, string>> = {}
  ): Promise<Watched> {
    const whole: HostOrder = { form, folder, endpoint: 'http://127.0.0.9:8123', ...order }
    const child = spawn(
      'unshare',
      [
        '--net',
        'sh',
        '-c',
        setUp,
        'sh',
        process.execPath,
        '-e',
        watch,
        host.path,
        JSON.stringify(whole)
      ],
      {
        cwd: folder,
        env: { PATH: process.env['PATH'], HOME: folder, COUNTER_TELEMETRY: 'on', ...environment },
        stdio: ['ignore', 'pipe', 'pipe']
      }
    )
    let out = ''
    let error = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()))
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', () => {
        if (out === '') reject(new Error(`This test needs root, unshare and iproute2: ${error}`))
        else resolve(JSON.parse(out) as Watched)
      })
    })
  }

  it('contacts its endpoint for reports, its feed for versions, and nobody else', async () => {
    const { code, seen, traffic } = await watched({
      count: 3,
      flush: true,
      call: 'versions',
      stayMs: 300
    })
    expect(code).toBe(0)
    expect(seen.map(({ host: at, method, url }) => `${method} ${at}${url}`)).toEqual([
      'POST 127.0.0.9/v1/reports',
      'GET 127.0.0.10/v1/feed/counter.json'
    ])
    expect(traffic).toEqual({ opened: 2, datagrams: 0, lost: 0, packetsOut: 0 })
  })

  it('says nothing about whoever asks when it asks for versions, and asks the same with telemetry off', async () => {
    const on = await watched({ call: 'versions' })
    rmSync(join(folder, 'telemetry'), { recursive: true, force: true })
    const off = await watched({ call: 'versions' }, { COUNTER_TELEMETRY: 'off' })
    expect(on.seen).toEqual([
      {
        host: '127.0.0.10',
        method: 'GET',
        url: '/v1/feed/counter.json',
        headers: ['accept', 'connection', 'host'],
        values: '{"accept":"application/json","host":"127.0.0.10:8123","connection":"keep-alive"}',
        body: ''
      }
    ])
    expect(off.seen).toEqual(on.seen)
    expect(off.out).toBe(on.out)
    const neither = await watched({ call: 'versions' }, { COUNTER_VERSION_CHECK: 'off' })
    expect(neither).toMatchObject({ seen: [], traffic: { opened: 0, datagrams: 0, packetsOut: 0 } })
    expect(neither.out).toContain('"is":"off"')
  })

  it.each(['off', 'local', 'log'])('opens nothing when telemetry is %s', async (word) => {
    const { code, seen, traffic } = await watched(
      { count: 3, flush: true, stayMs: 300 },
      { COUNTER_TELEMETRY: word }
    )
    expect({ code, seen, traffic }).toEqual({
      code: 0,
      seen: [],
      traffic: { opened: 0, datagrams: 0, lost: 0, packetsOut: 0 }
    })
    if (word === 'off')
      expect(
        existsSync(join(folder, 'telemetry')) ? readdirSync(join(folder, 'telemetry')) : []
      ).toEqual([])
  })

  it('opens nothing towards an address that is not to be trusted with reports', async () => {
    const { out, seen, traffic } = await watched({
      endpoint: 'http://198.51.100.7',
      count: 1,
      flush: true
    })
    expect(out).toContain('"because":"endpoint"')
    expect({ seen, traffic }).toEqual({
      seen: [],
      traffic: { opened: 0, datagrams: 0, lost: 0, packetsOut: 0 }
    })
    // The measure works: with a yes to plain http it is tried.
    writeFileSync(join(folder, 'marker'), '')
    const tried = await watched({ endpoint: 'http://198.51.100.7', insecure: true, flush: true })
    expect(tried.traffic.opened).toBeGreaterThan(0)
  })
})
