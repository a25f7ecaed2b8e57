import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeptRecord } from '../../record.ts'
import { migrate } from './migrate.ts'
import { driftLine, recordLine } from './rows.ts'
import { allColumns, testContract, testRecord, token } from '../contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../engine.test-support.ts'
import { documentedViews } from './views.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await openTestEngine()
})
afterAll(() => engine.close())

async function insert(
  records: readonly Parameters<typeof recordLine>[0][],
  block: string,
  table = 'incoming_dlt'
): Promise<void> {
  await engine.insert({
    table,
    token: block,
    lines: Buffer.from(records.map(recordLine).join('')),
    deadlineMs: 10_000
  })
}

function snapshot(installation: number, lineage: number | undefined, seq: number): KeptRecord {
  return testRecord({
    name: 'report',
    kind: 'snapshot',
    installation: token(installation),
    lineage: lineage === undefined ? undefined : token(lineage),
    seq
  })
}

describe('migrations', () => {
  it('lay everything out, and change nothing when they run again', async () => {
    await engine.migrate([testContract()])
    const before = await engine.rows(
      'SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() ' +
        'ORDER BY name'
    )
    await engine.migrate([testContract()])
    expect(
      await engine.rows(
        'SELECT name, create_table_query FROM system.tables WHERE database = ' +
          'currentDatabase() ORDER BY name'
      )
    ).toEqual(before)
    expect(await engine.rows('SELECT step FROM schema_version ORDER BY step')).toEqual(
      [1, 2, 4].map((step) => ({ step }))
    )
  })

  it('give a store of before the order of versions of now', async () => {
    const orderNow = () =>
      engine.rows(
        'SELECT default_expression FROM system.columns WHERE database = currentDatabase() ' +
          "AND table = 'records_dlt' AND name = 'version_order'"
      )
    const before = await orderNow()
    await engine.command({
      sql:
        'ALTER TABLE records_dlt MODIFY COLUMN version_order Array(UInt32) ALIAS ' +
        '[toUInt32(length(version))]',
      deadlineMs: 10_000
    })
    expect(await orderNow()).not.toEqual(before)
    await engine.migrate([testContract()])
    expect(await orderNow()).toEqual(before)
  })

  it('count drift by version in a store of before, and keep what it counted', async () => {
    const drift = (version: string | undefined, block: string): Promise<void> => {
      const row = {
        product: 'dlt',
        day: '2026-11-20',
        record: 'start',
        name: 'threads',
        nameDigest: token(7),
        kind: 'number',
        reason: 'FIELD_NOT_IN_CONTRACT',
        installation: undefined,
        version,
        count: 1,
        receivedAt: Date.parse('2026-11-20T12:00:00Z')
      }
      const lines = Buffer.from(driftLine(row))
      return engine.insert({ table: 'drift_rows', token: block, lines, deadlineMs: 10_000 })
    }
    for (const sql of [
      'DROP VIEW drift_rows_to_states',
      'ALTER TABLE drift_rows DROP COLUMN version',
      'ALTER TABLE drift_states DROP COLUMN oldest_version',
      `CREATE MATERIALIZED VIEW drift_rows_to_states TO drift_states AS
        SELECT product, day, record, name_digest, kind, reason, max(r.name) AS name,
          sum(r.count) AS count,
          uniqCombined64StateIf(assumeNotNull(r.installation), r.installation IS NOT NULL)
            AS installations,
          max(r.received_at) AS last_received
        FROM drift_rows AS r GROUP BY product, day, record, name_digest, kind, reason`
    ])
      await engine.command({ sql, deadlineMs: 10_000 })
    await drift(undefined, 'drift-before')
    await engine.migrate([testContract()])
    await drift('1.10.0', 'drift-1')
    await drift('1.9.0', 'drift-2')
    const seen = 'SELECT toUInt32(count) AS count, oldest_version FROM drift'
    expect(await engine.rows(seen)).toEqual([{ count: 3, oldest_version: '1.9.0' }])
  })

  it('make every table remember more blocks than the inbox replays, and survive a power cut', async () => {
    const tables = await engine.rows<{ name: string; query: string }>(
      'SELECT name, create_table_query AS query FROM system.tables WHERE database = ' +
        "currentDatabase() AND engine LIKE '%MergeTree'"
    )
    expect(tables.length).toBeGreaterThan(8)
    for (const { name, query } of tables) {
      const window = Number(/non_replicated_deduplication_window = (\d+)/.exec(query)?.[1])
      expect([name, window >= 777_600, query.includes('fsync_after_insert = 1')]).toEqual([
        name,
        true,
        true
      ])
    }
  })

  it('fill the days of installations from what a store kept before it had them, as often as they are killed', async () => {
    await engine.migrate([testContract({ product: 'older' })])
    const records = [
      testRecord({ version: '1.0.0' }),
      testRecord({ version: '1.0.0', occurredAt: testRecord().occurredAt + 5 }),
      testRecord({ version: undefined, installation: token(2) }),
      testRecord({ installation: undefined })
    ]
    await insert(records, 'older', 'incoming_older')
    const found =
      'SELECT right(installation, 1) AS i, version, first_at, last_at FROM ' +
      "installation_reports WHERE product = 'older' ORDER BY i"
    const filled = await engine.rows(found)
    expect(filled).toMatchObject([
      { i: '1', version: '1.0.0' },
      { i: '2', version: null }
    ])
    for (const sql of [
      'DROP VIEW records_older_to_environment_days',
      'DROP TABLE installation_environment_days',
      'ALTER TABLE schema_version DELETE WHERE step > 1 SETTINGS mutations_sync = 2'
    ])
      await engine.command({ sql, deadlineMs: 10_000 })
    for (const _ of [1, 2]) {
      await engine.migrate([testContract({ product: 'older' })])
      expect(await engine.rows(found)).toEqual(filled)
      await engine.command({
        sql: 'ALTER TABLE schema_version DELETE WHERE step > 2 SETTINGS mutations_sync = 2',
        deadlineMs: 10_000
      })
    }
    await engine.migrate([testContract({ product: 'older' })])
    await insert([testRecord({ installation: token(3) })], 'older2', 'incoming_older')
    expect(await engine.rows(found)).toHaveLength(3)
  })

  it('go on where they were killed, at any statement', async () => {
    const contract = testContract({ product: 'killed', columns: allColumns.slice(0, 2) })
    // Every third: a statement takes long enough that all of them would make a slow test.
    for (let survived = 0; ; survived += 3) {
      let left = survived
      const dying = {
        query: engine.query,
        command: async (request: Parameters<TestEngine['command']>[0]) => {
          if (left-- === 0) throw new Error('killed')
          await engine.command(request)
        }
      }
      const outcome = await migrate(dying, [testContract(), contract]).then(
        () => undefined,
        (error: Error) => error.message
      )
      expect([undefined, 'killed']).toContain(outcome)
      if (outcome === undefined) break
    }
    await engine.insert({
      table: 'incoming_killed',
      token: 'k',
      lines: Buffer.from(recordLine(testRecord({}, { rows: 3 }))),
      deadlineMs: 1000
    })
    expect(await engine.rows('SELECT product, rows FROM killed')).toEqual([
      { product: 'killed', rows: 3 }
    ])
    expect(
      await engine.rows(`SELECT sum(records) AS n FROM daily WHERE product = 'killed'`)
    ).toEqual([{ n: 1 }])
  })

  it('add the columns of a widened contract, also to the latest snapshots and inside tuples', async () => {
    const narrow = [
      { name: 'rows', says: 'rows', type: { is: 'integer' } },
      {
        name: 'stats',
        says: 's',
        type: {
          is: 'list',
          of: { is: 'tuple', fields: [{ name: 'calls', type: { is: 'integer' } }] }
        }
      }
    ] as const
    const wide = [
      ...narrow.slice(0, 1),
      {
        name: 'stats',
        says: 's',
        type: {
          is: 'list',
          of: {
            is: 'tuple',
            fields: [
              { name: 'kind', type: { is: 'word' } },
              { name: 'calls', type: { is: 'integer' } }
            ]
          }
        }
      },
      { name: 'note', says: 'n', type: { is: 'text' } }
    ] as const
    await engine.migrate([testContract({ product: 'wide', columns: narrow })])
    await insert(
      [testRecord({ name: 'report', kind: 'snapshot' }, { rows: 1, stats: [{ calls: 1 }] })],
      'w1',
      'incoming_wide'
    )
    await engine.migrate([testContract({ product: 'wide', columns: wide })])
    await insert(
      [
        testRecord(
          { name: 'report', kind: 'snapshot', installation: token(2) },
          { rows: 2, note: 'x', stats: [{ kind: 'a' }] }
        )
      ],
      'w2',
      'records_wide'
    )
    // The narrower contract is still known after the wider one came, as after a rollback: nothing
    // is lost.
    await engine.migrate([testContract({ product: 'wide', columns: narrow })])
    for (const table of ['records_wide', 'snapshots_wide FINAL'])
      expect(await engine.rows(`SELECT rows, note, stats FROM ${table} ORDER BY rows`)).toEqual([
        { rows: 1, note: null, stats: [{ kind: null, calls: 1 }] },
        { rows: 2, note: 'x', stats: [{ kind: 'a', calls: null }] }
      ])
  })

  it('refuse a column that changes its type, and say what to do', async () => {
    const changed = testContract({
      columns: [{ name: 'rows', says: 'rows', type: { is: 'text' } }]
    })
    expect(await engine.migrate([changed])).toEqual([
      { product: 'dlt', says: expect.stringContaining('give the changed field a new name') }
    ])
    expect(
      await engine.migrate([
        testContract({ columns: [{ name: 'field_os', says: '', type: { is: 'text' } }] })
      ])
    ).toMatchObject([{ product: 'dlt' }])
    // All others go on, and what was kept of it can be asked.
    const other = testContract({ product: 'unharmed', columns: [] })
    expect(await engine.migrate([changed, other])).toHaveLength(1)
    await insert([testRecord()], 'unharmed', 'incoming_unharmed')
    expect(await engine.rows('SELECT count() AS n FROM unharmed')).toEqual([{ n: 1 }])
    expect(await engine.rows('SELECT count() >= 0 AS is_there FROM dlt')).toEqual([{ is_there: 1 }])
    await engine.migrate([testContract()])
  })

  it('give each documented view exactly the columns and types that they document', async () => {
    const contracts = [
      testContract({ recordsDays: 30 }),
      testContract({ product: 'daily', columns: [], records: [] })
    ]
    await engine.migrate(contracts)
    for (const view of documentedViews(contracts)) {
      const columns = await engine.rows<{ name: string; type: string }>(
        'SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table ' +
          `= '${view.name}'`
      )
      const documented = view.columns.map(({ name, type }) => [name, type.replaceAll('`', '')])
      expect([
        view.name,
        Object.fromEntries(columns.map(({ name, type }) => [name, type]))
      ]).toEqual([view.name, Object.fromEntries(documented)])
    }
    expect(documentedViews(contracts).map((view) => view.name)).toContain('product_daily')
  })
})

