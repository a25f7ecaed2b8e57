/** Whether a glance shows what each question by itself would, and nothing that nobody knows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeptRecord } from '../../record.ts'
import { testRecord, token } from '../../storage/contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../../storage/engine.test-support.ts'
import { driftLine, recordLine } from '../../storage/tables/rows.ts'
import { contractOf } from '../twin/fleet.test-support.ts'
import { type Figure, type Glance, glanceAt } from './glance.ts'
import { askQuestion, questionNamed } from './questions.ts'
import { parametersOf } from './read-parameters.ts'

const now = Date.parse('2026-11-23T06:00:00Z')
const product = contractOf('acme', 'persistent')
const releases = [
  { version: '1.9.0', date: '2026-01-01' },
  { version: '2.0.0', date: '2026-11-18' }
]
let engine: TestEngine

function worked(
  day: string,
  who: number,
  {
    version,
    automation = 'none',
    success
  }: Record<'version' | 'automation', string> & {
    readonly success: boolean
  }
): string {
  const at = Date.parse(`${day}T03:00:00Z`)
  const record = testRecord(
    {
      product: 'acme',
      name: 'work',
      installation: token(who),
      receivedAt: at,
      occurredAt: at,
      version,
      environment: {
        class: 'unknown',
        automation: automation as KeptRecord['environment']['automation'],
        container: 'unknown',
        os: 'linux'
      }
    },
    { success }
  )
  return recordLine(record)
}

function glance(filters: Readonly<Record<string, string>> = {}): Promise<Glance> {
  return glanceAt({
    since: '7d',
    until: undefined,
    filters,
    takes: (question) => parametersOf(questionNamed(question)).map(({ name }) => name),
    ask: (name, parameters) =>
      askQuestion({
        name,
        parameters: new Map(Object.entries(parameters)),
        storage: engine,
        product,
        now,
        releases
      })
  })
}

beforeAll(async () => {
  engine = await openTestEngine()
  await engine.migrate([product])
  const old = { version: '1.9.0', automation: 'none', success: true }
  const lines = [
    worked('2026-11-02', 1, old),
    ...[1, 2, 3].map((who) => worked('2026-11-10', who, old)),
    worked('2026-11-10', 4, { ...old, success: false }),
    ...[1, 2].map((who) => worked('2026-11-19', who, { ...old, version: '2.0.0' })),
    worked('2026-11-19', 3, { ...old, version: '2.0.0', success: false }),
    worked('2026-11-20', 4, { ...old, automation: 'ci', success: false }),
    // Today is not over: it is in no number.
    worked('2026-11-23', 5, { version: '2.0.0', automation: 'none', success: false })
  ]
  await engine.insert({
    table: 'incoming_acme',
    token: 'all',
    lines: Buffer.from(lines.join('')),
    deadlineMs: 10_000
  })
  const drift = {
    product: 'acme',
    day: '2026-11-20',
    record: 'work',
    kind: 'null',
    installation: token(1),
    receivedAt: now
  }
  await engine.insert({
    table: 'drift_rows',
    token: 'drift',
    lines: Buffer.from(
      [
        { ...drift, reason: 'FIELD_NOT_IN_CONTRACT', name: 'host', nameDigest: token(7), count: 2 },
        { ...drift, reason: 'LOST_BY_CLIENT', name: '(lost)', nameDigest: token(8), count: 5 }
      ]
        .map(driftLine)
        .join('')
    ),
    deadlineMs: 10_000
  })
})
afterAll(() => engine.close())

function figure({ figures }: Glance, name: string): Partial<Figure> | undefined {
  const found = figures.find((one) => one.name === name)
  return found && { value: found.value, before: found.before, says: found.says }
}

describe('a glance at a product', () => {
  it('counts full days, each number beside the days before', async () => {
    const seen = await glance()
    expect(seen.span).toEqual({ first: '2026-11-16', last: '2026-11-22' })
    expect(figure(seen, 'people')).toEqual({ value: 3, before: 4, says: null })
    expect(figure(seen, 'installations')).toEqual({
      value: 4,
      before: 4,
      says: '1 of them automated'
    })
    expect(figure(seen, 'newest')).toEqual({ value: 0.75, before: 0, says: '3 or more' })
    expect(figure(seen, 'behind')).toMatchObject({ value: 0.25, before: 1 })
    expect(figure(seen, 'new_versions')).toEqual({ value: 1, before: null, says: '2.0.0' })
    expect(figure(seen, 'quiet_days')).toEqual({ value: 0, before: null, says: null })
    expect(figure(seen, 'failures')).toEqual({ value: 0.5, before: 0.25, says: '2 failed' })
    expect(figure(seen, 'drift')).toEqual({ value: 2, before: null, says: 'host' })
    expect(figure(seen, 'lost')).toEqual({ value: 5, before: null, says: null })
    expect(seen.trend).toHaveLength(14)
    expect(seen.trend.at(-3)).toEqual({ day: '2026-11-20', value: 1 })
  })

  it('is of people alone where that is asked, and of one version without what that cannot tell', async () => {
    const people = await glance({ automation: '!ci,agent,test' })
    expect(figure(people, 'installations')).toMatchObject({ value: 3, says: null })
    expect(figure(people, 'people')).toBeUndefined()
    expect(figure(people, 'failures')).toMatchObject({ value: 1 / 3 })
    expect(figure(people, 'newest')).toMatchObject({ value: 1 })
    const one = await glance({ version: '2.0.0' })
    expect(figure(one, 'newest')).toBeUndefined()
    expect(figure(one, 'installations')).toMatchObject({ value: 3 })
  })
})
