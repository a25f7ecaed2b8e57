import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeptRecord } from '../../record.ts'
import { driftLine, recordLine } from '../../storage/tables/rows.ts'
import { testContract, testRecord, token } from '../../storage/contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../../storage/engine.test-support.ts'
import { ownDimensions } from '../reading/dimension.ts'
import type { AnswerTable } from './question.ts'
import { askQuestion, questionNamed } from './questions.ts'

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
  ['destination', 'elapsed', 'os', 'extensions', 'functions'].map(
    (name) => [name, { name, type: { is: 'boolean' }, changed: [] } as never] as const
  )
)
for (const record of contract.contract.records.values())
  if (record.name === 'load') Object.assign(record, { fields })

let engine: TestEngine

function on(
  daysAgo: number,
  installation: number,
  changes: Partial<KeptRecord> = {},
  said = {}
): string {
  const at = now - daysAgo * dayMs
  return recordLine(
    testRecord(
      { installation: token(installation), receivedAt: at, occurredAt: at, ...changes },
      said
    )
  )
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
    ...[1, 2, 3].map((seq) =>
      on(0, 9, { name: 'report', kind: 'snapshot', seq, version: '1.10.0' })
    )
  ]
  await engine.insert({
    table: 'incoming_dlt',
    token: 'a',
    lines: Buffer.from(lines.join('')),
    deadlineMs: 10_000
  })
  const drifted = {
    product: 'dlt',
    day: '2026-11-20',
    record: 'load',
    kind: 'string',
    reason: 'FIELD_NOT_IN_CONTRACT'
  }
  const rows = [
    driftLine({
      ...drifted,
      name: undefined,
      nameDigest: token(77),
      installation: token(1),
      count: 2,
      receivedAt: now
    }),
    driftLine({
      ...drifted,
      name: 'host',
      nameDigest: token(78),
      installation: token(2),
      count: 1,
      receivedAt: now
    })
  ]
  await engine.insert({
    table: 'drift_rows',
    token: 'd',
    lines: Buffer.from(rows.join('')),
    deadlineMs: 10_000
  })
})
afterAll(() => engine.close())

function ask(
  name: string,
  parameters: Readonly<Record<string, string>> = {}
): Promise<AnswerTable> {
  return askQuestion({
    name,
    parameters: new Map(Object.entries(parameters)),
    storage: engine,
    product: contract,
    now
  })
}

describe('active installations', () => {
  it('tells a value that was never seen, with those that were', async () => {
    const notes = async (asked: Readonly<Record<string, string>>): Promise<string> =>
      (await ask('active-installations', asked)).notes.join('\n')
    expect(await notes({ os: 'Linux' })).toContain(
      'Nothing that came has os "Linux"; did you mean "linux"? There are: linux.'
    )
    expect(await notes({ version: '1.9,1.10.0' })).toMatch(
      /has version "1\.9"; did you mean "1\.9\.0"\?/i
    )
    expect(await notes({ os: 'linux', version: '!1.9.0' })).not.toContain('Nothing that came')
  })

  it('are counted by day, today included, and days before the span are not', async () => {
    const { rows, columns, parameters } = await ask('active-installations')
    expect(rows).toHaveLength(30)
    expect(rows.slice(-8)).toEqual([
      { day: '2026-11-13', installations: null, automated: 0, in_containers: 0, records: 1 },
      ...['14', '15', '16', '17', '18'].map((day) => ({
        day: `2026-11-${day}`,
        installations: 0,
        automated: 0,
        in_containers: 0,
        records: 0
      })),
      { day: '2026-11-19', installations: 1, automated: 0, in_containers: 0, records: 1 },
      { day: '2026-11-20', installations: 3, automated: 1, in_containers: 1, records: 5 }
    ])
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'day date',
      'installations integer',
      'automated integer',
      'in_containers integer',
      'records integer'
    ])
    expect(parameters).toEqual({ product: 'dlt', since: '2026-10-22', unit: 'day' })
  })

  it('of a week count once, however often they reported', async () => {
    const { rows } = await ask('active-installations', { unit: 'week' })
    expect(rows.at(-1)).toMatchObject({ week: '2026-11-16', installations: 3, records: 6 })
  })

  it('are told apart by what they run in', async () => {
    const { rows } = await ask('active-installations', { unit: 'all', by: 'automation' })
    expect(rows).toEqual([
      { automation: 'none', installations: 2, records: 6 },
      { automation: 'ci', installations: 1, records: 1 }
    ])
  })

  it('go on in the plain counts of days whose ids are forgotten', async () => {
    await engine.command({
      sql: `INSERT INTO frozen_counts (product, period, start, dimension, value, installations, records)
        VALUES ('dlt', 'day', '2026-08-01', 'all', '', 40, 90), ('dlt', 'day', '2026-11-20', 'all', '', 9, 9)`,
      deadlineMs: 10_000
    })
    const { rows } = await ask('active-installations', { since: '2026-07-30' })
    const at = (day: string): unknown => rows.find((row) => row['day'] === day)
    expect(at('2026-07-31')).toEqual({
      day: '2026-07-31',
      installations: null,
      automated: null,
      in_containers: null,
      records: null
    })
    expect(at('2026-08-01')).toEqual({
      day: '2026-08-01',
      installations: 40,
      automated: null,
      in_containers: null,
      records: 90
    })
    expect(at('2026-11-20')).toMatchObject({ installations: 3, records: 5 })
  })
})

