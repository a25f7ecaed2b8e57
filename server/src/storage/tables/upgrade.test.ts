/**
 * Does a store that an older program wrote tell the same as one that this program filled from the
 * start?
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compileContract, type CompiledContract, parseContract } from '@candor/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeptRecord } from '../../record.ts'
import { testRecord, token } from '../contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../engine.test-support.ts'
import { migrate } from './migrate.ts'
import { recordLine } from './rows.ts'

const fixture = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url)), 'utf8')

/** Every statement with which the program of commit 6c034c4 made the tables of this contract. */
const older = JSON.parse(fixture('store-of-6c034c4.json')) as readonly string[]

const at = Date.parse('2026-11-20T10:00:00Z')
const hour = 3_600_000

function beat(who: number, hours: number, changes: Partial<KeptRecord> = {}): KeptRecord {
  const occurredAt = at + hours * hour
  return testRecord({
    name: 'beat',
    installation: token(who),
    occurredAt,
    receivedAt: occurredAt,
    version: undefined,
    ...changes
  })
}

/**
 * One engine states its version at its starts alone, one with each record, one never; one is an
 * account.
 */
const records: readonly KeptRecord[] = [
  beat(1, 0, { name: 'start', version: '4.1.0', fields: { rows: 12, success: true } }),
  beat(1, 1),
  beat(1, 25),
  beat(1, 26, { name: 'start', version: '4.1.3', fields: { rows: 15, success: false } }),
  beat(1, 27),
  beat(2, 0, { version: '4.0.0' }),
  beat(2, 30, { version: '4.1.3' }),
  beat(3, 5),
  beat(0, 5, { installation: undefined, account: token(40), version: '4.1.3' }),
  beat(0, 29, { installation: undefined, account: token(40) }),
  beat(0, 6, { installation: undefined }),
  beat(1, 28, { name: 'report', kind: 'snapshot', fields: { vector: true } }),
  ...[31, 32].map((hours) =>
    beat(0, hours, {
      name: 'report',
      kind: 'snapshot',
      installation: undefined,
      account: token(40),
      fields: { vector: hours === 32 }
    })
  )
]

function contract(): CompiledContract {
  const result = parseContract(fixture('older.yaml'))
  if (result.is !== 'contract') throw new Error(JSON.stringify(result))
  return compileContract(result.contract)
}

async function load(engine: TestEngine): Promise<void> {
  for (const [index, record] of records.entries())
    await engine.insert({
      table: 'incoming_older',
      token: `u/${index}`,
      lines: Buffer.from(recordLine(record)),
      deadlineMs: 10_000
    })
}

async function told(engine: TestEngine): Promise<Readonly<Record<string, unknown>>> {
  const questions = {
    records: `SELECT name, right(installation, 1) AS i, right(account, 2) AS a, version, version_from,
        over_budget, imported
      FROM records_older ORDER BY occurred_at, name, i`,
    snapshots:
      'SELECT right(coalesce(installation, account), 2) AS i, version, version_from, vector ' +
      'FROM snapshots_older FINAL ORDER BY i',
    days: `SELECT day, name, version, records, installations FROM daily
      ORDER BY day, name, version`,
    values: `SELECT day, dimension, record, value, sum(records) AS n,
        uniqCombined64Merge(installations) AS who, max(key_epoch) AS epoch
      FROM value_states GROUP BY day, dimension, record, value
      ORDER BY day, dimension, record, value`,
    numbers: `SELECT day, field, record, number, sum(records) AS n FROM number_states
      GROUP BY day, field, record, number ORDER BY day, field, record, number`,
    reports: `SELECT day, right(installation, 2) AS i, version, first_at, last_at
      FROM installation_reports ORDER BY day, i, version`,
    installations: `SELECT right(installation, 2) AS i, known_by, over_budget, version, records,
        first_seen, last_seen
      FROM installations ORDER BY i`,
    activity: `SELECT day, right(installation, 2) AS i, name, records, lineages
      FROM installation_activity ORDER BY day, i, name`
  }
  const rows: Record<string, unknown> = {}
  for (const [name, sql] of Object.entries(questions)) rows[name] = await engine.rows(sql)
  return rows
}

