/**
 * The store that the program of commit 6c034c4 wrote, from captured requests of four products:
 * today's server opens it, brings it forward, and each question agrees with what was answered then.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  eventually,
  query,
  removeServer,
  startServer,
  type RunningServer
} from './world/candor-server.ts'

type Row = Readonly<Record<string, unknown>>

const fixture = (name: string): string =>
  fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))
/** By product, question and what it was asked with. */
const before = JSON.parse(readFileSync(fixture('answers-of-6c034c4.json'), 'utf8')) as Readonly<
  Record<string, readonly Row[]>
>

/** What means something else since then. Everything else must be the same number. */
const meansMore: Readonly<Record<string, readonly string[]>> = {
  // A record without a version has the last that its installation stated.
  'dblab versions': ['records', 'share'],
  // The old program ended before it wrote down what it had dropped.
  'dlt ingestion': ['not_kept'],
  'readyset ingestion': ['not_kept'],
  // Who is lost in a week that is not over is not known.
  'dlt new-returning-lost': ['lost']
}

let server: RunningServer

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'candor-'))
  execFileSync('tar', ['xzf', fixture('store-of-6c034c4.tgz'), '-C', folder])
  server = await startServer({ folder })
  // The tables are made anew first, and what the old program had not loaded yet is loaded then.
  await eventually(drifted, (n) => n > 0, 120)
}, 150_000)
afterAll(() => removeServer(server))

async function drifted(): Promise<number> {
  const found = await query(server, 'SELECT count() AS n FROM drift').catch(() => undefined)
  return Number(found?.rows[0]?.['n'] ?? 0)
}

async function answer(asked: string): Promise<readonly Row[]> {
  const [product = '', question = '', parameters = ''] = asked.split(' ')
  const response = await fetch(
    `${server.adminUrl}/api/v1/questions/${question}?product=${product}&since=2026-11-01` +
      `&until=2026-11-30&${parameters}`,
    { headers: { authorization: `Bearer ${server.token}` } }
  )
  const { rows } = (await response.json()) as { readonly rows: readonly Row[] }
  return rows
}

/** Nobody told is null now, and was zero; all other numbers are what they were. */
function agrees(then: Row, now: Row, changed: readonly string[]): boolean {
  return Object.entries(then).every(([column, value]) => {
    if (!(column in now) || changed.includes(column)) return true
    const told = now[column]
    return told === null && value === 0 ? true : JSON.stringify(told) === JSON.stringify(value)
  })
}

describe('a store of commit 6c034c4', () => {
  it.each(Object.keys(before))('tells today what it told then: %s', async (asked) => {
    const now = await answer(asked)
    // A field that nobody sent has no row any more.
    const then = (before[asked] ?? []).filter((row) => row['installations'] !== 0 || !row['field'])
    const others = then.filter(
      (row) => !now.some((each) => agrees(row, each, meansMore[asked] ?? []))
    )
    expect(others).toEqual([])
  })

  it('takes records as it did', async () => {
    const records = async (): Promise<number> =>
      Number((await query(server, 'SELECT count() AS n FROM dlt')).rows[0]?.['n'])
    const kept = await records()
    expect(kept).toBeGreaterThan(400)
    const response = await fetch(`${server.url}/v1/track`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('dlt:').toString('base64')}` },
      body: JSON.stringify({ event: 'pipeline_load', anonymousId: 'new', properties: {} })
    })
    expect(response.status).toBe(200)
    expect(await eventually(records, (n) => n > kept)).toBe(kept + 1)
  })
})
