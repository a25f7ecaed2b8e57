import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  compiled,
  decoded,
  openTestCollector,
  sampleContract,
  START,
  type TestCollector,
  wireRecord
} from './collector.test-support.ts'

const DAY = 86_400_000
let test: TestCollector

beforeEach(async () => {
  test = await openTestCollector()
})

afterEach(() => test.close())

it('keeps what the contract declares, re-keyed and coarse, and nothing else', async () => {
  const outcomes = await test.collect([
    wireRecord(
      {
        elapsed: 1.23456,
        success: true,
        target: 'oracle',
        name: 'customers',
        rows: 57,
        hostname: 'db1.internal',
        sizes: { small: 14, huge: 3 }
      },
      {
        source: {
          account: 'jane',
          version: '1.2.3',
          session: 's1',
          environment: { os: 'Linux', locale: 'de' }
        }
      }
    )
  ])
  const [row] = await test.rows()
  expect(row).toMatchObject({
    name: 'load',
    kind: 'event',
    elapsed: 1.23,
    success: true,
    target: 'other',
    rows: 10,
    sizes: { small: 10 }
  })
  expect(row).toMatchObject({
    version: '1.2.3',
    os: 'linux',
    protocol: 'test',
    occurred_from: 'none',
    received_at: START,
    key_epoch: 1
  })
  expect(row?.['installation']).toBe(test.keyring.installation('sample', 'machine-1'))
  expect(row?.['account']).toBe(test.keyring.account('sample', 'jane'))
  expect(JSON.stringify(row)).not.toMatch(/customers|hostname|internal|huge|machine-1|jane|locale/)
  expect(outcomes).toEqual([
    { is: 'kept', dropped: [{ code: 'FIELD_NOT_IN_CONTRACT' }, { code: 'KEY_NOT_IN_CONTRACT' }] }
  ])
})

it.each([
  'null',
  'undefined',
  ' ',
  '0',
  '0000',
  '""',
  'NaN',
  '00000000-0000-0000-0000-000000000000'
])('takes %j for nobody, and not for one sender that thousands are', async (id) => {
  await test.collect([wireRecord({}, { source: { installation: id, account: id } })])
  const [row] = await test.rows()
  expect(row).toBeDefined()
  expect(row).not.toHaveProperty('installation')
  expect(row).not.toHaveProperty('account')
})

it('ties a chosen name to its installation', async () => {
  const owners = ['a', 'a', 'b', undefined, undefined]
  await test.collect(
    owners.map((installation) => wireRecord({ name: 'customers' }, { source: { installation } }))
  )
  const places = (await test.rows()).map((row) => row['place'])
  expect(places[0]).toBe(places[1])
  expect(new Set(places).size).toBe(4)
})

it('tells our SDK which of its fields was left out, but never a key of a collection', async () => {
  const native = { wire: 'native', source: { level: 'full' } } as const
  const [outcome] = await test.collect([
    wireRecord({ elapsed: 'long', hostname: 1, sizes: { 'jane@example.org': 1 } }, native)
  ])
  expect(outcome?.dropped).toContainEqual({ code: 'FIELD_WRONG_TYPE', field: 'elapsed' })
  expect(outcome?.dropped).toContainEqual({ code: 'FIELD_NOT_IN_CONTRACT', field: 'hostname' })
  expect(JSON.stringify(outcome)).not.toContain('jane')
})

it('drops a field above the stated level, and keeps only the lowest level where a native report states none', async () => {
  const levels = ['full', 'basic', undefined]
  await test.collect(
    levels.map((level) =>
      wireRecord({ success: true, rows: 5 }, { wire: 'native', source: { level } })
    )
  )
  const rows = await test.rows()
  expect(rows.map((row) => [row['rows'], row['level']])).toEqual([
    [0, 'full'],
    [undefined, 'basic'],
    [undefined, undefined]
  ])
})

it('keeps the time of an event only within its bounds', async () => {
  const times: readonly {
    readonly occurredAt: number | undefined
    readonly skewApplied?: boolean
  }[] = [
    { occurredAt: undefined },
    { occurredAt: START - 30 * DAY },
    { occurredAt: START - 30 * DAY - 1 },
    { occurredAt: START + 300_000, skewApplied: true },
    { occurredAt: START + 300_001, skewApplied: true },
    { occurredAt: Number.NaN }
  ]
  await test.collect(times.map((time) => wireRecord({}, time)))
  expect(
    (await test.rows()).map((row) => [Number(row['occurred_at']) - START, row['occurred_from']])
  ).toEqual([
    [0, 'none'],
    [-30 * DAY, 'sent'],
    [0, 'clamped'],
    [300_000, 'corrected'],
    [0, 'clamped'],
    [0, 'none']
  ])
})

