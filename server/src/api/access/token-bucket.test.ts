import { describe, expect, it } from 'vitest'
import { TokenBuckets } from './token-bucket.ts'

describe('a bucket of requests', () => {
  it('lets a burst through, then as many as it refills, each caller by itself', () => {
    let now = 0
    const buckets = new TokenBuckets({ now: () => now }, { burst: 3, perSecond: 2 })
    expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([0, 0, 0, 1])
    expect(buckets.take('b')).toBe(0)
    now = 500
    expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 1])
    now = 60_000
    expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([0, 0, 0, 1])
  })

  it('takes nothing from anybody when the clock is set back', () => {
    let now = 100_000
    const buckets = new TokenBuckets({ now: () => now }, { burst: 2, perSecond: 1 })
    expect(buckets.take('a')).toBe(0)
    now = 0
    expect(buckets.take('a')).toBe(0)
  })
})
