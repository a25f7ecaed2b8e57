/** A program ends when it is done, with its own exit code, whatever becomes of its telemetry. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openMemoryCollector, type MemoryCollector } from '../../sdk/src/testing/index.ts'
import type { HostOrder } from './world/sdk/sdk-host.ts'
import {
  bundleHost,
  counterForm,
  startProgram,
  type Host,
  type Ran
} from './world/sdk/sdk-programs.ts'

/** Holding the process for a connection would cost it 500 ms, for an answer a second. */
const structuralMs = 300

/** A network whose way out swallows everything, and whose name server is beyond it. */
const blackHole = `
set -e
ip link set lo up
ip link add out type veth peer name outside
ip address add 198.51.100.2/24 dev out
ip link set outside up
ip link set out up
ip route add default via 198.51.100.1
ip neighbour add 198.51.100.1 lladdr 02:00:00:00:00:01 dev out
ip neighbour add 198.51.100.7 lladdr 02:00:00:00:00:02 dev out
mount --bind "$1" /etc/resolv.conf
shift
exec "$@"
`

describe('a program with records to deliver', () => {
  let host: Host
  let folder: string
  let collector: MemoryCollector
  let silent: Server
  const held = new Set<Socket>()
  beforeAll(async () => {
    host = await bundleHost()
    collector = await openMemoryCollector()
    // Takes the connection and never says a word, not even of TLS.
    silent = createServer((socket) => {
      held.add(socket)
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    await collector.close()
    for (const socket of held) socket.destroy()
    silent.close()
    host.remove()
  })
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'candor-exit-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  async function lives(
    endpoint: string,
    change: Partial<HostOrder> = {},
    under: readonly string[] = []
  ): Promise<Ran & { readonly heldMs: number }> {
    const form = counterForm()
    // An earlier run has left something; this one delivers while it works.
    await startProgram(host, { form, folder, endpoint, count: 3 }).ended
    // As if no earlier attempt had failed.
    for (const name of ['delivery.json', 'sending.lock'])
      rmSync(join(folder, 'telemetry', name), { force: true })
    const ran = await startProgram(
      host,
      { form, folder, endpoint, stayMs: 400, tellsEnd: true, ...change },
      { under }
    ).ended
    return { ...ran, heldMs: Number(/^ended ([\d.]+)$/m.exec(ran.out)?.[1]) }
  }

  it.each([
    ['hangs', 'hang'],
    ['cuts the connection', 'reset'],
    ['is overloaded', 'unavailable']
  ] as const)('ends at once when its collector %s', async (_, how) => {
    collector.clear()
    collector.answer(how)
    for (const change of [{}, { exit: true, exitCode: 3 }]) {
      const { code, error, heldMs } = await lives(collector.url, change)
      expect({ code, error }).toEqual({ code: change.exitCode ?? 0, error: '' })
      expect(heldMs).toBeLessThan(structuralMs)
    }
    // It was under way, and what had been recorded is still there.
    expect(collector.requests.length).toBeGreaterThan(0)
    collector.answer('good')
    await startProgram(host, {
      form: counterForm(),
      folder,
      endpoint: collector.url,
      flush: true,
      clockAheadMs: 172_800_000
    }).ended
    expect(new Set(collector.records('counted').map(({ fields }) => fields['number']))).toEqual(
      new Set([0, 1, 2])
    )
  })

  it('ends while its collector still holds the request', async () => {
    collector.clear()
    collector.answer('hang')
    // 150 ms after its first act: long before the second that an answer may take.
    const { code, heldMs } = await lives(collector.url, { stayMs: 150 })
    expect(code).toBe(0)
    expect(heldMs).toBeLessThan(structuralMs)
  })

  it('ends at once when nobody listens, and when somebody listens who says nothing', async () => {
    const { port } = silent.address() as AddressInfo
    for (const endpoint of [
      'http://127.0.0.1:1',
      'https://127.0.0.1:1',
      `http://127.0.0.1:${port}`,
      `https://127.0.0.1:${port}`
    ]) {
      const { code, error, heldMs } = await lives(endpoint)
      expect({ endpoint, code, error }).toEqual({ endpoint, code: 0, error: '' })
      expect(heldMs).toBeLessThan(structuralMs)
    }
    expect(held.size).toBeGreaterThan(0)
  })

  it('ends at once where the network swallows packets, or only its name server is silent', async () => {
    const resolver = join(folder, 'resolv.conf')
    writeFileSync(resolver, 'nameserver 198.51.100.7\n')
    const under = ['unshare', '--net', '--mount', 'sh', '-c', blackHole, 'sh', resolver]
    for (const endpoint of ['https://198.51.100.7', 'https://collector.example']) {
      for (const change of [{}, { stayMs: 150 }, { exit: true }]) {
        const { code, error, heldMs } = await lives(endpoint, change, under)
        expect({ endpoint, change, code, error }, 'this needs root and iproute2').toEqual({
          endpoint,
          change,
          code: 0,
          error: ''
        })
        expect(heldMs).toBeLessThan(structuralMs)
      }
    }
  })

  it('gets its answer when it waits for it, also at the top level of a module with nothing else to do', async () => {
    collector.clear()
    collector.answer('good')
    const { code, out } = await startProgram(host, {
      form: counterForm(),
      folder,
      endpoint: collector.url,
      count: 2,
      flush: true
    }).ended
    expect({ code, out }).toEqual({
      code: 0,
      out: '0\n1\n{"is":"sent","reports":1,"records":2,"dropped":[]}\n'
    })
    const { port } = silent.address() as AddressInfo
    const silence = await startProgram(host, {
      form: counterForm(),
      folder,
      endpoint: `http://127.0.0.1:${port}`,
      count: 1,
      flush: true
    }).ended
    expect(silence.code).toBe(0)
    expect(silence.out).toContain('"is":"kept","because":"network"')
  })
})
