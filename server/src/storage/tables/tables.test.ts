import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestEngine, type TestEngine } from '../engine.test-support.ts'
import { readFile } from 'node:fs/promises'
import { incomingName, sharedBlocksRemembered, sharedTables } from './tables.ts'

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

it('has a row for each table in what the room says of itself', async () => {
  const page = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const told = [...page.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name)
  )
  const made = await engine.migrate([]).then(() =>
    engine.rows<{ name: string }>(
      `SELECT name FROM system.tables
      WHERE database = currentDatabase() AND engine NOT LIKE '%View'`
    )
  )
  const names = new Set([...sharedTables, ...made].map(({ name }) => name))
  expect([...names].filter((name) => !told.includes(name))).toEqual([])
})
