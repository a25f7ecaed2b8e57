/**
 * From a program's call to an answered question: the SDK against the real collector, also when its
 * senders are killed.
 */
import { appendFileSync, mkdirSync, mkdtempSync, readFile, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseContract, sdkForm } from '@candor/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ContractForm } from '../../sdk/src/index.ts'
import type { Preview, VersionStatus } from '../../sdk/src/telemetry.ts'
import {
  ask,
  eventually,
  query,
  removeServer,
  root,
  runCandor,
  startServer,
  type RunningServer
} from './world/candor-server.ts'
import type { HostOrder } from './world/sdk/sdk-host.ts'
import { bundleHost, startProgram, type Host, type Ran } from './world/sdk/sdk-programs.ts'

const contractText = `candor: 1
product: counter
title: Counter
purpose: To count.
recipients: [{ name: Counter e.V., where: Germany, for: counting }]
retention: { records: 90 days, aggregates: 25 months, backups: 30 days }
consent: { default: opt-out, levels: { basic: Numbers. } }
identity: { kind: persistent, random: true, says: a random id }
environment: [class, automation]
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
version_check: { feed: releases.yaml, says: Looks for new versions. }
controls: [{ variable: COUNTER_TELEMETRY, off: "off" }]
`

const dayMs = 86_400_000

