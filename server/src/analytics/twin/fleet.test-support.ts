/**
 * Generated fleets of installations, loaded through the real engine: late, leap, nameless,
 * upgraded, silent and empty ones.
 */
import { compileContract, type CompiledContract, parseContract } from '@candor/contract'
import * as fc from 'fast-check'
import type { KeptRecord } from '../../record.ts'
import { driftLine, type DriftRow, recordLine, recordTable } from '../../storage/tables/rows.ts'
import { testRecord, token } from '../../storage/contract.test-support.ts'
import type { TestEngine } from '../../storage/engine.test-support.ts'

export interface Fleet {
  readonly product: CompiledContract
  readonly records: readonly KeptRecord[]
  readonly drift: readonly DriftRow[]
  readonly now: number
  readonly releases: readonly { readonly version: string; readonly date: string }[]
}

export const recordsDays = 70
const dayMs = 86_400_000
const kinds = {
  persistent: 'kind: persistent\n  random: true',
  window: 'kind: window\n  days: 7',
  none: 'kind: none'
} as const
type Kind = keyof typeof kinds

/** `more`: events beside the usual ones, as YAML. */
export function contractOf(product: string, kind: Kind, more = ''): CompiledContract {
  const result = parseContract(`candor: 1
product: ${product}
title: A product
purpose: To try questions on.
recipients:
  - { name: us, where: here, for: trying }
retention: { records: ${recordsDays} days, aggregates: 25 months }
consent:
  default: opt-out
  levels: { basic: Little., all: All. }
identity:
  ${kinds[kind]}
  says: an id
environment: [class, automation, container, os]
questions: { any: Any? }
controls:
  - { variable: NO_TELEMETRY, off: 1, scope: process }
snapshots:
  report:
    when: Daily.
    level: basic
    fields:
      tables: { type: integer, unit: tables, min: 0, says: how many tables }
      bytes: { type: number, unit: bytes, min: 0, round: 3 digits, says: how large }
      vector: { type: boolean, says: whether vectors are used }
      edition: { type: enum, values: [free, paid], other: collapse, says: which edition }
      engine: { type: version, says: which engine }
      calls: { type: map, keys: [sum, avg], values: { type: integer, min: 0 }, max_entries: 5, says: calls by function }
events:
  start: { when: It starts., level: basic, fields: {} }
  work:
    when: It worked.
    level: basic
    fields:
      success: { type: boolean, says: whether it went well }
      elapsed: { type: duration, unit: s, says: how long }
      delta: { type: integer, min: -1000, max: 1000, says: more or less }
      reason: { type: enum, values: [network, disk], other: collapse, says: why not }
      tags: { type: list, of: { type: enum, values: [a, b, c], other: collapse }, max_items: 5, says: tags }
      records: { type: enum, values: [few, many], other: collapse, says: a name that answers have too }
      query: { type: sql-shape, dialect: mysql, says: which query }
      query_status: { type: enum, values: [pending, unsupported, successful], other: collapse, says: what became of it }
      executions: { type: integer, min: 0, says: how often it ran }
  check: { when: It checked., level: all, fields: { success: { type: boolean, says: whether it went well } } }
  stop: { when: It stops., level: basic, fields: { uptime: { type: duration, unit: s, says: how long it ran } } }
${more}`)
  if (result.is !== 'contract') throw new Error(JSON.stringify(result))
  return compileContract(result.contract)
}

/**
 * After a leap day, in the middle of a week, on the Sunday after New Year, and on the last day of a
 * month.
 */
const nows = [
  '2028-03-01T10:00:00Z',
  '2026-11-20T12:00:00Z',
  '2027-01-03T23:59:00Z',
  '2028-02-29T00:10:00Z'
].map((text) => Date.parse(text))
const versions = ['1.9.0', '1.10.0', '2.0.0-rc1', '2.0.0', undefined] as const
const few = <Value>(...values: readonly Value[]): fc.Arbitrary<Value> => fc.constantFrom(...values)

interface Drawn {
  readonly who: number
  readonly name: string
  readonly daysAgo: number
  readonly second: number
  readonly lateDays: number
  readonly version: string | undefined
  readonly from: KeptRecord['occurredFrom']
  readonly session: number
  readonly environment: KeptRecord['environment']
  readonly level: string | undefined
  readonly fields: Readonly<Record<string, never>>
}

const environment = fc.record(
  {
    class: few('interactive', 'service', 'batch', 'unknown'),
    automation: few('none', 'none', 'ci', 'agent', 'test', 'unknown'),
    container: few('true', 'false', 'unknown'),
    os: few('linux', 'darwin')
  },
  { requiredKeys: ['class', 'automation', 'container'] }
)

const fieldsOf: Readonly<Record<string, fc.Arbitrary<object>>> = {
  start: fc.constant({}),
  check: fc.record({ success: fc.boolean() }, { requiredKeys: [] }),
  stop: fc.record({ uptime: few(0, 0.5, 3, 7200, 86_400) }, { requiredKeys: [] }),
  report: fc.record(
    {
      tables: few(0, 1, 2, 7, 40, 1000),
      bytes: few(0, 8192, 123_000, 9_990_000_000, 1.5),
      vector: fc.boolean(),
      edition: few('free', 'paid', 'other'),
      engine: few('16.4', '17.2', 'v17.0', '9.6.24', '17'),
      calls: fc.dictionary(few('sum', 'avg'), fc.nat(9))
    },
    { requiredKeys: [] }
  ),
  work: fc.record(
    {
      success: fc.boolean(),
      elapsed: few(0, 0.1, 0.25, 2.2, 61, 3600),
      delta: fc.integer({ min: -1000, max: 1000 }),
      reason: few('network', 'disk', 'other'),
      tags: fc.uniqueArray(few('a', 'b', 'c')),
      records: few('few', 'many'),
      query: few('SELECT c1 FROM t1', 'SELECT c1 FROM t1 WHERE c2 = ?', 'insert'),
      query_status: few('pending', 'unsupported', 'successful', 'other'),
      executions: few(0, 1, 12, 40_000)
    },
    { requiredKeys: [] }
  )
}

