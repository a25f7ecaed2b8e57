/** Which tables does the store have? What fills each stands in `materialized-views.ts`. */
import { baseTableColumns, instantType, type TableColumn } from './column-types.ts'
import { type ProductSchema, recordColumns, sentColumns } from './product-schema.ts'
import { driftTable, quarantineTable, recordTable } from './rows.ts'

export interface Table {
  readonly name: string
  readonly columns: readonly TableColumn[]
  readonly engine: string
  readonly partitionBy?: string
  readonly orderBy: string
  /** How many rows are read at least. Where a row is a sketch, the usual 8,192 are megabytes. */
  readonly granularity?: number
}

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
/**
 * Months: a block of late records touches many days, and each day of it would be a part of its own.
 */
const productMonth = 'product, toYYYYMM(day)'

export function recordsTable(schema: ProductSchema): Table {
  return {
    name: recordTable(schema.product),
    columns: recordColumns(schema),
    engine: 'MergeTree',
    partitionBy: receivedDay,
    // By name, because every question names its record; then an installation's records lie together
    // for funnels and deletion.
    orderBy: 'name, installation, occurred_at'
  }
}

export function snapshotsTable(schema: ProductSchema): Table {
  return {
    name: snapshotTable(schema.product),
    columns: recordColumns(schema),
    engine: 'ReplacingMergeTree(occurred_at)',
    orderBy: 'name, installation'
  }
}

/**
 * The loader inserts into this one: it has the columns of `records_<product>` with plain types, and
 * materialized views move each block on. Reading JSON straight into LowCardinality columns, where
 * each value of each row is looked up by itself, costs the whole insert a quarter more.
 */
export function incomingTable(schema: ProductSchema): Table {
  const columns = sentColumns(schema).map((column) => ({
    ...column,
    type: plainType(column.type)
  }))
  return { name: incomingName(recordTable(schema.product)), columns, engine: 'Null', orderBy: '' }
}

/** Where blocks for a table are inserted. */
export function incomingName(table: string): string {
  return table.startsWith('records_') ? `incoming_${table.slice('records_'.length)}` : table
}

function plainType(type: string): string {
  return type.replaceAll(/LowCardinality\((Nullable\(String\)|String)\)/g, '$1')
}

const typeOf = new Map(baseTableColumns.map((column) => [column.name, column]))

function base(...names: readonly string[]): readonly TableColumn[] {
  return names.flatMap((name) => typeOf.get(name) ?? [])
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

const day: TableColumn = { name: 'day', type: 'Date', says: 'the UTC day of occurred_at' }
const sum = 'SimpleAggregateFunction(sum, UInt64)'
/**
 * uniqCombined64 is exact up to 2,000 and has a standard error of 0.3 % above (`tables.test.ts`),
 * in at most 96 KiB a state: fifty million
 * records answer as quickly as ten. An exact state grows with its installations, and a year of them
 * would have to be read whole.
 */
const installationsState = 'AggregateFunction(uniqCombined64, String)'

export const dailyTable: Table = {
  name: 'daily_states',
  columns: [
    ...base('product'),
    day,
    ...base('name', 'kind', ...dailyDimensions, ...doorMarks),
    { name: 'records', type: sum, says: 'how many records' },
    {
      name: 'installations',
      type: installationsState,
      says: 'distinct installations: merge with uniqCombined64Merge'
    }
  ],
  engine: 'AggregatingMergeTree',
  partitionBy: productMonth,
  orderBy: ['product', 'day', 'name', 'kind', ...dailyDimensions, ...doorMarks].join(', ')
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
    {
      name: 'dimension',
      type: 'LowCardinality(String)',
      says:
        'all, name, or what the records are told apart by: a part of the environment, or a ' +
        'field’s column'
    },
    {
      name: 'record',
      type: 'LowCardinality(Nullable(String))',
      says: 'the record that declares the field; NULL for what every record has'
    },
    {
      name: 'value',
      type: 'LowCardinality(Nullable(String))',
      says: 'the value; NULL where none was sent, and for all'
    },
    {
      name: 'records',
      type: sum,
      says: 'how many records; one with a list counts under each of its values'
    },
    {
      name: 'installations',
      type: installationsState,
      says: 'distinct installations: merge with uniqCombined64Merge'
    },
    {
      name: 'key_epoch',
      type: 'SimpleAggregateFunction(max, UInt16)',
      says:
        'the newest generation of the secret that made tokens on that day: ids of two never ' +
        'match'
    }
  ],
  engine: 'AggregatingMergeTree',
  partitionBy: productMonth,
  orderBy: 'product, dimension, record, day, value',
  granularity: 16
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
    { name: 'field', type: 'LowCardinality(String)', says: 'the field’s column' },
    { name: 'record', type: 'LowCardinality(String)', says: 'the record that declares the field' },
    { name: 'number', type: 'Float64', says: 'the number, as its contract rounds it' },
    { name: 'records', type: sum, says: 'how many records' }
  ],
  engine: 'AggregatingMergeTree',
  partitionBy: productMonth,
  orderBy: 'product, field, record, day, number'
}

