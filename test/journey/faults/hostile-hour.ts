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
const emptyBatch = gzipSync(`{"api_key":"dlt","batch":[${'{},'.repeat(900_000)}{}]}`)
/** OTLP's protobuf: half a million resources that say nothing. */
const emptyLogs = gzipSync(Buffer.alloc(1_000_000, Buffer.from([0x0a, 0])))
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
  (server) =>
    post(server, '/in/dlt/v1/logs', emptyLogs, {
      'content-encoding': 'gzip',
      'content-type': 'application/x-protobuf'
    }),
  (server) =>
    post(server, '/batch/', emptyBatch, {
      'content-encoding': 'gzip'
    }),
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

/** Milliseconds that 99 of 100 honest answers are below, on a machine that does nothing else. */
const honestMsMax = 250

/**
 * Strangers rest for the last part of each round, so that one run has both: what honest clients
 * waited under attack, and what they wait on this machine without.
 */
const roundMs = 15_000
const restMs = 4_000
/** What strangers left behind in their last moment is no rest. */
const settleMs = 1_000

export interface HostileRow extends Row {
  readonly p99: number
  /** More than the bar, and more than a machine explains that others use as well. */
  readonly isSlow: boolean
}

export async function hostileHour(chance: Chance, minutes: number): Promise<HostileRow> {
  const server = await startServer({ configuration: 'trusted_proxies: [127.0.0.1]\n' })
  await untilStoreIs(server, 'ready')
  const took: { readonly at: number; readonly ms: number }[] = []
  let sent = 0
  // Honest ones come from many networks, as they do.
  const beganAt = Date.now()
  const load = startLoad(server.url, {
    clients: 2,
    pauseMs: 20,
    more: () => ({ 'x-forwarded-for': `198.18.${(sent++ >> 5) % 256}.9` }),
    took: (ms) => void took.push({ at: Date.now() - beganAt, ms })
  })
  const endsAt = beganAt + (chance.isLong ? minutes * 60_000 : roundMs)
  let times = 0
  const attacker = async (): Promise<void> => {
    while (Date.now() < endsAt) {
      const rests = ((Date.now() - beganAt) % roundMs) - (roundMs - restMs)
      if (rests >= 0) {
        await sleep(restMs - rests)
        continue
      }
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
  // An answer belongs to the time in which it was waited for.
  const restsAt = ({ at, ms }: (typeof took)[number]): boolean =>
    (at - ms) % roundMs >= roundMs - restMs + settleMs
  const p99 = p99Of(took.filter((each) => !restsAt(each)))
  const quiet = p99Of(took.filter(restsAt))
  const row = await rowOf(
    'hostile hour',
    times,
    server,
    load,
    `${Math.round((Date.now() - beganAt) / 60_000)} min, honest p99 ${p99} ms, at rest ${quiet} ms`
  )
  await removeServer(server)
  return { ...row, p99, isSlow: p99 > Math.max(honestMsMax, 2 * quiet) }
}

function p99Of(took: readonly { readonly ms: number }[]): number {
  const sorted = took.map(({ ms }) => ms).sort((a, b) => a - b)
  return Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0)
}
