/**
 * Whether answers say what they know, and nothing else: each case was once answered with a number
 * that was not true.
 */
import type { CompiledContract } from '@candor/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CandorError } from '../../errors.ts'
import type { KeptRecord } from '../../record.ts'
import { recordLine } from '../../storage/tables/rows.ts'
import { testRecord, token } from '../../storage/contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../../storage/engine.test-support.ts'
import { contractOf } from '../twin/fleet.test-support.ts'
import type { AnswerRow, AnswerTable, KnownAdvisory, ReleasedVersion } from './question.ts'
import { askQuestion } from './questions.ts'

/** A Monday, at six in the morning. */
const now = Date.parse('2026-11-23T06:00:00Z')
const dayMs = 86_400_000
const product = contractOf('acme', 'persistent')
/** One field of it means something else since 2.0.0. */
const moved = contractOf(
  'moved',
  'persistent',
  `  sync:
    when: It synchronised.
    level: basic
    fields:
      files:
        type: integer
        says: how many files
        changed: [{ since: 2.0.0, says: counts folders too }]
      mode: { type: enum, values: [full, part], says: which way }
`
)
let engine: TestEngine

type Said = Partial<KeptRecord> & { readonly fields?: object }

function sent(day: string, who: number | undefined, { fields = {}, ...said }: Said = {}): string {
  const at = Date.parse(`${day}T03:00:00Z`)
  const record = testRecord(
    {
      product: 'acme',
      name: 'work',
      installation: who === undefined ? undefined : token(who),
      receivedAt: at,
      occurredAt: at,
      version: undefined,
      environment: { class: 'unknown', automation: 'unknown', container: 'unknown', os: 'linux' },
      ...said
    },
    fields as Readonly<Record<string, never>>
  )
  return recordLine(record)
}

async function load(name: string, lines: readonly string[]): Promise<void> {
  await engine.insert({
    table: 'incoming_acme',
    token: name,
    lines: Buffer.from(lines.join('')),
    deadlineMs: 10_000
  })
}

function ask(
  name: string,
  parameters: Readonly<Record<string, string>> = {},
  known: {
    readonly releases?: readonly ReleasedVersion[]
    readonly advisories?: readonly KnownAdvisory[]
    readonly product?: CompiledContract
    readonly storage?: Pick<TestEngine, 'query'>
  } = {}
): Promise<AnswerTable> {
  return askQuestion({
    name,
    parameters: new Map(Object.entries(parameters)),
    storage: engine,
    product,
    now,
    ...known
  })
}

function at(rows: readonly AnswerRow[], day: string): AnswerRow | undefined {
  return rows.find((row) => row['day'] === day || row['week'] === day)
}

beforeAll(async () => {
  engine = await openTestEngine()
  await engine.migrate([product, moved])
  // It began on 2 November, said nothing on Saturday the 21st, and reports once a day.
  const days = Array.from(
    { length: 22 },
    (_, index) => `2026-11-${String(index + 2).padStart(2, '0')}`
  )
  const spoken = days.filter((day) => day !== '2026-11-21')
  await load('begin', [
    sent('2026-11-02', 1, { name: 'start', version: '1.9.0' }),
    sent('2026-11-02', 2, { name: 'start', version: '1.9.0' })
  ])
  await load('middle', [
    sent('2026-11-10', 2, { name: 'start', version: '2.0.0' }),
    ...spoken.flatMap((day) => [sent(day, 1), sent(day, 2)]),
    ...spoken.map((day) => sent(day, undefined, { account: token(90), name: 'check' })),
    sent('2026-11-20', undefined, { session: token(70), name: 'stop' }),
    sent('2026-11-20', 1, { fields: { reason: 'disk', success: false } }),
    sent('2026-11-20', 2, { fields: { reason: 'network', success: true } })
  ])
})
afterAll(() => engine.close())

describe('a day', () => {
  it('without records is a row with zero, and one before the first record has no number', async () => {
    const { rows } = await ask('active-installations', { since: '2026-10-30' })
    expect(rows).toHaveLength(25)
    expect(at(rows, '2026-11-01')).toMatchObject({ installations: null, records: null })
    expect(at(rows, '2026-11-21')).toMatchObject({ installations: 0, records: 0 })
    const { rows: filtered } = await ask('events', {
      unit: 'day',
      since: '5d',
      where: 'reason=disk'
    })
    expect(filtered.map(({ day, records }) => [day, records])).toEqual([
      ['2026-11-19', 0],
      ['2026-11-20', 1],
      ['2026-11-21', 0],
      ['2026-11-22', 0],
      ['2026-11-23', 0]
    ])
  })

  it('that is not over is compared with none, and the whole span with full days', async () => {
    const { rows, partial } = await ask('active-installations', {
      unit: 'week',
      since: '8d',
      compare: 'previous'
    })
    expect(at(rows, '2026-11-16')).toMatchObject({ installations: 3, installations_previous: 3 })
    expect(at(rows, '2026-11-23')).toMatchObject({ installations: 3, installations_previous: null })
    expect(partial).toEqual([{ period: '2026-11-23', because: 'unfinished' }])
    const { parameters, rows: whole } = await ask('active-installations', {
      unit: 'all',
      since: '7d',
      compare: 'previous'
    })
    expect(parameters).toMatchObject({ since: '2026-11-16', until: '2026-11-22' })
    expect(whole[0]).toMatchObject({ installations: 3, installations_previous: 3 })
  })

  it('before there was data is compared with nothing, so that nothing looks new', async () => {
    for (const [name, own] of [
      ['active-installations', { unit: 'all' }],
      ['events', {}],
      ['breakdown', { field: 'reason' }]
    ] as const) {
      const { rows, notes } = await ask(name, { since: '20d', compare: 'previous', ...own })
      expect(rows.length).toBeGreaterThan(0)
      for (const row of rows) expect(row['records_previous'], name).toBeNull()
      expect(notes.join(' '), name).toContain('there are no records before 2026-11-02')
    }
  })
})

