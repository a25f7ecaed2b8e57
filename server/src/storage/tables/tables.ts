/** Which tables does the store have? What fills each stands in `materialized-views.ts`. */
import { instantType, type TableColumn } from './column-types.ts'
import { type ProductSchema, recordColumns, sentColumns } from './product-schema.ts'
import { pastTable, recordTable } from './rows.ts'
import {
  deletionRequestsTable,
  driftRowsTable,
  driftStatesTable,
  frozenTable,
  messageClaimsTable,
  quarantineRowsTable,
  retentionRunsTable,
  retentionTable,
  startsTable
} from './side-tables.ts'
import {
  aggregating,
  base,
  column,
  counted,
  day,
  earliest,
  installations,
  latest,
  sum,
  type Table,
  word,
  wordOrNull
} from './table.ts'

/**
 * The loader sends a table at most three blocks a second (`loader.ts`), and the inbox replays at
 * most 72 hours: 777,600 blocks.
 * ClickHouse remembers none by default, so that a retried block would count twice.
 */
export const blocksRemembered = 1_000_000

/**
 * Tables that all products fill remember as many blocks of each; `migrate` raises this with the
 * number of products.
 */
export function sharedBlocksRemembered(products: number): number {
  return blocksRemembered * Math.max(4, products)
}

export function snapshotTable(product: string): string {
  return `snapshots_${product.replaceAll('-', '_')}`
}

/**
 * Days, so that each day one whole partition is dropped and nothing outlives its retention by more
 * than a day; a partition key can't follow a retention that changes.
 */
const receivedDay = 'toYYYYMMDD(received_at)'
/** Of records of nobody, those that came together lie together; a retried block falls alike. */
const sender = 'assumeNotNull(coalesce(installation, account, toString(received_at)))'

export function recordsTable(schema: ProductSchema): Table {
  return {
    name: recordTable(schema.product),
    columns: recordColumns(schema),
    engine: 'MergeTree',
    partitionBy: receivedDay,
    // By name, because every question names its record; then an installation's records lie together
    // for funnels and deletion.
    orderBy: 'name, installation, occurred_at',
    shardBy: sender
  }
}

/** A name that no field can have. */
export const accountAlone: TableColumn = {
  name: '_account',
  type: 'String',
  says: 'the account of whoever is known by it alone; empty where there is an installation'
}

export function snapshotsTable(schema: ProductSchema): Table {
  return {
    name: snapshotTable(schema.product),
    columns: [...recordColumns(schema), accountAlone],
    engine: 'ReplacingMergeTree(occurred_at)',
    orderBy: `name, installation, ${accountAlone.name}`,
    shardBy: sender
  }
}

/**
 * The loader inserts into this one: it has the columns of `records_<product>` with plain types, and
 * materialized views move each block on. Reading JSON straight into LowCardinality columns, where
 * each value of each row is looked up by itself, costs the whole insert a quarter more.
 */
export function incomingTable(schema: ProductSchema): Table {
  return plainTable(incomingName(recordTable(schema.product)), schema)
}

/** Nothing is stored in it: a view makes counts of what comes. */
export function pastRecordsTable(schema: ProductSchema): Table {
  return plainTable(pastTable(schema.product), schema)
}

function plainTable(name: string, schema: ProductSchema): Table {
  const columns = sentColumns(schema).map((column) => ({
    ...column,
    type: plainType(column.type)
  }))
  return { name, columns, engine: 'Null', orderBy: '', shardBy: sender }
}

/** Where blocks for a table are inserted. */
export function incomingName(table: string): string {
  return table.startsWith('records_') ? `incoming_${table.slice('records_'.length)}` : table
}

function plainType(type: string): string {
  return type.replaceAll(/LowCardinality\((Nullable\(String\)|String)\)/g, '$1')
}

/**
 * What `daily_states` tells apart, beside product, day, name and kind. Each is frozen by itself
 * (`retention.ts`).
 */
export const dailyDimensions = [
  'version',
  'class',
  'automation',
  'container',
  'os',
  'level'
] as const
/**
 * What was marked at the door. Told apart beside the dimensions, so that questions can leave it
 * out.
 */
export const doorMarks = ['over_budget', 'imported'] as const
/** More than a few lineages under one id say no more than a few: copies share it. */
export const lineagesMax = 8
/** Of an installation, the latest value that was sent. */
export const latestColumns = [
  'lineage',
  'account',
  'version',
  'class',
  'automation',
  'container',
  'os',
  'os_version',
  'arch',
  'runtime',
  'cpu',
  'level',
  'contract',
  'sdk_name',
  'sdk_version',
  'protocol'
] as const

export const dailyTable: Table = {
  name: 'daily_states',
  columns: [
    ...base('product'),
    day,
    ...base('name', 'kind', ...dailyDimensions, ...doorMarks),
    column('records', sum, 'how many records'),
    installations
  ],
  ...aggregating,
  orderBy: ['product', 'day', 'name', 'kind', ...dailyDimensions, ...doorMarks].join(', '),
  shardBy: 'product, day'
}

