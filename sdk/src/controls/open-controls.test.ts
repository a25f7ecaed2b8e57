import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  answered,
  numbersIn,
  openParts,
  playCollector,
  spool,
  type PartsOptions,
  type PlayedCollector
} from '../deliver/delivery.test-support.ts'
import { waitingBodies } from '../bodies/outbox.ts'
import { receiptKeys } from '../bodies/receipts.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import type { WireReport } from '../wire.ts'
import { openControls, type OpenControls } from './open-controls.ts'
import { digestOf } from './verify.ts'

const dayMs = 86_400_000

let world: World
let collector: PlayedCollector
beforeEach(() => {
  world = openWorld()
  collector = playCollector()
})
afterEach(() => world.remove())

function open(given: PartsOptions = {}): {
  readonly parts: ReturnType<typeof openParts>
  readonly controls: OpenControls
} {
  const parts = openParts(world, { transport: collector, ...given })
  return { parts, controls: openControls(parts) }
}
const reportOf = (body: string | undefined): WireReport => JSON.parse(body ?? '{}') as WireReport

describe('preview', () => {
  it('is, byte for byte, what the next delivery sends', async () => {
    const { parts, controls } = open()
    spool(parts, [1, 2])
    spool(parts, [3], { account: 'somebody' })
    const preview = await controls.preview()
    expect(preview).toMatchObject({
      url: 'https://collector.example/v1/reports',
      silent: undefined
    })
    expect(await controls.preview()).toEqual(preview)
    await parts.delivery.deliver()
    expect(collector.requests.map(({ body }) => body)).toEqual(preview.bodies)
    expect(collector.requests[0]?.headers).toEqual(preview.headers)
    expect(await controls.preview()).toMatchObject({
      bodies: [],
      silent: expect.stringContaining('not before')
    })
  })

  it('shows before anybody has agreed what would be sent, and keeps and makes nothing for it', async () => {
    world.variables['DLT_TELEMETRY'] = ''
    const line = JSON.stringify({
      written: world.clock,
      run: {
        session: '00000000-0000-4000-8000-000000000000',
        version: '1.26.0',
        contract: `sha256:${'1'.repeat(64)}`,
        consent: { level: 'basic', accepted: `sha256:${'2'.repeat(64)}` },
        environment: {},
        records: [
          { seq: 0, name: 'command_init', at: '2026-11-20T11:00:00.000Z', fields: { elapsed: 2 } }
        ]
      }
    })
    const { parts, controls } = open({ held: () => [line] })
    const preview = await controls.preview()
    expect(preview.silent).toContain('notice')
    expect(reportOf(preview.bodies[0])).toMatchObject({
      installation: '00000000-0000-4000-8000-000000000000',
      runs: [{ records: [{ fields: { elapsed: 2 } }] }]
    })
    expect(parts.state.list('')).toEqual([])
    expect(collector.requests).toEqual([])
  })

  it('says why nothing would be sent', async () => {
    world.variables['DLT_TELEMETRY'] = 'off'
    expect((await open().controls.preview()).silent).toBe('telemetry is off, says DLT_TELEMETRY')
    world.variables['DLT_TELEMETRY'] = 'on'
    expect(
      (await open({ options: { endpoint: 'http://collector.example' } }).controls.preview()).silent
    ).toContain('plain http')
  })
})

describe('forgetting', () => {
  it('reveals the keys of what was sent, drops what waits, and starts anew', async () => {
    const { parts, controls } = open()
    spool(parts, [1])
    await parts.delivery.deliver()
    spool(parts, [2])
    const before = parts.identity.installation()
    collector.answers = [answered(202, { accepted: true })]
    expect(await controls.forget()).toEqual({ is: 'requested', keys: 1 })
    const request = collector.requests.at(-1)
    expect(request?.url).toBe('https://collector.example/v1/deletions')
    const { product, keys } = JSON.parse(request?.body ?? '') as { product: string; keys: string[] }
    expect(product).toBe('dlt')
    // The key opens what the report had carried.
    expect(
      `sha256:${createHash('sha256')
        .update(keys[0] ?? '')
        .digest('hex')}`
    ).toBe(reportOf(collector.requests[0]?.body).deletion)
    expect(await parts.delivery.deliver({ asked: true })).toEqual({ is: 'nothing' })
    expect(parts.identity.installation()).not.toBe(before)
    expect(await controls.forget()).toEqual({ is: 'nothing' })
  })

  it('keeps the keys when nobody takes them', async () => {
    const { parts, controls } = open()
    spool(parts, [1])
    await parts.delivery.deliver()
    for (const answer of [answered(503), { is: 'failed', says: 'no network' } as const]) {
      collector.answers = [answer]
      expect(await controls.forget()).toMatchObject({
        is: 'failed',
        keys: [expect.stringMatching(/^\S{32,}$/)]
      })
    }
    expect(receiptKeys(parts.state)).toHaveLength(1)
  })

  it('sends no more than a hundred keys at once, and forgets them when the records are gone anyway', async () => {
    const { parts, controls } = open({ form: { identity: { kind: 'none', says: 'nothing' } } })
    for (let index = 0; index < 150; index += 1) {
      spool(parts, [index])
      parts.delivery.freeze()
    }
    expect(receiptKeys(parts.state)).toHaveLength(150)
    collector.answers = [answered(202), answered(202)]
    expect(await controls.forget()).toEqual({ is: 'requested', keys: 150 })
    expect(
      collector.requests.map(
        ({ body }) => (JSON.parse(body ?? '') as { keys: string[] }).keys.length
      )
    ).toEqual([100, 50])
    spool(parts, [1])
    parts.delivery.freeze()
    world.clock += (90 + 22) * dayMs
    spool(parts, [2])
    parts.delivery.freeze()
    expect(receiptKeys(parts.state)).toHaveLength(1)
  })
})

