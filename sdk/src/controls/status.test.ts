import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { askConsent, type AskedConsent } from '../consent/asking/ask-consent.ts'
import { openConsent } from '../consent/consent.ts'
import { formWith } from '../consent/form.test-support.ts'
import { createTelemetry } from '../create-telemetry.ts'
import { receiptKeys } from '../bodies/receipts.ts'
import type { ContractForm } from '../form.ts'
import { openIdentity } from '../identity/identity.ts'
import { openStateFolder } from '../state/state-folder.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import type { ForgetResult, OffResult, Status, TelemetryOptions } from '../telemetry.ts'
import { finishOff } from './settings.ts'
import { statusOf } from './status.ts'
import { termsDiffOf } from './terms-diff.ts'

let world: World
beforeEach(() => {
  world = openWorld()
})
afterEach(() => world.remove())

interface Run {
  readonly consent: AskedConsent
  readonly folder: string
  status(): Status
  off(
    options?: { forget?: boolean; project?: boolean },
    answer?: ForgetResult | Error
  ): Promise<OffResult>
  id(): string | undefined
  readonly asked: (readonly string[])[]
}

function run(
  options: Omit<TelemetryOptions, 'contract' | 'version'> = {},
  form: ContractForm = formWith()
): Run {
  const { effects } = world
  const state = openStateFolder({ product: form.product, folder: options.folder, effects })
  const input = {
    form,
    options,
    state,
    effects,
    environment: () => ({ kept: true, automation: 'none' })
  }
  const consent = askConsent(openConsent(input), input)
  const identity = openIdentity({
    form,
    options,
    state,
    effects,
    allowed: () => consent.identity()
  })
  const status = (): Status =>
    statusOf({
      form,
      version: '1.2.3',
      options,
      state,
      consent,
      identity,
      effects,
      memory: { records: 2, lost: 1 }
    })
  const asked: (readonly string[])[] = []
  return {
    consent,
    folder: join(world.home, '.local/state/dlt/telemetry'),
    status,
    id: () => identity.installation(),
    asked,
    off(how, answer = { is: 'requested', keys: 1 }) {
      const keys = receiptKeys(state)
      consent.refuse({ project: how?.project === true })
      const purge = (): void => {
        consent.purge()
        identity.forget({ file: true })
      }
      const forget = (erased: readonly string[]): Promise<ForgetResult> => {
        asked.push(erased)
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
      }
      return finishOff({ keys, purge, status, forget }, how?.forget === true)
    }
  }
}

describe('status', () => {
  it('tells what holds, who said so, and every address, and makes nothing', () => {
    const form = formWith({
      versionCheck: { says: 'compared here', keys: [{ id: 'a', key: 'b' }] }
    })
    const status = run({}, form).status()
    expect(status).toMatchObject({
      product: 'dlt',
      version: '1.2.3',
      state: 'undecided',
      missing: expect.stringContaining('notice'),
      wire: 'native',
      identity: { kind: 'persistent', id: undefined, account: undefined },
      waiting: { records: 2, bytes: 0, lost: 1 },
      versionCheck: { is: 'on' },
      warnings: []
    })
    expect(status.endpoints).toEqual([
      {
        what: 'reports',
        url: 'https://telemetry.example.org/in/dlt/v1/reports',
        from: 'the contract',
        contacted: false
      },
      {
        what: 'deletions',
        url: 'https://telemetry.example.org/in/dlt/v1/deletions',
        from: 'the contract',
        contacted: false
      },
      {
        what: 'versions',
        url: 'https://telemetry.example.org/in/dlt/v1/feed/dlt.json',
        from: 'the contract',
        contacted: true
      }
    ])
    expect(status.sayings.map(({ source }) => source)).toEqual([
      'DO_NOT_TRACK',
      'variable',
      'flag',
      'user-file',
      'default'
    ])
    expect(existsSync(join(world.home, '.local'))).toBe(false)
  })

  it('tells the version check’s own switch, which telemetry does not touch', () => {
    const form = formWith({
      versionCheck: { says: 'compared here', keys: [{ id: 'a', key: 'b' }] }
    })
    const started = run({}, form)
    started.consent.refuse()
    expect(started.status().versionCheck.is).toBe('on')
    world.variables['DLT_VERSION_CHECK'] = 'off'
    expect(run({}, form).status()).toMatchObject({
      versionCheck: { is: 'off', because: 'DLT_VERSION_CHECK' }
    })
    delete world.variables['DLT_VERSION_CHECK']
    world.policy('a.json', '{"versionCheck":"off"}')
    expect(run({}, form).status().versionCheck).toEqual({
      is: 'off',
      because: 'the machine’s policy'
    })
    expect(run().status().versionCheck.is).toBe('not offered')
  })

  it('tells the id and the levels once somebody agreed', () => {
    const started = run()
    started.consent.on({ level: 'basic' })
    const id = started.id()
    const status = started.status()
    expect(status.identity.id).toBe(id)
    expect(status.levels.map(({ name, accepted }) => [name, accepted])).toEqual([
      ['basic', true],
      ['pipelines', false]
    ])
    expect(status.endpoints[0]?.contacted).toBe(true)
  })

  it('warns of what says nothing although somebody believes it does', () => {
    world.variables['DLT_TELEMETRY_DISABLED'] = '1'
    world.variables['DLT_TELEMETRY'] = 'perhaps'
    const { warnings } = run({ endpoint: 'http://far.example' }).status()
    expect(warnings.join('\n')).toMatch(
      /DLT_TELEMETRY: [\s\S]*plain http[\s\S]*DLT_TELEMETRY_DISABLED: no such variable/
    )
  })

  it('is told in Segment’s words where a write key is set', () => {
    const { wire, endpoints } = run({
      endpoint: 'https://api.segment.io/v1/track',
      writeKey: 'key'
    }).status()
    expect(wire).toBe('segment')
    expect(endpoints.map(({ what, url }) => [what, url])).toEqual([
      ['reports', 'https://api.segment.io/v1/track']
    ])
  })
})

