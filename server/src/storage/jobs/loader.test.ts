import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemEffects } from '../../effects.ts'
import { CandorError, type StorageErrorCode } from '../../errors.ts'
import {
  type Loader,
  type LoaderBlock,
  loaderLimits,
  type LoaderSource,
  startLoader
} from './loader.ts'
import { recordLine } from '../tables/rows.ts'
import { testContract, testRecord, token } from '../contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../engine.test-support.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await openTestEngine()
  await engine.migrate([testContract()])
  // A merge would collapse the copies that these tests look for.
  await engine.command({ sql: 'SYSTEM STOP MERGES', deadlineMs: 10_000 })
})
afterAll(() => engine.close())

const tables = [
  'records_dlt',
  'snapshots_dlt',
  'daily_states',
  'value_states',
  'installation_states',
  'installation_days',
  'quarantine_rows'
]

beforeEach(async () => {
  for (const table of tables)
    await engine.command({ sql: `TRUNCATE TABLE ${table}`, deadlineMs: 10_000, place: 'shards' })
})

const warnings: string[] = []
const log = {
  info: () => undefined,
  warn: (fields: Readonly<Record<string, string | number>>) =>
    void warnings.push(String(fields['code']))
}
const limits = { ...loaderLimits, intervalMs: 5, retryMsMin: 1, retryMsMax: 5 }

/** An inbox in memory: blocks as they were put in, halved like the real one's. */
function inbox(name: string): LoaderSource & {
  put(lines: readonly string[], table?: string): void
  waiting(): number
  allBlocks(): readonly LoaderBlock[]
} {
  let blocks: LoaderBlock[] = []
  let next = 0
  const block = (table: string, lines: readonly string[]): LoaderBlock => {
    const bytes = Buffer.from(lines.join(''))
    const first = (next += lines.length) - lines.length
    return {
      token: `${name}/${table}/${first}-${next - 1}`,
      table,
      rows: lines.length,
      bytes: bytes.length,
      lines: bytes,
      oldestAt: 1_795_000_000_000
    }
  }
  return {
    put: (lines, table = 'records_dlt') => void blocks.push(block(table, lines)),
    waiting: () => blocks.length,
    nextBlocks: async () => blocks.slice(0, 1),
    allBlocks: () => blocks,
    loaded: async (done) => {
      blocks = blocks.filter((candidate) => candidate.token !== done)
    },
    split: async (refused) => {
      const [whole] = blocks.filter((candidate) => candidate.token === refused)
      if (whole === undefined || whole.rows === 1) return false
      const lines = whole.lines.toString().match(/[^\n]*\n/g) ?? []
      const halves = [lines.slice(0, lines.length / 2), lines.slice(lines.length / 2)]
      blocks = [
        ...halves.map((half) => block(whole.table, half)),
        ...blocks.filter((candidate) => candidate !== whole)
      ]
      return true
    },
    state: () => ({ oldestWaitingAt: blocks[0]?.oldestAt })
  }
}

let loader: Loader | undefined
afterEach(() => loader?.close())

