import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTelemetry } from '../../create-telemetry.ts'
import type { ContractForm, StreamForm } from '../../form.ts'
import { openWorld, type World } from '../../state/world.test-support.ts'
import type { Telemetry, TelemetryOptions } from '../../telemetry.ts'
import { openMemoryCollector, type MemoryCollector } from '../../testing/index.ts'
import { statusText } from '../../command/telemetry-command.ts'
import { asksOf, noticeText } from './notice.ts'
import { formWith } from '../form.test-support.ts'
import { stopsOf } from '../narrow.ts'
import { termsOf } from '../consent-file.ts'

const off =
  'Off stops it too, every byte: the program is told that it is off, and the product decides ' +
  'what follows.'
const says =
  'Demo Standard requires usage: it is billed by use (legal basis: the contract with whom it ' +
  `concerns). ${off}`

const usage: StreamForm = {
  name: 'usage',
  product: 'dlt-usage',
  digest: `sha256:${'5'.repeat(64)}`,
  purpose: 'To bill.',
  contact: 'billing@demo.example',
  required: { basis: 'contract', because: 'it is billed by use' },
  account: { says: 'your organisation', from: 'DEMO_ORG_KEY' },
  identity: { kind: 'persistent', says: 'the same id under another token' },
  recipients: [{ name: 'Billing', where: 'There', for: 'bills' }],
  retention: { recordsDays: 90, aggregatesDays: 761, backupsDays: 30 },
  records: ['usage_told']
}

function standard(stream: Partial<StreamForm> = {}): ContractForm {
  const open = formWith()
  const cpu = { says: 'processors', type: { is: 'integer', min: 0, max: 64 } } as const
  const level = open.consent.levels[0]?.name ?? ''
  return {
    ...open,
    title: 'Demo Standard',
    terms: `sha256:${'7'.repeat(64)}`,
    records: {
      usage_told: { kind: 'event', when: 'Every hour.', level, fields: { cpu } },
      ...open.records
    },
    edition: { name: 'standard', says: 'Whoever pays.', streams: [{ ...usage, ...stream }] }
  }
}

describe('what an edition requires', () => {
  let world: World
  let collector: MemoryCollector
  const opened: Telemetry[] = []
  beforeEach(async () => {
    world = openWorld()
    world.variables['DEMO_ORG_KEY'] = 'key-of-acme'
    collector = await openMemoryCollector()
  })
  afterEach(async () => {
    for (const telemetry of opened.splice(0)) await telemetry.close()
    await collector.close()
    world.remove()
  })

  function program(more: Partial<TelemetryOptions> = {}): Telemetry {
    const telemetry = createTelemetry({
      contract: standard(),
      edition: 'standard',
      version: '1.26.0',
      endpoint: collector.url,
      effects: world.effects,
      ...more
    })
    opened.push(telemetry)
    return telemetry
  }

  async function recordBoth(telemetry: Telemetry): Promise<readonly Record<string, unknown>[]> {
    telemetry.record('usage_told', { cpu: 8 })
    telemetry.record('command_init', { success: true })
    await telemetry.flush()
    return collector.bodies().map((body) => JSON.parse(body) as Record<string, unknown>)
  }

  it('travels in reports of its own: the account is in no other', async () => {
    world.variables['DLT_TELEMETRY'] = 'on'
    const telemetry = program()
    expect(telemetry.required()).toEqual({ is: 'on' })
    const bodies = await recordBoth(telemetry)
    expect(bodies.map(({ product, account }) => [product, account]).toSorted()).toEqual([
      ['dlt', undefined],
      ['dlt-usage', 'key-of-acme']
    ])
    const [own] = bodies.filter(({ product }) => product === 'dlt-usage')
    expect(JSON.stringify(own)).toContain(usage.digest)
    expect(JSON.stringify(own)).not.toContain('command_init')
  })

  it('carries no id where its stream has none', async () => {
    world.variables['DLT_TELEMETRY'] = 'on'
    const contract = standard({ identity: { kind: 'none', says: 'none' } })
    const bodies = await recordBoth(program({ contract }))
    const [own] = bodies.filter(({ product }) => product === 'dlt-usage')
    expect([own?.['installation'], own?.['account']]).toEqual([undefined, 'key-of-acme'])
  })

  it.each([{ DLT_TELEMETRY: 'off' }, { DO_NOT_TRACK: '1' }, {}])(
    'is off like everything else, every byte, and the host is told: %j',
    async (variables) => {
      Object.assign(world.variables, variables)
      const telemetry = program()
      await recordBoth(telemetry)
      expect(collector.requests).toEqual([])
      const [variable] = Object.keys(variables)
      expect(telemetry.required()).toEqual({
        is: 'off',
        streams: ['usage'],
        because: variable === undefined ? expect.stringMatching(/\w/) : `off: ${variable}`
      })
    }
  )

  it('is told to be off as soon as its user says so, and status says it in the page’s words', async () => {
    world.variables['DLT_TELEMETRY'] = 'on'
    const telemetry = program()
    expect(telemetry.required()).toEqual({ is: 'on' })
    expect(statusText(await telemetry.controls.status())).toContain(`on: ${says}`)
    await telemetry.controls.off()
    expect(telemetry.required()).toMatchObject({ is: 'off', streams: ['usage'] })
    expect(statusText(await telemetry.controls.status())).toContain(`off: ${says}`)
  })

  it('is in the notice, in the same words', () => {
    expect(noticeText(standard(), { runs: 'program', command: 'demo telemetry' })).toContain(says)
  })

  it('is nothing in the open edition', () => {
    const telemetry = program({ contract: formWith(), edition: undefined } as never)
    expect(telemetry.required()).toEqual({ is: 'none' })
  })

  it.each([
    { contract: formWith(), edition: 'standard' },
    { contract: standard(), edition: 'enterprise' },
    { contract: standard() }
  ])('is refused to a program that is not the edition of its contract (%#)', (wrong) => {
    expect(() => createTelemetry({ version: '1.0.0', effects: world.effects, ...wrong })).toThrow(
      /createTelemetry got `edition`/
    )
  })

  it('goes to no source of Segment’s, and the host is told', async () => {
    world.variables['DLT_TELEMETRY'] = 'on'
    const telemetry = program({ writeKey: 'abc' })
    telemetry.record('usage_told', { cpu: 8 })
    await telemetry.flush()
    expect(collector.bodies().join()).not.toContain('usage_told')
    expect(telemetry.required()).toMatchObject({
      is: 'off',
      because: expect.stringContaining('Segment')
    })
  })

  it('is asked for again when it is new, and stops everything when it is for somebody else', () => {
    expect(asksOf(standard(), termsOf(formWith()))).toEqual(['a new kind of report: Every hour'])
    const before = termsOf(standard())
    const wider = standard({ recipients: [{ name: 'Bank', where: 'There', for: 'bills' }] })
    expect(stopsOf(termsOf(standard()), before)).toEqual([])
    expect(stopsOf(termsOf(wider), before)).toEqual([
      'the data would go to Bank (There), for bills'
    ])
  })
})
