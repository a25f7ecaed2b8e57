import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { PeriodRow } from '../analytics/asking/question.ts'
import { askQuestion } from '../analytics/asking/questions.ts'
import { addDays, dayOf } from '../analytics/reading/span.ts'
import { Changes } from '../storage/changes.ts'
import { testContract, testRecord, token } from '../storage/contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../storage/engine.test-support.ts'
import { recordLine } from '../storage/tables/rows.ts'
import { KeptPeriods } from './kept-periods.ts'

const days = ['2026-11-28', '2026-11-29', '2026-11-30'].map((day) => ({ first: day, last: day }))

function recordOf(day: string): Buffer {
  return Buffer.from(`{"occurred_at":${Date.parse(`${day}T12:00:00Z`)}}\n`)
}

/** Asks for the same days again, and tells from which day on the store was asked. */
function asker({ rowsEach = 1, changes = new Changes() } = {}) {
  const kept = new KeptPeriods()
  const store = vi.fn(async (first: string): Promise<readonly PeriodRow[]> =>
    days
      .filter((day) => day.first >= first)
      .flatMap((day) => Array.from({ length: rowsEach }, () => ({ period: day.first })))
  )
  return {
    changes,
    store,
    ask: ({ isAnew = false, key = 'events', spans = days } = {}) =>
      kept.rowsOf(changes, { product: 'dlt', isAnew }).of(key, spans, store)
  }
}

it('asks for today alone while records of today come, and gives the days before as they were', async () => {
  const { changes, store, ask } = asker()
  const whole = await ask()
  changes.noteBlock('incoming_dlt', recordOf('2026-11-30'))
  expect(await ask()).toEqual(whole)
  expect(store.mock.calls).toEqual([['2026-11-28'], ['2026-11-30']])
})

it('asks from the day of a late record on, and for everything once anything was erased', async () => {
  const { changes, store, ask } = asker()
  await ask()
  changes.noteBlock('incoming_dlt', recordOf('2026-11-29'))
  await ask()
  changes.noteAll()
  await ask()
  expect(store.mock.calls).toEqual([['2026-11-28'], ['2026-11-29'], ['2026-11-28']])
})

it('asks for a week again that was cut and is longer now', async () => {
  const { store, ask } = asker()
  await ask()
  const longer = [...days.slice(0, 2), { first: '2026-11-30', last: '2026-12-01' }]
  await ask({ spans: longer })
  expect(store.mock.calls).toEqual([['2026-11-28'], ['2026-11-30']])
})

it('asks for all days of whoever wants them anew, of another statement, and of many rows', async () => {
  const { store, ask } = asker()
  await ask()
  await ask({ isAnew: true })
  await ask({ key: 'failures' })
  expect(store.mock.calls).toEqual([['2026-11-28'], ['2026-11-28'], ['2026-11-28']])
  const huge = asker({ rowsEach: 2_000 })
  await huge.ask()
  await huge.ask()
  expect(huge.store.mock.calls).toEqual([['2026-11-28'], ['2026-11-28']])
})

it('keeps so many rows and no more: what nobody asked for goes first', async () => {
  const { store, ask } = asker({ rowsEach: 1_000 })
  for (let count = 0; count < 17; count += 1) await ask({ key: `${count}` })
  await ask({ key: '16' })
  expect(store).toHaveBeenCalledTimes(17)
  await ask({ key: '0' })
  expect(store).toHaveBeenCalledTimes(18)
})

const now = Date.parse('2026-11-30T06:00:00Z')
const contract = testContract({
  columns: [
    { name: 'success', says: 'whether it worked', type: { is: 'boolean' } },
    { name: 'destination', says: 'where to', type: { is: 'word' } },
    { name: 'uptime', says: 'how long it ran', type: { is: 'number' } }
  ]
})
const fields = new Map(
  ['success', 'destination', 'uptime'].map(
    (name) => [name, { name, type: { is: 'boolean' }, changed: [] } as never] as const
  )
)
for (const record of contract.contract.records.values())
  if (record.name === 'load') Object.assign(record, { fields })

let engine: TestEngine
beforeAll(async () => {
  engine = await openTestEngine()
  await engine.migrate([contract])
})
afterAll(() => engine.close())

const silent = { class: 'unknown', automation: 'unknown', container: 'unknown' } as const
const questions: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['active-installations', { unit: 'week', by: 'os', compare: 'previous' }],
  ['events', { unit: 'day', where: 'destination=duckdb' }],
  ['versions', { unit: 'week' }],
  ['failures', { unit: 'day' }],
  ['new-returning-lost', { unit: 'week', since: '4w' }],
  ['sessions', { unit: 'day' }],
  ['ingestion', { unit: 'day' }]
]

it('answers every question by periods as if nothing were kept, whatever came meanwhile', async () => {
  const changes = new Changes()
  const kept = new KeptPeriods()
  let blocks = 0
  const insert = async (records: readonly (readonly [number, number, boolean])[]) => {
    const lines = records.map(([daysAgo, installation, success]) =>
      recordLine(
        testRecord(
          {
            installation: token(installation),
            session: token(100 + installation),
            occurredAt: now - daysAgo * 86_400_000,
            receivedAt: now,
            version: `1.${installation % 3}.0`,
            environment: { ...silent, os: installation % 2 === 0 ? 'linux' : 'darwin' }
          },
          { success, destination: installation % 3 === 0 ? 'duckdb' : 'postgres', uptime: daysAgo }
        )
      )
    )
    const block = { table: 'incoming_dlt', lines: Buffer.from(lines.join('')) }
    await engine.insert({ ...block, token: `block-${blocks}`, deadlineMs: 10_000 })
    changes.noteBlock(block.table, block.lines)
    blocks += 1
  }
  const ask = (name: string, parameters: Readonly<Record<string, string>>, isKept: boolean) =>
    askQuestion({
      name,
      parameters: new Map(Object.entries({ since: addDays(dayOf(now), -29), ...parameters })),
      storage: engine,
      product: contract,
      now,
      ...(isKept ? { periodRows: kept.rowsOf(changes, { product: 'dlt', isAnew: false }) } : {})
    })
  const record = fc.tuple(
    fc.oneof(fc.constant(0), fc.nat(29)),
    fc.integer({ min: 1, max: 9 }),
    fc.boolean()
  )
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 4 }), async (records) => {
      await insert(records)
      for (const [name, parameters] of questions)
        expect(await ask(name, parameters, true), name).toEqual(await ask(name, parameters, false))
    }),
    { numRuns: 4 }
  )
}, 120_000)
