import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { MarkTable } from './mark-table.ts'

const digest = (index: number): string =>
  createHash('sha256').update(`${index}`).digest('hex').slice(0, 32)

it('finds every mark among a hundred thousand, and hardly ever asks the log for one that is not there', () => {
  const table = new MarkTable()
  for (let index = 0; index < 100_000; index++)
    table.add(digest(index), { seconds: 100, log: index, index: 7 }, 0)
  let asked = 0
  for (let index = 0; index < 100_000; index++)
    expect(table.has(digest(index), 0, (_, { log }) => log === index)).toBe(true)
  for (let index = 100_000; index < 200_000; index++) table.has(digest(index), 0, () => ++asked < 0)
  expect(asked).toBeLessThan(100)
})

it('forgets a mark once its second is over', () => {
  const table = new MarkTable()
  table.add(digest(1), { seconds: 10, log: 1, index: 0 }, 0)
  expect(table.has(digest(1), 10_999, () => true)).toBe(true)
  expect(table.has(digest(1), 11_000, () => true)).toBe(false)
})

it('lets go of expired marks instead of growing for them', () => {
  const table = new MarkTable()
  for (let round = 0; round < 50; round++) {
    for (let index = 0; index < 2_000; index++) {
      table.add(
        digest(round * 2_000 + index),
        { seconds: round, log: round, index },
        (round + 1) * 1_000
      )
    }
  }
  expect(table.has(digest(1), 0, () => true)).toBe(false)
})
