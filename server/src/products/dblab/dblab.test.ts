/**
 * Whether real engines and programs built from the public page can report, and whether only what
 * the contract names is kept.
 */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  type Answer,
  type Decoded,
  type IngestRoute,
  type Newest,
  faults
} from '../../protocols/protocol.ts'
import type { WireRecord } from '../../record.ts'
import {
  contractIn,
  receivedAt,
  requestWith,
  validated
} from '../recorded-requests.test-support.ts'
import { telemetryEvent } from './dblab-protocol.ts'
import { productVersion } from './engine-version.ts'
import { testProduct } from '../test-product.test-support.ts'
import { product } from './product.ts'

const folder = dirname(fileURLToPath(import.meta.url))
const contract = contractIn(folder)
const protocol = telemetryEvent('dblab')
const newest: Newest = { newest: () => undefined }
const services = {
  product: 'dblab',
  newest,
  accounts: undefined,
  segmentFor: (): never => {
    throw new Error('not used by DBLab')
  }
}
const routes = product.routes?.(services) ?? []

function routeOf(path: string): IngestRoute {
  const route = routes.find((candidate) => candidate.path === path)
  if (route === undefined) throw new Error(`no route for ${path}`)
  return route
}

function recordOf(decoded: Decoded): WireRecord {
  if (decoded.is !== 'records' || decoded.records[0] === undefined)
    throw new Error(`decoded as ${decoded.is}`)
  return decoded.records[0]
}

function eventWith(
  data: unknown,
  envelope: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {}
): WireRecord {
  const body = JSON.stringify({
    instance_id: 'c6fgs68hmvj3sm2pbphg',
    event_type: 'engine_stopped',
    event_data: data,
    ...envelope
  })
  return recordOf(protocol.decode(requestWith('/rpc/telemetry_event', body, headers)))
}

function kept(name: string, data: unknown): unknown {
  const validation = validated(contract, eventWith(data, { event_type: name }))
  expect(validation).toMatchObject({ is: 'kept', violations: [] })
  return validation.is === 'kept' ? validation.fields : undefined
}

function answerOf(decoded: Decoded): Answer {
  return decoded.is === 'records'
    ? protocol.accepted(
        decoded,
        decoded.records.map(() => ({ is: 'kept', dropped: [] }))
      )
    : decoded.answer
}

await testProduct({
  name: 'dblab',
  accepted: () => ({
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: '{"result":"ok"}'
  }),
  // No engine retries, and equal events are real.
  duplicates: () => ({ by: 'none' }),
  overloaded: { status: 503 },
  unseen: ['branch_destroyed', 'clone_updated', 'config_updated', 'snapshot_updated'],
  read: ['event_type', 'instance_id', 'event_time']
})

describe('routes', () => {
  it('stand under the bare address, under the base that engines are shipped with, and under /in/dblab', () => {
    for (const base of ['', '/api/general', '/in/dblab']) {
      for (const call of [
        'telemetry_event',
        'telemetry_usage',
        'dblab_instance_register',
        'dblab_token_check',
        'dblab_session_start'
      ]) {
        expect(routes).toContainEqual(
          expect.objectContaining({ method: 'POST', path: `${base}/rpc/${call}` })
        )
      }
    }
    expect(product.inbound?.(services).name).toBe('dblab')
  })

  it.each(['telemetry_usage', 'dblab_instance_register'])(
    '%s is answered with what keeps paid engines alive, and nothing is kept',
    (call) => {
      for (const body of [
        '{"selfassigned_instance_id":"x","event_data":{"cpu":4}}',
        '',
        '\u0000{{{'
      ]) {
        const decoded = routeOf(`/rpc/${call}`).protocol.decode(requestWith(`/rpc/${call}`, body))
        if (decoded.is !== 'answered') throw new Error(decoded.is)
        expect(decoded.answer.status).toBe(200)
        expect(JSON.parse(String(decoded.answer.body))).toMatchObject({
          billing_active: true,
          recognized_org: { id: 1, priveleged_until: '2099-01-01T00:00:00Z' }
        })
        expect(decoded.because).toBe('constant')
      }
      expect(routeOf(`/rpc/${call}`).protocol.overloaded('storage').status).toBe(200)
    }
  )

  it.each([
    'dblab_token_check',
    'dblab_session_start',
    'dblab_session_stop',
    'dblab_session_upload_log',
    'dblab_session_upload_artifact'
  ])('%s is not found, whatever it carries, and its body is read into nothing', (call) => {
    const { protocol: never } = routeOf(`/api/general/rpc/${call}`)
    const unreadable = Object.defineProperty(requestWith('/', ''), 'body', {
      get: () => {
        throw new Error('the body was read')
      }
    })
    const decoded = never.decode(unreadable)
    if (decoded.is !== 'refused') throw new Error(decoded.is)
    for (const answer of [
      decoded.answer,
      never.overloaded('storage'),
      ...faults.map((fault) => never.refusals[fault])
    ]) {
      expect(answer.status).toBe(404)
      expect(JSON.parse(String(answer.body))).toMatchObject({ code: 'NOT_FOUND' })
    }
  })
})