describe('a version', () => {
  it('that was stated last holds for what states none, in filters, groupings and shares', async () => {
    const { rows } = await ask('active-installations', { unit: 'all', version: '1.9.0' })
    // One stated it once and reported for three weeks; the other one changed after eight days.
    expect(rows[0]).toMatchObject({ installations: 2, records: 2 + 21 + 8 + 1 })
    const { rows: all } = await ask('versions')
    expect(all.map(({ version, installations, share }) => [version, installations, share])).toEqual(
      [
        ['2.0.0', 1, 0.5],
        ['1.9.0', 2, 1],
        [null, 1, null]
      ]
    )
    const { rows: lines } = await ask('versions', { lines: 'minor' })
    expect(lines.map(({ version }) => version)).toEqual(['2.0.x', '1.9.x', null])
  })
})

describe('what clients do not tell', () => {
  it('is not told, and never zero', async () => {
    const { rows, notes } = await ask('active-installations', { unit: 'all' })
    expect(rows[0]).toMatchObject({ installations: 3, in_containers: null, automated: null })
    expect(notes[0]).toContain('is not told')
  })

  it('has no share, and shares are of those who tell', async () => {
    const { rows } = await ask('breakdown', { field: 'reason' })
    expect(rows.map(({ value, share }) => [value, share])).toEqual([
      [null, null],
      ['disk', 0.5],
      ['network', 0.5]
    ])
  })

  it('of accounts is counted as what they are, and of sessions alone as not told', async () => {
    const { rows } = await ask('events')
    const of = (name: string): AnswerRow | undefined => rows.find((row) => row['name'] === name)
    expect(of('check')).toMatchObject({ records: 21, installations: 1 })
    expect(of('stop')).toMatchObject({ records: 1, installations: null })
  })
})

describe('copies under one id', () => {
  it('are told by what no single installation can do, and not by how often it reports', async () => {
    const day = Date.parse('2026-11-18T00:00:00Z')
    const often = (minute: number, who: number, said: Said): string =>
      sent('2026-11-18', who, {
        occurredAt: day + minute * 60_000,
        receivedAt: day + minute * 60_000,
        ...said
      })
    await load(
      'often',
      Array.from({ length: 40 }, (_, minute) => often(minute, 1, { version: '1.9.0' }))
    )
    expect((await ask('versions')).notes.join(' ')).not.toContain('several installations at once')
    await load(
      'in turn',
      ['1.9.0', '2.0.0', '1.9.0', '2.0.0'].map((version, index) =>
        often(60 + index, 5, { version })
      )
    )
    for (const name of ['active-installations', 'versions', 'adoption', 'upgrade-flow'])
      expect((await ask(name)).notes.join(' '), name).toContain('One id was used by several')
  })
})

describe('a question whose notes the store does not tell in time', () => {
  it('is answered, and says what is not known', async () => {
    const slow: Pick<TestEngine, 'query'> = {
      query: (statement) =>
        statement.sql.includes('uniqExact(id) AS shared')
          ? Promise.reject(new CandorError('STORAGE_TIMEOUT', 'It took too long.'))
          : engine.query(statement)
    }
    const { rows, notes } = await ask('active-installations', {}, { storage: slow })
    expect(rows.length).toBeGreaterThan(20)
    expect(notes).toContain(
      'Whether copies share an id is not known: the store did not tell in time.'
    )
  })
})

describe('a rotation of ids', () => {
  it('is marked on its day, and noted first', async () => {
    await load('rotated', [sent('2026-11-22', 101, { keyEpoch: 2, version: '2.0.0' })])
    const { marks, notes } = await ask('active-installations', { since: '7d' })
    expect(marks?.map(({ day }) => day)).toEqual(['2026-11-22'])
    expect(notes[0]).toMatch(/^2026-11-22: ids rotated/)
  })
})