it('keeps a time as coarse as its contract says, on the day that the client meant', async () => {
  await test.close()
  test = await openTestCollector({
    contracts: [sampleContract.replace('    level: basic\n', '    level: basic\n    time: day\n')]
  })
  const midnight = Math.floor(START / DAY) * DAY
  const times = [
    { occurredAt: midnight - 5_000, skewApplied: true },
    { occurredAt: midnight + 7_000, skewApplied: true },
    { occurredAt: midnight + 7_000, skewApplied: false },
    { occurredAt: midnight - 1, skewApplied: false }
  ]
  await test.collect(times.map((time) => wireRecord({}, time)))
  expect((await test.rows()).map((row) => (Number(row['occurred_at']) - midnight) / DAY)).toEqual([
    0, 0, 0, -1
  ])
})

it('knows each record by its id for the time that the protocol says, and each copy counts as kept', async () => {
  const rule = { by: 'record', ttlMs: DAY } as const
  const outcomes = await test.collect(
    [
      message('m1'),
      message('m1'),
      message('m2'),
      message('m1', 'machine-2'),
      message(undefined),
      message(undefined)
    ],
    rule
  )
  expect(outcomes.map(({ is }) => is)).toEqual(Array.from({ length: 6 }, () => 'kept'))
  await test.collect([message('m2')], rule)
  expect(await test.rows()).toHaveLength(5)
  test.now += DAY
  await test.collect([message('m2')], rule)
  const [row] = await test.rows()
  expect(row?.['message_digest']).toMatch(/^[0-9a-f]{32}$/)
  expect(test.collector.counts().get('sample')).toMatchObject({
    received: 8,
    kept: 6,
    duplicate: 2
  })
})

it('knows a request by its body', async () => {
  const rule = { by: 'request', ttlMs: 1_000, key: Buffer.from('body'), scope: '' } as const
  await test.collect([wireRecord({ rows: 1 }), wireRecord({ rows: 20 })], rule)
  await test.collect([wireRecord({ rows: 1 }), wireRecord({ rows: 20 })], rule)
  expect(await test.rows()).toHaveLength(2)
})

it('takes a repeated request as new once the first was answered', async () => {
  const collect = (each: ReturnType<typeof request>) =>
    test.collector.collect(each, { protocol: 'test', receivedAt: test.now })
  const first = request()
  await collect(first)
  await collect(request())
  expect(await test.rows()).toHaveLength(1)
  test.collector.answered(first)
  await collect(request())
  expect(await test.rows()).toHaveLength(1)
})

it('validates against the contract that a report names, and against the newest if that one is unknown', async () => {
  await test.close()
  const older = sampleContract
    .replace('when: A load ended.', 'when: A load ended, once.')
    .replace(/ {6}rows: .*\n/, '')
  test = await openTestCollector({ contracts: [older, sampleContract] })
  const named = [compiled(older).contract.digest, `sha256:${'0'.repeat(64)}`]
  await test.collect(
    named.map((contract) =>
      wireRecord({ rows: 5 }, { wire: 'native', source: { level: 'full', contract } })
    )
  )
  const rows = await test.rows()
  expect(rows.map((row) => row['rows'])).toEqual([undefined, 0])
  expect(rows.map((row) => row['contract'])).toEqual([
    compiled(older).contract.digest,
    compiled(sampleContract).contract.digest
  ])
  await test.drift.flush()
  expect(await test.rows('drift_rows')).toMatchObject([
    { name: '(contract)', reason: 'UNKNOWN_CONTRACT', count: 1 },
    { record: 'load', name: 'rows', reason: 'FIELD_NOT_IN_CONTRACT', count: 1 }
  ])
})