describe('views', () => {
  it('tell shared ids and lineages with several installations', async () => {
    const product = 'shared'
    await engine.migrate([testContract({ product })])
    await insert(
      [
        snapshot(1, 9, 1),
        snapshot(1, 9, 2),
        snapshot(1, 9, 3),
        snapshot(2, 9, 1),
        snapshot(3, undefined, 1)
      ],
      's1',
      'records_shared'
    )
    expect(
      await engine.rows(
        'SELECT installation, shared, lineage_installations, records, version, os FROM ' +
          "installations WHERE product = 'shared' ORDER BY installation"
      )
    ).toEqual([
      {
        installation: token(1),
        shared: true,
        lineage_installations: 2,
        records: 3,
        version: '1.26.0',
        os: 'linux'
      },
      {
        installation: token(2),
        shared: false,
        lineage_installations: 2,
        records: 1,
        version: '1.26.0',
        os: 'linux'
      },
      {
        installation: token(3),
        shared: false,
        lineage_installations: 0,
        records: 1,
        version: '1.26.0',
        os: 'linux'
      }
    ])
  })

  it('keep the latest value that an installation sent, whatever order it came in', async () => {
    await engine.migrate([testContract({ product: 'latest' })])
    const at = Date.parse('2026-11-20T10:00:00Z')
    await insert(
      [
        testRecord(
          { occurredAt: at + 3, version: '2.0.0', name: 'report', kind: 'snapshot' },
          { rows: 3 }
        )
      ],
      'l1',
      'records_latest'
    )
    await insert(
      [
        testRecord(
          {
            occurredAt: at + 1,
            version: '1.0.0',
            account: token(7),
            name: 'report',
            kind: 'snapshot'
          },
          { rows: 1 }
        )
      ],
      'l2',
      'records_latest'
    )
    await insert([testRecord({ occurredAt: at + 5, version: undefined })], 'l3', 'incoming_latest')
    expect(
      await engine.rows(
        `SELECT version, account, records, toUnixTimestamp64Milli(first_seen) - ${at} AS ` +
          `first, toUnixTimestamp64Milli(last_seen) - ${at} AS last FROM installations WHERE ` +
          "product = 'latest'"
      )
    ).toEqual([{ version: '2.0.0', account: token(7), records: 3, first: 1, last: 5 }])
    expect(
      await engine.rows(`SELECT version, fields FROM snapshots WHERE product = 'latest'`)
    ).toEqual([{ version: '2.0.0', fields: { rows: '3' } }])
  })
})
