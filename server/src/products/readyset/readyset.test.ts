/**
 * Whether ReadySet's events, real and as the public page describes them, are kept, and whether only
 * what the contract names is.
 */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { SegmentEvent } from '../../protocols/segment/segment-event.ts'
import type { WireRecord } from '../../record.ts'
import {
  contractIn,
  receivedAt,
  recordedNames,
  validated
} from '../recorded-requests.test-support.ts'
import { testProduct } from '../test-product.test-support.ts'
import { product } from './product.ts'

const folder = dirname(fileURLToPath(import.meta.url))
const fixtures = join(folder, 'fixtures')
const contract = contractIn(folder)

function eventOf(parts: Partial<SegmentEvent>): SegmentEvent {
  return {
    type: 'track',
    event: 'proxied_query',
    messageId: undefined,
    anonymousId: '7b0c7c0e-6c1e-4f0b-9a9b-0d8a3f7b2b11',
    userId: undefined,
    groupId: undefined,
    previousId: undefined,
    properties: {},
    traits: undefined,
    context: undefined,
    timestamp: undefined,
    sentAt: undefined,
    receivedAt,
    ...parts
  }
}

function recordOf(event: SegmentEvent): WireRecord {
  const reading = product.segment?.read(event)
  if (reading === undefined) throw new Error('ReadySet reads Segment events')
  return {
    ...reading,
    source: { product: 'readyset', ...reading.source },
    wire: 'client',
    occurredAt: event.timestamp
  }
}

function source(parts: Partial<SegmentEvent>): unknown {
  const { product: _, ...rest } = recordOf(eventOf(parts)).source
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
}

function kept(properties: unknown, event = 'proxied_query'): unknown {
  const validation = validated(contract, recordOf(eventOf({ event, properties })))
  expect(validation).toMatchObject({ is: 'kept', violations: [] })
  return validation.is === 'kept' ? validation.fields : undefined
}

await testProduct({
  name: 'readyset',
  accepted: () => ({ status: 200, body: '{"success":true}' }),
  duplicates: ({ body }) => ({ by: 'unanswered', ttlMs: 3000, key: body, scope: 'readyset' }),
  // Without a time to come back: its clients would lose what they hold until then.
  overloaded: { status: 503 },
  read: ['event', 'userId', 'anonymousId', 'messageId', 'timestamp', 'sentAt', 'type']
})

it('has a fixture for each of the eighteen events as the page describes it', () => {
  const names = [...contract.contract.records.keys()]
  expect(names).toHaveLength(18)
  const page = recordedNames(fixtures).filter((name) => name.startsWith('page-'))
  expect(page.map((name) => name.slice('page-'.length).replaceAll('-', '_')).sort()).toEqual(
    names.sort()
  )
})

describe('who sent it', () => {
  const session = '7b0c7c0e-6c1e-4f0b-9a9b-0d8a3f7b2b11'

  it('is an installation when the user id is a hash of the machine', () => {
    expect(source({ userId: 'ccaaace47f009353' })).toEqual({
      installation: 'ccaaace47f009353',
      session
    })
    expect(source({ userId: 'CCAAACE47F009353' })).toEqual({
      installation: 'ccaaace47f009353',
      session
    })
  })
  it('is nobody when the machine has no id of its own: the hash of nothing, or the quotes of a compose file', () => {
    for (const userId of ['e4a6a0577479b2b4', '""', "''", '"', '', ' ', undefined])
      expect(source({ userId })).toEqual({ session })
  })
  it('is an account when somebody set a key', () => {
    for (const userId of [
      'acme-api-key',
      'ccaaace47f00935',
      'ccaaace47f0093530',
      '"ccaaace47f009353"'
    ])
      expect(source({ userId })).toEqual({ account: userId, session })
  })
  it('is a test when ReadySet itself runs it', () => {
    expect(source({ userId: 'readyset-internal' })).toEqual({
      environment: { automation: 'test' },
      session
    })
    expect(source({ userId: 'readyset-internal2' })).toHaveProperty('account')
  })
  it('is a session of one process, if it says so', () =>
    expect(source({ anonymousId: '' })).toEqual({}))
  it('runs the version of its adapter or its server', () => {
    expect(source({ properties: { adapter_version: '1.30.0' } })).toHaveProperty(
      'version',
      '1.30.0'
    )
    expect(source({ properties: { server_version: 'v0.1.0' } })).toHaveProperty('version', '0.1.0')
    expect(source({ properties: { server_version: 'of Bob' } })).not.toHaveProperty('version')
  })
})