describe('a period', () => {
  it('that is not over yet is told', async () => {
    const partials = async (until: Readonly<Record<string, string>>): Promise<readonly unknown[]> =>
      Promise.all(
        ['day', 'week', 'month', 'all'].map(async (unit) =>
          (await ask('events', { unit, ...until })).partial
            ?.map(({ period, because }) => `${because} ${period}`)
            .join()
        )
      )
    expect(await partials({})).toEqual([
      'unfinished 2026-11-20',
      'unfinished 2026-11-16',
      'unfinished 2026-11-01',
      undefined
    ])
    expect(await partials({ until: '2026-11-15' })).toEqual([
      undefined,
      undefined,
      'unfinished 2026-11-01',
      undefined
    ])
  })

  it('of which records have expired is told', async () => {
    expect(
      (await ask('breakdown', { field: 'destination', since: '1y' })).notes.join(' ')
    ).toContain('this counts 2026-08-22 and later')
    expect((await ask('retention', { since: '1y' })).notes.join(' ')).toContain(
      'what needs days before 2026-08-22 is not known'
    )
    expect(
      (await ask('breakdown', { field: 'destination', since: '80d' })).notes.join(' ')
    ).not.toContain('Records live for')
  })

  it('stands beside the one before, and one that is not over beside none', async () => {
    const { rows, columns, notes } = await ask('active-installations', {
      unit: 'week',
      since: '7d',
      compare: 'previous'
    })
    // From the Monday of the week that the seventh day lies in: two weeks, and the two before.
    expect(rows).toMatchObject([
      { week: '2026-11-09', records: 1, records_previous: 0, installations_previous: 0 },
      { week: '2026-11-16', records: 6, records_previous: null, installations_previous: null }
    ])
    expect(columns.map(({ name }) => name)).toContain('installations_previous')
    expect(notes.join(' ')).toContain('2026-10-26 to 2026-11-08')
    const { rows: values, parameters } = await ask('breakdown', {
      field: 'destination',
      since: '1d',
      compare: 'previous'
    })
    expect(parameters).toMatchObject({ since: '2026-11-19', until: '2026-11-19' })
    expect(values).toEqual([
      {
        value: 'duckdb',
        records: 1,
        installations: 1,
        share: 1,
        records_previous: 0,
        installations_previous: 0
      }
    ])
  })

  it('that expired is what was frozen of it, and nothing where that cannot tell', async () => {
    const frozen = (dimension: string, value: string, records: number, ids: number): string =>
      `('dlt', 'week', '2026-08-10', '${dimension}', ${value}, ${records}, ${ids})`
    await engine.command({
      sql: `INSERT INTO frozen_counts (product, period, start, dimension, value, records, installations)
        VALUES ${[
          frozen('all', 'NULL', 50, 20),
          frozen('os', `'linux'`, 30, 12),
          frozen('version', `'1.2.0'`, 40, 15),
          frozen('version', 'NULL', 10, 5),
          frozen('name', `'load'`, 50, 20)
        ].join(', ')}`,
      deadlineMs: 10_000
    })
    const weekOf = async (
      name: string,
      asked: Readonly<Record<string, string>>
    ): Promise<unknown> =>
      (await ask(name, { unit: 'week', since: '2026-08-10', ...asked })).rows.find(
        ({ week, records }) => week === '2026-08-10' && records !== 0
      )
    expect(await weekOf('active-installations', {})).toMatchObject({
      installations: 20,
      records: 50
    })
    const linux = { week: '2026-08-10', os: 'linux', installations: 12, records: 30 }
    expect(await weekOf('active-installations', { by: 'os' })).toEqual(linux)
    expect(await weekOf('active-installations', { os: 'linux' })).toMatchObject({
      installations: 12,
      records: 30
    })
    expect(await weekOf('active-installations', { os: 'linux', level: 'all' })).toMatchObject({
      installations: null,
      records: null
    })
    expect(await weekOf('versions', {})).toMatchObject({
      version: '1.2.0',
      installations: 15,
      records: 40
    })
    expect(await weekOf('events', {})).toMatchObject({ name: 'load', records: 50 })
    const { partial } = await ask('events', {
      unit: 'week',
      since: '2026-08-10',
      by: 'destination'
    })
    expect(partial?.[0]).toEqual({ period: '2026-08-10', because: 'expired' })
  })
})