it('gives an installation a new token in each window', async () => {
  await test.close()
  test = await openTestCollector({
    contracts: [sampleContract.replace('kind: persistent', 'kind: window, days: 7')]
  })
  await test.collect(
    ['2026-W47', '2026-W48', 'not a window'].map((window) => wireRecord({}, { source: { window } }))
  )
  test.now += 7 * DAY
  await test.collect([wireRecord({})])
  const rows = await test.rows()
  expect(new Set(rows.map((row) => row['installation'])).size).toBe(2)
  // A client that knows no windows is in the week that it was heard in, as our own SDK names it.
  expect(rows.map((row) => row['window'])).toEqual(['2026-W47', '2026-W48', '2026-W47', '2026-W48'])
})

it('keeps no id at all where the contract has no identity', async () => {
  await test.close()
  test = await openTestCollector({
    contracts: [
      sampleContract.replace('kind: persistent, account: true, random: true', 'kind: none')
    ]
  })
  await test.collect([wireRecord({}, { source: { account: 'jane', lineage: 'l' } })])
  const [row] = await test.rows()
  expect(row).not.toHaveProperty('installation')
  expect(row).not.toHaveProperty('account')
  expect(row).not.toHaveProperty('lineage')
})

it('keeps versions and libraries only in words that can be no secret', async () => {
  const sent = [
    { name: 'analytics-node', version: '2.1.0-rc.1+abc' },
    { name: 'janes library', version: 'jane.example.org/x' },
    { name: 'candor-ts', version: '1' }
  ]
  await test.collect(sent.map((sdk) => wireRecord({}, { source: { version: sdk.version, sdk } })))
  expect(
    (await test.rows()).map((row) => [row['version'], row['sdk_name'], row['sdk_version']])
  ).toEqual([
    ['2.1.0-rc.1', 'analytics-node', '2.1.0-rc.1'],
    [undefined, 'other', ''],
    ['1', 'candor-ts', '1']
  ])
})

it('drops unknown products, unknown events and events of a retired product, and counts them by our own words', async () => {
  const outcomes = await test.collect([
    wireRecord({}, { source: { product: 'jane' } }),
    wireRecord({}, { name: 'unload' })
  ])
  expect(outcomes.map(({ is, dropped }) => [is, dropped.map(({ code }) => code)])).toEqual([
    ['dropped', ['RECORD_NOT_IN_CONTRACT']],
    ['dropped', ['RECORD_NOT_IN_CONTRACT']]
  ])
  expect([...test.collector.counts()].map(([product, { dropped }]) => [product, dropped])).toEqual([
    ['(unknown)', { RECORD_NOT_IN_CONTRACT: 1 }],
    ['sample', { RECORD_NOT_IN_CONTRACT: 1 }]
  ])
  await test.close()
  test = await openTestCollector({ contracts: [`${sampleContract}retired: true\n`] })
  expect(await test.collect([wireRecord({})])).toEqual([
    { is: 'dropped', dropped: [{ code: 'PRODUCT_RETIRED' }] }
  ])
  expect(await test.rows()).toEqual([])
})

it('counts once what a client says it lost', async () => {
  const rule = { by: 'request', ttlMs: 1_000, key: 'report', scope: '' } as const
  const report = [wireRecord({}, { source: { lost: 7 } })]
  await test.collect(report, rule)
  await test.collect(report, rule)
  expect(test.collector.counts().get('sample')).toMatchObject({ kept: 1, duplicate: 1, lost: 7 })
})

it('quarantines what a protocol dropped before it was a record', async () => {
  const early = [
    { product: 'sample', code: 'EVENT_TOO_LARGE', name: 'load', bytes: 40_000 },
    { product: 'jane', code: 'EVENT_MALFORMED', bytes: 3, events: 7 }
  ] as const
  await test.collector.collect(
    { ...decoded([]), dropped: early },
    { protocol: 'test', receivedAt: START }
  )
  expect(await test.rows('quarantine_rows')).toEqual([
    {
      product: 'sample',
      code: 'EVENT_TOO_LARGE',
      record: 'load',
      bytes: 40_000,
      received_at: START
    }
  ])
  expect(test.collector.counts().get('sample')?.dropped).toEqual({ EVENT_TOO_LARGE: 1 })
  expect(test.collector.counts().get('(unknown)')).toMatchObject({
    received: 7,
    dropped: { EVENT_MALFORMED: 7 }
  })
})

