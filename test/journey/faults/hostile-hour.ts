/** What strangers were seen to try, at once and at random, while honest clients report. */
import { randomBytes, randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import {
  eventually,
  removeServer,
  runCandor,
  startServer,
  untilStoreIs,
  type RunningServer
} from '../world/candor-server.ts'
import { startLoad } from '../world/clients.ts'
import { rowOf, type Chance, type Row } from './ledger.ts'

type Attack = (server: RunningServer, chance: Chance) => Promise<unknown>

/** A network of strangers, as the trusted proxy before the server names it. */
const stranger = { 'x-forwarded-for': '203.0.113.7' }
const json = { 'content-type': 'application/json', ...stranger }
const bomb = gzipSync(Buffer.from(`[${'{},'.repeat(1_300_000)}{}]`))
const waitMs = 5_000

const attacks: readonly Attack[] = [
  // Connections that say nothing, and bodies that never end.
  async ({ port }, chance) => {
    const count = chance.between(50, 300)
    const sockets = Array.from({ length: count }, () => connect({ port, host: '127.0.0.1' }))
    for (const socket of sockets) socket.on('error', () => undefined)
    await sleep(chance.between(500, 2_000))
    for (const socket of sockets) socket.destroy()
  },
  async ({ port }, chance) => {
    const head = 'POST /v1/track HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\n\r\n{"batch":['
    const sockets = Array.from({ length: chance.between(20, 80) }, () => {
      const socket = connect({ port, host: '127.0.0.1' })
      socket.on('error', () => undefined)
      socket.write(head + ' '.repeat(300_000))
      return socket
    })
    await sleep(chance.between(500, 2_000))
    for (const socket of sockets) socket.destroy()
  },
  (server) => post(server, '/v1/batch', bomb, { 'content-encoding': 'gzip' }),
  (server) => post(server, '/v1/track', Buffer.from('['.repeat(40_000))),
  (server, chance) => post(server, '/v1/reports', randomBytes(chance.between(1, 60_000))),
  (server) =>
    post(
      server,
      '/v1/deletions',
      JSON.stringify({
        product: 'dlt',
        keys: Array.from({ length: 100 }, () => randomBytes(32).toString('base64url'))
      })
    ),
  // Installations, names and versions that somebody makes up.
  (server) =>
    post(
      server,
      '/v1/batch',
      JSON.stringify({
        batch: Array.from({ length: 100 }, () => ({
          type: 'track',
          anonymousId: randomUUID(),
          messageId: randomUUID(),
          event: 'pipeline_load',
          properties: { [`made_up_${randomBytes(3).toString('hex')}`]: 1 }
        }))
      }),
      { authorization: `Basic ${Buffer.from('dlt:').toString('base64')}` }
    ),
  (server, chance) =>
    post(server, '/v1/track', '{}', {
      authorization: `Basic ${Buffer.from(`key-${chance.between(1, 1e6)}:`).toString('base64')}`
    }),
  // A reader whose SQL runs for minutes, and who leaves.
  async ({ adminUrl, token }, chance) => {
    const sql =
      'SELECT count() FROM records AS a, records AS b, records AS c WHERE ' +
      'editDistance(a.product, b.product) > 7'
    await fetch(`${adminUrl}/api/v1/query`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ sql }),
      signal: AbortSignal.timeout(chance.between(100, 2_000))
    }).catch(() => undefined)
  }
]

function post(
  { url }: RunningServer,
  path: string,
  body: Buffer | string,
  headers: Readonly<Record<string, string>> = {}
): Promise<unknown> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { ...json, ...headers },
    body: new Uint8Array(Buffer.from(body)),
    signal: AbortSignal.timeout(waitMs)
  })
    .then((answer) => answer.arrayBuffer())
    .catch(() => undefined)
}

/** Milliseconds that 99 of 100 honest answers were below, on a machine that does nothing else. */
export const honestMsMax = 250

export async function hostileHour(chance: Chance): Promise<Row & { readonly p99: number }> {
  const server = await startServer({ configuration: 'trusted_proxies: [127.0.0.1]\n' })
  await untilStoreIs(server, 'ready')
  const took: number[] = []
  let sent = 0
  // Honest ones come from many networks, as they do.
  const load = startLoad(server.url, {
    clients: 2,
    pauseMs: 20,
    more: () => ({ 'x-forwarded-for': `198.18.${(sent++ >> 5) % 256}.9` }),
    took: (ms) => void took.push(ms)
  })
  const endsAt = Date.now() + (chance.isLong ? 3_600_000 : 15_000)
  let times = 0
  const attacker = async (): Promise<void> => {
    while (Date.now() < endsAt) {
      await attacks[chance.between(0, attacks.length - 1)]?.(server, chance)
      times++
    }
  }
  await Promise.all(Array.from({ length: 4 }, attacker))
  await load.stop()
  if (server.process.exitCode !== null) throw new Error(`the server ended:\n${server.printed()}`)
  if (load.refused.length > 0)
    throw new Error(`honest clients were turned away: ${[...new Set(load.refused)].join(', ')}`)
  const { out } = await eventually(
    () => runCandor(server, ['doctor']),
    (doctor) => !doctor.out.includes('✗')
  )
  if (out.includes('✗')) throw new Error(`the doctor says afterwards:\n${out}`)
  const p99 = Math.round(took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? 0)
  const row = await rowOf('hostile hour', times, server, load, `honest p99 ${p99} ms`)
  await removeServer(server)
  return { ...row, p99 }
}