describe('what is kept', () => {
  it('is one name for each kind of database', () => {
    for (const name of ['postgresql', 'postgres', 'psql'])
      expect(kept({ db_backend: name })).toEqual({ db_backend: 'postgresql' })
    expect(kept({ db_backend: 'mysql' })).toEqual({ db_backend: 'mysql' })
    expect(kept({ db_backend: 'bobs-db' })).toEqual({ db_backend: 'other' })
  })
  it.each([
    ['16.2', '16.2'],
    ['16.2 (Debian 16.2-1.pgdg120+2)', '16.2'],
    ['PostgreSQL 15.6 on x86_64-pc-linux-gnu, compiled by gcc', '15.6'],
    ['17beta1', '17'],
    ['8.0.35-log', '8.0'],
    ['8.0.35-0ubuntu0.22.04.1', '8.0'],
    ['10.6.16-MariaDB', '10.6'],
    ['db1.internal', 'other'],
    ['', 'other'],
    ['20261120', 'other']
  ])('is %s as %s', (raw, version) =>
    expect(kept({ db_version: raw }, 'snapshot_complete')).toEqual({ db_version: version })
  )
  it('is the class of a status, never the reason that may name a column', () => {
    const statuses = {
      pending: 'pending',
      'successful (deep)': 'successful',
      successful: 'successful',
      supported: 'supported',
      'pending inlining': 'pending_inlining',
      'successfully inlined': 'successfully_inlined',
      'unsupported: reason unknown': 'unsupported',
      'unsupported: in readyset-sql-passes/src/lib.rs:12:3: column salary as placeholder cannot be resolved':
        'unsupported',
      'Bob Smith': 'other'
    }
    for (const [status, kind] of Object.entries(statuses))
      expect(kept({ migration_status: status })).toEqual({ migration_status: kind })
  })
  it('is a known way of installing, or other', () => {
    for (const name of [
      'quickstart_docker',
      'package',
      'tutorial_docker',
      'eks',
      'helm',
      'installer_compose'
    ]) {
      expect(kept({ deployment_env: name })).toEqual({ deployment_env: name })
    }
    expect(kept({ deployment_env: '' })).toEqual({ deployment_env: 'none' })
    expect(kept({ deployment_env: 'deployment_env_0.1' })).toEqual({ deployment_env: 'other' })
  })
  it('is a token of the installation for a deployment and for a query', () => {
    const properties = { deployment_id: 'bobs-shop', query_id: 'q_1f2e3d4c5b6a7988' }
    expect(kept(properties)).toEqual({
      deployment_id: 'token of deployment_id, per installation',
      query_id: 'token of query_id, per installation'
    })
  })
  it('is nothing that was in a statement, whatever ReadySet let through', () => {
    const statements = [
      "CREATE TABLE `anon_id_1` (`anon_id_2` ENUM('gold', 'silver') COMMENT 'Bob Smith')",
      'CREATE TABLE anon_id_0 (anon_id_1 bobs_type)',
      'CREATE VIEW anon_id_0 AS SELECT bobs_function(anon_id_1) FROM anon_id_2',
      "SELECT GROUP_CONCAT(anon_id_0 SEPARATOR 'Bob') FROM anon_id_1",
      '<redacted: parsing failed>',
      '<anonymized: create table failed to parse>',
      '<anonymized: create view failed to parse>',
      ''
    ]
    for (const statement of statements) {
      const text = JSON.stringify(kept({ schema: statement, proxied_query: statement }))
      expect(text).not.toMatch(/bob|anon_id|gold|silver|redacted|anonymized/i)
    }
  })
  it('is a commit, or the word for none', () => {
    for (const commit of ['a9015be5c28ca4d3e8676578853ddd07fa7d7272', 'dev', 'unknown-commit-id'])
      expect(kept({ commit_id: commit })).toEqual({ commit_id: commit })
    expect(kept({ commit_id: 'bob' })).toEqual({ commit_id: 'other' })
  })
})
