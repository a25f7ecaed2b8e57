/** Does the doctor tell what the store and its jobs have to say? */
import { expect, it } from 'vitest'
import { examineStore, type StoreSources } from './doctor-store.ts'

const well: StoreSources = {
  readerRights: () => Promise.resolve('held'),
  clock: () => ({ is: 'believed' })
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