describe('carrying reports out', () => {
  it('gives lines that another site sends as they are, and that do no harm when they come twice', async () => {
    const { parts, controls } = open()
    spool(parts, [1, 2])
    const lines = await controls.export()
    const bodies = waitingBodies(parts.state).map(({ text }) => text)
    expect(collector.requests).toEqual([])
    const elsewhere = openWorld()
    try {
      const there = openControls(openParts(elsewhere, { transport: collector }))
      expect(await there.import(lines)).toMatchObject({ is: 'sent', reports: 1, records: 2 })
      expect(await there.import(lines)).toMatchObject({ is: 'sent' })
    } finally {
      elsewhere.remove()
    }
    await parts.delivery.deliver()
    expect(collector.requests.map(({ body }) => body)).toEqual([...bodies, ...bodies, ...bodies])
    expect(numbersIn(collector.kept.values())).toEqual([1, 2])
  })

  it('takes no line that is no report of this product, and then none at all', async () => {
    const { parts, controls } = open()
    spool(parts, [1])
    const line = (await controls.export()).trim()
    const body = JSON.stringify({ product: 'other', report: 'x', runs: [] })
    for (const wrong of [
      '{}',
      'x',
      line.replace('"product":"dlt"', '"product":"other"'),
      JSON.stringify({ ...JSON.parse(line), body }),
      line.replace(/"report":"[^"]*"/, '"report":"../../x"')
    ])
      expect(await controls.import(`${line}\n${wrong}\n`)).toEqual({
        is: 'kept',
        because: 'refused',
        says: 'line 2 is no report of dlt'
      })
    expect(collector.requests).toEqual([])
  })

  it('imports nothing where telemetry is off', async () => {
    const lines = await open().controls.export()
    world.variables['DLT_TELEMETRY'] = 'off'
    expect(await open().controls.import(lines)).toEqual({ is: 'silent', state: 'off' })
  })
})

describe('verifying', () => {
  const document = {
    product: 'dlt',
    candor: 1,
    title: 'é',
    list: [1, 2.5, true, null],
    nested: { b: 1, a: 2 }
  }
  const digest = digestOf(JSON.stringify(document)) as `sha256:${string}`

  it('hashes what is published itself, in the canonical form', async () => {
    expect(digest).toBe(
      `sha256:${createHash('sha256').update('{"candor":1,"list":[1,2.5,true,null],"nested":{"a":2,"b":1},"product":"dlt","title":"é"}').digest('hex')}`
    )
    const { controls } = open({ form: { digest } })
    collector.answers = [answered(200, JSON.stringify(document, null, 2))]
    expect(await controls.verify()).toEqual({ is: 'same' })
    expect(collector.requests[0]?.url).toBe(
      `https://collector.example/contracts/dlt/${digest.slice(7)}.json`
    )
    collector.answers = [answered(200, { ...document, title: 'other' })]
    expect(await controls.verify()).toMatchObject({ is: 'differs', own: digest })
  })

  it('names what is published when this build’s is not', async () => {
    const { controls } = open()
    const published = 'a'.repeat(64)
    collector.answers = [
      answered(404),
      answered(200, {
        products: [{ product: 'dlt', contracts: [`/contracts/dlt/${published}.json`] }]
      })
    ]
    expect(await controls.verify()).toMatchObject({
      is: 'differs',
      published: [`sha256:${published}`]
    })
    for (const answers of [
      [answered(404), answered(200, '<html>')],
      [answered(500)],
      [{ is: 'failed', says: 'no network' } as const]
    ]) {
      collector.answers = answers
      expect(await controls.verify()).toMatchObject({ is: 'unknown' })
    }
  })
})

describe('a test event', () => {
  it('is marked as a test, has no id, and its answer is shown as it came', async () => {
    const { controls } = open({ form: { environment: ['class', 'automation'] } })
    collector.answers = [answered(200, '{"accepted":1,"dropped":[]}')]
    expect(await controls.test()).toEqual({
      is: 'answered',
      status: 200,
      body: '{"accepted":1,"dropped":[]}'
    })
    const report = reportOf(collector.requests[0]?.body)
    expect(report.installation ?? report.deletion).toBeUndefined()
    expect(report.runs).toMatchObject([
      { environment: { automation: 'test' }, records: [{ name: 'command_init', fields: {} }] }
    ])
  })

  it('has no record where the contract has no place for the mark', async () => {
    const { controls } = open()
    await controls.test()
    expect(reportOf(collector.requests[0]?.body).runs).toEqual([])
  })

  it('is not sent without a yes', async () => {
    world.variables['DLT_TELEMETRY'] = 'off'
    expect(await open().controls.test()).toMatchObject({
      is: 'silent',
      says: expect.stringContaining('DLT_TELEMETRY')
    })
    expect(collector.requests).toEqual([])
  })
})

describe('a new id', () => {
  it('is not tied to the old one: what was recorded under the old one keeps it', async () => {
    const { parts, controls } = open()
    spool(parts, [1])
    const before = parts.identity.installation()
    controls.reset()
    spool(parts, [2], { run: { session: 'another' } })
    await parts.delivery.deliver()
    const sent = collector.requests.map(({ body }) => reportOf(body))
    expect(sent).toHaveLength(2)
    expect(sent.find(({ installation }) => installation === before)?.runs).toHaveLength(1)
    expect(new Set(sent.map(({ installation }) => installation)).size).toBe(2)
    expect(new Set(sent.map(({ deletion }) => deletion)).size).toBe(2)
  })
})
