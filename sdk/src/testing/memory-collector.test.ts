import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formWith } from '../consent/form.test-support.ts'
import { createTelemetry } from '../create-telemetry.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import type { Telemetry } from '../telemetry.ts'
import { openMemoryCollector, type MemoryCollector } from './index.ts'

describe('the collector for tests of programs', () => {
  let world: World
  let collector: MemoryCollector
  const opened: Telemetry[] = []
  beforeEach(async () => {
    world = openWorld()
    world.variables['DLT_TELEMETRY'] = 'on'
    collector = await openMemoryCollector()
  })
  afterEach(async () => {
    for (const telemetry of opened.splice(0)) await telemetry.close()
    await collector.close()
    world.remove()
  })

  function program(more: { readonly writeKey?: string } = {}): Telemetry {
    const telemetry = createTelemetry({
      contract: formWith(),
      version: '1.26.0',
      endpoint: collector.url,
      effects: world.effects,
      ...more
    })
    opened.push(telemetry)
    return telemetry
  }

  it('has what a program reported, whole', async () => {
    const telemetry = program()
    telemetry.record('command_init', { elapsed: 2.2, success: true })
    expect(await telemetry.flush()).toEqual({ is: 'sent', reports: 1, records: 1, dropped: [] })
    expect(collector.expectRecord('command_init', { success: true })).toMatchObject({
      fields: { elapsed: 2.2, success: true },
      version: '1.26.0',
      level: 'pipelines',
      at: '2026-11-20T11:00:00.000Z',
      installation: expect.stringMatching(/^[0-9a-f-]{36}$/)
    })
    expect(collector.bodies()).toHaveLength(1)
    expect(() => collector.expectNothing('pipeline_load')).not.toThrow()
  })

  it('says what did arrive when something else was expected', async () => {
    expect(() => collector.expectRecord('command_init')).toThrow(
      'No command_init with {} has arrived. Nothing was accepted; 0 requests arrived.'
    )
    const telemetry = program()
    telemetry.record('command_init', { success: false })
    await telemetry.flush()
    expect(() => collector.expectRecord('command_init', { success: true })).toThrow(
      'Arrived:\n  command_init {"success":false}'
    )
    expect(() => collector.expectNothing()).toThrow('Nothing should have arrived.')
    await expect(collector.waitForRecords(2, { deadlineMs: 50 })).rejects.toThrow(
      '1 of 2 records came within 50 ms.'
    )
  })

  it('answers as it is told, and counts what comes again once', async () => {
    const telemetry = program()
    telemetry.record('command_init', { success: true })
    for (const how of [
      'unavailable',
      'reset',
      { status: 400, body: '{"code":"REQUEST_MALFORMED"}' }
    ] as const) {
      collector.answer(how, 1)
      const delivery = await telemetry.flush()
      expect(delivery).toMatchObject(
        typeof how === 'object' ? { is: 'sent', reports: 0 } : { is: 'kept' }
      )
      world.clock += 2 * 86_400_000
    }
    collector.expectNothing('command_init')
    telemetry.record('command_init', { success: true })
    collector.answer('dropped', 1)
    expect(await telemetry.flush()).toMatchObject({
      dropped: [{ name: 'command_init', code: 'EVENT_NOT_IN_CONTRACT' }]
    })
    collector.answer('retired')
    telemetry.record('command_init', { success: true })
    expect(await telemetry.flush()).toMatchObject({ is: 'kept', because: 'muted' })
    expect(collector.requests).toHaveLength(5)
    const { body = '' } = collector.requests[0] ?? {}
    collector.answer('good')
    for (let time = 0; time < 2; time += 1)
      await fetch(`${collector.url}/v1/reports`, { method: 'POST', body })
    expect(collector.records()).toHaveLength(1)
  })

  it('waits for what comes later, speaks Segment, and takes deletion keys', async () => {
    const telemetry = program({ writeKey: 'key' })
    telemetry.record('command_init', { success: true })
    const waiting = collector.waitForRecords(1, { name: 'command_init' })
    await telemetry.flush()
    expect(await waiting).toMatchObject([{ fields: { success: true }, version: '1.26.0' }])
    collector.clear()
    expect(collector.records()).toEqual([])
    await fetch(`${collector.url}/v1/deletions`, {
      method: 'POST',
      body: '{"product":"dlt","keys":["a-key"]}'
    })
    expect(collector.deletions()).toEqual(['a-key'])
  })
})
