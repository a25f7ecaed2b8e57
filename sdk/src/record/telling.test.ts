import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formWith } from '../consent/form.test-support.ts'
import { createTelemetry } from '../create-telemetry.ts'
import type { ContractForm, RecordForm } from '../form.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import type { Telemetry } from '../telemetry.ts'
import { openMemoryCollector, type MemoryCollector } from '../testing/memory-collector.ts'
import type { WireReport } from '../wire.ts'

let world: World
let collector: MemoryCollector
let opened: Telemetry[]
beforeEach(async () => {
  world = openWorld()
  world.variables['DLT_TELEMETRY'] = 'on'
  collector = await openMemoryCollector()
  opened = []
})
afterEach(async () => {
  await Promise.all(opened.map((telemetry) => telemetry.close()))
  await collector.close()
  world.remove()
})

const usual = formWith().records['command_init'] as RecordForm
/** A contract with the usual record, and one that is told otherwise. */
function formOf(change: Partial<RecordForm>, terms = '2'): ContractForm {
  return formWith({
    terms: `sha256:${terms.repeat(64)}`,
    records: {
      command_init: usual,
      quiet: {
        ...usual,
        fields: {
          ...usual.fields,
          who: { says: 'a name', type: { is: 'keyed-hash', lengthMax: 90 } }
        },
        ...change
      }
    }
  })
}
function program(contract: ContractForm): Telemetry {
  const telemetry = createTelemetry({
    contract,
    version: '1.26.0',
    endpoint: collector.url,
    effects: world.effects
  })
  opened.push(telemetry)
  return telemetry
}
const reports = (): readonly WireReport[] =>
  collector.bodies().map((text) => JSON.parse(text) as WireReport)

describe('a record with `identity: none`', () => {
  it('travels in a report that shares nothing with those that have an id', async () => {
    for (let run = 0; run < 2; run += 1) {
      const telemetry = program(formOf({ identity: 'none' }))
      telemetry.record('command_init', { success: true })
      telemetry.record('quiet', { success: true, who: 'jane' })
      await telemetry.flush()
    }
    const nameless = reports().filter(({ installation }) => installation === undefined)
    const named = reports().filter(({ installation }) => installation !== undefined)
    expect([nameless.length, named.length]).toEqual([2, 2])
    const words = (all: readonly WireReport[]): readonly string[] =>
      all.flatMap((report) => [
        report.deletion ?? '',
        ...report.runs.flatMap(({ session, records }) => [
          session,
          ...records.flatMap(({ fields }) =>
            fields['who'] === undefined ? [] : [String(fields['who'])]
          )
        ])
      ])
    // Sessions, deletion keys and tokens: none is the same in two of the nameless ones.
    const own = words(nameless)
    expect(own).toHaveLength(6)
    expect(new Set(own).size).toBe(own.length)
    for (const word of words(named)) expect(own).not.toContain(word)
    expect(nameless.flatMap(({ runs }) => runs.flatMap(({ records }) => records))).toMatchObject([
      { name: 'quiet', seq: 0 },
      { name: 'quiet', seq: 0 }
    ])
  })

  it('stays without one for whoever agreed to that, whatever the contract says by then', async () => {
    await program(formOf({ identity: 'none' })).controls.on()
    const telemetry = program(formOf({}, '3'))
    telemetry.record('quiet', { success: true })
    await telemetry.flush()
    expect(reports().map(({ installation }) => installation)).toEqual([undefined])
    expect((await telemetry.controls.diff()).asks.join()).toContain('tied to this installation')
  })
})

describe('a record’s time', () => {
  it.each([
    ['hour', '2026-11-20T11:00:00.000Z'],
    ['day', '2026-11-20T00:00:00.000Z'],
    [undefined, '2026-11-20T11:22:33.444Z']
  ] as const)('is told to the %s', async (time, at) => {
    world.clock = Date.UTC(2026, 10, 20, 11, 22, 33, 444)
    const telemetry = program(formOf(time === undefined ? {} : { time }))
    telemetry.record('quiet', { success: true })
    await telemetry.flush()
    expect(collector.records('quiet')[0]?.at).toBe(at)
  })
})

describe('a record’s share', () => {
  it('is chosen by chance, and is no larger than was agreed to', async () => {
    await program(formOf({ sample: 0.25 })).controls.on()
    const telemetry = program(formOf({ sample: 0.75 }, '3'))
    for (let count = 0; count < 400; count += 1) telemetry.record('quiet', { success: true })
    await telemetry.flush()
    const sent = collector.records('quiet').length
    expect(sent).toBeGreaterThan(50)
    expect(sent).toBeLessThan(160)
  })
})

describe('a declaration that ends', () => {
  const lastDay = '2026-11-20'
  it('is not recorded any more once its last day is over', async () => {
    const telemetry = program(formOf({ expires: lastDay }))
    world.clock = Date.parse('2026-11-20T23:59:59.999Z')
    telemetry.record('quiet', { success: true })
    await telemetry.flush()
    expect(collector.records('quiet')).toHaveLength(1)
    world.clock += 1
    telemetry.record('quiet', { success: true })
    telemetry.record('command_init', { success: true })
    await telemetry.flush()
    expect(collector.records('quiet')).toHaveLength(1)
    expect(collector.records('command_init')).toHaveLength(1)
  })

  it('ends as its user agreed to, although the contract has a later day by now', async () => {
    await program(formOf({ expires: lastDay })).controls.on()
    world.clock = Date.UTC(2026, 10, 22)
    const telemetry = program(formOf({ expires: '2027-11-20' }, '3'))
    telemetry.record('quiet', { success: true })
    telemetry.record('command_init', { success: true })
    await telemetry.flush()
    expect(collector.records('quiet')).toHaveLength(0)
    expect(collector.records('command_init')).toHaveLength(1)
    expect((await telemetry.controls.diff()).asks.join()).toContain('2027-11-20')
  })

  it('may be one field alone', async () => {
    const success = { ...usual.fields['success']!, expires: lastDay }
    world.clock = Date.UTC(2026, 10, 22)
    const telemetry = program(formOf({ fields: { ...usual.fields, success } }))
    telemetry.record('quiet', { success: true, elapsed: 1 })
    await telemetry.flush()
    expect(collector.records('quiet')[0]?.fields).toEqual({ elapsed: 1 })
  })
})
