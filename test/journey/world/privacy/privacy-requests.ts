/**
 * What do all clients send to all products, and what do strangers send? The requests that the marks
 * are put into.
 */
import { mark, recordedRequests, type MarkedRequest } from './privacy-marks.ts'

/** Told from all other text by its beginning. */
export const installation = 'zebra4f1c9e7d2b8a6053installation'
export const deletionKey = 'zebradeletionkey'.padEnd(43, '7')
export const account = 'zebra-account-of-somebody@example.org'

export function recorded(): readonly MarkedRequest[] {
  return ['dblab', 'readyset', 'timescaledb', 'dlt'].flatMap((product) => {
    const all = recordedRequests('products', product)
    // A report has two hundred places: of the older ones, which say the same in other words, a few
    // are enough.
    return product === 'timescaledb' ? all.slice(0, 5) : all
  })
}

export function native(): readonly MarkedRequest[] {
  const records: Readonly<Record<string, readonly [name: string, fields: object][]>> = {
    dlt: [
      [
        'command_init',
        {
          source_name: 'chess',
          destination_type: 'duckdb',
          elapsed: 1.2,
          success: true,
          exec_info: ['docker'],
          dlthub_version: '1.2.3'
        }
      ],
      [
        'pipeline_load',
        {
          destination_type: 'postgres',
          destination_fingerprint: 'zebrafingerprint0001',
          pipeline_name_hash: 'zebrapipelinehash001',
          transaction_id: 'a'.repeat(32)
        }
      ]
    ],
    dblab: [
      [
        'engine_started',
        {
          engine_version: '4.2.0',
          db_engine: 'postgres',
          db_version: '16',
          pools: { fs_type: 'zfs', number: 2 },
          restore: { mode: 'logical', jobs: ['logicalDump'] }
        }
      ],
      ['clone_created', { id: 'zebracloneid00000001', cloning_time: 1, dsa_diff: 2 }],
      ['alert', { alert_level: 'refresh_failed', message: 'full_refresh_failed' }]
    ],
    readyset: [
      [
        'proxied_query',
        {
          query_id: 'zebraqueryid00000001',
          proxied_query: 'SELECT zebra FROM zebras',
          schema: 'CREATE TABLE zebras (a int)',
          migration_status: 'pending',
          adapter_version: '1.0.0',
          deployment_env: 'eks',
          deployment_id: 'zebradeployment00001'
        }
      ]
    ],
    timescaledb: [
      [
        'report',
        {
          postgresql_version: '17.1',
          os_name_pretty: 'Debian',
          functions_used: { 'pg_catalog.count()': 2 },
          license: { edition: 'community' }
        }
      ]
    ],
    acme: [['command_run', { command: 'deploy', success: true, elapsed: 1.5 }]]
  }
  return Object.entries(records).map(([product, all]) => {
    const environment = {
      class: 'interactive',
      automation: 'none',
      container: false,
      os: 'linux',
      os_version: '6.1',
      arch: 'x64',
      runtime: 'node 20',
      cpu: 4
    }
    const consent = {
      level: {
        dlt: 'pipelines',
        dblab: 'usage',
        readyset: 'queries',
        timescaledb: 'basic',
        acme: 'basic'
      }[product],
      accepted: `sha256:${'c'.repeat(64)}`
    }
    const named = all.map(([name, fields], seq) => ({
      seq,
      name,
      at: new Date().toISOString(),
      fields
    }))
    const run = {
      session: 'zebrasession00000001',
      version: '1.26.0',
      consent,
      environment,
      records: named
    }
    const body = {
      candor: 1,
      product,
      sdk: { name: 'candor-ts', version: '0.1.0' },
      installation,
      account,
      window: '2026-W47',
      deletion: `sha256:${'d1e2'.repeat(16)}`,
      lost: { spool: 1 },
      runs: [run]
    }
    return { path: '/v1/reports', headers: { 'content-type': 'application/json' }, body }
  })
}

export const deletion: MarkedRequest = {
  path: '/v1/deletions',
  headers: { 'content-type': 'application/json' },
  body: { candor: 1, product: 'acme', keys: [deletionKey] }
}

/**
 * What many send alike: the name of a field may be told then, but a key or a member of something
 * that users fill themselves never is.
 */
