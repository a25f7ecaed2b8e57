/**
 * Whether the same question about the same days has the same answer before and after their records
 * expired, or says why not: no number may become another one.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { applyRetention } from '../../storage/jobs/retention.ts'
import { recordLine } from '../../storage/tables/rows.ts'
import { testRecord, token } from '../../storage/contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../../storage/engine.test-support.ts'
import { contractOf } from '../twin/fleet.test-support.ts'
import type { AnswerRow, AnswerTable } from './question.ts'
import { askQuestion } from './questions.ts'

const dayMs = 86_400_000
const product = contractOf('acme', 'persistent')
const began = Date.parse('2026-06-01T03:00:00Z')
const span = { since: '2026-06-01', until: '2026-07-31' }
/** All seventy days of records are there, and then those before 12 July are gone. */
const before = Date.parse('2026-08-08T06:00:00Z')
const after = Date.parse('2026-09-20T06:00:00Z')
let engine: TestEngine

beforeAll(async () => {
  engine = await openTestEngine()
  await engine.migrate([product])
  const lines = Array.from({ length: 61 }, (_none, day) =>
    Array.from({ length: 12 }, (_each, who) => sent(day, who)).flat()
  ).flat()
  await engine.insert({
    table: 'incoming_acme',
    token: 'all',
    lines: Buffer.from(lines.join('')),
    deadlineMs: 10_000
  })
})
afterAll(() => engine.close())

/** Each installation reports every second to sixth day, from a day of its own. */
function sent(day: number, who: number): readonly string[] {
  if (day < 3 * who || (day + who) % (2 + (who % 5)) !== 0) return []
  const at = began + day * dayMs
  const automation = who % 4 === 0 ? 'ci' : who % 4 === 1 ? 'agent' : 'none'
  const said = {
    product: 'acme',
    installation: token(who),
    receivedAt: at,
    occurredAt: at,
    version: day < 20 + who ? '1.9.0' : '2.0.0',
    environment: {
      class: who % 2 === 0 ? 'service' : 'interactive',
      automation,
      container: who % 3 === 0 ? 'true' : 'false',
      os: who % 5 === 0 ? 'windows' : 'linux'
    }
  } as const
  const fields = {
    success: day % 3 !== 0,
    elapsed: day + who,
    reason: day % 2 === 0 ? 'disk' : 'network'
  }
  return [
    recordLine(testRecord({ ...said, name: 'start' }, {})),
    recordLine(testRecord({ ...said, name: 'work' }, fields)),
    recordLine(testRecord({ ...said, name: 'report', kind: 'snapshot' }, { tables: who + day }))
  ]
}

type Own = Readonly<Record<string, string>>
const filters: readonly Own[] = [{ os: 'linux' }, { version: '1.9.0' }]
const groups = ['version', 'automation']
/** Those whose counts go on when their records are gone. */
const counting = ['active-installations', 'events', 'versions']
const asks = ['day', 'week', 'month', 'all'].flatMap((unit) =>
  counting.flatMap((name): readonly (readonly [string, Own])[] => [
    [name, { unit }],
    ...filters.map((filter) => [name, { unit, ...filter }] as const),
    ...groups.filter(() => name !== 'versions').map((by) => [name, { unit, by }] as const)
  ])
)

function ask([name, own]: readonly [string, Own], now: number): Promise<AnswerTable> {
  const parameters = new Map(Object.entries({ ...span, ...own }))
  return askQuestion({ name, parameters, storage: engine, product, now })
}

const keys = ['day', 'week', 'month', 'name', 'version', 'os', 'automation', 'container']

function keyOf(row: AnswerRow): string {
  return JSON.stringify(keys.map((key) => row[key] ?? null))
}

/** Cells that had a number and have another one now. */
function changed(was: AnswerTable, is: AnswerTable): readonly string[] {
  const rows = new Map(was.rows.map((row) => [keyOf(row), row]))
  return is.rows.flatMap((row) =>
    Object.entries(row).flatMap(([name, value]) => {
      const old = rows.get(keyOf(row))?.[name] ?? null
      return value === null || value === old ? [] : [`${keyOf(row)} ${name}: ${old} → ${value}`]
    })
  )
}

/** Numbers that are not there any more. */
function emptied(was: AnswerTable, is: AnswerTable): number {
  const rows = new Map(is.rows.map((row) => [keyOf(row), row]))
  const isGone = (row: AnswerRow, name: string): boolean =>
    row[name] !== null && (rows.get(keyOf(row))?.[name] ?? null) === null
  return was.rows.flatMap((row) => Object.keys(row).filter((name) => isGone(row, name))).length
}

it('a question of days that expired has the number that it had, or none and says why', async () => {
  const was = await Promise.all(asks.map((each) => ask(each, before)))
  // The night before it runs again, what has lived its time is counted from where it still lies.
  await applyRetention(engine, before)
  const atMidnight = await Promise.all(asks.map((each) => ask(each, before + 9 * dayMs)))
  expect(atMidnight.map(({ rows }) => rows)).toEqual(was.map(({ rows }) => rows))
  for (let now = before; now <= after; now += 20 * dayMs) await applyRetention(engine, now)
  await applyRetention(engine, after)
  const is = await Promise.all(asks.map((each) => ask(each, after)))
  const faults = asks.map((each, index) => {
    const [then, now] = [was[index], is[index]]
    if (then === undefined || now === undefined) throw new Error('each was asked twice')
    const isTold = now.notes.some((note) => note.startsWith('Records live for 70 days'))
    return [
      JSON.stringify(each),
      changed(then, now),
      emptied(then, now) > 0 && !isTold ? 'nobody says why' : '',
      now.notes.filter((note) => /^(?:Nothing that came|No client tells)/.test(note))
    ]
  })
  expect(faults).toEqual(asks.map((each) => [JSON.stringify(each), [], '', []]))
  // The counts themselves go on, quiet days among them.
  for (const name of ['active-installations', 'events'])
    for (const unit of ['day', 'week', 'month']) {
      const index = asks.findIndex(
        (each) => JSON.stringify(each) === JSON.stringify([name, { unit }])
      )
      expect(is[index]?.rows, `${name} by ${unit}`).toEqual(was[index]?.rows)
    }
})