describe('a program with the SDK', () => {
  let host: Host
  let server: RunningServer
  let folder: string
  let form: ContractForm
  beforeAll(async () => {
    host = await bundleHost()
    folder = mkdtempSync(join(tmpdir(), 'candor-sdk-collector-'))
    mkdirSync(join(folder, 'counter'))
    writeFileSync(join(folder, 'counter', 'contract.yaml'), contractText)
    const parsed = parseContract(contractText)
    if (!('contract' in parsed)) throw new Error(JSON.stringify(parsed))
    form = JSON.parse(JSON.stringify(sdkForm(parsed.contract))) as ContractForm
    server = await startServer({ folder, configuration: 'products: [counter]\n' })
  })
  afterAll(async () => {
    host.remove()
    await removeServer(server)
  })

  const run = (order: Partial<HostOrder>): Promise<Ran> =>
    startProgram(host, { form, folder: join(folder, 'user'), endpoint: server.url, ...order }).ended
  const last = (ran: Ran): unknown => JSON.parse(ran.out.trim().split('\n').at(-1) ?? '')
  const numbers = async (): Promise<readonly number[]> =>
    (await query(server, 'SELECT number FROM counter WHERE number IS NOT NULL')).rows.map(
      ({ number }) => Number(number)
    )

  it('is asked about a moment after it has delivered', async () => {
    const ran = await run({ count: 3, flush: true })
    expect(ran, ran.error).toMatchObject({ code: 0, error: '' })
    expect(last(ran)).toEqual({ is: 'sent', reports: 1, records: 3, dropped: [] })
    const answered = await eventually(
      () => ask(server, 'events', 'counter'),
      ({ rows }) => Number(rows[0]?.['records']) === 3
    )
    expect(answered.rows).toMatchObject([{ name: 'counted', records: 3, installations: 1 }])
    expect((await numbers()).toSorted()).toEqual([0, 1, 2])
  })

  it('shows beforehand what then arrives', async () => {
    const { bodies } = last(await run({ from: 100, count: 2, call: 'preview' })) as Preview
    expect(JSON.parse(bodies[0] ?? '{}')).toMatchObject({
      product: 'counter',
      runs: [{ records: [{}, {}] }]
    })
    expect(last(await run({ flush: true, clockAheadMs: 2 * dayMs }))).toMatchObject({
      is: 'sent',
      records: 2
    })
    expect(await eventually(numbers, (found) => found.includes(101))).toEqual(
      expect.arrayContaining([100, 101])
    )
  })

  it('carries the contract that its collector publishes, and its test event is answered and told apart', async () => {
    expect(last(await run({ call: 'verify' }))).toEqual({ is: 'same' })
    expect(
      last(await run({ form: { ...form, digest: `sha256:${'0'.repeat(64)}` }, call: 'verify' }))
    ).toMatchObject({
      is: 'differs',
      published: [form.digest]
    })
    expect(last(await run({ call: 'test' }))).toMatchObject({ is: 'answered', status: 200 })
    const rows = await eventually(
      async () =>
        (await query(server, "SELECT installation FROM counter WHERE automation = 'test'")).rows,
      (found) => found.length > 0
    )
    expect(rows).toHaveLength(1)
  })

  it('reads the signed list of releases, and tells what applies to it', async () => {
    expect((await runCandor(server, ['keys', 'create'])).code).toBe(0)
    expect(
      (await runCandor(server, ['release', 'add', '1.27.0', '--product', 'counter'])).code
    ).toBe(0)
    const { feedKeys } = await eventually(
      async () =>
        (await (await fetch(`${server.url}/.well-known/telemetry.json`)).json()) as {
          feedKeys: { id: string; key: string }[]
        },
      (told) => told.feedKeys.length > 0
    )
    const withKeys = {
      ...form,
      versionCheck: {
        says: 'Looks for new versions.',
        keys: feedKeys.map(({ id, key }) => ({ id, key }))
      }
    }
    let ahead = 0
    const status = await eventually(
      async () =>
        last(
          await run({
            form: withKeys,
            call: 'versions',
            clockAheadMs: (ahead += 2 * dayMs) % (10 * dayMs)
          })
        ) as VersionStatus,
      ({ newest }) => newest === '1.27.0'
    )
    expect(status).toMatchObject({ is: 'known', newest: '1.27.0', outdated: true, advisories: [] })
  })

  it('is told the same by any static host that has the exported files', async () => {
    const osv = join(root, 'server/src/releases/exchange/fixtures/osv.json')
    const release = join(server.folder, 'releases', 'counter.yaml')
    appendFileSync(
      release,
      'support:\n  - { versions: "<2.0.0", end_of_security_support: 2020-01-31, end_of_life: tba }\n'
    )
    const imported = ['advisory', 'import', osv, '--product', 'counter', '--platform', 'os=linux']
    expect(await runCandor(server, imported)).toMatchObject({ code: 0, error: '' })
    const exported = join(folder, 'static')
    const wrote = await runCandor(server, ['export', 'feed', '--static', '--out', exported])
    expect(wrote, wrote.error).toMatchObject({ code: 0 })
    const site = createServer((request, response) =>
      readFile(join(exported, request.url ?? ''), (error, bytes) =>
        response.writeHead(error === null ? 200 : 404).end(error === null ? bytes : '')
      )
    )
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
    const { port } = site.address() as AddressInfo
    const { feedKeys } = (await (
      await fetch(`${server.url}/.well-known/telemetry.json`)
    ).json()) as { feedKeys: { id: string; key: string }[] }
    const keys = feedKeys.map(({ id, key }) => ({ id, key }))
    const ask = async (from: string, url: string | undefined): Promise<VersionStatus> => {
      const versionCheck = { says: 'Looks.', keys, ...(url === undefined ? {} : { url }) }
      const place = { folder: join(folder, from), form: { ...form, versionCheck } }
      return last(await run({ ...place, call: 'versions', version: '1.9.0' })) as VersionStatus
    }
    try {
      const statically = await ask('static-user', `http://127.0.0.1:${port}/v1/feed/counter.json`)
      expect(statically).toMatchObject({
        is: 'known',
        newest: '1.27.0',
        advisories: [{ id: 'GHSA-aaaa-bbbb-cccc', severity: 'medium', fixed: '2.14.3' }],
        support: { securityUntil: '2020-01-31' },
        says: expect.stringContaining('no security fixes since 2020-01-31')
      })
      const fromCollector = await eventually(
        () => ask(`user-${Math.random()}`, undefined),
        ({ advisories }) => advisories.length > 0
      )
      expect(fromCollector).toEqual(statically)
    } finally {
      site.close()
    }
  })

  it('speaks Segment to it as well, and every part of it is understood', async () => {
    const ran = await run({
      folder: join(folder, 'segment-user'),
      from: 900,
      count: 2,
      flush: true,
      writeKey: 'counter'
    })
    expect(last(ran)).toEqual({ is: 'sent', reports: 1, records: 2, dropped: [] })
    expect(await eventually(numbers, (found) => found.includes(901))).toEqual(
      expect.arrayContaining([900, 901])
    )
    const { rows } = await query(server, 'SELECT version FROM counter WHERE number = 900')
    expect(rows).toEqual([{ version: '1.26.0' }])
    expect((await ask(server, 'drift', 'counter')).rows).toEqual([])
  })

  it('has what it sent erased by its own keys', async () => {
    const elsewhere = join(folder, 'other-user')
    await run({ folder: elsewhere, from: 500, count: 2, flush: true })
    expect(await eventually(numbers, (found) => found.includes(501))).toContain(501)
    expect(last(await run({ folder: elsewhere, call: 'forget' }))).toEqual({
      is: 'requested',
      keys: 1
    })
    // Erased each hour, and at each start.
    await server.kill('SIGTERM')
    server = await startServer({ folder, port: server.port })
    const left = await eventually(numbers, (found) => found.length > 0 && !found.includes(501), 60)
    expect(left).not.toContain(500)
    expect(left).toContain(0)
    rmSync(elsewhere, { recursive: true, force: true })
  }, 120_000)

  it('whose senders are killed at any moment is stored once', async () => {
    const user = join(folder, 'killed')
    const promised: number[] = []
    let from = 10_000
    let random = Date.now() % 100_000
    const seed = random
    const next = (below: number): number => (random = (random * 48_271 + 1) % 2_147_483_647) % below
    for (let round = 0; round < 25; round += 1) {
      const order = {
        form,
        folder: user,
        endpoint: server.url,
        from,
        count: 30,
        flush: true,
        flushEvery: 5,
        clockAheadMs: round * (dayMs / 3)
      }
      const programs = [
        startProgram(host, order),
        startProgram(host, { ...order, from: from + 30 })
      ]
      from += 60
      await Promise.all(programs.map(({ began }) => began))
      await sleep(next(200))
      for (const { process: child } of programs) child.kill('SIGKILL')
      for (const { ended } of programs)
        promised.push(
          ...(await ended).out
            .split('\n')
            .filter((line) => /^\d+$/.test(line))
            .map(Number)
        )
    }
    for (const days of [9, 11, 13])
      await run({ folder: user, flush: true, clockAheadMs: days * dayMs })
    const stored = await eventually(
      async () => (await numbers()).filter((number) => number >= 10_000),
      (found) => promised.every((number) => found.includes(number))
    )
    expect({
      seed,
      lost: promised.filter((number) => !stored.includes(number)),
      twice: stored.filter((number, index) => stored.indexOf(number) !== index)
    }).toEqual({ seed, lost: [], twice: [] })
    expect(promised.length).toBeGreaterThan(25)
  }, 180_000)
})
