import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeptFields } from '@candor/contract'
import type { KeptRecord } from '../../record.ts'
import { driftLine, fieldColumn, quarantineLine, recordLine, recordTable } from './rows.ts'
import { incomingName } from './tables.ts'
import { testContract, testRecord, token } from '../contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../engine.test-support.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await openTestEngine()
  await engine.migrate([testContract()])
})
afterAll(() => engine.close())

const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const anyToken = fc.nat().map(token)
const int64 = fc.maxSafeInteger()
const instant = fc.integer({ min: 0, max: 4_000_000_000_000 })
// Years that DateTime64 can hold.
const timestamp = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2299-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString())
const double = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value) => (Object.is(value, -0) ? 0 : value))
const tuple = fc.record({
  kind: text,
  calls: int64,
  ok: fc.boolean(),
  names: fc.array(text, { maxLength: 3 })
})

const fields: fc.Arbitrary<KeptFields> = fc.record(
  {
    success: fc.boolean(),
    rows: int64,
    elapsed: double,
    built_at: timestamp,
    destination: text,
    os: text,
    note: text,
    pipeline: anyToken,
    transaction: fc.uuid(),
    extensions: fc.array(text, { minLength: 1, maxLength: 3 }),
    functions: fc.dictionary(text, fc.dictionary(text, int64, { maxKeys: 3 }), {
      minKeys: 1,
      maxKeys: 3
    }),
    stats: fc.array(tuple, { minLength: 1, maxLength: 3 })
  },
  { requiredKeys: [] }
)

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined })

const records: fc.Arbitrary<KeptRecord> = fc.record({
  product: fc.constant('dlt'),
  name: text,
  kind: fc.constantFrom('event', 'snapshot', 'counter'),
  installation: optional(anyToken),
  account: optional(anyToken),
  lineage: optional(anyToken),
  session: optional(anyToken),
  window: optional(text),
  keyEpoch: fc.integer({ min: 0, max: 65_535 }),
  receivedAt: fc.integer({ min: 1_790_000_000_000, max: 1_790_000_900_000 }),
  occurredAt: instant,
  occurredFrom: fc.constantFrom('none', 'sent', 'corrected', 'clamped'),
  version: optional(text),
  environment: fc.record(
    {
      class: fc.constantFrom('interactive', 'service', 'batch', 'unknown'),
      automation: fc.constantFrom('none', 'ci', 'agent', 'test', 'unknown'),
      container: fc.constantFrom('true', 'false', 'unknown'),
      os: text,
      osVersion: text,
      arch: text,
      runtime: text,
      cpu: fc.integer({ min: 0, max: 4_294_967_295 })
    },
    { requiredKeys: ['class', 'automation', 'container'] }
  ),
  level: optional(text),
  contract: text,
  sdk: optional(fc.record({ name: text, version: text })),
  protocol: text,
  seq: optional(fc.nat()),
  messageDigest: optional(anyToken),
  deletion: optional(fc.stringMatching(/^[0-9a-f]{64}$/)),
  isOverBudget: fc.boolean(),
  isImported: fc.boolean(),
  acceptedTerms: fc.constantFrom(undefined, `sha256:${'0'.repeat(64)}`),
  fields
})

/** The row as it should come out: what is absent is null, or empty where ClickHouse has no null. */
function expected(record: KeptRecord): Record<string, unknown> {
  const { environment, sdk } = record
  const empty = {
    success: null,
    rows: null,
    elapsed: null,
    built_at: null,
    destination: null,
    os: null,
    note: null,
    pipeline: null,
    transaction: null,
    extensions: [],
    functions: {},
    stats: []
  }
  const kept: Record<string, unknown> = { ...empty, ...record.fields }
  return {
    product: record.product,
    name: record.name,
    kind: record.kind,
    received_at: record.receivedAt,
    occurred_at: record.occurredAt,
    occurred_from: record.occurredFrom,
    installation: record.installation ?? null,
    account: record.account ?? null,
    lineage: record.lineage ?? null,
    session: record.session ?? null,
    window: record.window ?? null,
    key_epoch: record.keyEpoch,
    version: record.version ?? null,
    over_budget: record.isOverBudget ?? false,
    imported: record.isImported ?? false,
    accepted_terms: record.acceptedTerms ?? null,
    class: environment.class,
    automation: environment.automation,
    container: environment.container,
    os: environment.os ?? null,
    os_version: environment.osVersion ?? null,
    arch: environment.arch ?? null,
    runtime: environment.runtime ?? null,
    cpu: environment.cpu ?? null,
    level: record.level ?? null,
    contract: record.contract,
    sdk_name: sdk?.name ?? null,
    sdk_version: sdk?.version ?? null,
    protocol: record.protocol,
    seq: record.seq ?? null,
    message_digest: record.messageDigest ?? null,
    deletion: record.deletion ?? null,
    ...Object.fromEntries(Object.entries(kept).map(([name, value]) => [fieldColumn(name), value])),
    built_at:
      record.fields['built_at'] === undefined ? null : Date.parse(String(record.fields['built_at']))
  }
}

