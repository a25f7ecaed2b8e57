/**
 * A relay between programs and their collector: what it answered arrives once, whatever is killed,
 * and what its policy withholds arrives nowhere.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseContract, sdkForm } from '@candor/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ContractForm } from '../../sdk/src/index.ts'
import {
  eventually,
  query,
  removeServer,
  root,
  runCandor,
  startServer,
  type RunningServer
} from './world/candor-server.ts'
import { startRelay, type RunningRelay } from './world/edge/relay.ts'
import { sendRaw } from './world/raw-request.ts'
import { bundleHost, startProgram, type Host, type Ran } from './world/sdk/sdk-programs.ts'

const contractText = `candor: 1
product: counter
title: Counter
purpose: To count.
recipients: [{ name: Counter e.V., where: Germany, for: counting }]
retention: { records: 90 days, aggregates: 25 months, backups: 30 days }
consent: { default: opt-out, levels: { basic: Numbers. } }
identity: { kind: persistent, random: true, says: a random id }
environment: [class, automation, os]
questions: { usage: How far do people count? }
events:
  counted:
    when: A number was reached.
    level: basic
    owner: counters
    expires: never
    serves: [usage]
    fields:
      number: { type: integer, unit: things, min: 0, max: 1000000000, says: which one }
      weight: { type: integer, unit: grams, min: 0, max: 1000000000, says: how heavy it is }
  guessed:
    when: A number was guessed.
    level: basic
    owner: counters
    expires: never
    serves: [usage]
    fields:
      number: { type: integer, unit: things, min: 0, max: 1000000000, says: which one }
version_check: { feed: releases.yaml, says: Looks for new versions. }
controls: [{ variable: COUNTER_TELEMETRY, off: "off" }]
`
const policyText = `others: drop
products:
  counter:
    installations: merged
    drop:
      records: [guessed]
      fields: [weight]
      environment: [os]
`
/** They stand nowhere else, so finding one in a file means that it was sent. */
const marks = { kept: 918_273_645, weight: 564_738_291, guessed: 706_050_403, dlt: 'relaymark' }

