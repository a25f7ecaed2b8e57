import { compileContract, parseContract } from '@candor/contract'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testRecord } from '../../../storage/contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../../../storage/engine.test-support.ts'
import { recordLine } from '../../../storage/tables/rows.ts'
import { askQuestion } from '../../asking/questions.ts'

const now = Date.parse('2026-11-20T12:00:00Z')
const dayMs = 86_400_000
const parsed = parseContract(`candor: 1
product: quiet
title: Quiet
purpose: Who is active, without an id.
recipients: [{ name: us, where: EU, for: deciding }]
retention: { records: 90 days, aggregates: 25 months }
consent: { default: opt-in }
identity: { kind: none, says: nothing }
environment: [os]
presence: [day, week]
events: { used: { when: It was used., fields: {} } }
controls: [{ variable: QUIET_TELEMETRY, off: "off" }]
`)
if (parsed.is === 'invalid') throw new Error(JSON.stringify(parsed.problems))
const product = compileContract(parsed.contract)
let engine: TestEngine

beforeAll(async () => {
  engine = await openTestEngine()
  await engine.migrate([product])
  const line = (daysAgo: number, name: string, fields = {}): string => {
    const at = now - daysAgo * dayMs
    return recordLine(
      testRecord(
        { product: 'quiet', name, installation: undefined, receivedAt: at, occurredAt: at },
        fields
      )
    )
  }
  const lines = [
    ...[1, 2, 3].map(() => line(0, 'used')),
    line(0, 'presence', { first_of_day: true, first_of_week: false, since_week: '2026-W40' }),
    line(0, 'presence', { first_of_day: true, first_of_week: true, since_week: '2026-W47' }),
    line(1, 'presence', { first_of_day: true, first_of_week: true, since_week: '2026-W40' })
  ]
  await engine.insert({
    table: 'incoming_quiet',
    token: 'a',
    lines: Buffer.from(lines.join('')),
    deadlineMs: 10_000
  })
})
afterAll(() => engine.close())

it.each([
  ['day', [1, 2]],
  ['week', [2]]
])(
  'counts who is active by %s without an id, from what programs say of themselves',
  async (unit, present) => {
    const parameters = new Map([
      ['unit', unit],
      ['since', '7d']
    ])
    const answer = await askQuestion({
      name: 'active-installations',
      parameters,
      storage: engine,
      product,
      now
    })
    expect(answer.columns.map(({ name }) => name)).toEqual([unit, 'present', 'records'])
    expect(answer.rows.flatMap((row) => row['present'] ?? [])).toEqual(present)
    expect(answer.notes.join(' ')).toContain('first use of the period')
  }
)

it('counts no period that the contract does not declare', async () => {
  const parameters = new Map([['unit', 'month']])
  const answer = await askQuestion({
    name: 'active-installations',
    parameters,
    storage: engine,
    product,
    now
  })
  expect(answer.columns.map(({ name }) => name)).toEqual(['month', 'records'])
})
