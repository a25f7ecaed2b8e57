/**
 * First answers: what was sent is counted, by everything that it can be counted by, in every form.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  eventually,
  ask,
  removeServer,
  runCandor,
  startServer,
  type RunningServer
} from './world/candor-server.ts'

const environment = [
  'version',
  'class',
  'automation',
  'container',
  'os',
  'level',
  'destination_type',
  'success'
]
/** What each can be counted by, where it can. */
const questions: Readonly<Record<string, readonly (string | undefined)[]>> = {
  'active-installations': [undefined, ...environment],
  versions: [undefined],
  events: [undefined, 'name', 'version', 'destination_type'],
  'upgrade-flow': [undefined],
  'new-returning-lost': [undefined],
  retention: [undefined],
  adoption: [undefined],
  failures: [undefined, 'version', 'destination_type'],
  ingestion: [undefined],
  drift: [undefined]
}

interface Load {
  readonly installation: string
  readonly version: string
  readonly destination: string
  readonly isCi?: boolean
}

const loads: readonly Load[] = [
  { installation: 'a', version: '1.9.0', destination: 'duckdb' },
  { installation: 'a', version: '1.10.0', destination: 'duckdb' },
  { installation: 'b', version: '1.10.0', destination: 'postgres' },
  { installation: 'c', version: '1.10.0', destination: 'duckdb', isCi: true }
]

