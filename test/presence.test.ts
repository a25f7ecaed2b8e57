/** Presence without identity, from the contract's one word to what arrives. */
import { parseContract, sdkForm } from '@candor/contract'
import { createTelemetry, type ContractForm } from '@candor/sdk'
import { expect, it } from 'vitest'
import { openWorld } from '../sdk/src/state/world.test-support.ts'
import { openMemoryCollector } from '../sdk/src/testing/index.ts'

const parsed = parseContract(`candor: 1
product: quiet
title: Quiet
purpose: Who is active, without an id.
recipients: [{ name: us, where: EU, for: deciding }]
retention: { records: 90 days, aggregates: 25 months, backups: 30 days }
consent: { default: opt-in }
identity: { kind: none, says: nothing }
presence: [day, week]
events: { used: { when: It was used., fields: { ok: { type: boolean, says: whether it went well } } } }
controls: [{ variable: QUIET_TELEMETRY, off: "off" }]
`)

it('tells the first use of a day with the first record of it, and no id', async () => {
  if (parsed.is === 'invalid') throw new Error(JSON.stringify(parsed.problems))
  const contract = JSON.parse(JSON.stringify(sdkForm(parsed.contract))) as ContractForm
  const world = openWorld()
  world.variables['QUIET_TELEMETRY'] = 'on'
  const collector = await openMemoryCollector()
  const telemetry = createTelemetry({
    contract,
    version: '1.0.0',
    endpoint: collector.url,
    effects: world.effects
  })
  try {
    telemetry.record('used', { ok: true })
    telemetry.record('used', { ok: false })
    await telemetry.flush()
    world.clock += 86_400_000
    telemetry.record('used', { ok: true })
    await telemetry.flush()
    const presence = collector.records().filter(({ name }) => name === 'presence')
    expect(presence.map(({ fields }) => fields)).toEqual([
      { first_of_day: true, first_of_week: true, since_week: '2026-W47' },
      { first_of_day: true, first_of_week: false, since_week: '2026-W47' }
    ])
    expect(collector.bodies().join()).not.toContain('"installation"')
  } finally {
    await telemetry.close()
    await collector.close()
    world.remove()
  }
})
