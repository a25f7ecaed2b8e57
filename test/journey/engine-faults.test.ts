/**
 * The engine dies or wedges while records come in: nobody who reports notices, and what was
 * answered is counted once.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  eventually,
  readiness,
  removeServer,
  runCandor,
  startServer,
  untilStoreIs,
  type RunningServer
} from './world/candor-server.ts'
import { countsOf, faultsOf, startLoad } from './world/clients.ts'
import { killEngine, signalEngine } from './world/engine-process.ts'

describe('an engine that fails', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
    await untilStoreIs(server, 'ready')
  })
  afterAll(() => removeServer(server))

  it('is killed at its work: every request is answered, and every record is counted once', async () => {
    const load = startLoad(server.url, { clients: 2, pauseMs: 5 })
    for (let times = 0; times < 4; times += 1) {
      await sleep(1_300 + 200 * times)
      await killEngine(server)
    }
    await load.stop()
    expect(load.refused).toEqual([])
    expect(await faultsOf(server, load)).toEqual([])
    for (const product of ['dlt', 'dblab']) {
      const { records, aggregated } = await countsOf(server, product)
      expect(aggregated, product).toBe(records)
    }
    const { out } = await runCandor(server, ['doctor'])
    expect(out).toMatch(
      /! store: .*started again 4 times .*because something killed it \(SIGKILL\)/
    )
    expect(await (await fetch(`${server.adminUrl}/metrics`)).text()).toContain(
      'candor_engine_ended_total{because="killed"} 4\n'
    )
  })

  it('is wedged: ingest goes on, readiness tells, and the loader catches up once it is started again', async () => {
    const load = startLoad(server.url, { clients: 1, pauseMs: 20 })
    await sleep(500)
    await signalEngine(server, 'SIGSTOP')
    await untilStoreIs(server, 'unreachable')
    const before = load.answered.get('native')?.size ?? 0
    // Nothing is lost meanwhile, so that a load balancer should go on sending.
    expect(await readiness(server)).toEqual({ status: 200, ready: true, store: 'unreachable' })
    const { code, out } = await runCandor(server, ['doctor'])
    expect(code).toBe(1)
    expect(out).toMatch(/store/i)
    await eventually(
      () => Promise.resolve(load.answered.get('native')?.size ?? 0),
      (size) => size > before + 20
    )
    expect(load.answered.get('native')?.size).toBeGreaterThan(before + 20)
    await untilStoreIs(server, 'ready')
    await load.stop()
    expect(load.refused).toEqual([])
    expect(await faultsOf(server, load)).toEqual([])
    const { records, aggregated } = await countsOf(server, 'dlt')
    expect(aggregated).toBe(records)
  }, 120_000)
})
