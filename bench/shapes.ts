/**
 * The requests that are measured: real shapes, each with the place where a fresh id goes so that no
 * two are duplicates.
 */

export interface Shape {
  readonly name: string
  readonly eventsPerRequest: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /**
   * `unique`: 24 hexadecimal digits that no other request of the run has. `member`: 8 digits that
   * name one of the fleet's installations.
   */
  body(unique: string, member: string): string
}

const basic = (key: string): string => `Basic ${Buffer.from(`${key}:`).toString('base64')}`

function segmentEvent(unique: string, member: string, index: number): object {
  return {
    type: 'track',
    messageId: `${unique}-${index}`,
    anonymousId: `${member}${'0'.repeat(24)}`,
    event: 'pipeline_load',
    timestamp: '2026-11-20T11:00:00.000Z',
    properties: {
      elapsed: 2.234885,
      success: true,
      destination_name: 'duckdb',
      destination_type: 'dlt.destinations.duckdb',
      pipeline_name_hash: 'OpVShb3cX7qQAmOZSbV8',
      dataset_name_hash: 'Hqk0a3Ov5AD55KjSg2rC',
      default_schema_name_hash: 'Hqk0a3Ov5AD55KjSg2rC',
      transaction_id: '39c3b69c858836c36b9b7c6e046eb391',
      event_category: 'pipeline',
      event_name: 'load'
    },
    context: {
      ci_run: false,
      python: '3.11.2',
      cpu: 2,
      exec_info: ['docker'],
      os: { name: 'Linux', version: '6.8.0' },
      library: { name: 'dlt', version: '1.26.0' }
    }
  }
}

function uuidOf(unique: string): string {
  const hex = `${unique}${'0'.repeat(8)}`
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function nativeReport(unique: string, member: string, events: number): object {
  return {
    candor: 1,
    product: 'dlt',
    report: uuidOf(unique),
    sdk: { name: 'candor-ts', version: '0.1.0' },
    installation: `${member}${'0'.repeat(24)}`,
    runs: [
      {
        session: uuidOf(unique),
        version: '1.26.0',
        consent: { level: 'pipelines' },
        environment: {
          class: 'batch',
          automation: 'none',
          container: false,
          os: 'linux',
          os_version: '6.8',
          runtime: 'python 3.11',
          cpu: 2
        },
        records: Array.from({ length: events }, (_, index) => ({
          seq: index,
          name: 'pipeline_load',
          at: '2026-11-20T11:00:00.000Z',
          fields: {
            elapsed: 2.234885,
            success: true,
            destination_type: 'duckdb',
            transaction_id: '39c3b69c858836c36b9b7c6e046eb391'
          }
        }))
      }
    ]
  }
}

export const shapes: readonly Shape[] = [
  {
    name: 'segment',
    eventsPerRequest: 1,
    path: '/v1/track',
    headers: { Authorization: basic('dlt-bench'), 'Content-Type': 'application/json' },
    body: (unique, member) => JSON.stringify(segmentEvent(unique, member, 0))
  },
  {
    name: 'native',
    eventsPerRequest: 1,
    path: '/v1/reports',
    headers: { 'Content-Type': 'application/json' },
    body: (unique, member) => JSON.stringify(nativeReport(unique, member, 1))
  },
  {
    name: 'dblab',
    eventsPerRequest: 1,
    path: '/api/general/rpc/telemetry_event',
    headers: { 'Selfassigned-Instance-Id': 'd9fo5aoqbu70eeeeeeee' },
    body: (unique, member) =>
      JSON.stringify({
        instance_id: `d9fo5aoqbu70${member}`,
        event_type: 'clone_created',
        event_data: { id: `${unique}${'0'.repeat(16)}`, cloning_time: 0, dsa_diff: 3464.218530714 }
      })
  },
  {
    name: 'segment-batch',
    eventsPerRequest: 100,
    path: '/v1/batch',
    headers: { Authorization: basic('dlt-bench'), 'Content-Type': 'application/json' },
    body: (unique, member) =>
      JSON.stringify({
        batch: Array.from({ length: 100 }, (_, index) => segmentEvent(unique, member, index)),
        sentAt: '2026-11-20T11:00:01.000Z'
      })
  },
  {
    name: 'native-batch',
    eventsPerRequest: 100,
    path: '/v1/reports',
    headers: { 'Content-Type': 'application/json' },
    body: (unique, member) => JSON.stringify(nativeReport(unique, member, 100))
  }
]
