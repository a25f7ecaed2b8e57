/** Contracts and records for this room's tests, made by hand so that they need no parser. */
import type { Column, CompiledContract, KeptFields, RecordDeclaration } from '@candor/contract'
import type { KeptRecord } from '../record.ts'

export interface TestContract {
  readonly product?: string
  readonly columns?: readonly Column[]
  readonly records?: readonly {
    readonly name: string
    readonly kind: 'event' | 'snapshot' | 'counter'
    readonly perDayMax?: number
  }[]
  readonly recordsDays?: number
  readonly aggregatesDays?: number
}

export const allColumns: readonly Column[] = [
  { name: 'success', says: "whether it worked, in the user's eyes", type: { is: 'boolean' } },
  { name: 'rows', says: 'how many rows', type: { is: 'integer' } },
  { name: 'elapsed', says: 'how long', type: { is: 'number' } },
  { name: 'built_at', says: 'when it was built', type: { is: 'timestamp' } },
  { name: 'destination', says: 'where to', type: { is: 'word' } },
  { name: 'os', says: 'a name that a base column has too', type: { is: 'word' } },
  { name: 'note', says: 'a reviewed text', type: { is: 'text' } },
  { name: 'pipeline', says: 'which pipeline', type: { is: 'token' } },
  { name: 'transaction', says: 'one run', type: { is: 'uuid' } },
  { name: 'extensions', says: 'which extensions', type: { is: 'list', of: { is: 'word' } } },
  {
    name: 'functions',
    says: 'calls by function',
    type: { is: 'map', values: { is: 'map', values: { is: 'integer' } } }
  },
  {
    name: 'stats',
    says: 'statistics by relation',
    type: {
      is: 'list',
      of: {
        is: 'tuple',
        fields: [
          { name: 'kind', type: { is: 'word' } },
          { name: 'calls', type: { is: 'integer' } },
          { name: 'ok', type: { is: 'boolean' } },
          { name: 'names', type: { is: 'list', of: { is: 'text' } } }
        ]
      }
    }
  }
]

export function testContract(options: TestContract = {}): CompiledContract {
  const records = options.records ?? [
    { name: 'load', kind: 'event' as const },
    { name: 'report', kind: 'snapshot' as const, perDayMax: 2 }
  ]
  const declarations = records.map(({ name, kind, perDayMax }): RecordDeclaration => ({
    name,
    kind,
    when: 'always',
    level: 'all',
    aliases: [],
    since: undefined,
    owner: undefined,
    expires: undefined,
    serves: [],
    every: perDayMax === undefined ? undefined : { says: 'daily', perDayMax },
    fields: new Map()
  }))
  return {
    contract: {
      product: options.product ?? 'dlt',
      title: 'A test',
      purpose: 'Tests.',
      contact: undefined,
      digest: 'sha256:00',
      terms: 'sha256:00',
      recipients: [],
      location: undefined,
      source: undefined,
      page: undefined,
      notice: undefined,
      appeal: undefined,
      publication: undefined,
      retention: {
        recordsDays: options.recordsDays ?? 90,
        aggregatesDays: options.aggregatesDays ?? 761
      },
      consent: { default: 'opt-out', levels: [{ name: 'all', says: 'all' }], graceHours: 24 },
      identity: {
        kind: 'persistent',
        sdkKind: 'persistent',
        days: undefined,
        account: false,
        accountFrom: undefined,
        lineage: false,
        random: true,
        says: 'a random id'
      },
      environment: [],
      presence: [],
      questions: new Map(),
      records: new Map(declarations.map((record) => [record.name, record])),
      versionCheck: undefined,
      controls: [],
      delivery: 'detached',
      endpoint: undefined,
      never: { sdk: [], collector: [] },
      retired: false,
      editions: new Map(),
      document: { product: options.product ?? 'dlt', title: 'A test', purpose: 'Tests.' }
    },
    columns: options.columns ?? allColumns,
    validate: () => ({ is: 'dropped', violations: [] })
  }
}

export function token(number: number): string {
  return number.toString(16).padStart(32, '0')
}

const noon = Date.parse('2026-11-20T12:00:00Z')

export function testRecord(changes: Partial<KeptRecord> = {}, fields: KeptFields = {}): KeptRecord {
  return {
    product: 'dlt',
    name: 'load',
    kind: 'event',
    installation: token(1),
    account: undefined,
    lineage: undefined,
    session: undefined,
    window: undefined,
    keyEpoch: 1,
    receivedAt: noon,
    occurredAt: noon,
    occurredFrom: 'sent',
    version: '1.26.0',
    environment: { class: 'interactive', automation: 'none', container: 'false', os: 'linux' },
    level: undefined,
    contract: 'sha256:00',
    sdk: undefined,
    protocol: 'native',
    seq: undefined,
    messageDigest: undefined,
    deletion: undefined,
    fields,
    ...changes
  }
}