export const installationsTable: Table = {
  name: 'installation_states',
  columns: [
    ...base('product'),
    {
      name: 'installation',
      type: 'String',
      says: 'whom counts of installations count, as a keyed token'
    },
    {
      name: 'first_seen',
      type: `SimpleAggregateFunction(min, ${instantType})`,
      says: 'the earliest occurred_at'
    },
    {
      name: 'last_seen',
      type: `SimpleAggregateFunction(max, ${instantType})`,
      says: 'the latest occurred_at'
    },
    {
      name: 'last_received',
      type: `SimpleAggregateFunction(max, ${instantType})`,
      says: 'the latest received_at; decides when it expires'
    },
    { name: 'records', type: sum, says: 'how many records' },
    {
      name: 'key_epoch',
      type: 'SimpleAggregateFunction(max, UInt16)',
      says: 'the generation of the secret that made the token'
    },
    {
      name: 'known_by',
      type: 'SimpleAggregateFunction(max, LowCardinality(String))',
      says: 'what it is known by: its installation id, or its account alone'
    },
    {
      name: 'over_budget',
      type: 'SimpleAggregateFunction(min, Bool)',
      says: 'whether all that it sent came from networks that had sent more than their share'
    },
    ...base(...latestColumns).map(({ name, type, says }) => ({
      name,
      type: `AggregateFunction(argMax, ${type}, ${instantType})`,
      says: name === 'version' ? 'the last version that it stated' : `latest: ${says}`
    }))
  ],
  engine: 'AggregatingMergeTree',
  orderBy: 'product, installation'
}

export const installationDaysTable: Table = {
  name: 'installation_days',
  columns: [
    ...base('product'),
    {
      name: 'installation',
      type: 'String',
      says: 'whom counts of installations count, as a keyed token'
    },
    day,
    ...base('name'),
    { name: 'records', type: sum, says: 'how many records of this name on this day' },
    {
      name: 'lineages',
      type: `SimpleAggregateFunction(groupUniqArrayArray(${lineagesMax}), Array(String))`,
      says:
        'up to eight of the lineages that it named that day: two in turn are copies under one ' +
        'id'
    }
  ],
  engine: 'AggregatingMergeTree',
  partitionBy: productMonth,
  orderBy: 'product, installation, day, name'
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
    {
      name: 'installation',
      type: 'String',
      says: 'whom counts of installations count, as a keyed token'
    },
    day,
    ...base(...dailyDimensions, ...doorMarks),
    {
      name: 'first_at',
      type: `SimpleAggregateFunction(min, ${instantType})`,
      says: 'the earliest occurred_at of that day'
    },
    {
      name: 'last_at',
      type: `SimpleAggregateFunction(max, ${instantType})`,
      says: 'the latest occurred_at of that day'
    }
  ],
  engine: 'AggregatingMergeTree',
  partitionBy: productMonth,
  orderBy: ['product', 'installation', 'day', ...dailyDimensions, ...doorMarks].join(', ')
}

/** The loader inserts here; nothing is stored but what `drift_states` sums up. */
const driftRowsTable: Table = {
  name: driftTable,
  columns: [
    ...base('product'),
    day,
    {
      name: 'record',
      type: 'LowCardinality(Nullable(String))',
      says: 'the declared record that it came in'
    },
    {
      name: 'name',
      type: 'Nullable(String)',
      says: 'the undeclared name, only where it may be shown'
    },
    { name: 'name_digest', type: 'String', says: 'a keyed digest of the name' },
    { name: 'kind', type: 'LowCardinality(String)', says: 'the JSON kind of the value' },
    {
      name: 'reason',
      type: 'LowCardinality(String)',
      says: 'the code that says why it was not kept'
    },
    { name: 'installation', type: 'Nullable(String)', says: 'the installation, as a keyed token' },
    { name: 'count', type: 'UInt64', says: 'how often' },
    ...base('received_at')
  ],
  engine: 'Null',
  orderBy: ''
}