describe('what means something else since a version', () => {
  const of = (name: string, parameters: Readonly<Record<string, string>>): Promise<AnswerTable> =>
    ask(name, { since: '2026-11-10', ...parameters }, { product: moved })

  it('breaks where clients first told it so, is compared with nothing, and one meaning can be asked for', async () => {
    const synced = (day: string, who: number, version: string): string =>
      sent(day, who, {
        product: 'moved',
        name: 'sync',
        version,
        fields: { files: 4, mode: 'full' }
      })
    await engine.insert({
      table: 'incoming_moved',
      token: 'moved',
      lines: Buffer.from(
        [
          synced('2026-11-05', 1, '1.9.0'),
          synced('2026-11-12', 1, '1.9.0'),
          synced('2026-11-16', 2, '2.0.0'),
          synced('2026-11-17', 1, '1.9.0'),
          synced('2026-11-18', 1, '2.1.0')
        ].join('')
      ),
      deadlineMs: 10_000
    })
    const says = '`files` means something else since 2.0.0: counts folders too.'
    const broken = [{ day: '2026-11-16', says, isBreak: true }]
    const whole = await of('distribution', { field: 'files' })
    expect(whole.marks).toEqual(broken)
    expect(whole.notes.slice(0, 2)).toEqual([
      `2026-11-16: ${says}`,
      'Older clients are among these numbers until 2026-11-17: a filter by version counts one ' +
        'meaning alone.'
    ])
    const filtered = { unit: 'day', where: 'files>=1' }
    expect((await of('events', filtered)).marks).toEqual(broken)
    const compared = await of('events', { ...filtered, since: '5d', compare: 'previous' })
    expect(compared.notes.join(' ')).toContain('Nothing is compared across 2026-11-16')
    for (const row of compared.rows) expect(row['records_previous']).toBeNull()
    for (const one of [
      await of('distribution', { field: 'files', version: '2.0.0,2.1.0' }),
      await of('distribution', { field: 'files', until: '2026-11-15' }),
      await of('breakdown', { field: 'mode' })
    ]) {
      expect(one.marks).toBeUndefined()
      expect(one.notes.join(' ')).not.toContain('means something else')
    }
  })
})

describe('whoever is up to date', () => {
  const releases = [
    { version: '1.9.0', date: '2026-01-01' },
    { version: '2.0.0', date: '2026-11-09' },
    { version: '2.1.0-rc1', date: '2026-11-20' }
  ]
  const advisories = [{ id: 'A-1', severity: 'high', date: '2026-11-09', affected: '<2.0.0' }]

  it('is counted among those alive in the last seven full days, and whoever tells no version is told apart', async () => {
    const { rows, parameters, notes } = await ask('up-to-date', {}, { releases, advisories })
    expect(parameters).toMatchObject({ since: '2026-11-16', until: '2026-11-22' })
    const of = (state: string): unknown => rows.find((row) => row['state'] === state)
    // 2, 5 and 101 run 2.0.0; 1 runs 1.9.0; the account never stated a version.
    expect(of('newest')).toMatchObject({ what: '2.0.0', installations: 3, at_most: 4, share: 0.75 })
    expect(of('behind')).toMatchObject({ installations: 1, at_most: 2 })
    expect(of('affected')).toMatchObject({ what: 'A-1', installations: 1, at_most: 2, share: 0.25 })
    expect(of('not told')).toMatchObject({ installations: 1, share: null })
    expect(notes.join(' ')).toContain('at_most')
  })
})

describe('behind expiry', () => {
  it('counts come from what was frozen, and what cannot is empty and said first', async () => {
    const late = now + 80 * dayMs
    await engine.command({
      sql: `INSERT INTO frozen_counts (product, period, start, dimension, value, records, installations)
        VALUES ('acme', 'day', '2026-11-16', 'all', NULL, 500, 40), ('acme', 'day', '2026-11-16', 'name', 'work', 500, 40)`,
      deadlineMs: 10_000
    })
    const later = (name: string, own: Readonly<Record<string, string>>): Promise<AnswerTable> =>
      askQuestion({
        name,
        parameters: new Map(Object.entries(own)),
        storage: engine,
        product,
        now: late
      })
    const { rows } = await later('events', { since: '2026-11-16', record: 'work' })
    expect(rows).toMatchObject([{ name: 'work', records: 500, installations: null }])
    const { rows: before } = await later('active-installations', {
      unit: 'all',
      since: '2026-12-06',
      until: '2026-12-25',
      compare: 'previous'
    })
    expect(before[0]).toMatchObject({ records_previous: 500, installations_previous: null })
    const { rows: weeks, partial } = await later('events', {
      unit: 'week',
      since: '2026-11-16',
      by: 'reason'
    })
    expect(
      weeks.every(({ week, records }) => records === null || String(week) > '2026-11-30')
    ).toBe(true)
    expect(partial?.[0]).toEqual({ period: '2026-11-16', because: 'expired' })
    const { notes } = await later('breakdown', { field: 'reason', since: '2026-11-16' })
    expect(notes.find((note) => !note.startsWith('2026'))).toContain('Records live for 70 days')
  })
})
