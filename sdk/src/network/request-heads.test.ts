/** A request says whose it is, and its head nothing about whoever sends it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formWith } from '../consent/form.test-support.ts'
import { createTelemetry } from '../create-telemetry.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import { openMemoryCollector, type MemoryCollector } from '../testing/index.ts'
import { sdkVersion } from '../version.ts'

describe('the head of a request', () => {
  let world: World
  let collector: MemoryCollector
  beforeEach(async () => {
    world = openWorld()
    world.variables['DLT_TELEMETRY'] = 'on'
    collector = await openMemoryCollector()
  })
  afterEach(async () => {
    await collector.close()
    world.remove()
  })

  it.each([
    [
      'native',
      {},
      ['candor-sent-at', 'connection', 'content-length', 'content-type', 'host', 'user-agent']
    ],
    [
      'Segment’s',
      { writeKey: 'dlt' },
      ['authorization', 'connection', 'content-length', 'content-type', 'host', 'user-agent']
    ]
  ] as const)(
    'names the SDK as itself, and holds nothing but what the %s wire needs',
    async (_wire, options, names) => {
      const telemetry = createTelemetry({
        contract: formWith(),
        version: '1.26.0',
        endpoint: collector.url,
        effects: world.effects,
        ...options
      })
      telemetry.record('command_init', { elapsed: 2.2, success: true })
      expect(await telemetry.flush()).toMatchObject({ is: 'sent' })
      await telemetry.close()
      const [request] = collector.requests
      expect(request?.headers['user-agent']).toBe(`candor-ts/${sdkVersion}`)
      expect(Object.keys(request?.headers ?? {}).sort()).toEqual(names)
    }
  )
})