export const driftStatesTable: Table = {
  name: 'drift_states',
  columns: [
    ...driftRowsTable.columns.filter((column) =>
      ['product', 'day', 'record', 'name_digest', 'kind', 'reason'].includes(column.name)
    ),
    {
      name: 'name',
      type: 'SimpleAggregateFunction(max, Nullable(String))',
      says: 'the undeclared name, only where it may be shown'
    },
    { name: 'count', type: sum, says: 'how often' },
    {
      name: 'installations',
      type: installationsState,
      says: 'distinct installations: merge with uniqCombined64Merge'
    },
    {
      name: 'last_received',
      type: `SimpleAggregateFunction(max, ${instantType})`,
      says: 'when it last arrived'
    }
  ],
  engine: 'AggregatingMergeTree',
  partitionBy: productMonth,
  orderBy: 'product, day, record, name_digest, kind, reason'
}

const quarantineRowsTable: Table = {
  name: quarantineTable,
  columns: [
    ...base('product'),
    { name: 'code', type: 'LowCardinality(String)', says: 'why it could not become a row' },
    {
      name: 'record',
      type: 'LowCardinality(Nullable(String))',
      says: 'the declared record, where it is known'
    },
    {
      name: 'reason',
      type: 'LowCardinality(Nullable(String))',
      says: 'what was wrong with a body that could not be read, in our own words'
    },
    { name: 'place', type: 'Nullable(UInt64)', says: 'at which byte of the body' },
    { name: 'bytes', type: 'UInt64', says: 'how long it was' },
    {
      name: 'row',
      type: 'Nullable(String)',
      says: 'the scrubbed row, where the store refused one'
    },
    ...base('received_at')
  ],
  engine: 'MergeTree',
  partitionBy: 'product, toYYYYMM(received_at)',
  orderBy: 'product, received_at'
}

export const frozenTable: Table = {
  name: 'frozen_counts',
  columns: [
    ...base('product'),
    {
      name: 'period',
      type: 'LowCardinality(String)',
      says: 'day, week (ISO, from Monday) or month'
    },
    { name: 'start', type: 'Date', says: 'the first day of the period, UTC' },
    {
      name: 'dimension',
      type: 'LowCardinality(String)',
      says: 'all, name, or what the records are told apart by'
    },
    {
      name: 'value',
      type: 'LowCardinality(Nullable(String))',
      says: 'the value of the dimension; NULL where none was sent, and for all'
    },
    { name: 'records', type: 'UInt64', says: 'how many records' },
    { name: 'installations', type: 'UInt64', says: 'how many distinct installations' },
    {
      name: 'key_epoch',
      type: 'UInt16',
      says:
        'the newest generation of the secret that made tokens in that period; 0 where that was ' +
        'not kept'
    },
    { name: 'frozen_at', type: instantType, says: 'when the ids behind it were forgotten' }
  ],
  engine: 'ReplacingMergeTree(frozen_at)',
  partitionBy: 'product',
  orderBy: 'product, period, start, dimension, value'
}

/** Also of products whose folder is gone, whose records must expire all the same. */
export const retentionTable: Table = {
  name: 'product_retention',
  columns: [
    ...base('product'),
    { name: 'records_days', type: 'UInt32', says: 'how long records live' },
    { name: 'aggregates_days', type: 'UInt32', says: 'how long frozen counts live' },
    { name: 'has_snapshots', type: 'Bool', says: 'whether there is a table of snapshots' },
    { name: 'written_at', type: instantType, says: 'when the contract was taken up' }
  ],
  engine: 'ReplacingMergeTree(written_at)',
  orderBy: 'product'
}

/**
 * Which start of which collector the store saw last: a restored store has not seen the latest
 * (`went-back.ts`).
 */
export const startsTable: Table = {
  name: 'collector_starts',
  columns: [
    { name: 'inbox', type: 'String', says: 'the inbox that the collector loads from' },
    { name: 'start', type: 'String', says: 'a random name of its start' },
    { name: 'at', type: instantType, says: 'when it started' }
  ],
  engine: 'ReplacingMergeTree(at)',
  orderBy: 'inbox'
}

export const schemaVersionTable: Table = {
  name: 'schema_version',
  columns: [
    { name: 'step', type: 'UInt32', says: 'the number of a migration' },
    { name: 'applied_at', type: instantType, says: 'when it was done' }
  ],
  engine: 'ReplacingMergeTree(applied_at)',
  orderBy: 'step'
}

/** Filled through views, so their window of remembered blocks matters as much as their source's. */
export const sharedTables: readonly Table[] = [
  dailyTable,
  valueStatesTable,
  numberStatesTable,
  installationsTable,
  installationDaysTable,
  environmentDaysTable,
  driftRowsTable,
  driftStatesTable,
  quarantineRowsTable,
  frozenTable,
  retentionTable,
  startsTable
]
