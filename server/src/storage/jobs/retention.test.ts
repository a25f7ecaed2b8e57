import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeptRecord } from '../../record.ts'
import type { StorageRun } from '../storage.ts'
import { applyRetention } from './retention.ts'
import { driftLine, quarantineLine, recordLine, recordTable } from '../tables/rows.ts'
import { testContract, testRecord, token } from '../contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../engine.test-support.ts'

let engine: TestEngine
let block = 0

beforeAll(async () => {
  engine = await openTestEngine()
})
afterAll(() => engine.close())

const day = 86_400_000
const monday = Date.parse('2026-06-01T12:00:00Z')

/** On day `offset` after Monday, 1 June 2026. */
function at(offset: number, installation: number, changes: Partial<KeptRecord> = {}): KeptRecord {
  const instant = monday + offset * day
  return testRecord({
    receivedAt: instant,
    occurredAt: instant,
    installation: token(installation),
    ...changes
  })
}

async function insert(product: string, records: readonly KeptRecord[]): Promise<void> {
  await engine.insert({
    table: recordTable(product),
    token: `b/${block++}`,
    lines: Buffer.from(records.map(recordLine).join('')),
    deadlineMs: 10_000
  })
}

async function one(sql: string): Promise<unknown> {
  const [row] = await engine.rows<{ n: unknown }>(sql)
  return row?.n
}

interface Frozen {
  readonly dimension: string
}

function all(rows: readonly Frozen[]): readonly Frozen[] {
  return rows.filter((row) => row.dimension === 'all')
}

