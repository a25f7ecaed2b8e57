import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  compiled,
  openTestCollector,
  sampleContract,
  START,
  type TestCollector,
  wireRecord
} from '../../../collector/collector.test-support.ts'
import { replayRows } from '../../../collector/quarantine.ts'
import type { Storage } from '../../../storage/storage.ts'
import { openTestEngine, type TestEngine } from '../../../storage/engine.test-support.ts'
import { quarantineLine } from '../../../storage/tables/rows.ts'
import { everywhere } from '../../access/scope.ts'
import { quarantineEndpoints } from './quarantine.ts'

describe('quarantine', () => {
  let engine: TestEngine
  let test: TestCollector
  const audited: unknown[] = []
  beforeAll(async () => {
    engine = await openTestEngine()
    await engine.migrate([compiled(sampleContract)])
    test = await openTestCollector()
  })
  afterAll(async () => {
    await test.close()
    await engine.close()
  })

  const ask = async (
    path: string,
    body: Record<string, unknown> = {}
  ): Promise<Record<string, unknown>> => {
    const endpoint = quarantineEndpoints({
      storage: engine as unknown as Storage,
      replayRows: (rows) =>
        replayRows(rows, { ...test, effects: { clock: { now: () => test.now } as never } }),
      products: () => new Map(),
      productNamed: (_reach, product) => ({ product }),
      audit: { write: (entry) => Promise.resolve(void audited.push(entry)) }
    }).find((each) => each.path === path)
    const answer = await endpoint?.answer({
      path: {},
      query: '',
      body: Buffer.from(JSON.stringify(body)),
      headers: {},
      who: { name: 'operator' } as never,
      reach: everywhere,
      signal: new AbortController().signal
    })
    return JSON.parse(String(answer?.body)) as Record<string, unknown>
  }
  const list = async (): Promise<unknown> => (await ask('/api/v1/quarantine'))['quarantined']
  const replay = (): Promise<object> => ask('/api/v1/quarantine/replay', { product: 'sample' })
  let blocks = 0
  const refuse = async (rows: readonly object[], receivedAt = START): Promise<void> => {
    const lines = rows.map((row) =>
      quarantineLine({
        product: 'sample',
        code: 'STORAGE_REFUSED',
        record: 'load',
        bytes: 9,
        row: `${JSON.stringify(row)}\n`,
        receivedAt
      })
    )
    await engine.insert({
      table: 'quarantine_rows',
      token: `refused-${blocks++}`,
      lines: Buffer.from(lines.join('')),
      deadlineMs: 1_000
    })
  }
  /** Real rows, as the collector wrote them. */
  const scrubbed = async (...fields: readonly object[]): Promise<Record<string, unknown>[]> => {
    await test.collect(fields.map((each) => wireRecord(each)))
    return test.rows()
  }

  it('is listed without a value: rows that the store refused, and where a body could not be read', async () => {
    const rows = await scrubbed({ target: 'postgres' })
    await refuse(rows)
    const lines = quarantineLine({
      product: '(unknown)',
      code: 'BODY_NOT_JSON',
      reason: 'value expected',
      place: 7,
      record: undefined,
      bytes: 12,
      row: undefined,
      receivedAt: START - 1_000
    })
    await engine.insert({
      table: 'quarantine_rows',
      token: 'malformed',
      lines: Buffer.from(lines),
      deadlineMs: 1_000
    })
    const listed = await list()
    expect(listed).toEqual([
      {
        product: 'sample',
        at: '2026-11-20T12:00:00.000Z',
        code: 'STORAGE_REFUSED',
        record: 'load',
        reason: null,
        place: null,
        bytes: 9,
        isRow: true
      },
      {
        product: '(unknown)',
        at: '2026-11-20T11:59:59.000Z',
        code: 'BODY_NOT_JSON',
        record: null,
        reason: 'value expected',
        place: 7,
        bytes: 12,
        isRow: false
      }
    ])
    expect(JSON.stringify(listed)).not.toContain('postgres')
  })

  it('is judged again: the rows come in as they were scrubbed, once, and leave', async () => {
    expect(await replay()).toEqual({ again: 1, gone: 0 })
    const rows = await test.rows()
    expect(rows).toMatchObject([{ name: 'load', target: 'postgres' }])
    expect(await replay()).toEqual({ again: 0, gone: 0 })
    expect(await list()).toMatchObject([{ code: 'BODY_NOT_JSON' }])
    expect(audited).toContainEqual({
      who: 'operator',
      act: 'quarantine-replay',
      product: 'sample'
    })
    // As if the first answer had been lost before the rows left.
    await refuse(rows)
    expect(await replay()).toEqual({ again: 1, gone: 0 })
    expect(await test.rows()).toEqual([])
    // Refused once more, later: that is another row.
    await refuse(rows, START + 60_000)
    expect(await replay()).toEqual({ again: 1, gone: 0 })
    expect(await test.rows()).toHaveLength(1)
  })

  it('gives back nothing that its sender took back, and no record that no contract declares', async () => {
    const [row] = await scrubbed({ target: 'duckdb' })
    const installation = String(row?.['installation'])
    await refuse([{ ...row, name: 'never_declared' }, row ?? {}], START + 120_000)
    await test.deletions.requestErasure('sample', [{ kind: 'installation', token: installation }])
    expect(await replay()).toEqual({ again: 0, gone: 2 })
    expect(await test.rows()).toEqual([])
    expect(await list()).toMatchObject([{ code: 'BODY_NOT_JSON' }])
  })
})
