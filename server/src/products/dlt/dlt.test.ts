/**
 * Whether every generation of dlt can report without being held up, and whether only what the
 * contract names is kept.
 */
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Decoded, type Protocol, faults } from '../../protocols/protocol.ts'
import { createSegment } from '../../protocols/segment/segment.ts'
import type { WireRecord } from '../../record.ts'
import {
  contractIn,
  recordedRequest,
  requestWith,
  validated
} from '../recorded-requests.test-support.ts'
import type { ProductServices } from '../product.ts'
import { testProduct } from '../test-product.test-support.ts'
import { product } from './product.ts'

const folder = dirname(fileURLToPath(import.meta.url))
const fixtures = join(folder, 'fixtures')
const contract = contractIn(folder)
const segment = createSegment({
  scheme: 'http',
  resolveKey: (key) => (key === 'dlt' ? 'dlt' : undefined),
  readingOf: () => product.segment,
  declares: (_product, name) => contract.contract.records.has(name)
})
const services: ProductServices = {
  product: 'dlt',
  newest: { newest: () => undefined },
  accounts: undefined,
  segmentFor: (options) => segment.forProduct('dlt', options)
}
const routes = [...(product.routes?.(services) ?? []), ...segment.routes]
const basic = `Basic ${Buffer.from('dlt:').toString('base64')}`

function protocolAt(path: string): Protocol {
  const route = routes.find(
    (candidate) => candidate.path === path || (candidate.path === '*/dlt' && path.endsWith('/dlt'))
  )
  if (route === undefined) throw new Error(`no route for ${path}`)
  return route.protocol
}

function decodedAs(decoded: Decoded): Decoded & { is: 'records' } {
  if (decoded.is !== 'records') throw new Error(`decoded as ${decoded.is}`)
  return decoded
}

function recordOf(decoded: Decoded): WireRecord {
  const [record] = decodedAs(decoded).records
  if (record === undefined) throw new Error('no record')
  return record
}

const context = {
  ci_run: false,
  python: '3.11.2',
  cpu: 2,
  exec_info: ['docker'],
  os: { name: 'Linux', version: '6.1.0-40-amd64' },
  library: { name: 'dlt', version: '1.26.0' }
}

/** Recorded requests in which a user says no; nothing of them is kept. */
const refusals = ['capture-1.31.0-command-telemetry-switch']

function posted(
  event: string,
  properties: unknown,
  more: Readonly<Record<string, unknown>> = {}
): WireRecord {
  return recordOf(
    protocolAt('/t/dlt').decode(
      requestWith(
        '/t/dlt',
        JSON.stringify({ anonymousId: 'a', event, properties, context, ...more })
      )
    )
  )
}

function kept(
  event: string,
  properties: unknown,
  more: Readonly<Record<string, unknown>> = {}
): unknown {
  const validation = validated(contract, posted(event, properties, more))
  expect(validation).toMatchObject({ is: 'kept', violations: [] })
  return validation.is === 'kept' ? validation.fields : undefined
}

function environmentWith(more: Readonly<Record<string, unknown>>): unknown {
  return posted('command_telemetry', {}, { context: { ...context, ...more } }).source.environment
}

/** As dlt hashes names: without salt, so that a list of words undoes it. */
function hash(text: string): string {
  return createHash('shake128', { outputLength: 15 }).update(text).digest('base64')
}

function keptFingerprint(properties: Readonly<Record<string, unknown>>): unknown {
  return kept('pipeline_load', { destination_fingerprint: hash('token'), ...properties })
}

await testProduct({
  name: 'dlt',
  accepted: ({ path }) =>
    path === '/v1/track'
      ? { status: 200, body: '{"success":true}' }
      : { status: 204, headers: {}, body: '' },
  duplicates: ({ body }) => ({ by: 'request', ttlMs: 300_000, key: body, scope: 'dlt' }),
  // Old clients wait on any 5xx, and the user with them.
  overloaded: { status: 204, headers: { 'Candor-Dropped': 'overload' }, body: '' },
  refusals,
  named: /acme|my_prod/i,
  read: ['event', 'anonymousId', 'userId', 'messageId', 'timestamp', 'sentAt', 'type', 'library']
})

describe('a refusal', () => {
  it('in a batch is left out, and its neighbours are kept', () => {
    const event = (name: string, properties: unknown): unknown => ({
      type: 'track',
      anonymousId: 'a',
      event: name,
      properties,
      context
    })
    const batch = [
      event('command_telemetry.switch', { enabled: false }),
      event('command_telemetry_switch', { enabled: true }),
      event('command_telemetry.switch', { enabled: true })
    ]
    const decoded = protocolAt('/v1/batch').decode(
      requestWith('/v1/batch', JSON.stringify({ batch }), { authorization: basic })
    )
    expect(decodedAs(decoded).records.map(({ fields }) => fields)).toMatchObject([
      { properties: { enabled: true } },
      { properties: { enabled: true } }
    ])
  })
})

