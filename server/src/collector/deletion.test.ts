import { hash } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  compiled,
  openTestCollector,
  sampleContract,
  START,
  type TestCollector,
  wireRecord
} from './collector.test-support.ts'
import { senderTokensOf } from './deletion.ts'

const key = 'k'.repeat(43)
const digest = hash('sha256', key, 'hex')
const deletion = `sha256:${digest}`
let test: TestCollector

beforeEach(async () => {
  test = await openTestCollector()
})

afterEach(() => test.close())

it('erases from the inbox what carried the hash of a revealed key, and keeps no later report with it', async () => {
  await test.collect([wireRecord({ rows: 1 }, { source: { deletion } }), wireRecord({ rows: 20 })])
  await test.deletions.requestDeletion({ product: 'sample', keys: [key] })
  expect(await test.deletions.eraseFromInbox()).toBe(1)
  expect(await test.collect([wireRecord({}, { source: { deletion } })])).toEqual([
    { is: 'dropped', dropped: [{ code: 'DELETED' }] }
  ])
  expect((await test.rows()).map((row) => row['rows'])).toEqual([10])
})

it('erases what an installation reported in any key epoch, until its request, and lets it go on', async () => {
  await test.collect([wireRecord({ rows: 1 })])
  await test.keyring.rotate()
  await test.collect([
    wireRecord({ rows: 1 }),
    wireRecord({ rows: 20 }, { source: { installation: 'machine-2' } })
  ])
  await test.deletions.requestDeletion({ product: 'sample', keys: ['machine-1'] })
  test.now += 1
  await test.collect([wireRecord({ rows: 200 })])
  expect(await test.deletions.eraseFromInbox()).toBe(2)
  expect((await test.rows()).map((row) => row['rows'])).toEqual([10, 100])
})

it("deletes nothing by an id where ids can be guessed, but does on an operator's word", async () => {
  await test.close()
  test = await openTestCollector({ contracts: [sampleContract.replace(', random: true', '')] })
  await test.collect([wireRecord({ rows: 1 })])
  await test.deletions.requestDeletion({ product: 'sample', keys: ['machine-1'] })
  expect(await test.deletions.eraseFromInbox()).toBe(0)
  await test.deletions.requestErasure(
    'sample',
    test.keyring
      .tokensInAllEpochs('installation', 'sample', 'machine-1')
      .map((token) => ({ kind: 'installation', token }))
  )
  expect(await test.deletions.eraseFromInbox()).toBe(1)
})

it('hands the store what it has still to erase, once', async () => {
  await test.deletions.requestDeletion({ product: 'sample', keys: [key] })
  const [pending, ...others] = test.deletions.pendingTombstones.list()
  expect(pending).toMatchObject({ product: 'sample', kind: 'deletion', digest, requestedAt: START })
  expect(Number(pending?.expiresAt) - START).toBe(30 * 86_400_000)
  await test.deletions.pendingTombstones.applied(
    pending === undefined ? [] : [pending, ...others],
    START + 5
  )
  expect(test.deletions.pendingTombstones.list()).toEqual([])
  expect(test.inbox.tombstones.list('sample')).toMatchObject([
    { appliedAt: START + 5 },
    { appliedAt: START + 5 }
  ])
})

it('remembers a key that was found for ever, and one that was not for thirty days', async () => {
  await test.collect([wireRecord({ rows: 1 }, { source: { deletion } })])
  const other = 'o'.repeat(43)
  await test.deletions.requestDeletion({ product: 'sample', keys: [key, other] })
  await test.deletions.eraseFromInbox()
  const has = (one: string): boolean =>
    test.inbox.tombstones.has('deletion', hash('sha256', one, 'hex'))
  test.now += 31 * 86_400_000
  await test.inbox.sweep(test.now)
  expect([has(key), has(other)]).toEqual([true, false])
  test.now += 4_000 * 86_400_000
  await test.inbox.sweep(test.now)
  expect(has(key)).toBe(true)
  expect(await test.collect([wireRecord({}, { source: { deletion } })])).toEqual([
    { is: 'dropped', dropped: [{ code: 'DELETED' }] }
  ])
})

it('finds one id in each window whose records are still kept', async () => {
  const contract = compiled(
    sampleContract.replace('kind: persistent', 'kind: window, days: 7')
  ).contract
  const inWindow = (window: string): string =>
    test.keyring.installation('sample', `${window}\nmachine-1`)
  const tokens = senderTokensOf(contract, ' machine-1', { keyring: test.keyring, now: START }).map(
    ({ token }) => token
  )
  for (const window of ['2026-W47', '2026-W46', '2026-W35'])
    expect(tokens, window).toContain(inWindow(window))
  expect(tokens).not.toContain(inWindow('2026-W20'))
})
