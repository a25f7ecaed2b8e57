/** `kill -9` under load, twenty times: every answered record is there exactly once. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  removeServer,
  startServer,
  untilStoreIs,
  type RunningServer
} from './world/candor-server.ts'
import { countsOf, faultsOf, startLoad } from './world/clients.ts'

const kills = 20

describe('a server that is killed under load', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => removeServer(server))

  it('has every answered record exactly once, retried or not', async () => {
    const { port, folder, url } = server
    const load = startLoad(url)
    for (let times = 0; times < kills; times += 1) {
      // Every fourth lives until blocks are on their way into the store, so that the loader is
      // killed at its work, too.
      if (times % 4 === 3) {
        await untilStoreIs(server, 'ready')
        await sleep(1_000)
      }
      await sleep(100 + 70 * (times % 7))
      await server.kill('SIGKILL')
      server = await startServer({ folder, port })
    }
    await load.stop()
    for (const answered of load.answered.values()) expect(answered.size).toBeGreaterThan(kills)
    expect(await faultsOf(server, load)).toEqual([])
    // An overload would be no crash.
    expect(load.refused).toEqual([])
  }, 300_000)

  it.each(['dlt', 'dblab'])(
    'counts of %s in its aggregates what it has in its tables',
    async (product) => {
      const { records, aggregated } = await countsOf(server, product)
      expect(records).toBeGreaterThan(kills)
      expect(aggregated).toBe(records)
    }
  )
})