describe('what users named', () => {
  it('is matched against what dlt brings along, and its text dropped', () => {
    expect(
      kept('command_init', { source_name: 'acme_orders', destination_type: 'acme.sinks.sink' })
    ).toMatchObject({
      source_name: 'other',
      destination_type: 'other'
    })
    expect(
      kept('command_init', { pipeline_name: 'chess', destination_name: 'bigquery' })
    ).toMatchObject({
      source_name: 'chess',
      destination_type: 'bigquery'
    })
    expect(
      kept('pipeline_run', {
        destination_name: 'acme',
        destination_type: 'dlt.destinations.postgres'
      })
    ).toMatchObject({
      destination_type: 'postgres'
    })
    const extract_data = [
      { name: 'chess', data_type: 'source' },
      { name: 'acme', data_type: 'resource' },
      { name: '', data_type: 'AcmeModel' }
    ]
    expect(kept('pipeline_extract', { extract_data })).toMatchObject({
      extract_data: [
        { name: 'chess', data_type: 'source' },
        { name: 'other', data_type: 'resource' },
        { name: 'other', data_type: 'other' }
      ]
    })
    expect(
      kept('command_telemetry', {}, { context: { ...context, run_context: 'acme-workspace' } })
    ).toMatchObject({
      run_context: 'other'
    })
    expect(kept('helper_dbt_create_runner', { package_profile_name: 'acme' })).not.toHaveProperty(
      'package_profile_name'
    )
  })

  it('tells agents by the names that they give themselves, in any case, and keeps no other name', () => {
    const agents = {
      'claude-code': 'claude_code',
      'claude-ai': 'claude',
      'Visual Studio Code': 'vscode',
      'Acme Agent': 'other'
    }
    for (const [name, agent_name] of Object.entries(agents)) {
      const agent_info = { name, version: 'acme 1.0', session_hash: hash('session') }
      expect(kept('mcp_tool_list_tables', { agent_info })).toMatchObject({
        tool: 'list_tables',
        agent_name,
        agent_version: 'other'
      })
    }
  })

  it('leaves no hash that a list of words could undo', () => {
    expect(hash('fresh')).toBe('Hqk0a3Ov5AD55KjSg2rC')
    const names = {
      pipeline_name_hash: hash('p'),
      dataset_name_hash: hash('d'),
      default_schema_name_hash: hash('s'),
      destination_fingerprint: hash('localhost')
    }
    const fields = kept('pipeline_load', {
      destination_type: 'dlt.destinations.postgres',
      ...names
    })
    for (const value of Object.values(names)) expect(JSON.stringify(fields)).not.toContain(value)
    expect(fields).toMatchObject({
      dataset_name_hash: 'token of dataset_name_hash, per installation'
    })
  })

  it('keeps a fingerprint only of kinds whose fingerprint is no secret, and by what the destination is, not by its name', () => {
    for (const properties of [
      {},
      { destination_type: 'dlt.destinations.motherduck' },
      { destination_name: 'motherduck' },
      { destination_type: 'dlt.destinations.motherduck', destination_name: 'postgres' },
      { destination_type: 'acme.postgres', destination_name: 'postgres' },
      { destination_type: null, destination_name: null }
    ]) {
      expect(keptFingerprint(properties)).not.toHaveProperty('destination_fingerprint')
    }
    for (const properties of [
      { destination_type: 'dlt.destinations.postgres', destination_name: 'motherduck' },
      { destination_name: 'snowflake' }
    ]) {
      expect(keptFingerprint(properties)).toHaveProperty('destination_fingerprint')
    }
  })

  it('keeps no text that the contract does not name, wherever it stands', () => {
    const marker = 'acme-rocket'
    const names = [...contract.contract.records.keys(), `mcp_tool_${marker}`, marker]
    const value = fc.oneof(
      fc.constant(marker),
      fc.constant([marker]),
      fc.constant({ [marker]: marker }),
      fc.constant([{ name: marker, data_type: marker, [marker]: 1 }]),
      fc.constant({ name: marker, version: marker, session_hash: marker })
    )
    const fieldNames = [
      ...new Set(
        [...contract.contract.records.values()].flatMap((record) =>
          [...record.fields.values()].flatMap((field) =>
            field.from.map((path) => path.split('.')[1] ?? path)
          )
        )
      )
    ]
    const planted = fc.dictionary(fc.constantFrom(...fieldNames, 'agent_info', 'new_key'), value)
    fc.assert(
      fc.property(fc.constantFrom(...names), planted, planted, (event, properties, context) => {
        const record = posted(event, properties, { context })
        const validation = validated(contract, record)
        expect(JSON.stringify(validation.is === 'kept' ? validation.fields : {})).not.toContain(
          marker
        )
        const { os, class: kind, automation } = record.source.environment ?? {}
        expect(JSON.stringify({ os, kind, automation })).not.toContain(marker)
      })
    )
  })
})

