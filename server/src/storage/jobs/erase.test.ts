import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeptRecord } from '../../record.ts'
import { eraseFromStore, type Erasure } from './erase.ts'
import { quarantineLine, recordLine, recordTable } from '../tables/rows.ts'
import { testContract, testRecord, token } from '../contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../engine.test-support.ts'

let engine: TestEngine
let block = 0

beforeAll(async () => {
  engine = await openTestEngine()
  await engine.migrate([testContract(), testContract({ product: 'other-one' })])
})
afterAll(() => engine.close())

const requestedAt = 1_795_500_000_000
const key = (number: number): string => number.toString(16).padStart(64, '0')

function report(
  installation: number,
  deletion: number | undefined,
  changes: Partial<KeptRecord> = {}
): KeptRecord {
  const deleted = deletion === undefined ? undefined : key(deletion)
  return testRecord({
    name: 'report',
    kind: 'snapshot',
    installation: token(installation),
    deletion: deleted,
    ...changes
  })
}

async function fill(product: string, records: readonly KeptRecord[]): Promise<void> {
  const lines = Buffer.from(records.map(recordLine).join(''))
  await engine.insert({
    table: recordTable(product),
    token: `b/${block++}`,
    lines,
    deadlineMs: 10_000
  })
}

async function empty(): Promise<void> {
  for (const product of ['dlt', 'other_one']) {
    for (const table of [`records_${product}`, `snapshots_${product}`])
      await engine.command({ sql: `TRUNCATE TABLE ${table}`, deadlineMs: 10_000, place: 'shards' })
  }
  for (const table of [
    'installation_states',
    'installation_days',
    'installation_environment_days',
    'daily_states',
    'value_states',
    'number_states',
    'quarantine_rows'
  ]) {
    await engine.command({ sql: `TRUNCATE TABLE ${table}`, deadlineMs: 10_000, place: 'shards' })
  }
}

async function erase(erasures: readonly Erasure[]): Promise<number> {
  return (await eraseFromStore(engine, erasures)).records
}

/** The installations that each table still knows. */
async function known(): Promise<Record<string, readonly string[]>> {
  const tables = [
    'records_dlt',
    'snapshots_dlt',
    'installation_states',
    'installation_days',
    'installation_environment_days',
    'records_other_one'
  ]
  const rows = await Promise.all(
    tables.map((table) =>
      engine.rows<{ i: string }>(
        `SELECT DISTINCT right(installation, 1) AS i FROM ${table} ORDER BY i`
      )
    )
  )
  return Object.fromEntries(
    tables.map((table, index) => [table, (rows[index] ?? []).map((row) => row.i)])
  )
}

