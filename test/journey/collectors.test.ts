/**
 * Three collectors behind a balancer share one ClickHouse, one secret, the feed's keys and its
 * releases: each is killed and started again, answers get lost, and every request goes to another
 * collector than the one before.
 */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, query } from './world/candor-server.ts'
import {
  collectorsHere,
  collectorsInContainers,
  type Collectors
} from './world/cluster/collectors.ts'
import { faultsOf, nativeReport, startLoad } from './world/clients.ts'

const key = 'k'.repeat(43)
const deletion = `sha256:${createHash('sha256').update(key).digest('hex')}`

describe('three collectors of one store', () => {
  let collectors: Collectors
  const all = [0, 1, 2] as const
  beforeAll(async () => {
    // `npm run cluster` asks the same of ClickHouse's own cluster.
    collectors =
      process.env['CANDOR_JOURNEY_COLLECTORS'] === 'containers'
        ? await collectorsInContainers()
        : await collectorsHere()
  }, 240_000)
  afterAll(() => collectors.stop())

  it('lose nothing and count nothing twice while each is killed or stopped and started again', async () => {
    const load = startLoad(collectors.balancer.url, { clients: 2, pauseMs: 10 })
    for (const [index, signal] of (
      ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGTERM'] as const
    ).entries()) {
      await sleep(700)
      await collectors.restart(index % all.length, signal)
    }
    await load.stop()
    expect(await faultsOf(collectors.at(0), load)).toEqual([])
    expect(collectors.balancer.lost()).toBeGreaterThan(10)
    // One secret: an installation has one token, whichever collector it reports to.
    const { rows } = await query(collectors.at(1), 'SELECT uniqExact(installation) AS n FROM dlt')
    expect(rows).toEqual([{ n: 2 }])
  }, 240_000)

  it('answer every client with the same bytes of one feed', async () => {
    const feed = (index: number): Promise<string> =>
      eventually(
        async () => (await fetch(`${collectors.at(index).url}/v1/feed/dlt.json`)).text(),
        (text) => text.includes('1.27.0')
      )
    const first = await feed(0)
    expect(first).toContain('1.27.0')
    expect(await feed(1)).toBe(first)
    expect(await feed(2)).toBe(first)
  })

  it('all forget whoever one of them was asked to forget, also what is sent later', async () => {
    const send = async (index: number, gone: boolean): Promise<unknown> => {
      const answer = await fetch(`${collectors.at(index).url}/v1/reports`, {
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
    for (const index of all) {
      expect(await send(index, true)).toMatchObject({ accepted: 1 })
      expect(await send(index, false)).toMatchObject({ accepted: 1 })
    }
    const asked = await fetch(`${collectors.at(0).url}/v1/deletions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ product: 'dlt', keys: [key] })
    })
    expect(asked.status).toBe(202)
    for (const index of all.slice(1)) {
      const told = await eventually(
        () => send(index, true),
        (answer) => JSON.stringify(answer).includes('DELETED'),
        90
      )
      expect(told).toMatchObject({ accepted: 0, dropped: [{ code: 'DELETED' }] })
    }
    expect(await send(2, false)).toMatchObject({ accepted: 1 })
  }, 240_000)
})
