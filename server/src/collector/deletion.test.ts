import { hash } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openTestCollector, sampleContract, START, type TestCollector, wireRecord } from './collector.test-support.ts'

const key = 'k'.repeat(43)
const deletion = `sha256:${hash('sha256', key, 'hex')}`
let test: TestCollector

beforeEach(async () => {
  test = await openTestCollector()
})

afterEach(() => test.close())

it('erases from the inbox what carried the hash of a revealed key, and keeps no later report with it', async () => {
  await test.collect([wireRecord({ rows: 1 }, { source: { deletion } }), wireRecord({ rows: 20 })])
  expect(await test.deletions.requestDeletion({ product: 'sample', keys: [key] })).toEqual({ is: 'requested' })
  expect(await test.deletions.eraseFromInbox()).toBe(1)
  expect(await test.collect([wireRecord({}, { source: { deletion } })])).toEqual([
    { is: 'dropped', dropped: [{ code: 'DELETED' }] }
  ])
  expect((await test.rows()).map((row) => row['rows'])).toEqual([10])
})

it('answers the same whether it found something or not', async () => {
  expect(await test.deletions.requestDeletion({ product: 'sample', keys: ['never seen'] })).toEqual({ is: 'requested' })
})

it.each([
  ['unknown-product', 'jane', ['k']],
  ['no-keys', 'sample', []],
  ['too-many-keys', 'sample', Array.from({ length: 101 }, (_, n) => `k${n}`)],
  ['key-malformed', 'sample', ['k', 7]],
  ['key-malformed', 'sample', ['k'.repeat(201)]]
] as const)('refuses %s', async (because, product, keys) => {
  expect(await test.deletions.requestDeletion({ product, keys })).toEqual({ is: 'refused', because })
  expect(test.deletions.pendingTombstones.list()).toEqual([])
})

it('accepts as many keys as its limit says', async () => {
  const keys = Array.from({ length: 100 }, (_, n) => `k${n}`)
  expect(await test.deletions.requestDeletion({ product: 'sample', keys })).toEqual({ is: 'requested' })
  expect(test.deletions.pendingTombstones.list()).toHaveLength(100)
})

it('erases what an installation reported in any key epoch, until its request, and lets it go on', async () => {
  await test.collect([wireRecord({ rows: 1 })])
  await test.keyring.rotate()
  await test.collect([wireRecord({ rows: 1 }), wireRecord({ rows: 20 }, { source: { installation: 'machine-2' } })])
  expect(await test.deletions.requestByInstallation({ product: 'sample', installation: 'machine-1' })).toEqual({
    is: 'requested'
  })
  test.now += 1
  await test.collect([wireRecord({ rows: 200 })])
  expect(await test.deletions.eraseFromInbox()).toBe(2)
  expect((await test.rows()).map((row) => row['rows'])).toEqual([10, 100])
})

it('refuses deletion by installation where ids can be guessed', async () => {
  await test.close()
  test = await openTestCollector({ contracts: [sampleContract.replace(', random: true', '')] })
  expect(await test.deletions.requestByInstallation({ product: 'sample', installation: 'machine-1' })).toEqual({
    is: 'refused',
    because: 'ids-not-random'
  })
})

it('hands the store what it has still to erase, once', async () => {
  await test.deletions.requestDeletion({ product: 'sample', keys: [key] })
  const [pending] = test.deletions.pendingTombstones.list()
  expect(pending).toMatchObject({ product: 'sample', kind: 'deletion', digest: hash('sha256', key, 'hex'), requestedAt: START })
  expect(Number(pending?.expiresAt) - START).toBeGreaterThan(90 * 86_400_000)
  await test.deletions.pendingTombstones.applied(pending === undefined ? [] : [pending], START + 5)
  expect(test.deletions.pendingTombstones.list()).toEqual([])
  expect(test.inbox.tombstones.list('sample')).toMatchObject([{ appliedAt: START + 5 }])
})