async function emptied(engine: TestEngine): Promise<void> {
  const tables = await engine.rows<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = currentDatabase() AND engine NOT LIKE '%View'
       AND engine != 'Null'`
  )
  for (const { name } of tables)
    await engine.command({ sql: `DROP TABLE ${name}`, deadlineMs: 10_000 })
  const left = await engine.rows<{ name: string }>(
    'SELECT name FROM system.tables WHERE database = currentDatabase()'
  )
  for (const { name } of left)
    await engine.command({ sql: `DROP TABLE ${name}`, deadlineMs: 10_000 })
}

let engine: TestEngine
let fromTheStart: Readonly<Record<string, unknown>>
beforeAll(async () => {
  engine = await openTestEngine()
  await engine.migrate([contract()])
  await load(engine)
  fromTheStart = await told(engine)
})
afterAll(() => engine.close())

describe('the last version that a sender stated', () => {
  it('is the version of all that it sends after it, and of nothing before it', () => {
    const rows = fromTheStart['records'] as readonly Readonly<Record<string, unknown>>[]
    expect(
      rows.map(({ name, i, a, version, version_from }) => [name, i ?? a, version, version_from])
    ).toEqual([
      ['beat', '2', '4.0.0', 'record'],
      ['start', '1', '4.1.0', 'record'],
      ['beat', '1', '4.1.0', 'installation'],
      ['beat', '3', null, 'none'],
      ['beat', '28', '4.1.3', 'record'],
      ['beat', null, null, 'none'],
      ['beat', '1', '4.1.0', 'installation'],
      ['start', '1', '4.1.3', 'record'],
      ['beat', '1', '4.1.3', 'installation'],
      ['report', '1', '4.1.3', 'installation'],
      ['beat', '28', '4.1.3', 'installation'],
      ['beat', '2', '4.1.3', 'record'],
      ['report', '28', '4.1.3', 'installation'],
      ['report', '28', '4.1.3', 'installation']
    ])
  })

  it('never goes back to a record before it, whether both came in one block or the later one first', async () => {
    await emptied(engine)
    await engine.migrate([contract()])
    const start = (hours: number, version: string): KeptRecord =>
      beat(50, hours, { name: 'start', version })
    const blocks: readonly (readonly KeptRecord[])[] = [
      // Nothing was stated before the first.
      [beat(50, 0), start(1, '1.0.0'), beat(50, 2)],
      [start(40, '2.0.0'), beat(50, 41)],
      // These come late: one is between the two statements, one before both.
      [beat(50, 30), beat(50, -1)],
      // The same day says one version twice, with another between.
      [start(42, '1.0.0')],
      [start(43, '2.0.0'), beat(50, 42.5), beat(50, 44)]
    ]
    for (const [index, block] of blocks.entries())
      await engine.insert({
        table: 'incoming_older',
        token: `f/${index}`,
        lines: Buffer.from(block.map(recordLine).join('')),
        deadlineMs: 10_000
      })
    const rows = await engine.rows<{ hours: number; version: string | null; version_from: string }>(
      `SELECT (toUnixTimestamp64Milli(occurred_at) - ${at}) / ${hour} AS hours, version, version_from
      FROM records_older WHERE installation = '${token(50)}' AND name = 'beat' ORDER BY occurred_at`
    )
    expect(rows.map(({ hours, version, version_from }) => [hours, version, version_from])).toEqual([
      [-1, null, 'none'],
      [0, null, 'none'],
      [2, '1.0.0', 'installation'],
      [30, '1.0.0', 'installation'],
      [41, '2.0.0', 'installation'],
      [42.5, '1.0.0', 'installation'],
      [44, '2.0.0', 'installation']
    ])
  })
})

describe('whoever is known only by an account', () => {
  it('is counted like an installation', () => {
    expect(fromTheStart['installations']).toContainEqual(
      expect.objectContaining({ i: '28', known_by: 'account', records: 4, version: '4.1.3' })
    )
    expect(fromTheStart['snapshots']).toEqual([
      { i: '01', version: '4.1.3', version_from: 'installation', vector: true },
      { i: '28', version: '4.1.3', version_from: 'installation', vector: true }
    ])
    expect(fromTheStart['values']).toContainEqual(
      expect.objectContaining({ day: '2026-11-20', dimension: 'all', n: 6, who: 4, epoch: 1 })
    )
  })
})

describe('a store of an older program', () => {
  it(
    'tells after its upgrade what a new one tells, killed at any statement',
    { timeout: 120_000 },
    async () => {
      await emptied(engine)
      for (const sql of older) await engine.command({ sql, deadlineMs: 10_000 })
      await load(engine)
      // A few of them: a statement takes long enough that all of them would make a slow test.
      for (let survived = 5; ; survived += 9) {
        let left = survived
        const dying = {
          query: engine.query,
          command: async (request: Parameters<TestEngine['command']>[0]) => {
            if (left-- === 0) throw new Error('killed')
            await engine.command(request)
          }
        }
        const outcome = await migrate(dying, [contract()]).then(
          () => undefined,
          (error: Error) => error.message
        )
        expect([undefined, 'killed']).toContain(outcome)
        if (outcome === undefined) break
      }
      expect(await told(engine)).toEqual(fromTheStart)
    }
  )
})
