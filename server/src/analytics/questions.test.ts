import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeptRecord } from '../record.ts'
import { driftLine, recordLine } from '../storage/rows.ts'
import { testContract, testRecord, token } from '../storage/contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../storage/engine.test-support.ts'
import type { AnswerTable, QuestionContext } from './question.ts'
import { questionNamed } from './questions.ts'

const now = Date.parse('2026-11-20T12:00:00Z')
const dayMs = 86_400_000
const contract = testContract({
  columns: [
    { name: 'destination', says: 'where to', type: { is: 'word' } },
    { name: 'elapsed', says: 'how long', type: { is: 'number' } },
    { name: 'os', says: 'a name that a base column has too', type: { is: 'word' } },
    { name: 'extensions', says: 'which extensions', type: { is: 'list', of: { is: 'word' } } },
    { name: 'functions', says: 'calls', type: { is: 'map', values: { is: 'integer' } } }
  ]
})
const fields = new Map(
  ['destination', 'elapsed', 'os', 'extensions', 'functions'].map((name) => [name, { name } as never] as const)
)
for (const record of contract.contract.records.values()) if (record.name === 'load') Object.assign(record, { fields })

let engine: TestEngine

function on(daysAgo: number, installation: number, changes: Partial<KeptRecord> = {}, said = {}): string {
  const at = now - daysAgo * dayMs
  return recordLine(testRecord({ installation: token(installation), receivedAt: at, occurredAt: at, ...changes }, said))
}

beforeAll(async () => {
  engine = await openTestEngine()
  await engine.migrate([contract])
  const ci = { class: 'batch', automation: 'ci', container: 'true', os: 'linux' } as const
  const lines = [
    on(0, 1, { version: '1.10.0' }, { destination: 'duckdb', extensions: ['a', 'b'] }),
    on(0, 2, { version: '1.9.0', environment: ci }, { destination: 'postgres', extensions: ['b'] }),
    on(1, 1, { version: '1.9.0' }, { destination: 'duckdb' }),
    on(7, 3, { version: undefined, installation: undefined }),
    on(40, 4, { version: '1.2.0' }),
    // Three reports on one day where one installation sends two at most: copies share its id.
    ...[1, 2, 3].map((seq) => on(0, 9, { name: 'report', kind: 'snapshot', seq, version: '1.10.0' }))
  ]
  await engine.insert({ table: 'incoming_dlt', token: 'a', lines: Buffer.from(lines.join('')), deadlineMs: 10_000 })
  const drifted = { product: 'dlt', day: '2026-11-20', record: 'load', kind: 'string', reason: 'FIELD_NOT_IN_CONTRACT' }
  const rows = [
    driftLine({ ...drifted, name: undefined, nameDigest: token(77), installation: token(1), count: 2, receivedAt: now }),
    driftLine({ ...drifted, name: 'host', nameDigest: token(78), installation: token(2), count: 1, receivedAt: now })
  ]
  await engine.insert({ table: 'drift_rows', token: 'd', lines: Buffer.from(rows.join('')), deadlineMs: 10_000 })
})
afterAll(() => engine.close())

function ask(name: string, changes: Partial<QuestionContext> = {}): Promise<AnswerTable> {
  const storage = { ...engine, userQuery: () => Promise.reject(new Error('not asked')), state: () => ({}) } as never
  return questionNamed(name).answer({ storage, product: contract, now, sinceDays: 30, by: undefined, ...changes })
}

