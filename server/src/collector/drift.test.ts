import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  decoded,
  openTestCollector,
  START,
  type TestCollector,
  wireRecord
} from './collector.test-support.ts'

let test: TestCollector

beforeEach(async () => {
  test = await openTestCollector()
})

afterEach(() => test.close())

it('shows a name only when five installations sent it, and a digest until then', async () => {
  for (const installation of ['a', 'b', 'c', 'd', 'd']) await send({ hostname: 1 }, installation)
  const [first] = await drift()
  expect(first).toMatchObject({
    product: 'sample',
    day: '2026-11-20',
    record: 'load',
    kind: 'number',
    reason: 'FIELD_NOT_IN_CONTRACT',
    count: 1
  })
  expect(first).not.toHaveProperty('name')
  await send({ hostname: 1 }, 'e')
  const [last] = await drift()
  expect(last).toMatchObject({
    name: 'hostname',
    name_digest: first?.['name_digest'],
    received_at: START
  })
})

it('never shows a name that is no plain word or is a key of a collection, however common', async () => {
  for (let n = 0; n < 9; n++)
    await send(
      { 'Jane Doe': 1, sizes: { jane: 1 }, nested: { Jane: 1 }, 'jane@example.org': 1 },
      `i${n}`
    )
  expect(JSON.stringify(await drift())).not.toMatch(/jane/i)
})

it('does not let the keys of collections make a name common', async () => {
  await send({ 'sizes.jane': 1 }, 'i0')
  for (let n = 0; n < 9; n++) await send({ sizes: { jane: 1 } }, `i${n}`)
  expect(JSON.stringify(await drift())).not.toContain('jane')
})

it('counts records without an installation as nobody', async () => {
  for (let n = 0; n < 9; n++) await send({ hostname: 1 }, undefined)
  const rows = await drift()
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({ count: 9 })
  expect(rows[0]).not.toHaveProperty('name')
})

it('shows at once a name that a contract has printed', async () => {
  await send({ success: 'perhaps' }, 'a')
  await test.collect([wireRecord({}, { name: 'other_event' })])
  const rows = await drift()
  expect(rows.map((row) => [row['name'], row['reason'], row['record']])).toEqual([
    ['success', 'FIELD_WRONG_TYPE', 'load'],
    [undefined, 'RECORD_NOT_IN_CONTRACT', undefined]
  ])
})

it('counts undeclared parts of the environment on our own wire only', async () => {
  const source = { environment: { os: 'linux', gpu: 'x' } }
  await test.collect([wireRecord({}, { source }), wireRecord({}, { source, wire: 'native' })])
  expect(await drift()).toMatchObject([
    { kind: 'string', reason: 'FIELD_NOT_IN_CONTRACT', count: 1 }
  ])
})

it('knows at most two hundred names of a product, and calls the rest other', async () => {
  for (let n = 0; n < 30; n++)
    await send(
      Object.fromEntries(Array.from({ length: 10 }, (_, k) => [`field_${n * 10 + k}`, 1])),
      `i${n}`
    )
  const rows = await drift()
  const others = rows.filter((row) => row['name'] === '(other)')
  expect(others.reduce((sum, row) => sum + Number(row['count']), 0)).toBe(100)
  expect(new Set(rows.map((row) => row['name_digest'])).size).toBe(201)
})

it('lets one sender bring twenty new names a day, so that the others’ can still be seen', async () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, k) => [`noise_${k}`, 1]))
  for (let round = 0; round < 3; round++) await send(many, 'hostile')
  expect(await drift()).toHaveLength(21)
  for (const installation of ['a', 'b', 'c', 'd', 'e']) await send({ hostname: 1 }, installation)
  expect(await shown()).toEqual(['hostname'])
})

it('lets one network bring no more, however many installations it makes up', async () => {
  for (let n = 0; n < 12; n++) {
    const fields = Object.fromEntries(Array.from({ length: 20 }, (_, k) => [`noise_${n}_${k}`, 1]))
    await test.collector.collect(
      decoded([wireRecord(fields, { source: { installation: `made-up-${n}` } })]),
      { protocol: 'test', receivedAt: START, network: '8.8.8.0/24' }
    )
  }
  const names = new Set((await drift()).map((row) => row['name_digest']))
  expect(names.size).toBe(21)
})