const drawn: fc.Arbitrary<Drawn> = few('start', 'work', 'work', 'check', 'stop', 'report').chain(
  (name) =>
    fc.record({
      // 0 is a record without an id.
      who: fc.nat(7),
      name: fc.constant(name),
      daysAgo: fc.oneof(fc.nat(9), fc.nat(40), fc.nat(95)),
      second: fc.oneof(few(0, 86_399), fc.nat(86_399)),
      lateDays: few(0, 0, 0, 1, 3, 29),
      version: few(...versions),
      from: few('none', 'sent', 'corrected', 'clamped'),
      session: fc.nat(3),
      environment: environment as fc.Arbitrary<KeptRecord['environment']>,
      level: few('basic', 'all', undefined),
      fields: (fieldsOf[name] ?? fc.constant({})) as fc.Arbitrary<Readonly<Record<string, never>>>
    })
)

export function fleetOf(product: string, kind: Kind): fc.Arbitrary<Fleet> {
  const contract = contractOf(product, kind)
  return fc
    .record({
      now: few(...nows),
      drawn: fc.array(drawn, { minLength: 50, maxLength: 90, size: 'max' }),
      releases: fc.subarray(['1.10.0', '2.0.0']),
      released: fc.nat(60),
      drift: fc.array(
        fc.record({
          daysAgo: fc.nat(40),
          name: few('host', undefined),
          who: fc.nat(3),
          version: few('1.9.0', '1.10.0', undefined),
          count: fc.integer({ min: 1, max: 3 })
        }),
        {
          maxLength: 8
        }
      )
    })
    .map((whole): Fleet => ({
      product: contract,
      now: whole.now,
      records: whole.drawn.map((each, index) =>
        recordOf(each, { index, product, kind, now: whole.now })
      ),
      releases: whole.releases.map((version, index) => ({
        version,
        date: dayOf(whole.now - (whole.released - index * 5) * dayMs)
      })),
      drift: whole.drift.map(({ daysAgo, name, who, version, count }) => ({
        product,
        day: dayOf(whole.now - daysAgo * dayMs),
        record: 'work',
        name,
        nameDigest: token(name === undefined ? 8 : 9),
        kind: 'string',
        reason: 'FIELD_NOT_IN_CONTRACT',
        installation: kind === 'none' || who === 0 ? undefined : token(who),
        version,
        count,
        receivedAt: whole.now
      }))
    }))
}

/**
 * Each moment is another one, by its milliseconds: which of two equal moments came first nobody
 * could say.
 */
function recordOf(
  each: Drawn,
  {
    index,
    product,
    kind,
    now
  }: { readonly index: number; readonly product: string; readonly kind: Kind; readonly now: number }
): KeptRecord {
  const midnight = Math.floor(now / dayMs) * dayMs
  const wanted = midnight - each.daysAgo * dayMs + each.second * 1000 + index
  const occurredAt = wanted > now ? Math.floor(now / 1000) * 1000 - 1000 + index : wanted
  const receivedAt = Math.min(Math.max(now, occurredAt), occurredAt + each.lateDays * dayMs)
  const hasId = kind !== 'none' && each.who > 0
  return testRecord(
    {
      product,
      name: each.name,
      kind: each.name === 'report' ? 'snapshot' : 'event',
      installation: hasId ? token(each.who) : undefined,
      // Some that have no id of their own are known by their account.
      account:
        kind === 'persistent' && !hasId && each.session > 1 ? token(900 + each.session) : undefined,
      session: each.session === 0 ? undefined : token(each.session * 100 + each.who),
      receivedAt,
      occurredAt,
      occurredFrom: each.from,
      version: each.version,
      environment: each.environment,
      level: each.level
    },
    each.fields
  )
}

export async function load(engine: TestEngine, { product, records, drift }: Fleet): Promise<void> {
  const name = product.contract.product
  for (const [index, some] of blocksOf(records).entries()) {
    const table = recordTable(name).replace('records_', 'incoming_')
    await engine.insert({
      table,
      token: `${name}/${index}`,
      lines: Buffer.from(some.map(recordLine).join('')),
      deadlineMs: 10_000
    })
  }
  if (drift.length > 0)
    await engine.insert({
      table: 'drift_rows',
      token: `${name}/drift`,
      lines: Buffer.from(drift.map(driftLine).join('')),
      deadlineMs: 10_000
    })
}

/**
 * Several, so that aggregates have something to merge; in the order in which it happened, since a
 * version holds from when it was stated. What says nothing of its version never lies in one block
 * with what its sender states later: which of the two the store sees first is not known.
 */
function blocksOf(records: readonly KeptRecord[]): readonly (readonly KeptRecord[])[] {
  const inOrder = records.toSorted((one, other) => one.occurredAt - other.occurredAt)
  const blocks: KeptRecord[][] = []
  for (const [index, record] of inOrder.entries()) {
    const block = blocks.at(-1)
    const sender = record.installation ?? record.account
    const isLater = block?.some(
      (other) => other.version === undefined && (other.installation ?? other.account) === sender
    )
    const isHalf = index === Math.ceil(records.length / 2)
    if (block === undefined || isHalf || (record.version !== undefined && isLater === true))
      blocks.push([record])
    else block.push(record)
  }
  return blocks
}

export function dayOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10)
}