describe('candor ask', () => {
  let server: RunningServer
  const today = new Date().toISOString().slice(0, 10)

  beforeAll(async () => {
    server = await startServer()
    for (const [index, { installation, version, destination, isCi = false }] of loads.entries()) {
      const properties = {
        elapsed: index + 0.5,
        success: true,
        destination_type: `dlt.destinations.${destination}`,
        hostname: 'db1'
      }
      const context = { ci_run: isCi, library: { name: 'dlt', version }, os: { name: 'Linux' } }
      const body = JSON.stringify({
        anonymousId: installation,
        event: 'pipeline_load',
        properties,
        context
      })
      const answer = await fetch(`${server.url}/in/dlt`, { method: 'POST', body })
      expect(answer.status).toBe(204)
    }
    await eventually(
      () => ask(server, 'drift', 'dlt'),
      ({ rows }) => Number(rows[0]?.['records']) === loads.length
    )
  })
  afterAll(() => removeServer(server))

  it('answers in one shape, whatever is asked and by whatever it is counted', async () => {
    for (const [question, dimensions] of Object.entries(questions)) {
      for (const by of dimensions) {
        const answer = await ask(server, question, 'dlt', by)
        const {
          partial: _partial,
          marks: _marks,
          sql: _sql,
          ...always
        } = answer as typeof answer & { partial?: unknown; marks?: unknown; sql?: string }
        expect(Object.keys(always), `${question} by ${by}`).toEqual([
          'question',
          'parameters',
          'columns',
          'rows',
          'notes'
        ])
        expect(answer.question).toBe(question)
        expect(answer.rows.length, `${question} by ${by}`).toBeGreaterThan(0)
        for (const column of answer.columns)
          expect(['name', 'title', 'type', 'unit']).toEqual(
            expect.arrayContaining(Object.keys(column))
          )
        const names = answer.columns.map(({ name }) => name).sort()
        for (const row of answer.rows)
          expect(Object.keys(row).sort(), `${question} by ${by}`).toEqual(names)
        expect(answer.notes.length).toBeGreaterThan(0)
      }
    }
  })

  it('counts installations, versions, events and what drifted', async () => {
    expect((await ask(server, 'active-installations', 'dlt')).rows.slice(-1)).toEqual([
      { day: today, installations: 3, automated: 1, in_containers: null, records: 4 }
    ])
    expect((await ask(server, 'active-installations', 'dlt', 'automation')).rows.slice(-2)).toEqual(
      [
        { day: today, automation: 'none', installations: 2, records: 3 },
        { day: today, automation: 'ci', installations: 1, records: 1 }
      ]
    )
    const { rows: versions } = await ask(server, 'versions', 'dlt')
    expect(
      versions.map(({ version, installations, records }) => [version, installations, records])
    ).toEqual([
      ['1.10.0', 3, 3],
      ['1.9.0', 1, 1]
    ])
    expect((await ask(server, 'events', 'dlt', 'destination_type')).rows).toEqual([
      { name: 'pipeline_load', destination_type: 'duckdb', records: 3, installations: 2 },
      { name: 'pipeline_load', destination_type: 'postgres', records: 1, installations: 1 }
    ])
    const { rows: drift } = await ask(server, 'drift', 'dlt')
    expect(drift).toMatchObject([
      { reason: 'FIELD_NOT_IN_CONTRACT', record: 'pipeline_load', kind: 'string', records: 4 }
    ])
    // Three installations are too few for a name that no contract has.
    expect(drift[0]?.['name']).toMatch(/^#[0-9a-f]{8}$/)
  })

  it('prints CSV for programs and a table for people', async () => {
    const events = ['ask', 'events', '--product', 'dlt']
    const { out: csv } = await runCandor(server, [...events, '--format', 'csv'])
    expect(csv).toBe('name,records,installations\r\npipeline_load,4,3\r\n')
    const { out: table } = await runCandor(server, events, { CANDOR_COLUMNS: '100' })
    const { out: lines } = await runCandor(server, events)
    expect(lines).toBe('name\trecords\tinstallations\npipeline_load\t4\t3\n')
    expect(table.split('\n').slice(0, 5)).toEqual([
      '┌───────────────┬─────────┬───────────────┐',
      '│ name          │ records │ installations │',
      '├───────────────┼─────────┼───────────────┤',
      '│ pipeline_load │       4 │             3 │',
      '└───────────────┴─────────┴───────────────┘'
    ])
    expect(table).toContain('· Records as they were kept')
  })

  it('answers SQL in the same shape', async () => {
    const sql = 'SELECT destination_type, count() AS runs FROM dlt GROUP BY 1 ORDER BY 2 DESC'
    const { out } = await runCandor(server, ['query', sql, '--format', 'json'])
    expect(JSON.parse(out)).toEqual({
      question: 'query',
      parameters: {},
      columns: [
        { name: 'destination_type', type: 'LowCardinality(Nullable(String))' },
        { name: 'runs', type: 'UInt64' }
      ],
      rows: [
        { destination_type: 'duckdb', runs: 3 },
        { destination_type: 'postgres', runs: 1 }
      ],
      notes: []
    })
  })

  it('says what is wrong with a question, and names what was meant', async () => {
    const wrong: readonly (readonly [readonly string[], string])[] = [
      [['vershions', '--product', 'dlt'], 'did you mean "versions"?'],
      [['versions', '--product', 'dltt'], 'did you mean "dlt"?'],
      [['versions', '--product', 'dlt', '--since', 'ever'], 'for example 30d, 12w, 6m or 1y'],
      [
        ['events', '--product', 'dlt', '--by', 'destination_typ'],
        'did you mean "destination_type"?'
      ],
      [['versions', '--product', 'dlt', '--byy', 'os'], 'did you mean "top"?'],
      [['failures', '--product', 'dlt', '--automation', 'cii'], 'did you mean "ci"?'],
      [['funnel', '--product', 'dlt'], '"records" is missing'],
      [['versions', '--product', 'dlt', '--format', 'jsn'], 'Did you mean json?'],
      [['versions'], '--product says whose records']
    ]
    for (const [words, told] of wrong) {
      const { code, out, error } = await runCandor(server, ['ask', ...words])
      expect([code, out], words.join(' ')).toEqual([1, ''])
      expect(error).toMatch(/^candor: /)
      expect(error).toContain(told)
      expect(error).not.toMatch(/\n\s+at /)
    }
  })
})
