/** Is a message that two collectors kept loaded once, by whichever was first? */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testContract, testRecord, token } from '../contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../engine.test-support.ts'
import { recordLine } from '../tables/rows.ts'
import { messageClaimsTable } from '../tables/side-tables.ts'
import type { LoaderBlock } from './loader.ts'
import { SharedMarks } from './shared-marks.ts'

const dayMs = 86_400_000
const receivedAt = Date.UTC(2026, 10, 20)
let engine: TestEngine
let waited = 0

beforeAll(async () => {
  engine = await openTestEngine()
  await engine.migrate([testContract()])
})
beforeEach(async () => {
  waited = 0
  await engine.command({
    sql: `TRUNCATE TABLE ${messageClaimsTable.name}`,
    deadlineMs: 10_000,
    place: 'shards'
  })
})
afterAll(() => engine.close())

function collector(
  inbox: string,
  windowMs: (table: string, protocol: string) => number | undefined = () => dayMs
): SharedMarks {
  const clock = {
    now: () => receivedAt,
    after: () => () => undefined,
    sleep: async (ms: number) => void (waited += ms)
  }
  return new SharedMarks({ storage: engine, inbox, windowMs, effects: { clock } })
}

let blocks = 0
function block(rows: readonly { readonly mark?: number; readonly after?: number }[]): LoaderBlock {
  const lines = rows.map(({ mark, after = 0 }) =>
    recordLine(
      testRecord({
        receivedAt: receivedAt + after,
        messageDigest: mark === undefined ? undefined : token(mark)
      })
    )
  )
  const bytes = Buffer.from(lines.join(''))
  return {
    token: `test/${blocks++}`,
    table: 'records_dlt',
    rows: lines.length,
    bytes: bytes.length,
    lines: bytes,
    oldestAt: receivedAt
  }
}
const rowsOf = async (marks: SharedMarks, given: LoaderBlock): Promise<number | undefined> =>
  (await marks.distinct([given]))[0]?.rows

describe('of several collectors', () => {
  it('the first loads what both kept, and the other all but that', async () => {
    expect(await rowsOf(collector('a'), block([{ mark: 1 }, { mark: 2 }]))).toBe(2)
    const left = block([{ mark: 2, after: 900 }, { mark: 3 }, {}])
    const [loaded] = await collector('b').distinct([left])
    expect(loaded).toMatchObject({ token: left.token, rows: 2 })
    expect(loaded?.lines.toString()).not.toContain(token(2))
    expect(await rowsOf(collector('c'), block([{ mark: 2 }]))).toBe(0)
  })

  it('one that asks again hears the same, whatever came meanwhile', async () => {
    const [first, second] = [block([{ mark: 1 }]), block([{ mark: 1, after: 5 }])]
    expect(await rowsOf(collector('b'), first)).toBe(1)
    expect(await rowsOf(collector('a'), second)).toBe(0)
    expect(await rowsOf(collector('b'), first)).toBe(1)
    expect(await rowsOf(collector('a'), second)).toBe(0)
  })

  it('each keeps what came so much later that it is another message', async () => {
    expect(await rowsOf(collector('a'), block([{ mark: 1 }]))).toBe(1)
    expect(await rowsOf(collector('b'), block([{ mark: 1, after: dayMs }]))).toBe(0)
    expect(await rowsOf(collector('b'), block([{ mark: 1, after: dayMs + 1 }]))).toBe(1)
    // Of its own it has judged itself, and two of one request have one mark.
    expect(await rowsOf(collector('a'), block([{ mark: 4 }, { mark: 4, after: 1 }]))).toBe(2)
  })

  it('what was not loaded takes nothing from what came after it', async () => {
    const far = 0.8 * dayMs
    expect(await rowsOf(collector('a'), block([{ mark: 1 }]))).toBe(1)
    expect(await rowsOf(collector('b'), block([{ mark: 1, after: far }]))).toBe(0)
    expect(await rowsOf(collector('c'), block([{ mark: 1, after: 2 * far }]))).toBe(1)
  })

  it('none waits for rows whose marks are for nobody else', async () => {
    expect(
      await rowsOf(
        collector('a', () => undefined),
        block([{ mark: 1 }])
      )
    ).toBe(1)
    expect(await rowsOf(collector('a'), block([{}]))).toBe(1)
    expect(waited).toBe(0)
  })

  it('claims are forgotten after a month', async () => {
    await collector('a').distinct([block([{ mark: 1 }])])
    const left = async (): Promise<unknown> =>
      engine.query({
        sql: `SELECT count() AS n FROM ${messageClaimsTable.name}`,
        deadlineMs: 9_000
      })
    await collector('a').forget(receivedAt + 30 * dayMs)
    expect(await left()).toEqual([{ n: 1 }])
    await collector('a').forget(receivedAt + 32 * dayMs)
    expect(await left()).toEqual([{ n: 0 }])
  })
})
