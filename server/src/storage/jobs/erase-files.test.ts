/** Is what was erased, and what has expired, in no file of the engine? Each block is unpacked. */
import { randomBytes } from 'node:crypto'
import { DAY_MS } from '#values/days'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeptRecord } from '../../record.ts'
import { systemEffects } from '../../effects.ts'
import { testContract, testRecord } from '../contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../engine.test-support.ts'
import { quarantineLine, quarantineTable, recordLine, recordTable } from '../tables/rows.ts'
import { searchFiles } from './engine-files.test-support.ts'
import { eraseFromStore } from './erase.ts'
import { applyRetention } from './retention.ts'

const now = Date.parse('2026-11-20T12:00:00Z')
const hex = (bytes: number): string => randomBytes(bytes).toString('hex')

/** Everything that names one installation. */
function installation(): Record<'installation' | 'account' | 'lineage' | 'session', string> & {
  readonly deletion: string
} {
  return {
    installation: hex(16),
    account: hex(16),
    lineage: hex(16),
    session: hex(16),
    deletion: hex(32)
  }
}

describe('the files of the engine', () => {
  let engine: TestEngine
  let blocks = 0
  const [kept, byKey, byId, expired] = [
    installation(),
    installation(),
    installation(),
    installation()
  ]
  const insert = (table: string, lines: string): Promise<void> =>
    engine.insert({
      table,
      token: `f/${blocks++}`,
      lines: Buffer.from(lines),
      deadlineMs: 10_000
    })
  const fill = async (ids: Partial<KeptRecord>, receivedAt = now): Promise<void> => {
    // Enough that something is packed, and that an id comes again and again.
    const lines = Array.from({ length: 200 }, (_, seq) =>
      recordLine(
        testRecord({
          ...ids,
          name: 'report',
          kind: 'snapshot',
          seq,
          receivedAt: receivedAt + seq,
          occurredAt: receivedAt + seq
        })
      )
    )
    await insert(recordTable('dlt'), lines.join(''))
    const row = lines[0] ?? ''
    const refused = { product: 'dlt', code: 'STORAGE_REFUSED', record: 'report', bytes: 1, row }
    await insert(quarantineTable, quarantineLine({ ...refused, receivedAt }))
  }
  /** Parts that were replaced stay for eight minutes; here for none. */
  const untilClean = async (): Promise<void> => {
    const inactive = async (): Promise<number> =>
      Number(
        (
          await engine.rows<{ n: number }>(
            'SELECT count() AS n FROM system.parts WHERE NOT active AND database = ' +
              'currentDatabase()'
          )
        )[0]?.n
      )
    for (let tries = 0; (await inactive()) > 0; tries++) {
      if (tries > 300) throw new Error('parts that were replaced stay')
      await systemEffects.clock.sleep(100)
    }
  }

  beforeAll(async () => {
    engine = await openTestEngine()
    await engine.migrate([testContract({ recordsDays: 30 })])
    const tables = await engine.rows<{ name: string }>(
      'SELECT name FROM system.tables WHERE database = currentDatabase() AND ' +
        "engine LIKE '%MergeTree'"
    )
    for (const { name } of tables) {
      await engine.command({
        sql:
          `ALTER TABLE ${name} MODIFY SETTING old_parts_lifetime = 0, cleanup_delay_period = 0, ` +
          'max_cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, ' +
          // Packed with zstd otherwise, which Node 20 can not unpack.
          'compress_marks = 0, compress_primary_key = 0',
        deadlineMs: 10_000
      })
      // The thread that cleans reads its settings as the table is opened.
      await engine.command({ sql: `DETACH TABLE ${name} SYNC`, deadlineMs: 10_000 })
      await engine.command({ sql: `ATTACH TABLE ${name}`, deadlineMs: 10_000 })
      // What the migration itself wrote is written anew.
      await engine.command({ sql: `OPTIMIZE TABLE ${name} FINAL`, deadlineMs: 10_000 })
    }
    await untilClean()
    for (const ids of [kept, byKey, byId]) await fill(ids)
    await fill(expired, now - 40 * DAY_MS)
  })
  afterAll(() => engine.close())

  const all = [kept, byKey, byId, expired].flatMap((ids) => Object.values(ids))

  it('hold all of it before, which only their unpacked blocks show', async () => {
    const { blocks: unpacked, found } = searchFiles(engine.folder, all)
    expect(unpacked).toBeGreaterThan(50)
    expect([...found.keys()].toSorted()).toEqual(all.toSorted())
  })

  it('hold nothing of it after an erasure and an expiry, and still what is kept', async () => {
    await eraseFromStore(engine, [
      { product: 'dlt', kind: 'deletion', digest: byKey.deletion, requestedAt: now + DAY_MS },
      { product: 'dlt', kind: 'installation', digest: byId.installation, requestedAt: now + DAY_MS }
    ])
    await applyRetention(engine, now)
    await untilClean()
    const gone = [byKey, byId, expired].flatMap((ids) => Object.values(ids))
    // The engine forgets its own mutations a moment after the parts.
    let { found } = searchFiles(engine.folder, all)
    for (let tries = 0; tries < 50 && gone.some((text) => found.has(text)); tries++) {
      await systemEffects.clock.sleep(200)
      found = searchFiles(engine.folder, all).found
    }
    expect(Object.fromEntries([...found].filter(([text]) => gone.includes(text)))).toEqual({})
    expect([...found.keys()].toSorted()).toEqual(Object.values(kept).toSorted())
  })
})