describe('where an event came from', () => {
  it('is told by the client, and otherwise unknown', () => {
    expect(posted('command_telemetry', {}).source).toMatchObject({
      installation: 'a',
      version: '1.26.0',
      sdk: undefined,
      environment: {
        class: 'unknown',
        automation: 'none',
        container: true,
        os: 'linux',
        os_version: '6.1.0-40-amd64',
        runtime: 'python 3.11.2',
        cpu: 2
      }
    })
    expect(environmentWith({ exec_info: [], ci_run: true })).toMatchObject({
      automation: 'ci',
      container: false
    })
    expect(environmentWith({ exec_info: ['cursor', 'airflow'] })).toMatchObject({
      automation: 'agent',
      class: 'batch',
      container: false
    })
    expect(
      environmentWith({ exec_info: ['github_actions', 'codex', 'kubernetes', 'notebook'] })
    ).toMatchObject({
      automation: 'ci',
      class: 'interactive',
      container: true
    })
    expect(
      environmentWith({ ci_run: undefined, exec_info: undefined, os: undefined, python: undefined })
    ).toMatchObject({
      class: 'unknown',
      automation: 'unknown',
      container: 'unknown'
    })
  })

  it('is nobody in particular before 0.2.6, when one id stood in the source of dlt', () => {
    const { source } = recordOf(
      protocolAt('/v1/track').decode(
        recordedRequest(fixtures, 'made-0.2.0a26-pipeline-load-shared-id')
      )
    )
    expect(source).toMatchObject({ installation: undefined, version: '0.2.0a26' })
  })

  it('is not told by another library that carries its events', () => {
    const carried = {
      library: { name: '@segment/analytics-node', version: '3.1.0' },
      app: { version: '1.25.0' }
    }
    const record = posted(
      'command_telemetry',
      { success: true },
      { context: carried, messageId: 'm', type: 'track' }
    )
    expect(record.source).toMatchObject({
      version: '1.25.0',
      sdk: { name: '@segment/analytics-node', version: '3.1.0' }
    })
    expect(validated(contract, record)).toMatchObject({
      is: 'kept',
      fields: { success: true },
      violations: []
    })
  })
})

describe('answers', () => {
  it('are never 429, 5xx or a redirect, since old clients wait and the user with them', () => {
    for (const path of ['/in/dlt', '/t/dlt', '/dlt']) {
      const protocol = path === '/in/dlt' ? product.inbound?.(services) : protocolAt(path)
      if (protocol === undefined) throw new Error('no inbound')
      for (const because of ['overload', 'storage'] as const) {
        expect(protocol.overloaded(because)).toEqual({
          status: 204,
          headers: { 'Candor-Dropped': 'overload' },
          body: ''
        })
      }
      for (const fault of faults) {
        const { status, headers } = protocol.refusals[fault]
        expect(status).toBeGreaterThanOrEqual(400)
        expect(status).toBeLessThan(429)
        expect(headers).not.toHaveProperty('Retry-After')
      }
    }
    const track = protocolAt('/v1/track')
    const decoded = decodedAs(
      track.decode(
        requestWith('/v1/track', JSON.stringify({ anonymousId: 'a', event: 'command_init' }), {
          authorization: basic
        })
      )
    )
    expect(track.overloaded('overload', decoded)).toMatchObject({
      status: 204,
      headers: { 'Candor-Dropped': 'overload' }
    })
  })

  it('come from any path that ends in /dlt', () => {
    expect(routes[0]).toMatchObject({ method: 'POST', path: '*/dlt' })
  })

  it('make a retried body one event, and bodies with message ids as many as they have', () => {
    const request = recordedRequest(fixtures, 'capture-1.26.0-pipeline-load')
    expect(decodedAs(protocolAt('/t/dlt').decode(request)).duplicates).toEqual({
      by: 'request',
      ttlMs: 300_000,
      key: request.body,
      scope: 'dlt'
    })
    const batch = JSON.stringify({
      batch: [{ type: 'track', messageId: 'm', anonymousId: 'a', event: 'pipeline_run' }]
    })
    expect(
      decodedAs(
        protocolAt('/v1/batch').decode(requestWith('/v1/batch', batch, { authorization: basic }))
      ).duplicates
    ).toEqual({ by: 'record', ttlMs: 86_400_000 })
  })
})
