import {
  compileContract,
  parseContract,
  type CompiledContract,
  type Counted,
  type Dimension
} from '@candor/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordLine } from '../../storage/tables/rows.ts'
import { testRecord, token } from '../../storage/contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../../storage/engine.test-support.ts'
import type { Effects } from '../../effects.ts'
import { everywhere, nobody } from '../access/scope.ts'
import { riskEndpoint } from './risk-endpoint.ts'

const now = Date.parse('2026-11-20T12:00:00Z')

function contractWith(product: string, kind: string): CompiledContract {
  const parsed = parseContract(`candor: 1
product: ${product}
title: Demo
purpose: To test.
recipients: [{ name: Us, where: Here, for: testing }]
retention: { records: 90 days, aggregates: 25 months }
consent: { default: opt-in }
identity: { kind: ${kind}, says: an id }
controls: [{ flag: --off }]
environment: [os]
events:
  load:
    when: It loads.
    fields:
      rows: { type: integer, min: 0 }
      share: { type: number, min: -1, max: 1 }
      word: { type: enum, values: [a, b, c] }
      os: { type: enum, values: [x, y] }
      at: { type: timestamp }
      release: { type: version }
      words: { type: list, of: { type: enum, values: [a, b] }, max_items: 3 }
      sizes: { type: map, keys: [l, r], max_entries: 2, values: { type: integer } }
`)
  if (parsed.is === 'invalid') throw new Error(JSON.stringify(parsed.problems))
  return compileContract(parsed.contract)
}

const demo = contractWith('dlt', 'persistent')
let engine: TestEngine

const field = (name: string, ...coarser: Dimension['coarser']): Dimension => ({
  of: 'field',
  name,
  coarser
})
const environment = (name: string): Dimension => ({ of: 'environment', name, coarser: [] })

async function ask(
  body: object,
  { at = now, product = demo } = {}
): Promise<{ readonly counted: readonly Counted[]; readonly until: string }> {
  const endpoint = riskEndpoint({
    effects: { clock: { now: () => at } as Effects['clock'] },
    storage: engine,
    productNamed: (_reach, name) => ({
      product: name,
      newest: product,
      published: new Map(),
      folder: ''
    })
  })
  const answer = await endpoint.answer({
    path: {},
    query: '',
    headers: {},
    body: Buffer.from(JSON.stringify({ product: 'dlt', record: 'load', ...body })),
    who: nobody,
    reach: everywhere,
    signal: new AbortController().signal
  })
  return JSON.parse(String(answer.body)) as Awaited<ReturnType<typeof ask>>
}

async function count(groups: unknown, changes: object = {}): Promise<readonly Counted[]> {
  return (await ask({ groups, ...changes })).counted
}

beforeAll(async () => {
  engine = await openTestEngine()
  await engine.migrate([demo])
  const lines: string[] = []
  const add = (
    installation: number | undefined,
    daysAgo: number,
    fields: object,
    changes: object = {}
  ): void => {
    const at = now - daysAgo * 86_400_000
    const id = installation === undefined ? undefined : token(installation)
    lines.push(
      recordLine(
        testRecord(
          { installation: id, receivedAt: at, occurredAt: at, ...changes },
          fields as never
        )
      )
    )
  }
  // Twenty installations: twelve say `a`, seven `b`, one `c`; each its own number of rows.
  for (let each = 1; each <= 20; each += 1)
    add(each, 1, {
      rows: 1_000 + each,
      share: each / 100,
      word: each <= 12 ? 'a' : each <= 19 ? 'b' : 'c',
      at: new Date(now - each * 60_000).toISOString(),
      release: `1.${each % 2}.${each}`,
      words: each % 2 === 0 ? ['a', 'b'] : ['a'],
      sizes: { l: each }
    })
  // An earlier record does not count beside the latest one; who sends no id cannot be counted; what
  // is older than asked is not looked at.
  add(1, 2, { rows: 77, word: 'c' })
  add(undefined, 1, { rows: 78, word: 'c' })
  add(99, 50, { rows: 79 })
  add(21, 1, {}, { name: 'other' })
  await engine.insert({
    table: 'incoming_dlt',
    token: 'a',
    lines: Buffer.from(lines.join('')),
    deadlineMs: 10_000
  })
})
afterAll(() => engine.close())

