/** Does the doctor tell what the store and its jobs have to say? */
import { expect, it } from 'vitest'
import { examineStore, type StoreSources } from './doctor-store.ts'

const tombstones = { pending: 0, oldestPendingAt: undefined, strangers: 1, strangersMax: 10 }
const well: StoreSources = {
  readerRights: () => Promise.resolve('held'),
  clock: () => ({ is: 'believed' }),
  secret: { is: 'same', since: 0 },
  arePrepared: () => true,
  waitsFor: () => undefined,
  held: () => [],
  tombstones: () => tombstones,
  ahead: () => Promise.resolve([]),
  now: () => 100 * 3_600_000
}

async function told(changes: Partial<StoreSources>): Promise<readonly string[]> {
  const checks = await examineStore({ ...well, ...changes })
  return checks
    .filter(({ is }) => is !== 'ok')
    .map(({ name, is, says }) => `${is} ${name}: ${says}`)
}

it('says nothing to do while all is well', async () => {
  expect(await told({})).toEqual([])
})

it('says which rights the user of SQL has that it should not have, or lacks', async () => {
  const rights = async (is: 'missing' | 'too-wide' | 'unable'): Promise<readonly string[]> =>
    told({ readerRights: () => Promise.resolve(is) })
  expect(await rights('missing')).toEqual([
    expect.stringMatching(/^warning users' SQL: is not run/)
  ])
  expect(await rights('too-wide')).toEqual([expect.stringMatching(/^failed .*more than/)])
  expect(await rights('unable')).toEqual([expect.stringMatching(/^failed .*may not read/)])
  expect(await told({ readerRights: () => Promise.reject(new Error('away')) })).toHaveLength(1)
})

it('says that the clock is not believed, and how to say that it is right', async () => {
  const held = { is: 'held', since: 0, says: 9e12, believes: 1_795_000_000_000 } as const
  expect(await told({ clock: () => held })).toEqual([
    expect.stringMatching(/^failed clock: .*2255-.*2026-11.*candor clock believe$/)
  ])
})

it('says that the secret is another than the one that made the tokens', async () => {
  expect(await told({ secret: { is: 'another', since: 1_795_000_000_000 } })).toEqual([
    expect.stringMatching(/^failed secret: another than before since 2026-11-18T11:06Z.*put back$/)
  ])
})

it('says that questions wait while the tables are being made', async () => {
  expect(await told({ arePrepared: () => false })).toEqual([
    expect.stringMatching(/^warning tables: are being made/)
  ])
})

it('says that deletions are late, and that strangers use up their share', async () => {
  const late = { ...tombstones, pending: 3, oldestPendingAt: 70 * 3_600_000 }
  expect(await told({ tombstones: () => late })).toEqual([
    expect.stringMatching(/^failed deletions: 3 still to be carried out, the oldest for 30 h/)
  ])
  expect(await told({ tombstones: () => ({ ...tombstones, strangers: 9 }) })).toEqual([
    'warning deletions: 9 of 10 that strangers may ask for match nothing'
  ])
})

it('says which product the store can’t hold, and why', async () => {
  const held = [{ product: 'acme', says: 'give the changed field a new name.' }]
  expect(await told({ held: () => held })).toEqual([
    expect.stringMatching(/^failed tables of acme: nothing of it is loaded.*a new name\.$/)
  ])
})

it('tells of records that lie on days which have not begun', async () => {
  const ahead = (): ReturnType<StoreSources['ahead']> =>
    Promise.resolve([{ product: 'dlt', records: 12 }])
  expect((await told({ ahead })).join()).toContain('records of dlt')
})
