/** Whether the statement that comes with an answer may be run by its reader, and says the same. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemEffects } from '../../effects.ts'
import { type OpenedStorage, openStorage } from '../../storage/open-storage.ts'
import { type Fleet, fleetOf, load } from '../twin/fleet.test-support.ts'
import { advisoriesAt } from '../twin/naive-exposure.test-support.ts'
import type { AnswerTable } from './question.ts'
import { askQuestion } from './questions.ts'

const fleet = fc
  .sample(fleetOf('shown-sql', 'persistent'), { seed: 13, numRuns: 3 })
  .at(-1) as Fleet
let folder: string
let storage: OpenedStorage

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candor-questions-'))
  const log = { info: () => undefined, warn: () => undefined }
  storage = openStorage({
    effects: systemEffects,
    engine: { is: 'embedded', folder },
    contracts: [fleet.product],
    log,
    guestKey: 'k'
  })
  await storage.started
  await storage.migrate([fleet.product])
  await load(
    { ...storage, folder, rows: () => Promise.resolve([]), migrate: () => Promise.resolve([]) },
    fleet
  )
})
afterAll(async () => {
  await storage.close()
  await rm(folder, { recursive: true, force: true })
})

function ask(name: string, asked: Readonly<Record<string, string>>): Promise<AnswerTable> {
  const { product, now } = fleet
  return askQuestion({
    name,
    parameters: new Map(Object.entries({ since: '60d', ...asked })),
    storage,
    product,
    now,
    releases: [],
    advisories: advisoriesAt(now).map((advisory) => ({ ...advisory, severity: 'high' }))
  })
}

/** As long as a list may be. */
const manyWords = [
  'linux',
  '1.9.0',
  ...Array.from({ length: 48 }, (_, n) => `a-long-word-${n}`)
].join(',')

const asked: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['active-installations', {}],
  [
    'active-installations',
    { unit: 'week', by: 'tags', automation: 'none,ci', version: '1.9.0,unknown' }
  ],
  ['new-returning-lost', { os: 'linux,unknown' }],
  ['retention', { automation: 'none,ci,agent,test' }],
  ['versions', { unit: 'week', top: '2' }],
  ['upgrade-flow', {}],
  ['time-to-upgrade', { since: '70d' }],
  ['exposure', { advisory: 'A-2', unit: 'day' }],
  ['exposure', { advisory: 'A-1', show: 'fix' }],
  ['events', { by: 'records', unit: 'month' }],
  ['breakdown', { field: 'calls', of: 'latest' }],
  ['breakdown', { field: 'work.elapsed' }],
  ['distribution', { field: 'elapsed' }],
  ['distribution', { field: 'tables', of: 'latest', show: 'quantiles' }],
  ['fleet', { field: 'bytes', by: 'edition' }],
  ['adoption', { unit: 'week' }],
  ['adoption', { field: 'vector', container: 'true,false,unknown' }],
  ['funnel', { records: 'start,work', per: 'session' }],
  ['failures', { by: 'os' }],
  ['failures', { reason: 'reason', by: 'version' }],
  ['failures', { failure: 'stop', unit: 'week' }],
  ['query-shapes', { status: 'unsupported,pending' }],
  ['sessions', {}],
  ['ingestion', {}],
  ['drift', { show: 'declared' }],
  ['active-installations', { by: 'version_line,tags', version: manyWords }],
  ['retention', { by: 'version,os', where: 'success!=false' }],
  ['events', { os: `!${manyWords}`, where: 'elapsed>=0' }],
  ['breakdown', { field: 'calls', key: 'sum,avg' }],
  ['distribution', { field: 'calls', key: 'sum', count: 'installations' }],
  ['distribution', { field: 'bytes', of: 'latest' }],
  ['fleet', { field: 'calls', by: 'os,version' }],
  ['funnel', { records: 'start,work(success=true),stop' }],
  ['failures', { failed: 'calls', tried: 'calls' }],
  ['failures', { reason: 'tags' }],
  ['versions', { lines: 'minor' }]
]

it.each(asked)('%s %j', async (name, parameters) => {
  const { rows, sql = '' } = await ask(name, parameters)
  expect(rows.length).toBeGreaterThan(0)
  const lines = sql.split('\n')
  expect(lines.length).toBeLessThanOrEqual(60)
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(120)
  const found = await storage.userQuery({
    sql,
    rowsMax: 10_000,
    deadlineMs: 20_000,
    products: undefined,
    asker: 'me'
  })
  // Some answers have more of it than the statement: zero periods of a cohort, each step of a
  // funnel, each field.
  expect(found.rows.length).toBeGreaterThan(0)
  const total = (some: readonly Readonly<Record<string, unknown>>[], column: string): number =>
    some.reduce((sum, row) => sum + Number(row[column] ?? 0), 0)
  for (const column of ['records', 'failed', 'users'].filter((wanted) =>
    [...rows, ...found.rows].every((row) => wanted in row)
  ))
    expect(total(found.rows, column), column).toBe(total(rows, column))
})