describe('erasing', () => {
  it('takes everything of a revealed deletion key, and nothing of another one or another product', async () => {
    await empty()
    await fill('dlt', [report(1, 1), report(1, 1, { name: 'load', kind: 'event' }), report(2, 2)])
    await fill('other-one', [report(1, 1)])
    const row = {
      product: 'dlt',
      code: 'STORAGE_REFUSED',
      record: 'report',
      bytes: 1,
      row: recordLine(report(1, 1)),
      receivedAt: 1
    }
    const refused = [row, { ...row, row: recordLine(report(2, 2)) }].map(quarantineLine).join('')
    await engine.insert({
      table: 'quarantine_rows',
      token: 'q',
      lines: Buffer.from(refused),
      deadlineMs: 10_000
    })
    expect(await erase([{ product: 'dlt', kind: 'deletion', digest: key(1), requestedAt }])).toBe(2)
    expect(await known()).toEqual({
      records_dlt: ['2'],
      snapshots_dlt: ['2'],
      installation_states: ['1', '2'],
      installation_days: ['1', '2'],
      installation_environment_days: ['1', '2'],
      records_other_one: ['1']
    })
    expect(
      await engine.rows(
        'SELECT DISTINCT product, installation FROM installation_states ORDER BY product'
      )
    ).toEqual([
      { product: 'dlt', installation: token(2) },
      { product: 'other-one', installation: token(1) }
    ])
    expect(await engine.rows('SELECT row FROM quarantine')).toEqual([
      { row: recordLine(report(2, 2)) }
    ])
    expect(await erase([{ product: 'dlt', kind: 'deletion', digest: key(1), requestedAt }])).toBe(0)
  })

  it('takes everything of an installation', async () => {
    await empty()
    await fill('dlt', [report(1, undefined), report(2, undefined), report(1, 7)])
    expect(
      await erase([{ product: 'dlt', kind: 'installation', digest: token(1), requestedAt }])
    ).toBe(2)
    expect(await known()).toEqual({
      records_dlt: ['2'],
      snapshots_dlt: ['2'],
      installation_states: ['2'],
      installation_days: ['2'],
      installation_environment_days: ['2'],
      records_other_one: []
    })
  })

  it('takes of an installation what was received before it asked, however often it is repeated', async () => {
    await empty()
    const [before, after] = [{ receivedAt: requestedAt - 1 }, { receivedAt: requestedAt + 1 }]
    await fill('dlt', [
      report(1, undefined, before),
      report(1, undefined, { ...after, name: 'load', kind: 'event' }),
      report(2, undefined, before)
    ])
    const erasures = [1, 2].map(
      (number) =>
        ({ product: 'dlt', kind: 'installation', digest: token(number), requestedAt }) as const
    )
    expect(await erase(erasures)).toBe(2)
    expect(await erase(erasures)).toBe(0)
    expect(await known()).toEqual({
      records_dlt: ['1'],
      snapshots_dlt: [],
      installation_states: ['1'],
      installation_days: ['1'],
      installation_environment_days: ['1'],
      records_other_one: []
    })
  })

  it('leaves an installation that others share to those who did not ask', async () => {
    await empty()
    await fill('dlt', [report(1, 1), report(1, 2), report(3, undefined)])
    await eraseFromStore(engine, [
      { product: 'dlt', kind: 'deletion', digest: key(1), requestedAt }
    ])
    expect((await known())['installation_states']).toEqual(['1', '3'])
    expect(
      await engine.rows('SELECT deletion FROM records_dlt ORDER BY deletion NULLS LAST')
    ).toEqual([{ deletion: key(2) }, { deletion: null }])
  })

  it('takes everything of whoever is known by an account alone, and says what it found', async () => {
    await empty()
    const account = {
      installation: undefined,
      account: token(77),
      name: 'load',
      kind: 'event'
    } as const
    await fill('dlt', [report(0, undefined, account), report(2, undefined)])
    const erasures = [77, 78].map(
      (number) => ({ product: 'dlt', kind: 'account', digest: token(number), requestedAt }) as const
    )
    const { records, found } = await eraseFromStore(engine, erasures)
    expect([records, found]).toEqual([1, [erasures[0]]])
    expect((await known())['installation_states']).toEqual(['2'])
  })

  it('takes an account and a lineage out of all that is known of an installation that stays', async () => {
    await empty()
    await fill('dlt', [
      report(1, undefined, { name: 'load', kind: 'event', account: token(77), lineage: token(88) }),
      report(1, undefined, { name: 'load', kind: 'event', lineage: token(89), version: '2.0.0' })
    ])
    const erased = await erase([
      { product: 'dlt', kind: 'account', digest: token(77), requestedAt },
      { product: 'dlt', kind: 'lineage', digest: token(88), requestedAt }
    ])
    expect(erased).toBe(1)
    expect(
      await engine.rows(
        'SELECT account, lineage, version, records FROM installations ORDER BY installation'
      )
    ).toEqual([{ account: null, lineage: token(89), version: '2.0.0', records: 1 }])
    expect(await engine.rows('SELECT lineages FROM installation_activity')).toEqual([
      { lineages: [token(89)] }
    ])
  })

  it('bears as many keys as strangers make up, and as many installations as they give one key', async () => {
    await empty()
    const crowd = Array.from({ length: 2_500 }, (_, number) => report(number + 100, 1))
    await fill('dlt', [...crowd, report(1, undefined)])
    const madeUp = Array.from({ length: 2_500 }, (_, number) => number + 1)
    const erasures = madeUp.map(
      (number) => ({ product: 'dlt', kind: 'deletion', digest: key(number), requestedAt }) as const
    )
    expect(await erase(erasures)).toBe(2_500)
    expect((await known())['installation_states']).toEqual(['1'])
  })

  it('lets nothing but a digest into a statement', async () => {
    await expect(
      eraseFromStore(engine, [
        { product: 'dlt', kind: 'deletion', digest: `' OR 1 --`, requestedAt }
      ])
    ).rejects.toThrow()
  })
})
