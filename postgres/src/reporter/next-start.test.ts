import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Job } from './look.ts'
import { nextStart } from './next-start.ts'

const HOUR_MS = 3_600_000
const daily: Job = {
  everyMs: 24 * HOUR_MS,
  runtimeMs: 100_000,
  retriesMax: -1,
  retryMs: HOUR_MS
}
const waitsOf = (job: Job, runs: number, failures: number, chance = 0.5): number =>
  nextStart({ job, runs, failures, endedAt: 1_000, chance }) - 1_000

describe('the next report', () => {
  it('comes hourly at first, then once a period', () => {
    expect(waitsOf(daily, 1, 0)).toBe(HOUR_MS)
    expect(waitsOf(daily, 11, 0)).toBe(HOUR_MS)
    expect(waitsOf(daily, 12, 0)).toBe(24 * HOUR_MS)
    expect(waitsOf({ ...daily, everyMs: 60_000 }, 1, 0)).toBe(60_000)
  })

  it('comes later by a step after each failure, and not later than five periods', () => {
    expect([1, 2, 20, 21, 500].map((failures) => waitsOf(daily, 50, failures) / HOUR_MS)).toEqual([
      1, 2, 20, 20, 20
    ])
    expect(waitsOf({ ...daily, everyMs: HOUR_MS }, 50, 20)).toBe(5 * HOUR_MS)
  })

  it('waits for the next period when the job’s retries are used up', () => {
    expect(waitsOf({ ...daily, retriesMax: 2 }, 50, 2)).toBe(2 * HOUR_MS)
    expect(waitsOf({ ...daily, retriesMax: 2 }, 50, 3)).toBe(24 * HOUR_MS)
  })

  it('is never due at once, and never more than an eighth off', () => {
    const jobs = fc.record({
      everyMs: fc.integer({ min: 1, max: 1e12 }),
      runtimeMs: fc.constant(1),
      retriesMax: fc.integer({ min: -1, max: 30 }),
      retryMs: fc.integer({ min: 1, max: 1e12 })
    })
    const chances = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
    fc.assert(
      fc.property(jobs, fc.nat(100), fc.nat(100), chances, (job, runs, failures, chance) => {
        const [exact, off] = [waitsOf(job, runs, failures), waitsOf(job, runs, failures, chance)]
        expect(off).toBeGreaterThan(0)
        expect(Math.abs(off / exact - 1)).toBeLessThanOrEqual(0.1251)
      })
    )
  })
})