describe('answers', () => {
  const refusedBodies = [
    '',
    'null',
    '[]',
    '"text"',
    '12',
    '{',
    '{"event_type":7}',
    '{"event_type":""}',
    '{"instance_id":"x"}'
  ]
  it('are errors of four texts, which is all that an engine can read', () => {
    const bad = refusedBodies.map((body) =>
      answerOf(protocol.decode(requestWith('/rpc/telemetry_event', body)))
    )
    for (const answer of [
      ...bad,
      ...faults.map((fault) => protocol.refusals[fault]),
      protocol.overloaded('overload')
    ]) {
      const error = JSON.parse(String(answer.body)) as Record<string, unknown>
      expect(Object.keys(error).sort()).toEqual(['code', 'details', 'hint', 'message'])
      expect(Object.values(error).every((value) => typeof value === 'string')).toBe(true)
      expect(answer.headers).toEqual({ 'Content-Type': 'application/json' })
    }
    expect(new Set(bad.map((answer) => answer.status))).toEqual(new Set([400]))
  })
  it('are 413 for a body over the limit and 503 when nothing can be kept', () => {
    expect(protocol.refusals['too-large'].status).toBe(413)
    expect(protocol.overloaded('overload').status).toBe(503)
    expect(protocol.overloaded('overload').headers).not.toHaveProperty('Retry-After')
  })
  it('are still 200 for an event that no contract names, and say so in a header', () => {
    const decoded = protocol.decode(
      requestWith('/rpc/telemetry_event', '{"event_type":"unheard_of"}')
    )
    if (decoded.is !== 'records') throw new Error(decoded.is)
    const answer = protocol.accepted(decoded, [
      { is: 'dropped', dropped: [{ code: 'RECORD_NOT_IN_CONTRACT' }] }
    ])
    expect(answer).toMatchObject({ status: 200, headers: { 'Candor-Dropped': 'contract' } })
  })
})

describe('an event', () => {
  it('needs no Content-Type, and any is ignored', () => {
    expect(
      protocol.decode(
        requestWith('/', '{"event_type":"engine_stopped"}', { 'content-type': 'text/csv' })
      ).is
    ).toBe('records')
  })
  it('has no installation when its id is empty, missing or no text', () => {
    for (const id of ['', undefined, null, 7, {}, 'x'.repeat(257)])
      expect(eventWith({}, { instance_id: id }).source.installation).toBeUndefined()
    expect(eventWith({}).source.installation).toBe('c6fgs68hmvj3sm2pbphg')
  })
  it('is counted as drift, and kept, when a header contradicts its id', () => {
    const drift = { code: 'FIELD_NOT_IN_CONTRACT', field: 'header_mismatch' }
    for (const header of ['selfassigned-instance-id', 'access-token']) {
      const validation = validated(
        contract,
        eventWith({ uptime: 1 }, {}, { [header]: 'somebody-else' })
      )
      expect(validation).toMatchObject({ is: 'kept', fields: { uptime: 1 }, violations: [drift] })
    }
  })
  it('may carry a platform access token beside its own header, which is looked at by nobody', () => {
    const headers = {
      'selfassigned-instance-id': 'c6fgs68hmvj3sm2pbphg',
      'access-token': 'secret',
      'org-key': 'secret'
    }
    const record = eventWith({ uptime: 1 }, {}, headers)
    expect(JSON.stringify(record)).not.toContain('secret')
    expect(validated(contract, record).violations).toEqual([])
  })
  it('counts unknown parts of the envelope, the oldest name of event_data among them, and keeps nothing of them', () => {
    const validation = validated(
      contract,
      eventWith({ uptime: 1 }, { payload: { uptime: 2 }, hostname: 'db1' })
    )
    expect(validation).toMatchObject({ is: 'kept', fields: { uptime: 1 } })
    expect(validation.violations).toEqual([
      expect.objectContaining({ code: 'FIELD_NOT_IN_CONTRACT', field: 'envelope', kind: 'object' })
    ])
  })
  it('happened at its event_time, as text, seconds or milliseconds; else it has no time of its own', () => {
    for (const time of [
      '2026-11-20T12:00:00Z',
      '2026-11-20 14:00:00+02',
      '2026-11-20T12:00:00',
      receivedAt,
      receivedAt / 1000
    ]) {
      expect(eventWith({}, { event_time: time }).occurredAt).toBe(receivedAt)
    }
    for (const time of ['yesterday', '', null, {}, -1, 1e300, 0])
      expect(eventWith({}, { event_time: time }).occurredAt).toBeUndefined()
  })
})

