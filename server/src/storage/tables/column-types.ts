/** Which ClickHouse column does each declared or common column become? */
import type { Column, ColumnType } from '@candor/contract'
import { type BaseColumn, baseColumns, fieldColumn } from './rows.ts'
import { versionOrder } from './version-order.ts'

export interface TableColumn {
  readonly name: string
  readonly type: string
  readonly says: string
  /** SQL that computes it when it is read; such a column is neither sent nor stored. */
  readonly computed?: string
}

function tupleField({ name, type }: { readonly name: string; readonly type: ColumnType }): string {
  return `${quoteName(name)} ${clickHouseType(type)}`
}

/**
 * The type of a declared column. Absent values are NULL; an absent list or map is an empty one,
 * because ClickHouse has no NULL for those.
 */
function clickHouseType(type: ColumnType): string {
  switch (type.is) {
    case 'boolean':
      return 'Nullable(Bool)'
    case 'integer':
      return 'Nullable(Int64)'
    case 'number':
      return 'Nullable(Float64)'
    case 'timestamp':
      return `Nullable(${instantType})`
    case 'word':
      return 'LowCardinality(Nullable(String))'
    case 'text':
    case 'token':
    case 'uuid':
      return 'Nullable(String)'
    case 'list':
      return `Array(${memberType(type.of)})`
    case 'map':
      return `Map(LowCardinality(String), ${memberType(type.values)})`
    case 'tuple':
      return `Tuple(${type.fields.map(tupleField).join(', ')})`
  }
}

/** Inside a list or a map nothing is absent, so nothing is nullable; members of a tuple may be. */
function memberType(type: ColumnType): string {
  switch (type.is) {
    case 'boolean':
      return 'Bool'
    case 'integer':
      return 'Int64'
    case 'number':
      return 'Float64'
    case 'timestamp':
      return instantType
    case 'word':
      return 'LowCardinality(String)'
    case 'text':
    case 'token':
    case 'uuid':
      return 'String'
    case 'list':
    case 'map':
    case 'tuple':
      return clickHouseType(type)
  }
}

export const instantType = `DateTime64(3, 'UTC')`
const word = 'LowCardinality(String)'
const wordOrNull = 'LowCardinality(Nullable(String))'
const tokenOrNull = 'Nullable(String)'

export const baseColumnTypes: Readonly<Record<BaseColumn, Omit<TableColumn, 'name'>>> = {
  product: { type: word, says: 'the product that sent it' },
  name: { type: word, says: 'the declared name of the event, snapshot or counter' },
  kind: {
    type: word,
    says: 'event, snapshot (the latest per installation counts) or counter (summed)'
  },
  received_at: { type: instantType, says: 'when the collector received it; decides retention' },
  occurred_at: {
    type: instantType,
    says:
      'when it happened by the client’s corrected clock, or received_at where that is out of ' +
      'range; decides the day in charts'
  },
  occurred_from: {
    type: word,
    says: 'where occurred_at comes from: none, sent, corrected or clamped'
  },
  installation: {
    type: tokenOrNull,
    says: 'the installation, as a keyed token; NULL when none was sent'
  },
  account: { type: tokenOrNull, says: 'the account that the user supplied, as a keyed token' },
  lineage: { type: tokenOrNull, says: 'what copies of one installation share, as a keyed token' },
  sender: {
    type: tokenOrNull,
    says:
      'whom counts of installations count: the installation, or the account where no ' +
      'installation was sent',
    computed: 'coalesce(installation, account)'
  },
  session: { type: tokenOrNull, says: 'the session, as a keyed token' },
  window: { type: wordOrNull, says: 'the window that a rotating installation id belongs to' },
  key_epoch: {
    type: 'UInt16',
    says: 'which generation of the secret made the tokens; tokens of two epochs never match'
  },
  version: {
    type: wordOrNull,
    says: 'the product’s version: stated with the record, or the last that its sender stated before'
  },
  version_from: {
    type: word,
    says: 'where version comes from: record, installation (what its sender stated before) or none'
  },
  version_order: {
    type: 'Array(UInt32)',
    says: 'the version as numbers that sort as releases do',
    computed: versionOrder('version')
  },
  class: { type: word, says: 'interactive, service, batch or unknown' },
  automation: { type: word, says: 'none, ci, agent, test or unknown' },
  container: { type: word, says: 'true, false or unknown' },
  os: { type: wordOrNull, says: 'the operating system' },
  os_version: { type: wordOrNull, says: 'the version of the operating system' },
  arch: { type: wordOrNull, says: 'the processor’s architecture' },
  runtime: { type: wordOrNull, says: 'the language runtime' },
  cpu: { type: 'Nullable(UInt32)', says: 'the number of processors' },
  level: { type: wordOrNull, says: 'the consent level that the report stated' },
  contract: { type: word, says: 'the digest of the contract that it was held against' },
  sdk_name: { type: wordOrNull, says: 'the library that sent it' },
  sdk_version: { type: wordOrNull, says: 'the version of that library' },
  protocol: { type: word, says: 'the wire format that it came in' },
  seq: { type: 'Nullable(UInt64)', says: 'its place in the session, as the client counted' },
  message_digest: {
    type: tokenOrNull,
    says: 'a keyed digest of the message’s id; equal ones are one message'
  },
  deletion: { type: tokenOrNull, says: 'the hash of the key that deletes it' },
  over_budget: {
    type: 'Bool',
    says:
      'whether its network had sent more than its share: kept, but in no overview and no ' +
      'public number'
  },
  imported: {
    type: 'Bool',
    says: 'whether it came by import, with its own time as the time of receipt'
  },
  accepted_terms: {
    type: wordOrNull,
    says: 'the digest of the terms that its report said were agreed to; NULL when it stated none'
  },
  loaded_at: {
    type: instantType,
    says: 'when it came into the store, by the store’s clock; 1970 from before that was noted'
  }
}

export const baseTableColumns: readonly TableColumn[] = baseColumns.map((name) => ({
  name,
  ...baseColumnTypes[name]
}))

export function fieldTableColumn(column: Column): TableColumn {
  return { name: fieldColumn(column.name), type: clickHouseType(column.type), says: column.says }
}

export function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}

export function quoteText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