describe('what is counted for the risk of a contract', () => {
  it('is one row for each installation, its latest', async () => {
    const [rows, word, both] = await count([
      [field('rows')],
      [field('word')],
      [field('rows'), field('word')]
    ])
    expect(rows).toEqual({ installations: 20, values: 20, alone: 20, few: 20, bits: Math.log2(20) })
    expect(word).toMatchObject({ installations: 20, values: 3, alone: 1, few: 8 })
    expect(word?.bits).toBeCloseTo(
      -(0.6 * Math.log2(0.6) + 0.35 * Math.log2(0.35) + 0.05 * Math.log2(0.05)),
      9
    )
    expect(both).toMatchObject({ installations: 20, values: 20, alone: 20 })
  })

  it('is counted as if rounded, bucketed, shortened or dropped', async () => {
    const found = await count([
      [field('rows', { by: 'digits', digits: 2 })],
      [field('rows', { by: 'bucket', bounds: [0, 1_010, 2_000] })],
      [field('share', { by: 'nearest', step: 0.1 })],
      [field('at', { by: 'time', to: 'day' })],
      [field('release', { by: 'parts', parts: 2 })],
      [field('word', { by: 'rare', below: 10 })],
      [field('words', { by: 'size' })],
      [field('sizes', { by: 'presence' })]
    ])
    expect(found.map(({ values }) => values)).toEqual([1, 2, 3, 1, 2, 2, 2, 1])
    expect(found[1]).toMatchObject({ alone: 0, few: 9 })
    expect(found[5]).toMatchObject({ installations: 20, alone: 0, few: 8 })
    expect(
      (await count([[field('sizes')], [field('words')], []])).map(({ values }) => values)
    ).toEqual([20, 2, 1])
  })

  it('looks at the environment and at a field of the same name, each where it lies', async () => {
    const [system, own, version] = await count([
      [environment('os')],
      [field('os')],
      [environment('version')]
    ])
    expect([system?.values, own?.values, version?.values]).toEqual([1, 1, 1])
  })

  it('counts absence as a value', async () => {
    expect(await count([[field('os')]])).toMatchObject([{ installations: 20, values: 1, alone: 0 }])
  })

  it('looks no further back than asked', async () => {
    expect(await count([[]], { since: '60d' })).toMatchObject([{ installations: 21 }])
    expect(await count([[]], { since: '1d' })).toMatchObject([{ installations: 0, bits: 0 }])
  })

  it('counts nothing that came after the first of its questions', async () => {
    const { until, counted } = await ask({ groups: [[]] }, { at: now - 36 * 3_600_000 })
    expect(counted).toMatchObject([{ installations: 1 }])
    expect((await ask({ groups: [[]], until })).counted).toEqual(counted)
  })

  it('counts records by themselves where nobody has an id', async () => {
    const product = contractWith('dlt', 'none')
    const { counted } = await ask({ groups: [[field('word')]] }, { product })
    expect(counted).toMatchObject([{ installations: 22, values: 3, alone: 0, few: 10 }])
  })

  it.each([
    [{ groups: [] }],
    [{ groups: Array.from({ length: 9 }, () => []) }],
    [{ record: 'nothing' }],
    [{ since: 'ever' }],
    [{ until: 'never' }],
    [{ groups: [[{ of: 'field', name: 'installation', coarser: [] }]] }],
    [{ groups: [[{ of: 'environment', name: 'session', coarser: [] }]] }],
    [{ groups: [[{ of: 'field', name: 'rows`', coarser: [] }]] }],
    [
      { groups: [[{ of: 'field', name: 'rows', coarser: [{ by: 'bucket', bounds: ['0] -- '] }] }]] }
    ],
    [{ groups: [[{ of: 'field', name: 'rows', coarser: [{ by: 'nearest', step: '1; DROP' }] }]] }],
    [{ groups: [[{ of: 'field', name: 'rows', coarser: [{ by: 'time', to: 'day' }] }]] }],
    [{ groups: [[{ of: 'field', name: 'rows', coarser: [{ by: 'other' }] }]] }],
    [{ groups: [['rows']] }]
  ])('is refused when it is asked for anything else: %j', async (changes) => {
    await expect(count([[]], changes)).rejects.toMatchObject({ code: 'PARAMETER_INVALID' })
  })
})