describe('switching off', () => {
  const recorded = (): Run => {
    const started = run({ folder: '~/.dlt', idFile: '.anonymous_id' })
    started.consent.on()
    started.id()
    mkdirSync(join(world.home, '.dlt/telemetry/outbox'))
    writeFileSync(join(world.home, '.dlt/telemetry/outbox/a.json'), 'x')
    return started
  }

  it('leaves nothing but the refusal, not even the id that the product knew', async () => {
    const { status, receipts, forgotten } = await recorded().off()
    expect(status.state).toBe('off')
    expect([receipts, forgotten]).toEqual([[], undefined])
    expect(readdirSync(join(world.home, '.dlt'))).toEqual(['telemetry'])
    expect(readdirSync(join(world.home, '.dlt/telemetry'))).toEqual(['consent.json'])
    expect(status.identity.id).toBeUndefined()
  })

  it('holds before anything is waited for', () => {
    const started = recorded()
    void started.off({ forget: true }, new Error('no network'))
    expect(started.consent.decision().state).toBe('off')
    expect(run({ folder: '~/.dlt' }).consent.decision().state).toBe('off')
  })

  it('shows the keys that erase what was sent, once', async () => {
    const started = recorded()
    const receipts = JSON.stringify([{ key: 'k'.repeat(64), until: world.clock + 1000 }])
    writeFileSync(join(world.home, '.dlt/telemetry/receipts.json'), receipts)
    expect((await started.off()).receipts).toEqual(['k'.repeat(64)])
    expect((await started.off()).receipts).toEqual([])
  })

  it.each([
    ['the collector took them', { is: 'requested', keys: 1 }, []],
    ['it could not be reached', new Error('no network'), ['k'.repeat(64)]]
  ] as [string, ForgetResult | Error, string[]][])(
    'hands the keys back unless %s',
    async (_, answer, keys) => {
      const started = recorded()
      const receipts = JSON.stringify([{ key: 'k'.repeat(64), until: world.clock + 1000 }])
      writeFileSync(join(world.home, '.dlt/telemetry/receipts.json'), receipts)
      const result = await started.off({ forget: true }, answer)
      expect(started.asked).toEqual([['k'.repeat(64)]])
      expect(result.receipts).toEqual(keys)
      expect(readdirSync(join(world.home, '.dlt/telemetry'))).toEqual(['consent.json'])
    }
  )

  it('asks nobody to forget where nothing was sent', async () => {
    const started = recorded()
    expect((await started.off({ forget: true })).forgotten).toEqual({ is: 'nothing' })
    expect(started.asked).toEqual([])
  })
})

it('forgets the id of a running program whose configuration says off, and makes another after a later yes', async () => {
  const hashed = { says: 'a name', type: { is: 'keyed-hash', lengthMax: 64 } } as const
  const contract = formWith({
    records: {
      load: { kind: 'event', when: 'It loaded.', level: 'basic', fields: { name: hashed } }
    }
  })
  world.variables['DLT_TELEMETRY'] = 'on'
  const telemetry = createTelemetry({ contract, version: '1.2.3', effects: world.effects })
  const idAfterRecord = async (): Promise<string | undefined> => {
    telemetry.record('load', { name: 'mine' }, { durable: true })
    return (await telemetry.controls.status()).identity.id
  }
  const before = await idAfterRecord()
  expect(before).toBeDefined()
  telemetry.controls.configure({ enabled: false })
  expect((await telemetry.controls.status()).identity.id).toBeUndefined()
  telemetry.controls.configure({ enabled: true })
  const after = await idAfterRecord()
  expect(after).toBeDefined()
  expect(after).not.toBe(before)
  await telemetry.close()
})

it('tells what a changed contract asks', () => {
  const started = run()
  started.consent.on()
  expect(termsDiffOf(started.consent)).toEqual({ accepted: true, asks: [], stops: false })
  const changed = formWith({
    terms: `sha256:${'9'.repeat(64)}`,
    retention: { recordsDays: 365, aggregatesDays: 761 }
  })
  expect(termsDiffOf(run({}, changed).consent)).toEqual({
    accepted: false,
    asks: ['what is sent would be kept for 365 days instead of 90'],
    stops: true
  })
})