/**
 * The same counts for one value at a time, of `all`, `name` and each daily dimension over all
 * records, and of each field whose values the
 * contract names over the records that declare it. What tells records apart in five ways makes
 * thousands of rows a day in `daily_states`, each with a
 * sketch to merge; a chart needs one way, and reads a few.
 */
export const valueStatesTable: Table = {
  name: 'value_states',
  columns: [
    ...base('product'),
    day,
    column(
      'dimension',
      word,
      'all, name, or what the records are told apart by: a part of the environment, or a ' +
        'field’s column'
    ),
    column(
      'record',
      wordOrNull,
      'the record that declares the field; NULL for what every record has'
    ),
    column('value', wordOrNull, 'the value; NULL where none was sent, and for all'),
    column('records', sum, 'how many records; one with a list counts under each of its values'),
    installations,
    column(
      'key_epoch',
      'SimpleAggregateFunction(max, UInt16)',
      'the newest generation of the secret that made tokens on that day: ids of two never ' +
        'match'
    )
  ],
  ...aggregating,
  orderBy: 'product, dimension, record, day, value',
  shardBy: 'product, day',
  granularity: 16
}

/**
 * The same of records that an import brought when they were too old to be kept: until all of it is
 * there and its counts are frozen (`jobs/freeze.ts`).
 */
export const pastStatesTable: Table = {
  ...valueStatesTable,
  name: 'past_states',
  partitionBy: 'product'
}

/**
 * How often each number came, of fields whose contract leaves few of them: distributions of any
 * span, exact, without the records.
 */
export const numberStatesTable: Table = {
  name: 'number_states',
  columns: [
    ...base('product'),
    day,
    column('field', word, 'the field’s column'),
    column('record', word, 'the record that declares the field'),
    column('number', 'Float64', 'the number, as its contract rounds it'),
    column('records', sum, 'how many records')
  ],
  ...aggregating,
  orderBy: 'product, field, record, day, number',
  shardBy: 'product, day'
}

export const installationsTable: Table = {
  name: 'installation_states',
  columns: [
    ...base('product'),
    counted,
    column('first_seen', earliest, 'the earliest occurred_at'),
    column('last_seen', latest, 'the latest occurred_at'),
    column('last_received', latest, 'the latest received_at; decides when it expires'),
    column('records', sum, 'how many records'),
    column(
      'key_epoch',
      'SimpleAggregateFunction(max, UInt16)',
      'the generation of the secret that made the token'
    ),
    column(
      'known_by',
      'SimpleAggregateFunction(max, LowCardinality(String))',
      'what it is known by: its installation id, or its account alone'
    ),
    column(
      'over_budget',
      'SimpleAggregateFunction(min, Bool)',
      'whether all that it sent came from networks that had sent more than their share'
    ),
    ...base(...latestColumns).map(({ name, type, says }) => ({
      name,
      type: `AggregateFunction(argMax, ${type}, ${instantType})`,
      says: name === 'version' ? 'the last version that it stated' : `latest: ${says}`
    }))
  ],
  engine: 'AggregatingMergeTree',
  orderBy: 'product, installation',
  shardBy: 'installation'
}

export const installationDaysTable: Table = {
  name: 'installation_days',
  columns: [
    ...base('product'),
    counted,
    day,
    ...base('name'),
    column('records', sum, 'how many records of this name on this day'),
    column(
      'lineages',
      `SimpleAggregateFunction(groupUniqArrayArray(${lineagesMax}), Array(String))`,
      'up to eight of the lineages that it named that day: two in turn are copies of one id'
    )
  ],
  ...aggregating,
  orderBy: 'product, installation, day, name',
  shardBy: 'installation'
}

/**
 * Which version and environment an installation had on each day: what upgrades, retention and
 * filters by environment ask, without reading
 * records. Only earliest and latest moments, so that filling it twice from the same records changes
 * nothing.
 */
export const environmentDaysTable: Table = {
  name: 'installation_environment_days',
  columns: [
    ...base('product'),
    counted,
    day,
    ...base(...dailyDimensions, ...doorMarks),
    column('first_at', earliest, 'the earliest occurred_at of that day'),
    column('last_at', latest, 'the latest occurred_at of that day')
  ],
  ...aggregating,
  orderBy: ['product', 'installation', 'day', ...dailyDimensions, ...doorMarks].join(', '),
  shardBy: 'installation'
}

/** Filled through views, so their window of remembered blocks matters as much as their source's. */
export const sharedTables: readonly Table[] = [
  dailyTable,
  valueStatesTable,
  numberStatesTable,
  pastStatesTable,
  installationsTable,
  installationDaysTable,
  environmentDaysTable,
  driftRowsTable,
  driftStatesTable,
  quarantineRowsTable,
  frozenTable,
  retentionTable,
  retentionRunsTable,
  startsTable,
  deletionRequestsTable,
  messageClaimsTable
]