describe('a relay', () => {
  let host: Host
  let server: RunningServer
  let relay: RunningRelay
  let folder: string
  let form: ContractForm
  beforeAll(async () => {
    host = await bundleHost()
    folder = mkdtempSync(join(tmpdir(), 'candor-relay-'))
    mkdirSync(join(folder, 'counter'))
    writeFileSync(join(folder, 'counter', 'contract.yaml'), contractText)
    writeFileSync(join(folder, 'policy.yaml'), policyText)
    const parsed = parseContract(contractText)
    if (!('contract' in parsed)) throw new Error(JSON.stringify(parsed))
    form = JSON.parse(JSON.stringify(sdkForm(parsed.contract))) as ContractForm
    server = await startServer({ folder, configuration: 'products: [counter]\n' })
    relay = await startRelay(folder, server.url, ['--policy', 'policy.yaml'])
  })
  afterAll(async () => {
    await relay?.kill('SIGTERM')
    host.remove()
    await removeServer(server)
  })

  const program = (number: number, environment = {}): Promise<Ran> =>
    startProgram(
      host,
      {
        form,
        folder: join(folder, `user-${number}`),
        endpoint: relay.url,
        from: number,
        count: 1,
        flush: true
      },
      { environment }
    ).ended
  /** As a library of Segment's posts it, which comes again with the same id until it is answered. */
  const track = async (
    event: string,
    properties: Readonly<Record<string, unknown>>,
    who = 'one'
  ): Promise<number> => {
    const number = String(properties['number'])
    const { status } = await fetch(`${relay.url}/v1/track`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        writeKey: 'counter',
        event,
        properties,
        anonymousId: `relaymark-${who}`,
        messageId: `message-${event}-${number}`
      })
    })
    return status
  }
  const rows = async (): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    (await query(server, 'SELECT name, number, weight, installation, os FROM counter LIMIT 1000'))
      .rows
  const numbers = async (): Promise<readonly number[]> =>
    (await rows()).map(({ number }) => Number(number)).toSorted((a, b) => a - b)
  const arrived = (count: number): Promise<readonly number[]> =>
    eventually(numbers, ({ length }) => length >= count)

  it('hands on what programs and libraries report, and each is counted once', async () => {
    const ran = await program(1)
    expect(ran, ran.error).toMatchObject({ code: 0, error: '' })
    for (const _ of [1, 2]) expect(await track('counted', { number: marks.kept })).toBe(200)
    expect(await arrived(2)).toEqual([1, marks.kept])
  })

  it('lets the machines of one cluster report as one installation', async () => {
    expect(await track('counted', { number: 2 }, 'another')).toBe(200)
    await arrived(3)
    expect(new Set((await rows()).map(({ installation }) => installation)).size).toBe(1)
  })

  it('withholds what its policy names, and no file here or there has it', async () => {
    expect(await track('counted', { number: 3, weight: marks.weight })).toBe(200)
    expect(await track('guessed', { number: marks.guessed })).toBe(200)
    const dlt = await fetch(`${relay.url}/in/dlt`, {
      method: 'POST',
      body: JSON.stringify({ event: 'command_init', anonymousId: marks.dlt, properties: {} })
    })
    expect(dlt.status).toBe(204)
    await arrived(4)
    expect(await rows()).toEqual(
      expect.arrayContaining([expect.objectContaining({ number: 3, weight: null, os: null })])
    )
    expect((await rows()).every(({ name, os }) => name === 'counted' && os === null)).toBe(true)
    expect((await query(server, 'SELECT name FROM dlt')).rows).toEqual([])
    const found = (mark: number | string, where: string): readonly string[] =>
      filesIn(where).filter((path) => readFileSync(path).includes(String(mark)))
    // Found where it belongs, so that finding nothing means something.
    expect(found(marks.kept, server.data)).not.toEqual([])
    expect(found(marks.kept, relay.data)).toEqual([])
    for (const mark of [marks.weight, marks.guessed, marks.dlt])
      expect(found(mark, server.data).concat(found(mark, relay.data))).toEqual([])
  })

  it('shows what it passed on and withheld', async () => {
    const { text } = await relay.status()
    expect(text).toMatch(/^counter counted +5 +0$/m)
    expect(text).toMatch(/^ +weight +0 +1$/m)
    expect(text).toMatch(/^counter guessed +0 +1$/m)
    expect(text).toMatch(/^ +handed on +\d+ requests/m)
    expect(text).toContain(`${marks.kept}`)
    expect(text).not.toContain(String(marks.weight))
  })

  it('loses nothing when it is killed while its collector is away', async () => {
    await server.kill('SIGKILL')
    for (const number of [10, 11, 12]) expect(await track('counted', { number })).toBe(200)
    const ran = await program(13)
    expect(ran, ran.error).toMatchObject({ code: 0, error: '' })
    await relay.kill('SIGKILL')
    // It knows what the collector takes from before, and answers at once.
    relay = await startRelay(folder, server.url, ['--policy', 'policy.yaml'], relay.port)
    expect(await track('counted', { number: 14 })).toBe(200)
    expect((await relay.status()).queue.bytesWaiting).toBeGreaterThan(0)
    server = await startServer({ folder, port: server.port })
    // A library that was cut off before it read its answer comes again.
    expect(await track('counted', { number: 12 })).toBe(200)
    expect(await arrived(9)).toEqual([1, 2, 3, 10, 11, 12, 13, 14, marks.kept])
    const { queue } = await eventually(
      () => relay.status(),
      ({ queue: { bytesWaiting } }) => bytesWaiting === 0
    )
    expect(queue).toMatchObject({ bytesWaiting: 0, unreadable: 0 })
  })

  it('hears nothing from a program whose user said no', async () => {
    const before = (await relay.status()).queue.handedOn
    const ran = await program(20, { DO_NOT_TRACK: '1' })
    expect(ran.code).toBe(0)
    expect((await relay.status()).queue).toMatchObject({ handedOn: before, bytesWaiting: 0 })
  })

  it('asks its collector for what only that can answer', async () => {
    const known = await fetch(`${relay.url}/.well-known/telemetry.json`)
    expect(await known.json()).toEqual(
      await (await fetch(`${server.url}/.well-known/telemetry.json`)).json()
    )
    expect((await fetch(`${relay.url}/readyz`)).status).toBe(200)
  })

  it('answers each recorded request of every client as its collector does', async () => {
    const products = join(root, 'server', 'src', 'products')
    for (const product of ['dblab', 'readyset', 'timescaledb', 'dlt'])
      for (const name of readdirSync(join(products, product, 'fixtures'))) {
        if (!name.endsWith('.http')) continue
        const bytes = readFileSync(join(products, product, 'fixtures', name))
        const [here, there] = [await sendRaw(relay.port, bytes), await sendRaw(server.port, bytes)]
        expect(here.status, `${product} ${name}`).toBe(there.status)
      }
  })

  it('does not start with a policy that has a word nobody reads', async () => {
    const start = async (policy: string): Promise<string> => {
      writeFileSync(join(folder, 'wrong.yaml'), policy)
      const flags = ['--port', '0', '--data', 'other', '--policy', 'wrong.yaml']
      const where = { data: server.data, folder }
      return (await runCandor(where, ['relay', '--collector', server.url, ...flags])).error
    }
    expect(await start('products: { counter: { drop: { fields: [wieght] } } }')).toContain(
      'counter has no field wieght'
    )
    expect(await start('products: { counter: { add: { fields: [weight] } } }')).toContain('add')
  })
})

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
