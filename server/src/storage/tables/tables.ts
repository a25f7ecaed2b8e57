/** Which tables does the store have, and what fills each? */
import {
  baseTableColumns,
  instantType,
  quoteName,
  quoteText,
  type TableColumn
} from './column-types.ts'
import { type ProductSchema, recordColumns, storedColumns } from './product-schema.ts'
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

/** Fills a table from another one, block by block, as rows are inserted. */
export interface Filler {
  readonly name: string
  readonly to: string
  readonly select: string
  /** Where its target is filled anew when it is made anew for another query. */
  readonly refill?: {
    readonly table: Table
    /** A condition: which of the product's rows in the target are this filler's. */
    readonly rows: string
    /** The same of the records for which a condition holds. */
    readonly select: (condition: string) => string
  }
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
 * a filler moves each block on. Reading
 * JSON straight into LowCardinality columns, where each value of each row is looked up by itself,
 * costs the whole insert a quarter more.
 */
export function incomingTable(schema: ProductSchema): Table {
  const columns = storedColumns(schema).map((column) => ({
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
    ...base('name', 'kind', ...dailyDimensions),
    { name: 'records', type: sum, says: 'how many records' },
    {
      name: 'installations',
      type: installationsState,
      says: 'distinct installations: merge with uniqCombined64Merge'
    }
  ],
  engine: 'AggregatingMergeTree',
  partitionBy: productMonth,
  orderBy: ['product', 'day', 'name', 'kind', ...dailyDimensions].join(', ')
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
      says: 'all, name, or what the records are told apart by: a part of the environment, or a field’s column'
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
    { name: 'installation', type: 'String', says: 'the installation, as a keyed token' },
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
    ...base(...latestColumns).map(({ name, type, says }) => ({
      name,
      type: `AggregateFunction(argMax, ${type}, ${instantType})`,
      says: `latest: ${says}`
    }))
  ],
  engine: 'AggregatingMergeTree',
  orderBy: 'product, installation'
}

export const installationDaysTable: Table = {
  name: 'installation_days',
  columns: [
    ...base('product'),
    { name: 'installation', type: 'String', says: 'the installation, as a keyed token' },
    day,
    ...base('name'),
    { name: 'records', type: sum, says: 'how many records of this name on this day' }
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
    { name: 'installation', type: 'String', says: 'the installation, as a keyed token' },
    day,
    ...base(...dailyDimensions),
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
  orderBy: ['product', 'installation', 'day', ...dailyDimensions].join(', ')
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

export function fillersOf(schema: ProductSchema): readonly Filler[] {
  const from = recordTable(schema.product)
  const product = quoteText(schema.product)
  const dimensions = ['name', 'kind', ...dailyDimensions].join(', ')
  const latest = latestColumns
    .map((column) => `argMaxState(${column}, occurred_at) AS ${column}`)
    .join(', ')
  const stored = storedColumns(schema)
    .map((column) => quoteName(column.name))
    .join(', ')
  const fillers: Filler[] = [
    {
      name: `${incomingName(from)}_to_records`,
      to: from,
      select: `SELECT ${stored} FROM ${incomingName(from)}`
    },
    {
      name: `${from}_to_days`,
      to: dailyTable.name,
      select: `SELECT ${product} AS product, toDate(occurred_at) AS day, ${dimensions}, count() AS records, uniqCombined64StateIf(assumeNotNull(installation), installation IS NOT NULL) AS installations FROM ${from} GROUP BY day, ${dimensions}`
    },
    ...valueParts
      .filter(({ part }) => part === 'own' || schema.counted.length > 0)
      .map(({ part, suffix, rows }) => ({
        name: `${from}_to_${suffix}`,
        to: valueStatesTable.name,
        select: valueStatesOf(schema, part),
        refill: {
          table: valueStatesTable,
          rows,
          select: (condition: string) => valueStatesOf(schema, part, condition)
        }
      })),
    {
      name: `${from}_to_installations`,
      to: installationsTable.name,
      select: `SELECT ${product} AS product, assumeNotNull(r.installation) AS installation, min(r.occurred_at) AS first_seen, max(r.occurred_at) AS last_seen, max(r.received_at) AS last_received, count() AS records, max(r.key_epoch) AS key_epoch, ${latest} FROM ${from} AS r WHERE r.installation IS NOT NULL GROUP BY r.installation`
    },
    {
      name: `${from}_to_installation_days`,
      to: installationDaysTable.name,
      select: `SELECT ${product} AS product, assumeNotNull(r.installation) AS installation, toDate(r.occurred_at) AS day, r.name AS name, count() AS records FROM ${from} AS r WHERE r.installation IS NOT NULL GROUP BY r.installation, day, r.name`
    },
    {
      name: `${from}_to_environment_days`,
      to: environmentDaysTable.name,
      select: environmentDaysOf(schema.product)
    }
  ]
  if (schema.numbers.length > 0) {
    fillers.push({
      name: `${from}_to_numbers`,
      to: numberStatesTable.name,
      select: numberStatesOf(schema),
      refill: {
        table: numberStatesTable,
        rows: 'true',
        select: (condition) => numberStatesOf(schema, condition)
      }
    })
  }
  if (schema.hasSnapshots) {
    fillers.push({
      name: `${from}_to_snapshots`,
      to: snapshotTable(schema.product),
      select: `SELECT ${stored} FROM ${from} WHERE kind = 'snapshot' AND installation IS NOT NULL`
    })
  }
  return fillers
}

/** From all records of a product, or from those that a condition holds for. */
export function environmentDaysOf(product: string, condition = 'true'): string {
  const dimensions = dailyDimensions.map((name) => `r.${name}`).join(', ')
  return `SELECT ${quoteText(product)} AS product, assumeNotNull(r.installation) AS installation, toDate(r.occurred_at) AS day, ${dailyDimensions.map((name) => `r.${name} AS ${name}`).join(', ')}, min(r.occurred_at) AS first_at, max(r.occurred_at) AS last_at FROM ${recordTable(product)} AS r WHERE r.installation IS NOT NULL AND ${condition} GROUP BY r.installation, day, ${dimensions}`
}

/** Of `value_states`, what every record has, and what only those have that declare it. */
type ValuePart = 'own' | 'fields'

const valueParts: readonly {
  readonly part: ValuePart
  readonly suffix: string
  readonly rows: string
}[] = [
  { part: 'own', suffix: 'values', rows: 'record IS NULL' },
  { part: 'fields', suffix: 'field_values', rows: 'record IS NOT NULL' }
]

/**
 * Of all records of a product, or of those that a condition holds for: a row for each day and
 * value. Records that are alike in all that is
 * counted are put together first, since taking each of them apart into twenty values costs ten
 * times as much.
 */
function valueStatesOf(schema: ProductSchema, part: ValuePart, condition = 'true'): string {
  const columns =
    part === 'own'
      ? ['name', ...dailyDimensions]
      : ['name', ...schema.counted.map(({ name }) => name)]
  const keys = columns.map((name, index) => `t.${quoteName(name)} AS k${index}`)
  const text = (sql: string): string => `CAST(${sql}, 'LowCardinality(Nullable(String))')`
  const declaring = (records: readonly string[]): string =>
    `IN (${records.map(quoteText).join(', ')})`
  const own = ['NULL', ...columns.map((_, index) => `s.k${index}`)].map(
    (value, index) => `(${index}, ${text('NULL')}, ${text(value)})`
  )
  const fields = schema.counted.map(({ records, isList }, index) => {
    const value = `s.k${index + 1}`
    const values = isList
      ? `arrayMap(one -> (${index}, ${text('s.k0')}, ${text('one')}), ${value})`
      : `[(${index}, ${text('s.k0')}, ${text(value)})]`
    return `if(s.k0 ${declaring(records)}, ${values}, [])`
  })
  const dimensions = part === 'own' ? ['all', ...columns] : columns.slice(1)
  const counted = part === 'own' ? `[${own.join(', ')}]` : `arrayConcat(${fields.join(', ')})`
  const which =
    part === 'own'
      ? condition
      : `${condition} AND t.name ${declaring([...new Set(schema.counted.flatMap(({ records }) => records))])}`
  const alike = `SELECT toDate(t.occurred_at) AS on_day, ${keys.join(', ')}, count() AS n, uniqCombined64StateIf(assumeNotNull(t.installation), t.installation IS NOT NULL) AS ids FROM ${recordTable(schema.product)} AS t WHERE ${which} GROUP BY on_day, ${keys.map((_, index) => `k${index}`).join(', ')}`
  return `SELECT ${quoteText(schema.product)} AS product, r.on_day AS day, [${dimensions.map(quoteText).join(', ')}][r.counted.1 + 1] AS dimension, r.counted.2 AS record, r.counted.3 AS value, sum(r.n) AS records, uniqCombined64MergeState(r.ids) AS installations FROM (SELECT s.on_day AS on_day, s.n AS n, s.ids AS ids, arrayJoin(${counted}) AS counted FROM (${alike}) AS s) AS r GROUP BY day, r.counted`
}

function numberStatesOf(schema: ProductSchema, condition = 'true'): string {
  const numbers = schema.numbers.map(({ name, records }, index) => {
    const column = `s.${quoteName(name)}`
    const isThere = `s.name IN (${records.map(quoteText).join(', ')}) AND ${column} IS NOT NULL`
    return `if(${isThere}, [(${index}, toFloat64(assumeNotNull(${column})))], [])`
  })
  const fields = `[${schema.numbers.map(({ name }) => quoteText(name)).join(', ')}]`
  return `SELECT ${quoteText(schema.product)} AS product, r.day AS day, ${fields}[r.counted.1 + 1] AS field, r.record AS record, r.counted.2 AS number, count() AS records FROM (SELECT toDate(s.occurred_at) AS day, s.name AS record, arrayJoin(arrayConcat(${numbers.join(', ')})) AS counted FROM ${recordTable(schema.product)} AS s WHERE ${condition}) AS r GROUP BY day, record, r.counted`
}

export const driftFiller: Filler = {
  name: 'drift_rows_to_states',
  to: driftStatesTable.name,
  select: `SELECT product, day, record, name_digest, kind, reason, max(r.name) AS name, sum(r.count) AS count, uniqCombined64StateIf(assumeNotNull(r.installation), r.installation IS NOT NULL) AS installations, max(r.received_at) AS last_received FROM ${driftTable} AS r GROUP BY product, day, record, name_digest, kind, reason`
}
