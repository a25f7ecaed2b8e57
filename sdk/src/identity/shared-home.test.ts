import { afterEach, beforeEach, expect, it } from 'vitest'
import { formWith } from '../consent/form.test-support.ts'
import { createTelemetry } from '../create-telemetry.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import { openMemoryCollector, type MemoryCollector } from '../testing/memory-collector.ts'
import type { WireReport } from '../wire.ts'

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

const reports = (): readonly WireReport[] =>
  collector.bodies().map((text) => JSON.parse(text) as WireReport)

/** A run on one of the machines that share this home. */
async function run(machine: string, success: boolean, sends: boolean): Promise<void> {
  world.machineId(machine)
  const telemetry = createTelemetry({
    contract: formWith(),
    version: '1.0.0',
    endpoint: collector.url,
    effects: world.effects
  })
  telemetry.record('command_init', { success }, { durable: true })
  if (sends) await telemetry.flush()
  await telemetry.close()
}

it('carries the id of the machine where it was recorded, whichever sends it, and nothing of its mark', async () => {
  await run('one', true, false)
  await run('two', false, true)
  const sent = reports()
  expect(sent).toHaveLength(2)
  const idOf = (success: boolean): string | undefined =>
    reports().findLast(({ runs }) =>
      runs.some(({ records }) => records.some(({ fields }) => fields['success'] === success))
    )?.installation
  const [ofOne, ofTwo] = [idOf(true), idOf(false)]
  expect(ofOne).toMatch(/^[0-9a-f-]{36}$/)
  expect(ofTwo).not.toBe(ofOne)
  expect(new Set(sent.map(({ deletion }) => deletion)).size).toBe(2)
  expect(collector.bodies().join('')).not.toMatch(/machine/)
  // Each finds itself again, also where its id was made by the other.
  await run('one', true, true)
  expect(idOf(true)).toBe(ofOne)
  await run('two', false, true)
  expect(idOf(false)).toBe(ofTwo)
})
