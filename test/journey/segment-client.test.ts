/** The official Segment client for Node, unmodified, against a server that also dies. */
import { Analytics } from '@segment/analytics-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ask,
  eventually,
  removeServer,
  startServer,
  type RunningServer
} from './world/candor-server.ts'

const events = 1000

function counted(rows: readonly Readonly<Record<string, unknown>>[]): number {
  return rows.reduce((sum, row) => sum + Number(row['records']), 0)
}

/** Tracks so many events and resolves once the client has had an answer to each. */
async function deliver(
  url: string,
  { whileSending }: { readonly whileSending?: () => Promise<void> } = {}
): Promise<readonly string[]> {
  const errors: string[] = []
  const analytics = new Analytics({
    writeKey: 'dlt',
    host: url,
    flushAt: 50,
    flushInterval: 200,
    maxRetries: 30,
    httpRequestTimeout: 3000
  })
  analytics.on('error', (error) => errors.push(String(error.code)))
  for (let index = 0; index < events; index += 1) {
    analytics.track({
      anonymousId: `install-${index % 7}`,
      event: 'pipeline_load',
      properties: { elapsed: index, success: true, destination_type: 'dlt.destinations.duckdb' }
    })
    if (index % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 60))
  }
  await whileSending?.()
  await analytics.closeAndFlush({ timeout: 60_000 })
  return errors
}

describe('@segment/analytics-node', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => removeServer(server))

  it('delivers a thousand events in batches, all counted once', async () => {
    expect(await deliver(server.url)).toEqual([])
    const { rows } = await eventually(
      () => ask(server, 'events', 'dlt'),
      ({ rows: found }) => counted(found) >= events
    )
    expect(counted(rows)).toBe(events)
  })

  it('delivers a thousand more through a server that is killed in between, all counted once', async () => {
    const { port, folder, url } = server
    const errors = await deliver(url, {
      whileSending: async () => {
        for (let times = 0; times < 3; times += 1) {
          await server.kill('SIGKILL')
          server = await startServer({ folder, port })
          await new Promise((resolve) => setTimeout(resolve, 300))
        }
      }
    })
    expect(errors).toEqual([])
    const { rows } = await eventually(
      () => ask(server, 'events', 'dlt'),
      ({ rows: found }) => counted(found) >= 2 * events
    )
    expect(counted(rows)).toBe(2 * events)
  })
})
