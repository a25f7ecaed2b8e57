import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestEngine, type TestEngine } from '../engine.test-support.ts'
import { incomingName, sharedBlocksRemembered } from './tables.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await openTestEngine()
})
afterAll(() => engine.close())

it.each([
  [1, 0],
  [2_000, 0],
  [5_000, 0.01],
  [100_000, 0.01],
  [1_000_000, 0.01]
])(
  'counts %i distinct installations, merged from ten days, within a share of %f',
  async (installations, error) => {
    const [row] = await engine.rows<{ n: number }>(
      `SELECT toUInt32(uniqCombined64Merge(state)) AS n FROM (
       SELECT uniqCombined64State(lower(hex(MD5(toString(number % ${installations}))))) AS state FROM numbers(${installations} * 2) GROUP BY number % 10)`
    )
    expect(Math.abs((row?.n ?? 0) - installations)).toBeLessThanOrEqual(installations * error)
  }
)

it('sends blocks of records to the table that reads them fastest, and all others to their own', () => {
  expect(['records_dlt', 'drift_rows', 'quarantine_rows'].map(incomingName)).toEqual([
    'incoming_dlt',
    'drift_rows',
    'quarantine_rows'
  ])
})

it('remembers more blocks of the tables that all products fill, the more products there are', () => {
  expect(sharedBlocksRemembered(10)).toBeGreaterThan(sharedBlocksRemembered(2))
})
