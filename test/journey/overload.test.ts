/**
 * The store is away until the inbox is full: each protocol's clients hear it in their own words,
 * and are heard again when there is room.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  eventually,
  readiness,
  removeServer,
  startServer,
  type RunningServer
} from './world/candor-server.ts'
import { startClickHouse, type ClickHouseServer } from './world/clickhouse-server.ts'
import { countsOf, nativeReport } from './world/clients.ts'
import { expectAllKept, expectOverloadAnswers } from './world/overload-answers.ts'

describe('an inbox over its limit', () => {
  let clickHouse: ClickHouseServer
  let server: RunningServer
  beforeAll(async () => {
    clickHouse = await startClickHouse({ default: '', reader: '' })
    await clickHouse.shut()
    server = await startServer({
      flags: ['--inbox-bytes-max', '1MiB'],
      configuration: `clickhouse: { url: '${clickHouse.url}', reader_user: reader }\n`
    })
  })
  afterAll(async () => {
    await removeServer(server)
    await clickHouse.stop()
  })

  it('is told to each client as it can bear it', async () => {
    let kept = 0
    const statuses = new Set<number>()
    while (!statuses.has(503)) {
      const { status } = await fetch(`${server.url}/v1/reports`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(report(100))
      })
      statuses.add(status)
      if (status === 200) kept += 100
      expect(kept).toBeLessThan(10_000)
    }
    expect([...statuses].sort()).toEqual([200, 503])
    await expectOverloadAnswers(server.port)
    expect(await readiness(server)).toEqual({
      status: 503,
      ready: false,
      because: 'full',
      store: 'unreachable'
    })
    expect((await fetch(`${server.url}/livez`)).status).toBe(200)

    await clickHouse.open()
    await eventually(
      () => readiness(server),
      ({ ready }) => ready,
      120
    )
    await expectAllKept(server.port)
    expect(await readiness(server)).toMatchObject({ status: 200, ready: true, store: 'ready' })
    const { records } = await eventually(
      () => countsOf(server, 'dlt'),
      (counts) => counts.records >= kept + 3
    )
    // dlt's own request, the one by its write key and the native one; what was answered 503, or 204
    // with the header, is not there.
    expect(records).toBe(kept + 3)
  }, 240_000)

  it('is counted, by protocol', async () => {
    const metrics = await (await fetch(`${server.adminUrl}/metrics`)).text()
    for (const protocol of ['timescaledb', 'dblab', 'segment', 'native']) {
      expect(metrics).toMatch(
        new RegExp(
          `^candor_requests_total\\{protocol="${protocol}",outcome="overloaded"\\} [1-9]`,
          'm'
        )
      )
    }
  })
})

/** One report of so many records. */
function report(records: number): object {
  const one = nativeReport({ at: Date.now(), level: 'pipelines' }) as {
    runs: [{ records: [object] }]
  }
  const [run] = one.runs
  return {
    ...one,
    runs: [
      { ...run, records: Array.from({ length: records }, (_, seq) => ({ ...run.records[0], seq })) }
    ]
  }
}