it('quarantines no name that no contract declares, whoever says that one does', async () => {
  const early = [{ product: 'sample', code: 'EVENT_TOO_LARGE', name: 'jane', bytes: 9 }] as const
  await test.collector.collect(
    { ...decoded([]), dropped: early },
    { protocol: 'test', receivedAt: START, handover: 'a handover' }
  )
  const [row] = await test.rows('quarantine_rows')
  expect(row).toEqual({ product: 'sample', code: 'EVENT_TOO_LARGE', bytes: 9, received_at: START })
})

it.each([
  ['keeps a record of it', [wireRecord({ hostname: 'db1.internal' }, { source: { lost: 3 } })]],
  ['keeps nothing of it', [wireRecord({}, { name: 'unload', source: { lost: 3 } })]],
  ['finds no record in it', []]
])('counts what an edge handed on once, however often it comes, if it %s', async (_, records) => {
  const handed = {
    ...decoded(records),
    dropped: [
      { product: 'sample', code: 'EVENT_TOO_LARGE', bytes: 0, isOnlyCounted: true }
    ] as const
  }
  const meta = { protocol: 'test', receivedAt: START, handover: 'a handover' }
  await test.collector.collect(handed, meta)
  const once = JSON.stringify(test.collector.counts().get('sample'))
  await test.collector.collect(handed, meta)
  await Promise.all([test.collector.collect(handed, meta), test.collector.collect(handed, meta)])
  expect(JSON.stringify(test.collector.counts().get('sample'))).toBe(once)
  await test.drift.flush()
  const drift = await test.rows('drift_rows')
  expect(drift.filter(({ count }) => count !== 1 && count !== 3)).toEqual([])
  expect((await test.rows()).length).toBeLessThan(2)
})

it('counts nothing as drift when the inbox refuses, since the client will come again', async () => {
  await test.close()
  test = await openTestCollector({ limits: { bytesMax: 10 } })
  await test.collect([wireRecord({})])
  await expect(test.collect([wireRecord({ hostname: 1 })])).rejects.toMatchObject({
    code: 'INBOX_FULL'
  })
  expect(test.collector.counts().get('sample')).toMatchObject({ received: 1 })
  await test.rows()
  await test.drift.flush()
  expect(await test.rows('drift_rows')).toEqual([])
})

it('shows what is kept and dropped to those who look, with tokens cut short', async () => {
  const lines: object[] = []
  const end = test.tail.subscribe({ shows: (product) => product === 'sample' }, (line) =>
    lines.push(line)
  )
  await test.collect([
    wireRecord({ name: 'customers', hostname: 'db1.internal' }),
    wireRecord({}, { name: 'janes event' })
  ])
  end()
  await test.collect([wireRecord({})])
  expect(lines).toMatchObject([
    {
      is: 'kept',
      name: 'load',
      fields: { place: expect.stringMatching(/^[0-9a-f]{8}…$/) },
      dropped: [{ code: 'FIELD_NOT_IN_CONTRACT' }]
    },
    { is: 'dropped', dropped: [{ code: 'RECORD_NOT_IN_CONTRACT' }] }
  ])
  expect(lines).toHaveLength(2)
  expect(JSON.stringify(lines)).not.toMatch(/hostname|jane|internal|customers|[0-9a-f]{32}/)
})

function message(
  duplicateOf: string | undefined,
  installation = 'machine-1'
): ReturnType<typeof wireRecord> {
  return wireRecord({}, { duplicateOf, source: { installation } })
}

function request(): ReturnType<typeof decoded> {
  return decoded([wireRecord({})], { by: 'unanswered', ttlMs: 3_000, key: 'body', scope: '' })
}

it('hears one clock of a network, however many installations it makes up', async () => {
  const heard: string[] = []
  const listening = await openTestCollector({ hear: (sender) => heard.push(sender) })
  for (const [installation, network] of [
    ['machine-1', '8.8.8.0/24'],
    ['machine-2', '8.8.8.0/24'],
    ['machine-3', undefined]
  ] as const)
    await listening.collector.collect(
      { ...decoded([wireRecord({}, { source: { installation } })]), saidAt: START },
      { protocol: 'test', receivedAt: START, network }
    )
  expect(heard.slice(0, 2)).toEqual(['8.8.8.0/24', '8.8.8.0/24'])
  expect(heard[2]).toMatch(/^[0-9a-f]{32}$/)
  await listening.close()
})
