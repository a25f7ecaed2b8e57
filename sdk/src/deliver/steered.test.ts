import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formWith } from '../consent/form.test-support.ts'
import { createTelemetry } from '../create-telemetry.ts'
import type { RecordForm } from '../form.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import type { WireRecord } from '../wire.ts'
import {
  answered,
  openParts,
  playCollector,
  spool,
  type PlayedCollector
} from './delivery.test-support.ts'
import { steeredShare } from './due.ts'

let world: World
let collector: PlayedCollector
beforeEach(() => {
  world = openWorld()
  collector = playCollector()
})
afterEach(() => world.remove())

describe('a collector that asks for a share of the events', () => {
  it('is heard until it asks for another one, and only for less', async () => {
    const parts = openParts(world, { transport: collector })
    const shareAfter = async (next: object): Promise<number> => {
      spool(parts, [1])
      collector.answers = [answered(200, { accepted: 1, dropped: [], next })]
      expect(await parts.delivery.deliver({ asked: true })).toMatchObject({ is: 'sent' })
      return steeredShare(parts.state.read('delivery.json'))
    }
    expect(await shareAfter({ afterSeconds: 86_400, sample: 0.25 })).toBe(0.25)
    expect(await shareAfter({ sample: 0.1 })).toBe(0.1)
    for (const sample of [0, 1, 7, -1, 'all', null])
      expect(await shareAfter({ sample }), String(sample)).toBe(1)
    expect(await shareAfter({ sample: 0.1 })).toBe(0.1)
    collector.answers = [answered(503)]
    spool(parts, [2])
    await parts.delivery.deliver({ asked: true })
    expect(steeredShare(parts.state.read('delivery.json'))).toBe(0.1)
  })

  it('gets that share of them, never more than the contract says, and all sums and states', () => {
    const usual = formWith().records['command_init'] as RecordForm
    const contract = formWith({
      records: {
        often: usual,
        seldom: { ...usual, sample: 0.05 },
        sums: { ...usual, kind: 'counter' }
      }
    })
    world.variables['DLT_TELEMETRY'] = 'on'
    const folder = join(world.home, '.local/state/dlt/telemetry')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(join(folder, 'delivery.json'), '{"sample":0.25}')
    const telemetry = createTelemetry({ contract, version: '1.0.0', effects: world.effects })
    for (let index = 0; index < 2_000; index += 1)
      for (const name of ['often', 'seldom', 'sums']) telemetry.record(name, { success: true })
    telemetry.record('sums', { success: true }, { durable: true })
    const lines = readFileSync(join(folder, 'spool.jsonl'), 'utf8')
    const names = [...lines.matchAll(/"name":"(\w+)"/g)].map(
      (match) => match[1] as WireRecord['name']
    )
    const count = (name: string): number => names.filter((each) => each === name).length
    expect(count('sums')).toBe(2_001)
    expect(Math.abs(count('often') - 500)).toBeLessThan(120)
    expect(Math.abs(count('seldom') - 100)).toBeLessThan(60)
  })
})
