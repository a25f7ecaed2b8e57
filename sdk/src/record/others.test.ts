import { afterEach, beforeEach, expect, it } from 'vitest'
import { formWith } from '../consent/form.test-support.ts'
import { createTelemetry } from '../create-telemetry.ts'
import type { RecordForm } from '../form.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import { openMemoryCollector, type MemoryCollector } from '../testing/memory-collector.ts'
import type { WireReport } from '../wire.ts'

let world: World
let collector: MemoryCollector
beforeEach(async () => {
  world = openWorld()
  collector = await openMemoryCollector()
})
afterEach(async () => {
  await collector.close()
  world.remove()
})

const usual = formWith().records['command_init'] as RecordForm
const contract = formWith({
  records: {
    command_init: {
      ...usual,
      fields: {
        flags: {
          says: 'how many rows somebody flagged',
          type: {
            is: 'object',
            fields: { region: { says: 'where', type: { is: 'enum', values: ['eu'] } } },
            others: 'count'
          }
        },
        labels: {
          says: 'how many labels somebody made',
          level: 'pipelines',
          type: { is: 'object', fields: {}, others: 'count' }
        }
      }
    }
  }
})
const open = (): ReturnType<typeof createTelemetry> =>
  createTelemetry({ contract, version: '1.26.0', endpoint: collector.url, effects: world.effects })
const secret = { region: 'eu', owner: 'jane@acme.example', env: 'secret', none: null }
const recordIn = (body: string | undefined): unknown =>
  (JSON.parse(body ?? '{}') as WireReport).runs[0]?.records[0]
const told = { fields: { flags: { region: 'eu' }, labels: {} }, others: { flags: 2, labels: 1 } }

it('a number of undeclared members is shown by the preview and sent, and no name of them', async () => {
  world.variables['DLT_TELEMETRY'] = 'on'
  const telemetry = open()
  telemetry.record('command_init', { flags: secret, labels: { acme: 1 } })
  const { bodies } = await telemetry.controls.preview()
  expect(recordIn(bodies[0])).toMatchObject(told)
  await telemetry.flush()
  await telemetry.close()
  expect(collector.bodies()).toEqual(bodies)
  expect(bodies.join('')).not.toMatch(/jane|owner|secret|acme/)
})

it('a number has the level of its field, and stays home with it', async () => {
  world.variables['DLT_TELEMETRY'] = 'basic'
  const telemetry = open()
  telemetry.record('command_init', { flags: secret, labels: { acme: 1 } })
  const { bodies } = await telemetry.controls.preview()
  await telemetry.close()
  expect(recordIn(bodies[0])).toMatchObject({ others: { flags: 2 } })
  expect(bodies.join('')).not.toContain('labels')
})

it('a number is shown before anybody decided', async () => {
  const telemetry = open()
  telemetry.record('command_init', { flags: secret, labels: { acme: 1 } })
  const { bodies } = await telemetry.controls.preview()
  await telemetry.close()
  expect(recordIn(bodies[0])).toMatchObject(told)
})