export function common(): readonly MarkedRequest[] {
  const [name, member] = [mark(), mark()]
  return Array.from({ length: 8 }, (_, index) => index).flatMap((index) => {
    const uuid = `6a2ca0b4-8a55-4b1a-9f0a-c0d0f3a3a00${index}`
    const report = {
      db_uuid: uuid,
      timescaledb_version: '2.22.1',
      functions_used: { [`${name}()`]: 1, [name]: 2 },
      access_methods: { [name]: { pages: 1, instances: 2 } },
      errors_by_sqlerrcode: { [name]: { [name]: 1 } },
      db_metadata: { [name]: member },
      instance_metadata: { cloud: member }
    }
    const event = {
      anonymousId: uuid,
      event: 'pipeline_extract',
      properties: { extract_data: [{ name, data_type: member }], destination_type: member },
      context: { exec_info: [name, { [name]: member }] }
    }
    return [
      { path: '/v1/metrics', headers: {}, body: report },
      { path: '/in/dlt', headers: {}, body: event },
      {
        path: '/rpc/telemetry_event',
        headers: {},
        body: {
          instance_id: uuid,
          event_type: 'engine_started',
          event_data: { restore: { jobs: [name], mode: member } }
        }
      },
      {
        path: '/in/readyset',
        headers: {},
        body: {
          userId: uuid,
          event: 'adapter_start',
          properties: { deployment_env: member, db_backend: name }
        }
      }
    ]
  })
}

/** What Segment's own libraries send, to the operator's own product. */
export function segment(): readonly MarkedRequest[] {
  const authorization = `Basic ${Buffer.from(`acme:${mark()}`).toString('base64')}`
  const properties = { command: 'deploy', success: true, elapsed: 1.5 }
  return recordedRequests('protocols', 'segment').flatMap(({ path, headers, body }) => {
    const event = {
      type: 'track',
      event: 'command_run',
      anonymousId: installation,
      userId: account,
      messageId: 'zebramessage00000001',
      properties,
      context: {
        ip: '203.0.113.77',
        userAgent: 'agent',
        locale: 'de',
        app: { name: 'acme', version: '1.0.0' },
        library: { name: 'analytics-node', version: '2.0.0' },
        os: { name: 'linux', version: '6.1' },
        edition: 'free'
      }
    }
    return [
      { path, headers: { ...headers, authorization }, body },
      {
        path: '/v1/batch',
        headers: { authorization },
        body: {
          batch: [event],
          context: { traits: { email: 'a' } },
          sentAt: new Date().toISOString(),
          integrations: { all: true }
        }
      },
      { path: '/in/acme', headers: {}, body: event }
    ]
  })
}

/** What belongs to nobody: unknown paths, keys, products, encodings and bodies. */
export function strangers(): readonly MarkedRequest[] {
  const bodies = [
    mark(),
    { [mark()]: mark() },
    { writeKey: mark(), event: mark(), anonymousId: mark() },
    { candor: 1, product: mark(), keys: [mark()] }
  ]
  const paths = [
    `/${mark()}`,
    `/${mark()}/dlt`,
    `/in/${mark()}`,
    `/v1/${mark()}`,
    `/contracts/${mark()}/x.json`,
    `/v1/feed/${mark()}.json`
  ]
  const known = [
    '/v1/reports',
    '/v1/deletions',
    '/v1/track',
    '/v1/batch',
    '/v1/metrics',
    '/rpc/telemetry_event',
    '/rpc/dblab_session_start',
    '/rpc/telemetry_usage',
    '/api/v1/query',
    '/api/v1/installation',
    '/api/v1/session',
    '/api/v1/tokens',
    '/'
  ]
  const key = Buffer.from(`${mark()}:${mark()}`).toString('base64')
  const kinds: readonly Readonly<Record<string, string>>[] = [
    {},
    { authorization: `Basic ${key}` },
    { authorization: `Bearer ${mark()}` },
    { 'content-encoding': mark() },
    { 'content-type': mark() }
  ]
  return [...paths, ...known].flatMap((path) =>
    kinds.flatMap((headers) => bodies.map((body) => ({ path, headers, body })))
  )
}