describe('what is kept', () => {
  it('is the known reason of an alert, never its text', () => {
    const texts = {
      no_pool_for_refresh: 'Pool to perform data refresh not found',
      initial_retrieval_failed: 'Failed to perform initial data retrieving: logical',
      full_refresh_failed: 'Failed to run full-refresh',
      refresh_in_progress:
        'The data refresh/snapshot is currently in progress. Skip a new data refresh iteration',
      no_pool_for_full_refresh: 'Pool to perform full refresh not found. Skip refreshing',
      other: 'Bob: Failed to run full-refresh on db1'
    }
    for (const [reason, message] of Object.entries(texts)) {
      expect(kept('alert', { level: 'refresh_failed', message })).toEqual({
        alert_level: 'refresh_failed',
        message: reason
      })
    }
    expect(kept('alert', { level: 'gone_wrong', message: '' })).toEqual({
      alert_level: 'other',
      message: 'other'
    })
  })
  it('is how often data is refreshed, never the minute', () => {
    const schedules = {
      '': 'none',
      '0 * * * *': 'hourly',
      '*/15 * * * *': 'hourly',
      '@hourly': 'hourly',
      '0 */6 * * *': 'several_a_day',
      '30 8,20 * * *': 'several_a_day',
      '0 9-17 * * *': 'several_a_day',
      '0 0 * * *': 'daily',
      '@daily': 'daily',
      '0 3 * * 1-5': 'weekly',
      '0 3 * * SUN': 'weekly',
      '0 3 1 * *': 'monthly',
      '@every 90m': 'other',
      'whenever Bob likes': 'other'
    }
    for (const [refreshing, often] of Object.entries(schedules)) {
      expect(kept('engine_started', { restore: { refreshing } })).toEqual({
        restore_refreshing: often
      })
    }
  })
  it('is a token for a clone, and nothing for a branch or a snapshot', () => {
    const clone = '2b887d9ff18be11c707f121218fc83dbdabae700'
    expect(kept('clone_updated', { id: clone, protected: true })).toEqual({
      id: 'token of id, per installation',
      protected: true
    })
    expect(kept('clone_destroyed', { id: clone })).toEqual({ id: 'token of id, per installation' })
    expect(kept('clone_reset', { id: clone, cloning_time: 0.848746942 })).toEqual({
      id: 'token of id, per installation',
      cloning_time: 0.849
    })
    for (const name of ['branch_created', 'branch_destroyed'])
      expect(kept(name, { name: 'jdoe-PAY-142' })).toEqual({})
    expect(kept('branch_updated', { name: 'dev', protected: false })).toEqual({ protected: false })
    expect(kept('snapshot_updated', { id: 'pool@snap', protected: true })).toEqual({
      protected: true
    })
    expect(kept('snapshot_destroyed', { id: 'pool/branch/jdoe@snapshot_20260101120000' })).toEqual(
      {}
    )
    expect(kept('config_updated', {})).toEqual({})
  })
  it('covers the oldest engines, dumps without jobs and pools without a kind', () => {
    const data = {
      engine_version: '-',
      db_version: '9.6',
      pools: { fs_type: '', number: 0 },
      restore: { mode: 'unknown', refreshing: '', jobs: null }
    }
    expect(kept('engine_started', data)).toEqual({
      engine_version: '-',
      db_version: '9.6',
      pools_fs_type: 'none',
      pools_number: 0,
      restore_mode: 'unknown',
      restore_refreshing: 'none'
    })
  })
  it('has fifteen events, as many as the newest engine sends', () =>
    expect(contract.contract.records.size).toBe(15))
})

describe('an engine version', () => {
  it.each([
    ['v4.1.3-20260507-0859', '4.1.3'],
    ['v4.2.0-rc.3-20260721-1407', '4.2.0-rc.3'],
    ['v3.3.0-20221222-1526', '3.3.0'],
    ['2.5.0-26-g5d01005-20211021-1103', '2.5.0-26-g5d01005'],
    ['v4.1.3', '4.1.3'],
    ['-', undefined],
    ['', undefined],
    ['jdoes-laptop', undefined],
    [undefined, undefined],
    [4, undefined]
  ])('%s is release %s', (version, release) => expect(productVersion(version)).toBe(release))
})