// What a sender stated before stands where a record states nothing: `upgrade.test.ts` is about
// that.
const selected =
  '* EXCEPT (received_at, occurred_at, loaded_at, built_at, version, version_from), product, ' +
  "if(version_from = 'installation', NULL, version) AS version, " +
  'toUnixTimestamp64Milli(received_at) AS received_at, toUnixTimestamp64Milli(occurred_at) AS ' +
  'occurred_at, toUnixTimestamp64Milli(built_at) AS built_at'

describe('a record’s line', () => {
  let block = 0
  it('is one line of JSON that the table takes and gives back equal, whatever was kept', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(records, { minLength: 1, maxLength: 20 }), async (batch) => {
        const numbered = batch.map((record, seq) => ({ ...record, seq }))
        const lines = numbered.map(recordLine)
        for (const line of lines) expect(line.indexOf('\n')).toBe(line.length - 1)
        await engine.command({
          sql: 'TRUNCATE TABLE records_dlt',
          deadlineMs: 10_000,
          place: 'shards'
        })
        await engine.insert({
          table: incomingName(recordTable('dlt')),
          token: `p/${block++}`,
          lines: Buffer.from(lines.join('')),
          deadlineMs: 10_000
        })
        const rows = await engine.rows<Record<string, unknown>>(
          `SELECT ${selected} FROM records_dlt ORDER BY seq SETTINGS ` +
            'output_format_json_quote_64bit_integers = 0'
        )
        expect(rows).toEqual(numbered.map(expected))
      }),
      { numRuns: 40 }
    )
  })

  it('writes a lone half of a surrogate pair as the replacement character, for the store would refuse the block', async () => {
    const record = testRecord(
      { seq: 1, name: '\ud800x' },
      { note: '\\ud800 \udfff', functions: { '\ud834': { 'a\\': 1 } }, extensions: ['😀'] }
    )
    await engine.command({ sql: 'TRUNCATE TABLE records_dlt', deadlineMs: 10_000, place: 'shards' })
    await engine.insert({
      table: 'incoming_dlt',
      token: 'surrogates',
      lines: Buffer.from(recordLine(record)),
      deadlineMs: 10_000
    })
    expect(await engine.rows('SELECT name, note, functions, extensions FROM records_dlt')).toEqual([
      {
        name: '\ufffdx',
        note: '\\ud800 \ufffd',
        functions: { '\ufffd': { 'a\\': 1 } },
        extensions: ['😀']
      }
    ])
  })

  it('shares what one sender’s records have in common, and never a sender’s with another’s', () => {
    const [a, b] = [testRecord({ installation: token(1) }), testRecord({ installation: token(2) })]
    expect(recordLine(a)).toBe(recordLine({ ...a, environment: { ...a.environment } }))
    for (const other of [
      b,
      { ...a, environment: { ...a.environment, cpu: 3 } },
      { ...a, sdk: { name: 'x', version: '1' } },
      { ...a, deletion: 'd' }
    ]) {
      const alone = recordLine(other)
      recordLine(a)
      expect(recordLine(other)).toBe(alone)
      expect(alone).not.toBe(recordLine(a))
    }
  })
})

it('a drift line is summed by day and name, and its name is shown for earlier days once it may be', async () => {
  const row = {
    product: 'dlt',
    day: '2026-11-19',
    record: 'load',
    name: undefined,
    nameDigest: token(9),
    kind: 'string',
    reason: 'FIELD_NOT_IN_CONTRACT',
    installation: token(1),
    count: 2,
    receivedAt: 1_795_000_000_000
  }
  const lines = [
    row,
    { ...row, installation: token(2) },
    { ...row, day: '2026-11-20', name: 'colour' }
  ].map(driftLine)
  await engine.insert({
    table: 'drift_rows',
    token: 'd1',
    lines: Buffer.from(lines.join('')),
    deadlineMs: 10_000
  })
  expect(
    await engine.rows(
      'SELECT day, record, name, name_digest, kind, reason, count, installations FROM drift ' +
        'ORDER BY day'
    )
  ).toEqual([
    {
      day: '2026-11-19',
      record: 'load',
      name: 'colour',
      name_digest: token(9),
      kind: 'string',
      reason: 'FIELD_NOT_IN_CONTRACT',
      count: 4,
      installations: 2
    },
    {
      day: '2026-11-20',
      record: 'load',
      name: 'colour',
      name_digest: token(9),
      kind: 'string',
      reason: 'FIELD_NOT_IN_CONTRACT',
      count: 2,
      installations: 1
    }
  ])
})

it('a quarantine line keeps the code, the size and, where the store refused it, the scrubbed row', async () => {
  const row = {
    product: 'dlt',
    code: 'STORAGE_REFUSED',
    record: undefined,
    bytes: 5,
    row: '{"a":"\\n"}\n',
    receivedAt: 1_795_000_000_000
  }
  await engine.insert({
    table: 'quarantine_rows',
    token: 'q1',
    lines: Buffer.from(quarantineLine(row)),
    deadlineMs: 10_000
  })
  expect(await engine.rows('SELECT product, code, record, bytes, row FROM quarantine')).toEqual([
    { product: 'dlt', code: 'STORAGE_REFUSED', record: null, bytes: 5, row: '{"a":"\\n"}\n' }
  ])
})