describe('versions', () => {
  it('beyond the most used ones are counted together, an installation once', async () => {
    const { rows } = await ask('versions', { since: '60d', top: '1' })
    expect(
      rows.map(({ version, installations, records }) => [version, installations, records])
    ).toEqual([
      ['1.10.0', 2, 4],
      [null, null, 1],
      ['(others)', 3, 3]
    ])
  })

  it('come newest first, as people order them, with the days they were seen', async () => {
    const { rows } = await ask('versions', { since: '60d' })
    expect(rows.map(({ version, installations }) => [version, installations])).toEqual([
      ['1.10.0', 2],
      ['1.9.0', 2],
      ['1.2.0', 1],
      [null, null]
    ])
    expect(rows[1]).toEqual({
      version: '1.9.0',
      installations: 2,
      share: 0.5,
      records: 2,
      first_day: '2026-11-19',
      last_day: '2026-11-20'
    })
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
      { name: 'load', destination: 'postgres', records: 1, installations: 1 },
      { name: 'load', destination: null, records: 1, installations: null }
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

describe('ingestion', () => {
  it('tells what the collector counted since its start, where it is told', async () => {
    const counts = { kept: 9, duplicate: 4, dropped: { ABOVE_CONSENT: 2 } }
    const parameters = new Map([['show', 'reasons']])
    const { rows } = await askQuestion({
      name: 'ingestion',
      parameters,
      storage: engine,
      product: contract,
      now,
      counts
    })
    expect(rows.slice(-2)).toEqual([
      {
        reason: 'ABOVE_CONSENT',
        where: 'records dropped whole, since the collector started',
        count: 2
      },
      { reason: 'duplicate', where: 'since the collector started', count: 4 }
    ])
    expect((await ask('ingestion', { show: 'reasons' })).notes.join(' ')).toContain('/metrics')
  })
})

describe('every question', () => {
  it('says of a product without ids, or with ids that rotate, what it cannot know', async () => {
    for (const [kind, word] of [
      ['none', 'no identity'],
      ['window', 'rotate']
    ] as const) {
      const identity = {
        ...contract.contract.identity,
        kind,
        days: kind === 'window' ? 7 : undefined
      }
      const product = { ...contract, contract: { ...contract.contract, identity } }
      for (const name of [
        'active-installations',
        'versions',
        'retention',
        'upgrade-flow',
        'new-returning-lost',
        'time-to-upgrade'
      ]) {
        const parameters = new Map(
          name === 'active-installations' || name === 'versions' ? [['unit', 'week']] : []
        )
        const { rows, notes } = await askQuestion({
          name,
          parameters,
          storage: engine,
          product,
          now
        })
        expect(notes.join(' '), `${name} ${kind}`).toContain(word)
        for (const row of rows) expect(row, `${name} ${kind}`).not.toHaveProperty('installations')
      }
    }
  })

  it('tells of no shape where a contract declares none, and names the field that would hold one', async () => {
    await expect(ask('query-shapes', {})).rejects.toThrow('declares no field of type sql-shape')
    await expect(ask('query-shapes', { field: 'success' })).rejects.toThrow(
      'this contract declares'
    )
  })

  it('refuses a dimension that it does not have, and names the nearest', async () => {
    for (const name of ['active-installations', 'events', 'drift'])
      await expect(ask(name, { by: 'destinatio' }), name).rejects.toMatchObject({
        code: 'PARAMETER_INVALID'
      })
    await expect(ask('events', { by: 'destinatio' })).rejects.toThrow('did you mean "destination"?')
    await expect(ask('events', { by: 'functions' })).rejects.toMatchObject({
      code: 'PARAMETER_INVALID'
    })
  })

  it('answers each of its dimensions with the columns that it names', async () => {
    for (const name of ['active-installations', 'versions', 'events', 'drift']) {
      for (const by of questionNamed(name).parameters.some((parameter) => parameter.name === 'by')
        ? ownDimensions
        : []) {
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
