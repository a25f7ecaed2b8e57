import { beforeEach, describe, expect, it } from 'vitest'
import { Budgets } from './budgets.ts'

let now = 0
const budgets = (): Budgets =>
  new Budgets(
    { now: () => now },
    { share: { burst: 10, perHour: 60 }, most: { burst: 30, perHour: 120 } }
  )
beforeEach(() => {
  now = 1_000_000_000
})

describe('what a network may take', () => {
  it('is its share, then is above it, then is turned away; and never touches another’s', () => {
    const mine = budgets()
    const taken = Array.from({ length: 4 }, () => mine.take('a', 'dlt', 10))
    expect(taken).toEqual(['within', 'over', 'over', 'far-over'])
    expect(mine.take('b', 'dlt', 10)).toBe('within')
    expect(mine.take('a', 'readyset', 10)).toBe('within')
    expect(mine.state()).toEqual({ over: 20, farOver: 10, buckets: 3 })
  })

  it('comes back with time, never more than at first, and not by a clock that was set back', () => {
    const mine = budgets()
    mine.take('a', 'x', 10)
    now += 10 * 60_000
    expect(mine.take('a', 'x', 10)).toBe('within')
    now -= 86_400_000
    expect(mine.take('a', 'x', 1)).toBe('over')
    now += 365 * 86_400_000
    expect([mine.take('a', 'x', 10), mine.take('a', 'x', 1)]).toEqual(['within', 'over'])
  })

  it('is not counted for whoever has no share of their own', () => {
    const mine = budgets()
    expect(mine.take(undefined, 'dlt', 1_000_000)).toBe('within')
    expect(mine.state()).toEqual({ over: 0, farOver: 0, buckets: 0 })
  })

  it('is remembered of a bounded number of networks', () => {
    const mine = budgets()
    for (let count = 0; count < 50_010; count += 1) mine.take(`n${count}`, 'dlt', 1)
    expect(mine.state().buckets).toBe(50_000)
  })
})