it('forgets names that nobody sends any more, and sees new ones again', async () => {
  for (let n = 0; n < 20; n++)
    await send(
      Object.fromEntries(Array.from({ length: 10 }, (_, k) => [`old_${n * 10 + k}`, 1])),
      `i${n}`
    )
  await drift()
  test.now += 86_400_000
  await send({ fresh: 1 }, 'a')
  expect(await shown()).toEqual(['(other)'])
  test.now += 86_400_000
  for (const installation of ['a', 'b', 'c', 'd', 'e']) await send({ fresh: 1 }, installation)
  expect(await shown()).toEqual(['fresh'])
})

it('keeps what clients lost before sending, under a reason of its own', async () => {
  await test.collect([wireRecord({}, { source: { installation: 'a', lost: 7 } })])
  expect(await drift()).toMatchObject([{ name: '(lost)', reason: 'LOST_BY_CLIENT', count: 7 }])
})

it('keeps its memory within bounds while the inbox refuses, whatever comes meanwhile', async () => {
  const { append } = test.inbox
  test.inbox.append = () => Promise.reject(new Error('refused'))
  for (let n = 0; n < 25_000; n += 500) {
    await test
      .collect(
        Array.from({ length: 500 }, (_, k) =>
          wireRecord({ hostname: 1 }, { source: { installation: `i${n + k}` } })
        )
      )
      .catch(() => undefined)
    await test.drift.flush()
  }
  test.inbox.append = append
  expect((await drift()).length).toBeLessThanOrEqual(10_002)
})

it('keeps within its bounds what the inbox gave back and what came meanwhile, and loses no count', async () => {
  const { append } = test.inbox
  const send500 = (first: number): Promise<unknown> =>
    test.collect(
      Array.from({ length: 500 }, (_, k) =>
        wireRecord({ hostname: 1 }, { source: { installation: `i${first + k}` } })
      )
    )
  for (let n = 0; n < 10_000; n += 500) await send500(n)
  let refuse: (error: Error) => void = () => undefined
  test.inbox.append = (appended) =>
    appended.parts[0]?.rows[0]?.table === 'drift_rows'
      ? new Promise((_, reject) => (refuse = reject))
      : append.call(test.inbox, appended)
  const flushed = test.drift.flush()
  for (let n = 10_000; n < 20_000; n += 500) await send500(n)
  refuse(new Error('refused'))
  await flushed
  test.inbox.append = append
  const rows = await drift()
  expect(rows.length).toBeLessThanOrEqual(10_002)
  expect(rows.reduce((sum, row) => sum + Number(row['count']), 0)).toBe(20_000)
})

it('keeps its memory within bounds and loses no count', async () => {
  for (let n = 0; n < 15_000; n += 500) {
    await test.collect(
      Array.from({ length: 500 }, (_, k) =>
        wireRecord({ hostname: 1 }, { source: { installation: `i${n + k}` } })
      )
    )
  }
  const rows = await drift()
  expect(rows.length).toBeLessThanOrEqual(10_002)
  expect(rows.reduce((sum, row) => sum + Number(row['count']), 0)).toBe(15_000)
})

it('keeps its counts while the inbox refuses', async () => {
  await send({ hostname: 1 }, 'a')
  const { append } = test.inbox
  test.inbox.append = () => Promise.reject(new Error('refused'))
  await test.drift.flush()
  test.inbox.append = append
  await send({ hostname: 1 }, 'a')
  expect(await drift()).toMatchObject([{ count: 2 }])
})

async function send(fields: object, installation: string | undefined): Promise<void> {
  await test.collect([wireRecord(fields, { source: { installation } })])
}

async function drift(): Promise<Record<string, unknown>[]> {
  await test.drift.flush()
  return test.rows('drift_rows')
}

/** The names that the latest rows show. */
async function shown(): Promise<readonly unknown[]> {
  return [...new Set((await drift()).map(({ name }) => name))]
}
