import { afterAll, beforeAll, expect, it } from 'vitest'
import { testContract } from '../../storage/contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../../storage/engine.test-support.ts'
import { driftLine, type DriftRow } from '../../storage/tables/rows.ts'
import { driftChecks } from './doctor-drift.ts'

const now = Date.parse('2026-11-20T12:00:00Z')
let engine: TestEngine
beforeAll(async () => {
  engine = await openTestEngine()
  await engine.migrate([testContract({})])
})
afterAll(() => engine.close())

let blocks = 0
const came = async (row: Partial<DriftRow>): Promise<void> => {
  const line = driftLine({
    product: 'dlt',
    day: '2026-11-20',
    record: 'pipeline_load',
    name: undefined,
    nameDigest: 'a1'.repeat(16),
    kind: 'string',
    reason: 'FIELD_NOT_IN_CONTRACT',
    installation: undefined,
    count: 3,
    receivedAt: now,
    ...row
  })
  const lines = Buffer.from(line)
  await engine.insert({ table: 'drift_rows', token: `d${blocks++}`, lines, deadlineMs: 1_000 })
}

it('tells what began since yesterday, by product, and nothing that came before', async () => {
  const nothing = { name: 'drift', is: 'ok', says: expect.stringMatching(/^nothing/) as string }
  expect(await driftChecks(engine, now)).toEqual([nothing])
  await came({ day: '2026-11-01', nameDigest: 'b2'.repeat(16) })
  await came({ nameDigest: 'b2'.repeat(16) })
  await came({ reason: 'LOST_BY_CLIENT', name: '(lost)', nameDigest: 'c3'.repeat(16) })
  expect(await driftChecks(engine, now)).toEqual([nothing])
  await came({})
  const [unnamed] = await driftChecks(engine, now)
  expect(unnamed?.says).toContain('1 name that no contract has began since yesterday, in 3 records')
  expect(unnamed?.says).toContain('most: #a1a1a1a1 in pipeline_load')
  await came({ name: 'threads', nameDigest: 'd4'.repeat(16), count: 20 })
  const [check, ...others] = await driftChecks(engine, now)
  expect(others).toEqual([])
  expect(check).toMatchObject({ name: 'drift of dlt', is: 'warning' })
  expect(check?.says).toMatch(
    /^2 names .* in 23 records; most: threads in pipeline_load \(FIELD_NOT_IN_CONTRACT\)/
  )
})

it('names the version that brought all of it', async () => {
  const begun = { product: 'acme', receivedAt: now, version: '1.31.0' }
  await came({ ...begun, nameDigest: 'e5'.repeat(16) })
  await came({ ...begun, nameDigest: 'f6'.repeat(16), count: 5, version: '1.32.0' })
  await came({ ...begun, nameDigest: 'f6'.repeat(16), count: 1 })
  const says = async (): Promise<string | undefined> =>
    (await driftChecks(engine, now)).find(({ name }) => name === 'drift of acme')?.says
  expect(await says()).toMatch(
    /^acme 1\.31\.0 says 2 things that no contract has, since yesterday, in 9 records; most: #f6/
  )
  await came({ ...begun, nameDigest: '07'.repeat(16), version: undefined })
  expect(await says()).toMatch(/^3 names that no contract has began since yesterday, in 12 records/)
})

it('goes on when the store does not answer', async () => {
  const away = { query: () => Promise.reject(new Error('away')) }
  expect(await driftChecks(away, now)).toMatchObject([{ name: 'drift', is: 'warning' }])
})
