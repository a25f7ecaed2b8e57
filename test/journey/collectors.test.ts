/**
 * Three collectors share one ClickHouse and one secret: each is killed and started
 * again in turn, and a deletion that one was asked for holds at all.
 */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  eventually,
  removeServer,
  startServer,
  untilStoreIs,
  type RunningServer
} from './world/candor-server.ts'
import { startClickHouse, type ClickHouseServer } from './world/clickhouse-server.ts'
import { faultsOf, nativeReport, startLoad } from './world/clients.ts'

const key = 'k'.repeat(43)
const deletion = `sha256:${createHash('sha256').update(key).digest('hex')}`

describe('three collectors of one store', () => {
  let clickHouse: ClickHouseServer
  const servers: RunningServer[] = []
  const at = (index: number): RunningServer => servers[index] as RunningServer
  beforeAll(async () => {
    clickHouse = await startClickHouse({ loader: 'secret', reader: 'another' })
    const configuration = `clickhouse:
  url: '${clickHouse.url}'
  user: loader
  password_file: ./clickhouse.password
  reader_user: reader
  reader_password_file: ./reader.password
`
    const passwords = { 'clickhouse.password': 'secret', 'reader.password': 'another' }
    for (let index = 0; index < 3; index += 1) {
      // One secret for all, so that an installation has one token wherever it reports.
      const secret = index === 0 ? '' : `secret: ${at(0).data}.secret\n`
      servers.push(await startServer({ configuration: configuration + secret, files: passwords }))
    }
    for (const server of servers) await untilStoreIs(server, 'ready')
  })
  afterAll(async () => {
    for (const server of servers) await removeServer(server)
    await clickHouse.stop()
  })

  it('lose nothing while each is killed and started again, and count nothing twice', async () => {
    // A client's records are told apart by their wire and moment, so each collector has one wire.
    const wires = ['native', 'segment', 'dblab'] as const
    const loads = servers.map(({ url }, index) =>
      startLoad(url, { clients: 2, pauseMs: 10, wanted: wires.slice(index, index + 1) })
    )
    for (let index = 0; index < 3; index += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      const { folder, port } = at(index)
      await at(index).kill('SIGKILL')
      servers[index] = await startServer({ folder, port })
    }
    for (const load of loads) await load.stop()
    for (const load of loads) expect(await faultsOf(at(0), load)).toEqual([])
  }, 240_000)

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