describe('active installations', () => {
  it('are counted by day, today included, and days before the span are not', async () => {
    const { rows, columns, parameters } = await ask('active-installations')
    expect(rows).toEqual([
      { day: '2026-11-13', installations: 0, records: 1 },
      { day: '2026-11-19', installations: 1, records: 1 },
      { day: '2026-11-20', installations: 3, records: 5 }
    ])
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual(['day date', 'installations integer', 'records integer'])
    expect(parameters).toEqual({ product: 'dlt', since: '2026-10-22', by: 'day' })
  })

  it('of a week count once, however often they reported', async () => {
    const { rows } = await ask('active-installations', { by: 'week' })
    expect(rows.at(-1)).toEqual({ week: '2026-11-16', installations: 3, records: 6 })
  })

  it('are told apart by what they run in', async () => {
    const { rows } = await ask('active-installations', { by: 'automation' })
    expect(rows).toEqual([
      { automation: 'ci', installations: 1, records: 1 },
      { automation: 'none', installations: 2, records: 6 }
    ])
  })

  it('come with a note when copies share an id', async () => {
    const { notes } = await ask('active-installations')
    expect(notes.join(' ')).toContain('One id reports more often than one installation can')
  })

  it('go on in the plain counts of days whose ids are forgotten', async () => {
    await engine.command({
      sql: `INSERT INTO frozen_counts (product, period, start, dimension, value, installations, records)
        VALUES ('dlt', 'day', '2026-11-01', 'all', '', 40, 90), ('dlt', 'day', '2026-11-20', 'all', '', 7, 7)`,
      deadlineMs: 10_000
    })
    const { rows } = await ask('active-installations')
    expect(rows[0]).toEqual({ day: '2026-11-01', installations: 40, records: 90 })
    expect(rows.at(-1)).toEqual({ day: '2026-11-20', installations: 3, records: 5 })
  })
})

describe('versions', () => {
  it('come newest first, as people order them, with the days they were seen', async () => {
    const { rows } = await ask('versions', { sinceDays: 60 })
    expect(rows.map(({ version, installations }) => [version, installations])).toEqual([
      ['1.10.0', 2],
      ['1.9.0', 2],
      ['1.2.0', 1],
      [null, 0]
    ])
    expect(rows[1]).toEqual({ version: '1.9.0', installations: 2, records: 2, first_day: '2026-11-19', last_day: '2026-11-20' })
  })
})

describe('events', () => {
  it('are counted by name', async () => {
    const { rows } = await ask('events')
    expect(rows).toEqual([
      { name: 'load', records: 4, installations: 2 },
      { name: 'report', records: 3, installations: 1 }
    ])
  })

  it('are counted by a field of the contract, under each of several values, only for records that declare it', async () => {
    expect((await ask('events', { by: 'destination' })).rows).toEqual([
      { name: 'load', destination: 'duckdb', records: 2, installations: 1 },
      { name: 'load', destination: null, records: 1, installations: 0 },
      { name: 'load', destination: 'postgres', records: 1, installations: 1 }
    ])
    const { rows, notes } = await ask('events', { by: 'extensions' })
    expect(rows.map(({ extensions, records }) => [extensions, records])).toEqual([
      ['b', 2],
      ['a', 1]
    ])
    expect(notes.join(' ')).toContain('counts under each')
  })
})

describe('drift', () => {
  it('shows a name only once it may be shown, and a digest until then', async () => {
    const { rows } = await ask('drift')
    expect(rows.map(({ name, records, installations }) => [name, records, installations])).toEqual([
      ['#00000000', 2, 1],
      ['host', 1, 1]
    ])
  })
})

describe('every question', () => {
  it('refuses a dimension that it does not have, and names the nearest', async () => {
    for (const name of ['active-installations', 'versions', 'events', 'drift'])
      await expect(ask(name, { by: 'destinatio' }), name).rejects.toMatchObject({ code: 'PARAMETER_INVALID' })
    await expect(ask('events', { by: 'destinatio' })).rejects.toThrow('did you mean "destination"?')
    await expect(ask('events', { by: 'functions' })).rejects.toMatchObject({ code: 'PARAMETER_INVALID' })
  })

  it('answers each of its dimensions with the columns that it names', async () => {
    for (const name of ['active-installations', 'versions', 'events', 'drift']) {
      for (const by of questionNamed(name).dimensions) {
        const { columns, rows } = await ask(name, { by })
        const named = columns.map((column) => column.name).sort()
        for (const row of rows) expect(Object.keys(row).sort(), `${name} by ${by}`).toEqual(named)
      }
    }
  })

  it('is known by its name only', () => {
    expect(() => questionNamed('vershions')).toThrow('did you mean "versions"?')
  })
})
