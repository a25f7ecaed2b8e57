import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  compiled,
  openTestCollector,
  sampleContract,
  type TestCollector,
  wireRecord
} from './collector.test-support.ts'
import { collectorLimits } from './limits.ts'

const changed = sampleContract
  .replace('round: 3 digits', 'round: 1 digit')
  .replace('values: [postgres, duckdb]', 'values: [postgres]')
  .replace('      success: { type: boolean, says: whether it ended well }\n', '')
  .replace(
    '      rows:',
    '      threads: { type: integer, unit: threads, min: 1, max: 64, says: how many }\n      rows:'
  )

describe('a contract that is tried', () => {
  let test: TestCollector
  beforeEach(async () => {
    test = await openTestCollector()
  })
  afterEach(() => test.close())

  it('is told what it would keep, reduce, lose and gain of what comes in, by field', async () => {
    await test.collect([wireRecord({ elapsed: 9 })])
    const trial = test.trials.begin(compiled(changed))
    const loads = [
      { elapsed: 1.234, success: true, target: 'duckdb', threads: 8 },
      { elapsed: 2, success: false, target: 'postgres', threads: 99, host: 'db1.internal' }
    ]
    await test.collect(loads.map((fields) => wireRecord(fields)))
    await test.collect([wireRecord({}, { name: 'unheard_of' })])
    const counts = trial?.counts()
    expect(counts).toMatchObject({ judged: 3, skipped: 0 })
    expect(counts?.records).toEqual([{ record: 'load', today: 2, kept: 2 }])
    const field = (name: string): object | undefined =>
      counts?.fields.find(({ field }) => field === name)
    const none = { reduced: 0, lost: 0, gained: 0 }
    expect(field('elapsed')).toMatchObject({ ...none, today: 2, kept: 2, reduced: 1 })
    expect(field('target')).toMatchObject({ ...none, today: 2, kept: 2, reduced: 1 })
    expect(field('success')).toMatchObject({ ...none, today: 2, kept: 0, lost: 2 })
    expect(field('threads')).toMatchObject({ ...none, today: 0, kept: 1, gained: 1 })
    const refused = (name: string | null): readonly object[] | undefined =>
      counts?.refused.filter((each) => each.name === name)
    expect(refused('success')).toEqual([
      { record: 'load', name: 'success', reason: 'FIELD_NOT_IN_CONTRACT', today: 0, tried: 2 }
    ])
    expect(refused('threads')).toEqual([
      { record: 'load', name: 'threads', reason: 'FIELD_NOT_IN_CONTRACT', today: 2, tried: 0 },
      { record: 'load', name: 'threads', reason: 'FIELD_OUT_OF_BOUNDS', today: 0, tried: 1 }
    ])
    // The record and the name that nobody declared, without their names.
    expect(refused(null)).toEqual([
      { record: 'load', name: null, reason: 'FIELD_NOT_IN_CONTRACT', today: 1, tried: 1 },
      { record: null, name: null, reason: 'RECORD_NOT_IN_CONTRACT', today: 1, tried: 1 }
    ])
    expect(JSON.stringify(counts)).not.toMatch(/host|internal|unheard/)
  })

  it('keeps nothing: rows are the same, and nothing is counted once it has ended', async () => {
    const fields = { elapsed: 2, threads: 8 }
    const trial = test.trials.begin(compiled(changed))
    await test.collect([wireRecord(fields)])
    trial?.end()
    await test.collect([wireRecord(fields)])
    expect(trial?.counts().judged).toBe(1)
    expect(test.trials.isRunning).toBe(false)
    const rows = await test.rows()
    expect(rows).toHaveLength(2)
    for (const row of rows) expect(row).not.toHaveProperty('threads')
  })

  it('is tried by a few at once, and judges no more records a second than it may', async () => {
    const begin = (): ReturnType<TestCollector['trials']['begin']> =>
      test.trials.begin(compiled(changed))
    const trials = Array.from({ length: collectorLimits.trialsMax }, begin)
    expect(begin()).toBeUndefined()
    trials[0]?.end()
    expect(begin()).toBeDefined()
    await test.collect(Array.from({ length: 1_200 }, () => wireRecord({ elapsed: 1 })))
    expect(trials[1]?.counts()).toMatchObject({ judged: 1_000, skipped: 200 })
  })

  it('is tried on its own product alone', async () => {
    const other = compiled(changed.replace('product: sample', 'product: other'))
    const trial = test.trials.begin(other)
    await test.collect([wireRecord({ elapsed: 1 })])
    expect(trial?.counts()).toMatchObject({ judged: 0, skipped: 0, records: [] })
  })
})
