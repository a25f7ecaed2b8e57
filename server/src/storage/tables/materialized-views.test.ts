import { compileContract, type CompiledContract, parseContract } from '@candor/contract'
import { expect, it } from 'vitest'
import { allColumns, testContract, testRecord, token } from '../contract.test-support.ts'
import { openTestEngine } from '../engine.test-support.ts'
import { migrate } from './migrate.ts'
import type { StorageRun } from '../storage.ts'
import { recordLine } from './rows.ts'

// An altered view gives a block another id than it has after the engine's next start, and a block
// that was cut off would count twice.
it('are never altered, and made anew only for another query', async () => {
  const engine = await openTestEngine()
  const said: string[] = []
  const run: StorageRun = {
    cluster: engine.cluster,
    query: engine.query,
    command: (request) => {
      said.push(request.sql)
      return engine.command(request)
    }
  }
  const ofViews = (): readonly string[] =>
    said
      .splice(0)
      .filter((sql) =>
        /_to_(?:records|days|values|field_values|numbers|installations|installation_days|environment_days|snapshots)\b/.test(
          sql
        )
      )
  try {
    const contract = testContract({ columns: allColumns.slice(0, 1) })
    await migrate(run, [contract])
    const first = ofViews()
    expect(first.filter((sql) => sql.startsWith('CREATE')).length).toBeGreaterThan(5)
    expect(first.filter((sql) => sql.startsWith('ALTER'))).toEqual([])
    await migrate(run, [contract])
    expect(ofViews()).toEqual([])
    await migrate(run, [testContract({ columns: allColumns.slice(0, 2) })])
    const widened = ofViews()
    expect(new Set(widened.map((sql) => sql.split(' ', 1)[0]))).toEqual(new Set(['DROP', 'CREATE']))
    expect(widened.every((sql) => /_to_(?:records|snapshots)\b/.test(sql))).toBe(true)
  } finally {
    await engine.close()
  }
})

function counting(fields: readonly string[]): CompiledContract {
  const result = parseContract(`candor: 1
product: counted
title: A product
purpose: To be counted.
recipients:
  - { name: us, where: here, for: trying }
retention: { records: 90 days, aggregates: 25 months }
consent: { default: opt-out, levels: { basic: Little. } }
identity: { kind: persistent, random: true, says: an id }
questions: { any: Any? }
controls:
  - { variable: NO_TELEMETRY, off: 1, scope: process }
snapshots:
  report: { when: Daily., level: basic, fields: { vector: { type: boolean, says: not counted by day } } }
events:
  start: { when: It starts., level: basic, fields: {} }
  work:
    when: It worked.
    level: basic
    fields:
      commit: { type: pattern, pattern: '^[0-9a-f]{7}$', max_length: 7, says: words that users choose }
      rows: { type: integer, unit: rows, min: 0, round: 2 digits, says: few numbers }
      bytes: { type: integer, unit: bytes, min: 0, says: too many numbers }
${fields.map((field) => `      ${field}`).join('\n')}
`)
  if (result.is !== 'contract') throw new Error(JSON.stringify(result))
  return compileContract(result.contract)
}

const success = 'success: { type: boolean, says: whether it went well }'
const tags =
  'tags: { type: list, of: { type: enum, values: [a, b], other: collapse }, max_items: 5, ' +
  'says: tags }'

it('count one value at a time, of what was kept before a field was declared too, as often as they are killed', async () => {
  const engine = await openTestEngine()
  const day = 86_400_000
  const at = testRecord().receivedAt
  const work = (id: number, fields: Parameters<typeof testRecord>[1], late = 0): string =>
    recordLine(
      testRecord(
        {
          product: 'counted',
          name: 'work',
          installation: token(id),
          receivedAt: at + late,
          occurredAt: at
        },
        fields
      )
    )
  const insert = (block: string, lines: readonly string[]): Promise<void> =>
    engine.insert({
      table: 'incoming_counted',
      token: block,
      lines: Buffer.from(lines.join('')),
      deadlineMs: 10_000
    })
  const counts = async (): Promise<Readonly<Record<string, string>>> => {
    const rows = await engine.rows<{ what: string; counted: string }>(
      `SELECT concat(field, ' of ', record, ' ', toString(number)) AS what, toString(sum(s.records)) AS counted FROM number_states AS s GROUP BY what
       UNION ALL SELECT concat(dimension, ifNull(concat(' of ', record), ''), ' ', ifNull(value, '-')) AS what, concat(toString(sum(s.records)), '/', toString(uniqCombined64Merge(s.installations))) AS counted
       FROM value_states AS s WHERE dimension NOT IN ('version', 'class', 'automation', 'container', 'os', 'level') GROUP BY what`
    )
    return Object.fromEntries(rows.map(({ what, counted }) => [what, counted]))
  }
  try {
    await migrate(engine, [counting([success])])
    // Two days of receipt that count alike, of one day.
    await insert('1', [
      work(1, { success: true, rows: 7, bytes: 7, commit: 'abcdef0' }),
      work(1, { success: false, rows: 7 }),
      work(2, { rows: 0 })
    ])
    await insert('2', [
      work(1, { success: true, rows: 7, bytes: 7 }, day),
      work(1, { success: false, rows: 7 }, day),
      work(2, { rows: 0 }, day)
    ])
    await insert('3', [
      recordLine(testRecord({ product: 'counted', name: 'start', installation: undefined }))
    ])
    const narrow = {
      'all -': '7/2',
      'name start': '1/0',
      'name work': '6/2',
      'rows of work 0': '2',
      'rows of work 7': '4',
      'success of work -': '2/1',
      'success of work false': '2/1',
      'success of work true': '2/1'
    }
    expect(await counts()).toEqual(narrow)
    const wide = [counting([success]), counting([success, tags])]
    for (let survived = 0; ; survived += 1) {
      let left = survived
      const dying: StorageRun = {
        cluster: engine.cluster,
        query: engine.query,
        command: async (request) => {
          if (left-- === 0) throw new Error('killed')
          await engine.command(request)
        }
      }
      const outcome = await migrate(dying, wide).then(
        () => undefined,
        (error: Error) => error.message
      )
      expect([undefined, 'killed']).toContain(outcome)
      if (outcome === undefined) break
    }
    expect(await counts()).toEqual(narrow)
    await insert('4', [work(3, { success: true, tags: ['a', 'b', 'a'] })])
    expect(await counts()).toEqual({
      ...narrow,
      'all -': '8/3',
      'name work': '7/3',
      'success of work true': '3/2',
      'tags of work a': '2/1',
      'tags of work b': '1/1'
    })
  } finally {
    await engine.close()
  }
})