async function loadAll(
  source: ReturnType<typeof inbox>,
  storage: Pick<TestEngine, 'insert' | 'query'> = engine
): Promise<Loader> {
  loader = startLoader({ source, storage, effects: systemEffects, log, limits })
  while (source.waiting() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  return loader
}

async function counts(): Promise<Record<string, number>> {
  const queries = [
    'SELECT toUInt32(count()) AS n FROM records_dlt',
    'SELECT toUInt32(count()) AS n FROM snapshots_dlt',
    'SELECT toUInt32(sum(records)) AS n FROM daily_states',
    `SELECT toUInt32(sum(records)) AS n FROM value_states WHERE dimension = 'all'`,
    'SELECT toUInt32(sum(records)) AS n FROM installation_states',
    'SELECT toUInt32(sum(records)) AS n FROM installation_days',
    'SELECT toUInt32(count()) AS n FROM quarantine_rows'
  ]
  const rows = await Promise.all(queries.map((sql) => engine.rows<{ n: number }>(sql)))
  return Object.fromEntries(tables.map((table, index) => [table, rows[index]?.[0]?.n ?? 0]))
}

const snapshots = [1, 2, 3].map((id) =>
  recordLine(testRecord({ name: 'report', kind: 'snapshot', installation: token(id) }))
)
const each = (n: number) => ({
  records_dlt: n,
  snapshots_dlt: n,
  daily_states: n,
  value_states: n,
  installation_states: n,
  installation_days: n,
  quarantine_rows: 0
})

/** The engine, but it answers as told before (`lost`: after) it does what it is asked. */
function failing(
  plan: readonly (StorageErrorCode | 'lost' | 'fine')[]
): Pick<TestEngine, 'insert' | 'query'> {
  const left = [...plan]
  return {
    query: engine.query,
    async insert(block) {
      const next = left.shift() ?? 'fine'
      if (next !== 'fine' && next !== 'lost') throw new CandorError(next, 'as told')
      await engine.insert(block)
      if (next === 'lost') throw new CandorError('STORAGE_TIMEOUT', 'as told')
    }
  }
}

describe('the loader', () => {
  it('counts a retried block once in the table and behind every view', async () => {
    const source = inbox('retried')
    source.put(snapshots)
    await loadAll(source, failing(['lost', 'lost', 'STORAGE_UNAVAILABLE', 'fine']))
    expect(await counts()).toEqual(each(3))
  })

  it('counts a replayed block once, also after other blocks', async () => {
    const [first, again] = [inbox('replayed'), inbox('replayed')]
    first.put(snapshots)
    first.put([
      recordLine(testRecord({ name: 'report', kind: 'snapshot', installation: token(4) }))
    ])
    await loadAll(first)
    await loader?.close()
    again.put(snapshots)
    await loadAll(again)
    expect(await counts()).toEqual(each(4))
  })

  it('fills the view that a killed attempt did not reach, and no other one twice', async () => {
    const view = 'records_dlt_to_installations'
    const [row] = await engine.rows<{ create: string }>(
      `SELECT create_table_query AS create FROM system.tables WHERE name = '${view}'`
    )
    await engine.command({ sql: `DROP VIEW ${view}`, deadlineMs: 10_000 })
    const source = inbox('killed')
    source.put(snapshots)
    await loadAll(source)
    await loader?.close()
    expect((await counts())['installation_states']).toBe(0)
    await engine.command({ sql: row?.create ?? '', deadlineMs: 10_000 })
    const again = inbox('killed')
    again.put(snapshots)
    await loadAll(again)
    expect(await counts()).toEqual(each(3))
  })

  it('keeps the equal block of another inbox, whose range is the same', async () => {
    for (const name of ['one', 'other']) {
      const source = inbox(name)
      source.put(snapshots)
      await loadAll(source)
      await loader?.close()
    }
    expect(await counts()).toEqual(each(6))
  })

  it('keeps equal blocks of one inbox, for they are different records', async () => {
    const source = inbox('equal')
    source.put(snapshots)
    source.put(snapshots)
    await loadAll(source)
    expect(await counts()).toEqual(each(6))
  })

  it('goes on with all tables after the store was away, and tells it once', async () => {
    warnings.length = 0
    const source = inbox('away')
    source.put(snapshots)
    const running = await loadAll(
      source,
      failing(['STORAGE_UNAVAILABLE', 'STORAGE_UNAVAILABLE', 'STORAGE_FULL', 'fine'])
    )
    expect(await counts()).toEqual(each(3))
    expect(warnings).toEqual(['STORAGE_UNAVAILABLE', 'STORAGE_FULL'])
    expect(running.state()).toEqual({
      rowsLoaded: 3,
      blocksLoaded: 1,
      rowsQuarantined: 0,
      failing: undefined
    })
    expect(running.lag()).toBe(0)
  })

  it('puts a row that the store refuses into quarantine, alone', async () => {
    const source = inbox('refused')
    const bad = recordLine(
      testRecord({ name: 'report', kind: 'snapshot', installation: token(9) }, { rows: 1.5 })
    )
    source.put([...snapshots, bad])
    const running = await loadAll(source)
    expect(await counts()).toEqual({ ...each(3), quarantine_rows: 1 })
    expect(await engine.rows('SELECT product, code, record, bytes, row FROM quarantine')).toEqual([
      { product: 'dlt', code: 'STORAGE_REFUSED', record: 'report', bytes: bad.length, row: bad }
    ])
    expect(running.state().rowsQuarantined).toBe(1)
  })

  it('leaves the blocks of a table that is held back where they are, and loads the others', async () => {
    const source = inbox('held')
    source.put(snapshots)
    source.put([snapshots[0] ?? ''], 'records_other')
    const running = startLoader({
      source,
      storage: engine,
      effects: systemEffects,
      log,
      limits,
      isHeld: (table) => table === 'records_other'
    })
    while (running.state().rowsLoaded < 3) await systemEffects.clock.sleep(5)
    await running.close()
    expect(source.waiting()).toBe(1)
    expect(await counts()).toEqual(each(3))
  })

  it('leaves no timer behind when it closes, which would keep the process', async () => {
    let sleeping = 0
    const sleep = async (delayMs: number, signal?: AbortSignal): Promise<void> => {
      sleeping += 1
      await systemEffects.clock.sleep(delayMs, signal)
      sleeping -= 1
    }
    const effects = { clock: { ...systemEffects.clock, sleep } }
    const loader = startLoader({ source: inbox('timers'), storage: engine, effects, log, limits })
    await loader.close()
    await new Promise(setImmediate)
    expect(sleeping).toBe(0)
  })

  it('waits longer each time while the store is away, and longest while its disk is full', async () => {
    const source = inbox('pauses')
    source.put(snapshots)
    const pauses: number[] = []
    const sleep = async (delayMs: number): Promise<void> => {
      pauses.push(delayMs)
      await new Promise(setImmediate)
    }
    const effects = { clock: { ...systemEffects.clock, sleep } }
    const away = 'STORAGE_UNAVAILABLE'
    const storage = failing([away, away, away, 'STORAGE_FULL', 'STORAGE_FULL', 'fine'])
    const pausing = { ...limits, retryMsMin: 250, retryMsMax: 10_000 }
    loader = startLoader({ source, storage, effects, log, limits: pausing })
    while (source.waiting() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(pauses.slice(0, 5)).toEqual([250, 500, 1_000, 10_000, 10_000])
  })

  it.each([
    ['of one round', (waiting: readonly LoaderBlock[]) => waiting],
    ['of many rounds', (waiting: readonly LoaderBlock[]) => waiting.slice(0, 1)]
  ])('leaves the blocks %s in the inbox when its time to close is over', async (_, round) => {
    const source = inbox('late')
    let now = 0
    const clock = { ...systemEffects.clock, now: () => now }
    let asked = 0
    // Each block takes two of the five seconds.
    const insert = async (): Promise<void> => void (now += 2_000)
    loader = startLoader({
      source: {
        ...source,
        nextBlocks: async () => {
          asked += 1
          await new Promise(setImmediate)
          return round(source.allBlocks())
        }
      },
      storage: { query: engine.query, insert },
      effects: { clock },
      log,
      limits: { ...limits, intervalMs: 60_000, rowsBusy: 1, closeMsMax: 5_000 }
    })
    await systemEffects.clock.sleep(10)
    for (let block = 0; block < 5; block++) source.put(snapshots, `records_${block}`)
    await loader.close()
    expect(source.waiting()).toBe(2)
    const before = asked
    await systemEffects.clock.sleep(10)
    expect(asked).toBe(before)
  })

  it('waits no longer than its time for an insert that does not end', async () => {
    const source = inbox('stuck')
    source.put(snapshots)
    loader = startLoader({
      source,
      storage: { query: engine.query, insert: () => new Promise(() => undefined) },
      effects: systemEffects,
      log,
      limits: { ...limits, closeMsMax: 20 }
    })
    await loader.close()
    expect(source.waiting()).toBe(1)
  })

  it('loads what waits before it closes', async () => {
    const source = inbox('closing')
    loader = startLoader({
      source,
      storage: engine,
      effects: systemEffects,
      log,
      limits: { ...limits, intervalMs: 60_000 }
    })
    await new Promise((resolve) => setTimeout(resolve, 10))
    source.put(snapshots)
    await loader.close()
    expect(source.waiting()).toBe(0)
    expect(await counts()).toEqual(each(3))
  })
})