describe('retention', () => {
  it('freezes what a day, a week and a month counted, then forgets the ids, and stays so', async () => {
    await engine.migrate([testContract({ recordsDays: 90, aggregatesDays: 400 })])
    await insert('dlt', [
      at(0, 1),
      at(0, 1),
      at(0, 2, { version: '1.27.0' }),
      at(1, 1),
      at(1, 0, { installation: undefined }),
      at(6, 3),
      at(40, 1)
    ])
    const counted =
      'SELECT dimension, value, records, installations FROM history WHERE period = ' +
      '{period:String} AND start = {start:Date} ORDER BY dimension, value'
    const frozen = (period: string, start: string) =>
      engine.query({
        sql: `${counted} `,
        parameters: { period, start },
        deadlineMs: 10_000
      }) as Promise<readonly Frozen[]>

    await applyRetention(engine, monday + 90 * day)
    expect(await one('SELECT count() AS n FROM history')).toBe(0)
    expect(await one('SELECT count() AS n FROM records_dlt')).toBe(7)

    await applyRetention(engine, monday + 91 * day)
    expect(all(await frozen('day', '2026-06-01'))).toEqual([
      { dimension: 'all', value: null, records: 3, installations: 2 }
    ])
    expect(all(await frozen('week', '2026-06-01'))).toEqual([
      { dimension: 'all', value: null, records: 6, installations: 3 }
    ])
    expect(all(await frozen('month', '2026-06-01'))).toEqual([
      { dimension: 'all', value: null, records: 6, installations: 3 }
    ])
    expect(
      (await frozen('day', '2026-06-01')).filter((row) => row.dimension === 'version')
    ).toEqual([
      { dimension: 'version', value: '1.26.0', records: 2, installations: 1 },
      { dimension: 'version', value: '1.27.0', records: 1, installations: 1 }
    ])
    expect(await frozen('day', '2026-06-02')).toEqual([])
    expect(await one('SELECT count() AS n FROM records_dlt')).toBe(4)
    for (const table of [
      'daily_states',
      'value_states',
      'installation_days',
      'installation_environment_days'
    ])
      expect(await one(`SELECT min(day) AS n FROM ${table}`)).toBe('2026-06-02')
    expect(
      await engine.rows('SELECT installation FROM installations ORDER BY installation')
    ).toEqual([1, 3].map((id) => ({ installation: token(id) })))

    // The week's first day is gone; what is frozen must not be counted again from what is left.
    await applyRetention(engine, monday + 92 * day)
    expect(all(await frozen('week', '2026-06-01'))).toEqual([
      { dimension: 'all', value: null, records: 6, installations: 3 }
    ])
    expect(all(await frozen('day', '2026-06-02'))).toEqual([
      { dimension: 'all', value: null, records: 2, installations: 1 }
    ])
    const before = await engine.rows('SELECT * EXCEPT frozen_at FROM history ORDER BY ALL')
    await applyRetention(engine, monday + 92 * day)
    expect(await engine.rows('SELECT * EXCEPT frozen_at FROM history ORDER BY ALL')).toEqual(before)

    await applyRetention(engine, monday + 131 * day)
    for (const table of [
      'records_dlt',
      'daily_states',
      'value_states',
      'number_states',
      'installation_days',
      'installation_environment_days',
      'installation_states'
    ]) {
      expect([table, await one(`SELECT count() AS n FROM ${table}`)]).toEqual([table, 0])
    }
    await applyRetention(engine, monday + 402 * day)
    expect(await one(`SELECT count() AS n FROM history WHERE start < '2026-06-03'`)).toBe(0)
    expect(await one(`SELECT count() AS n FROM history`)).not.toBe(0)
  })

  it('freezes anew what a killed run had begun, and leaves no half of it behind', async () => {
    await engine.migrate([testContract({ product: 'cut', recordsDays: 90 })])
    await insert('cut', [at(0, 1), at(0, 2, { version: '1.27.0' })])
    let frozen = 0
    const killed: StorageRun = {
      cluster: engine.cluster,
      query: engine.query,
      async command(command) {
        if (/INSERT INTO frozen/.test(command.sql) && ++frozen === 2) throw new Error('killed')
        return engine.command(command)
      }
    }
    await expect(applyRetention(killed, monday + 91 * day)).rejects.toThrow('killed')
    await applyRetention(engine, monday + 91 * day)
    expect(
      await engine.rows(
        `SELECT dimension, value, records FROM history WHERE product = 'cut' AND period = 'day'
          AND dimension IN ('all', 'version') ORDER BY dimension, value`
      )
    ).toEqual([
      { dimension: 'all', value: null, records: 2 },
      { dimension: 'version', value: '1.26.0', records: 1 },
      { dimension: 'version', value: '1.27.0', records: 1 }
    ])
  })

  describe('that was killed', () => {
    const daysOfWeek = [0, 1, 2, 3, 4, 5, 6]

    async function weekAfter(
      product: string,
      firstDay: number,
      { killedAt, resumedAt }: { killedAt: RegExp; resumedAt: number }
    ): Promise<unknown> {
      await engine.migrate([testContract({ product, recordsDays: 90 })])
      await insert(
        product,
        daysOfWeek.map((offset) => at(firstDay + offset, offset + 1, { product }))
      )
      let isDead = false
      const killed: StorageRun = {
        cluster: engine.cluster,
        query: engine.query,
        async command(command) {
          // What was sent before the end is done, and nothing after it.
          if (isDead) throw new Error('killed')
          isDead = killedAt.test(command.sql)
          return engine.command(command)
        }
      }
      const first = monday + (firstDay + 94) * day
      await expect(applyRetention(killed, first)).rejects.toThrow('killed')
      await applyRetention(engine, first + resumedAt * day)
      const kept = `FROM history WHERE product = '${product}' AND dimension = 'all' AND period = `
      return {
        days: await engine.rows(`SELECT toUInt32(sum(records)) AS records ${kept} 'day'`),
        weeks: await engine.rows(`SELECT records, installations ${kept} 'week'`)
      }
    }
    const whole = (days: number) => ({
      days: [{ records: days }],
      weeks: [{ records: 7, installations: 7 }]
    })

    it('does not count a week again from what is left of it, days later', async () => {
      const killedAt = /value_states.* DELETE WHERE/
      expect(await weekAfter('week-later', 0, { killedAt, resumedAt: 2 })).toEqual(whole(6))
    })

    it('does not count a week again of which one month has gone', async () => {
      const killedAt = /value_states.* DROP PARTITION \('week-of-two'/
      expect(await weekAfter('week-of-two', 28, { killedAt, resumedAt: 0 })).toEqual(whole(4))
    })

    it('has counted a week once where it ended before it could say that it was done', async () => {
      const killedAt = /number_states.* DELETE WHERE|DELETE WHERE/
      expect(await weekAfter('week-done', 0, { killedAt, resumedAt: 40 })).toEqual(whole(7))
    })
  })

  it('counts what comes late for a month of which the first day has expired', async () => {
    const product = 'late'
    await engine.migrate([testContract({ product, recordsDays: 35 })])
    await insert(
      product,
      Array.from({ length: 30 }, (_, offset) => at(offset, (offset % 5) + 1))
    )
    const month = (): Promise<readonly unknown[]> =>
      engine.rows(
        `SELECT records, installations, late_records FROM history WHERE product = 'late'
          AND period = 'month' AND dimension = 'all'`
      )
    for (const today of [36, 37, 45, 46, 55, 70]) {
      // What was recorded on the 25th arrives three weeks later.
      if (today === 45)
        await insert(product, [
          at(24, 1, { receivedAt: monday + 45 * day }),
          at(24, 9, { receivedAt: monday + 45 * day, version: '2.0.0' })
        ])
      await applyRetention(engine, monday + today * day)
      if (today === 36)
        expect(await month()).toEqual([{ records: 30, installations: 5, late_records: 0 }])
      if (today >= 45)
        expect(await month()).toEqual([{ records: 32, installations: 6, late_records: 2 }])
    }
    expect(
      await engine.rows(
        `SELECT sum(records) AS n FROM history WHERE product = 'late' AND period = 'day'
          AND dimension = 'all'`
      )
    ).toEqual([{ n: 32 }])
    expect(
      await engine.rows(
        `SELECT records, installations FROM history WHERE product = 'late' AND period = 'month'
          AND dimension = 'version' AND value = '2.0.0'`
      )
    ).toEqual([{ records: 1, installations: 1 }])
  })

  it('adds what comes for a day that is frozen already', async () => {
    const product = 'brief'
    await engine.migrate([testContract({ product, recordsDays: 7 })])
    await insert(product, [at(0, 1), at(0, 2)])
    await applyRetention(engine, monday + 8 * day)
    await insert(product, [at(0, 3, { receivedAt: monday + 9 * day })])
    for (const today of [9, 9.25, 10]) await applyRetention(engine, monday + today * day)
    expect(
      await engine.rows(
        `SELECT records, installations, late_records FROM history WHERE product = 'brief'
          AND period = 'day' AND dimension = 'all'`
      )
    ).toEqual([{ records: 3, installations: 2, late_records: 1 }])
  })

  it('keeps how many ran by themselves, each once', async () => {
    const product = 'robots'
    await engine.migrate([testContract({ product, recordsDays: 35 })])
    const environment = testRecord().environment
    await insert(product, [
      at(0, 1, { environment: { ...environment, automation: 'ci' } }),
      at(0, 1, { environment: { ...environment, automation: 'agent' } }),
      at(0, 2)
    ])
    await applyRetention(engine, monday + 36 * day)
    expect(
      await engine.rows(
        `SELECT value, records, installations FROM history WHERE product = 'robots'
          AND period = 'day' AND dimension = 'automated'`
      )
    ).toEqual([{ value: 'true', records: 2, installations: 1 }])
  })

  it('leaves a product to the collector that is at it, and takes over what was killed long ago', async () => {
    await engine.migrate([testContract({ product: 'two-at-it', recordsDays: 90 })])
    await insert('two-at-it', [at(0, 1), at(0, 2)])
    const killed: StorageRun = {
      cluster: engine.cluster,
      query: engine.query,
      async command(command) {
        if (/two_at_it.*DROP PARTITION ID/.test(command.sql)) throw new Error('killed')
        return engine.command(command)
      }
    }
    const now = monday + 91 * day
    await expect(applyRetention(killed, now, { by: 'one' })).rejects.toThrow('killed')
    const left = (): Promise<unknown> => one('SELECT count() AS n FROM records_two_at_it')
    await applyRetention(engine, now + 60_000, { by: 'other' })
    expect(await left()).toBe(2)
    await applyRetention(engine, now + 3_601_000, { by: 'other' })
    expect(await left()).toBe(0)
    expect(
      await engine.rows(
        `SELECT records, installations FROM history WHERE product = 'two-at-it'
          AND period = 'day' AND dimension = 'all'`
      )
    ).toEqual([{ records: 2, installations: 2 }])
  })

  it('freezes no period that is longer than records live', async () => {
    await engine.migrate([testContract({ product: 'short', recordsDays: 7 })])
    await insert('short', [at(0, 1), at(1, 1)])
    await applyRetention(engine, monday + 30 * day)
    expect(
      await engine.rows(
        `SELECT DISTINCT period FROM history WHERE product = 'short' ORDER BY period`
      )
    ).toEqual([{ period: 'day' }, { period: 'week' }])
  })

  it('keeps when an installation was first seen as long as it reports, and forgets snapshots, drift and quarantine in time', async () => {
    const product = 'long'
    await engine.migrate([testContract({ product, recordsDays: 30 })])
    await insert(product, [
      at(0, 1, { name: 'report', kind: 'snapshot' }),
      at(0, 2, { name: 'report', kind: 'snapshot' })
    ])
    await insert(product, [at(20, 1, { name: 'report', kind: 'snapshot' })])
    const drift = {
      product,
      day: '2026-06-01',
      record: undefined,
      name: undefined,
      nameDigest: token(1),
      kind: 'string',
      reason: 'x',
      installation: undefined,
      count: 1,
      receivedAt: monday
    }
    await engine.insert({
      table: 'drift_rows',
      token: 'd',
      lines: Buffer.from(driftLine(drift)),
      deadlineMs: 1000
    })
    const refused = {
      product,
      code: 'x',
      record: undefined,
      bytes: 1,
      row: undefined,
      receivedAt: monday
    }
    await engine.insert({
      table: 'quarantine_rows',
      token: 'q',
      lines: Buffer.from(quarantineLine(refused)),
      deadlineMs: 1000
    })
    await applyRetention(engine, monday + 31 * day)
    expect(
      await engine.rows(
        `SELECT installation, toDate(first_seen) AS first FROM installations WHERE product = 'long'`
      )
    ).toEqual([{ installation: token(1), first: '2026-06-01' }])
    expect(await engine.rows(`SELECT installation FROM snapshots WHERE product = 'long'`)).toEqual([
      { installation: token(1) }
    ])
    expect(await one(`SELECT count() AS n FROM drift WHERE product = 'long'`)).toBe(0)
    expect(await one(`SELECT count() AS n FROM quarantine WHERE product = 'long'`)).toBe(0)
  })

  it('freezes a week whose first days were silent as soon as those have expired', async () => {
    await engine.migrate([
      testContract({ product: 'silent', recordsDays: 90, aggregatesDays: 400 })
    ])
    await insert('silent', [
      at(-8, 1, { product: 'silent' }),
      at(3, 1, { product: 'silent' }),
      at(4, 2, { product: 'silent' })
    ])
    await applyRetention(engine, monday + 91 * day)
    const counted = await engine.rows(
      "SELECT records, installations FROM history WHERE product = 'silent' AND period = 'week' " +
        "AND start = '2026-06-01' AND dimension = 'all'"
    )
    expect(counted).toEqual([{ records: 2, installations: 2 }])
    expect(await one('SELECT count() AS n FROM records_silent')).toBe(2)
  })
})
