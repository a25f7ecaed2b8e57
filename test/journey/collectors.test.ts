/**
 * Three collectors behind a balancer share one ClickHouse, one secret, the feed's keys and its
 * releases: each is killed and started again, answers get lost, and every request goes to another
 * collector than the one before.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBalancer, type Balancer } from './world/cluster/balancer.ts'
import {
  eventually,
  query,
  removeServer,
  runCandor,
  startServer,
  untilStoreIs,
  type RunningServer
} from './world/candor-server.ts'
import { startClickHouse, type ClickHouseServer } from './world/clickhouse-server.ts'
import { faultsOf, nativeReport, startLoad } from './world/clients.ts'

const key = 'k'.repeat(43)
const deletion = `sha256:${createHash('sha256').update(key).digest('hex')}`
const passwords = { 'clickhouse.password': 'secret', 'reader.password': 'another' }

describe('three collectors of one store', () => {
  let clickHouse: ClickHouseServer
  let balancer: Balancer
  const servers: RunningServer[] = []
  const at = (index: number): RunningServer => servers[index] as RunningServer
  const restart = async (index: number, signal: NodeJS.Signals): Promise<void> => {
    const { folder, port } = at(index)
    await at(index).kill(signal)
    servers[index] = await startServer({ folder, port })
  }

  beforeAll(async () => {
    clickHouse = await startClickHouse({ loader: 'secret', reader: 'another' })
    const configuration = `clickhouse:
  url: '${clickHouse.url}'
  user: loader
  password_file: ./clickhouse.password
  reader_user: reader
  reader_password_file: ./reader.password
  shared: true
`
    servers.push(await startServer({ configuration, files: passwords }))
    const { folder, data } = at(0)
    mkdirSync(join(folder, 'releases'), { recursive: true })
    writeFileSync(
      join(folder, 'releases', 'dlt.yaml'),
      'releases:\n  - { version: 1.27.0, date: 2026-11-01 }\n'
    )
    expect(await runCandor(at(0), ['keys', 'create'])).toMatchObject({ code: 0 })
    const same = `secret: ${data}.secret\nkeys: ${data}.keys\nreleases: ${folder}/releases\n`
    for (const _ of [1, 2])
      servers.push(await startServer({ configuration: configuration + same, files: passwords }))
    for (const server of servers) await untilStoreIs(server, 'ready')
    balancer = await startBalancer({ ports: servers.map(({ port }) => port), loseEvery: 15 })
  })
  afterAll(async () => {
    await balancer.stop()
    for (const server of servers) await removeServer(server)
    await clickHouse.stop()
  })

  it('lose nothing and count nothing twice while each is killed or stopped and started again', async () => {
    const load = startLoad(balancer.url, { clients: 2, pauseMs: 10 })
    for (const [index, signal] of (
      ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGTERM'] as const
    ).entries()) {
      await sleep(700)
      await restart(index % servers.length, signal)
    }
    await load.stop()
    expect(await faultsOf(at(0), load)).toEqual([])
    expect(balancer.lost()).toBeGreaterThan(10)
    // One secret: an installation has one token, whichever collector it reports to.
    const { rows } = await query(at(1), 'SELECT uniqExact(installation) AS n FROM dlt')
    expect(rows).toEqual([{ n: 2 }])
  }, 240_000)

  it('answer every client with the same bytes of one feed', async () => {
    const feed = (server: RunningServer): Promise<string> =>
      eventually(
        async () => (await fetch(`${server.url}/v1/feed/dlt.json`)).text(),
        (text) => text.includes('1.27.0')
      )
    const first = await feed(at(0))
    expect(first).toContain('1.27.0')
    expect(await feed(at(1))).toBe(first)
    expect(await feed(at(2))).toBe(first)
  })

  it('all forget whoever one of them was asked to forget, also what is sent later', async () => {
    const send = async (server: RunningServer, gone: boolean): Promise<unknown> => {
      const answer = await fetch(`${server.url}/v1/reports`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(
          nativeReport({
            at: Date.now(),
            installation: (gone ? 'd' : 'e').repeat(32),
            level: 'pipelines',
            ...(gone && { deletion })
          })
        )
      })
      return answer.json()
    }
    for (const server of servers) {
      expect(await send(server, true)).toMatchObject({ accepted: 1 })
      expect(await send(server, false)).toMatchObject({ accepted: 1 })
    }
    const asked = await fetch(`${at(0).url}/v1/deletions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ product: 'dlt', keys: [key] })
    })
    expect(asked.status).toBe(202)
    for (const server of servers.slice(1)) {
      const told = await eventually(
        () => send(server, true),
        (answer) => JSON.stringify(answer).includes('DELETED'),
        90
      )
      expect(told).toMatchObject({ accepted: 0, dropped: [{ code: 'DELETED' }] })
    }
    expect(await send(at(2), false)).toMatchObject({ accepted: 1 })
  }, 240_000)
})
