/** Which views may a user's SQL read, and what does each column of them say? */
import type { CompiledContract } from '@candor/contract'
import { baseColumnTypes, baseTableColumns, instantType, type TableColumn } from './column-types.ts'
import { id, join, list, raw, sql, type Sql, toShow } from '../sql.ts'
import { productSchemas, type ProductSchema, recordColumns } from './product-schema.ts'
import { recordTable } from './rows.ts'
import { frozenSums } from './frozen-sums.ts'
import { driftStatesTable, frozenTable, quarantineRowsTable } from './side-tables.ts'
import {
  dailyDimensions,
  dailyTable,
  doorMarks,
  environmentDaysTable,
  installationDaysTable,
  installationsTable,
  latestColumns,
  lineagesMax,
  snapshotTable
} from './tables.ts'
import { versionOrder } from './version-order.ts'

export interface DocumentedView {
  readonly name: string
  readonly says: string
  readonly columns: readonly TableColumn[]
  /** Its SELECT. */
  readonly sql: string
}

const generalViews = [
  'records',
  'snapshots',
  'installations',
  'installation_activity',
  'installation_reports',
  'daily',
  'history',
  'drift',
  'quarantine'
] as const

/**
 * The view of one product: its name with underscores, or `product_<name>` where that is a name of
 * the store's own.
 */
export function productView(product: string): string {
  const name = product.replaceAll('-', '_')
  const taken =
    (generalViews as readonly string[]).includes(name) ||
    /^(?:records_|incoming_|snapshots_|product_)/.test(name) ||
    /_(?:states|rows|days|counts|version|retention)$/.test(name)
  return taken ? `product_${name}` : name
}

/** Of these contracts, whether the store can hold them or not. */
export function viewNames(contracts: readonly CompiledContract[]): readonly string[] {
  const products = new Set(contracts.map(({ contract }) => contract.product))
  return [...generalViews, ...[...products].map(productView)]
}

export function documentedViews(contracts: readonly CompiledContract[]): readonly DocumentedView[] {
  const schemas = productSchemas(contracts)
  const withSnapshots = schemas.filter((schema) => schema.hasSnapshots)
  return [
    ...(schemas.length === 0 ? [] : [recordsView(schemas)]),
    ...schemas.map(productRecords),
    ...(withSnapshots.length === 0 ? [] : [snapshotsView(withSnapshots)]),
    installationsView(schemas),
    installationActivity,
    installationReports,
    daily,
    history,
    drift,
    quarantine
  ]
}

const fields: TableColumn = {
  name: 'fields',
  type: 'Map(String, String)',
  says: 'the fields that were sent, as text; lists and maps as JSON'
}

function recordsView(schemas: readonly ProductSchema[]): DocumentedView {
  return {
    name: 'records',
    says: 'Every record of every product, with its fields as text.',
    columns: [...baseTableColumns, fields],
    sql: toShow(unionOf(schemas, (schema) => recordTable(schema.product)))
  }
}

function snapshotsView(schemas: readonly ProductSchema[]): DocumentedView {
  return {
    name: 'snapshots',
    says: 'The latest snapshot of each installation, by name, with its fields as text.',
    columns: [...baseTableColumns, fields],
    sql: toShow(unionOf(schemas, (schema) => `${snapshotTable(schema.product)} FINAL`))
  }
}

function productRecords(schema: ProductSchema): DocumentedView {
  const columns = recordColumns(schema)
  return {
    name: productView(schema.product),
    says: `Every record of ${schema.product}, with a column for each field.`,
    columns,
    sql: plain(columns, recordTable(schema.product))
  }
}

function unionOf(schemas: readonly ProductSchema[], from: (schema: ProductSchema) => string): Sql {
  const selects = schemas.map(
    (schema) => sql`
      SELECT
        ${names(baseTableColumns)},
        ${fieldsAsText(schema)} AS fields
      FROM ${raw(from(schema))}`
  )
  return join(selects, ' UNION ALL ')
}

function fieldsAsText({ fields: own }: ProductSchema): Sql {
  if (own.length === 0) return sql`CAST(map(), 'Map(String, String)')`
  const entries = own.map(({ name, type }) => {
    const column = id(name)
    const text = /^(?:Array|Map|Tuple)\(/.test(type)
      ? sql`toJSONString(${column})`
      : sql`ifNull(toString(${column}), '')`
    return sql`${name}, CAST(${text}, 'String')`
  })
  return sql`
    CAST(
      mapFilter((k, v) -> v NOT IN ('', '[]', '{}'), map(${join(entries)})),
      'Map(String, String)'
    )`
}

function installationsView(schemas: readonly ProductSchema[]): DocumentedView {
  const latest = latestColumns.map((column) => sql`argMaxMerge(s.${raw(column)}) AS ${raw(column)}`)
  return {
    name: 'installations',
    says: 'One row for each installation that was seen within retention, with its latest values.',
    columns: [
      ...installationsTable.columns.map((column) => ({ ...column, type: valueType(column.type) })),
      { name: 'version_order', ...baseColumnTypes.version_order },
      {
        name: 'shared',
        type: 'Bool',
        says:
          'whether it once sent more in a day than one installation can: copies of it share ' +
          'the id'
      },
      {
        name: 'lineage_installations',
        type: 'UInt64',
        says: 'how many installations share its lineage, itself among them; 0 without a lineage'
      }
    ],
    sql: toShow(sql`
      SELECT
        i.*,
        ${raw(versionOrder('i.version'))} AS version_order,
        CAST(${sharedCondition(schemas)}, 'Bool') AS shared,
        if(i.lineage IS NULL, 0, count() OVER (PARTITION BY i.product, i.lineage))
          AS lineage_installations
      FROM (
        SELECT
          s.product AS product,
          s.installation AS installation,
          ${instantOf('min(s.first_seen)')} AS first_seen,
          ${instantOf('max(s.last_seen)')} AS last_seen,
          ${instantOf('max(s.last_received)')} AS last_received,
          sum(s.records) AS records,
          toUInt16(max(s.key_epoch)) AS key_epoch,
          CAST(
            if(max(s.known_by) = 'account', 'account', 'installation'),
            'LowCardinality(String)'
          ) AS known_by,
          CAST(min(s.over_budget), 'Bool') AS over_budget,
          ${join(latest)}
        FROM ${raw(installationsTable.name)} AS s
        GROUP BY s.product, s.installation
      ) AS i`)
  }
}

/**
 * A day with more records of a name than `every.perDayMax` of its contract is the work of several
 * copies.
 */
function sharedCondition(schemas: readonly ProductSchema[]): Sql {
  const bounds = schemas.flatMap(({ product, perDayMax }) =>
    [...perDayMax].map(([name, max]) => ({ product, name, max }))
  )
  if (bounds.length === 0) return raw('false')
  const bound = bounds.map(
    ({ product, name, max }) => sql`d.product = ${product} AND d.name = ${name}, ${max}`
  )
  return sql`
    (i.product, i.installation) IN (
      SELECT d.product, d.installation
      FROM ${raw(installationDaysTable.name)} AS d
      WHERE (d.product, d.name) IN (
        ${join(bounds.map(({ product, name }) => sql`(${product}, ${name})`))}
      )
      GROUP BY d.product, d.installation, d.day, d.name
      HAVING sum(d.records) > multiIf(${join(bound)}, 18446744073709551615)
    )`
}

const installationActivity: DocumentedView = {
  name: 'installation_activity',
  says: 'How many records of each name an installation sent on each day.',
  columns: installationDaysTable.columns.map((column) => ({
    ...column,
    type: valueType(column.type)
  })),
  sql: toShow(sql`
    SELECT
      d.product AS product, d.installation AS installation, d.day AS day, d.name AS name,
      sum(d.records) AS records,
      groupUniqArrayArray(${lineagesMax})(d.lineages) AS lineages
    FROM ${raw(installationDaysTable.name)} AS d
    GROUP BY d.product, d.installation, d.day, d.name`)
}

const reportKeys = ['product', 'installation', 'day', ...dailyDimensions, ...doorMarks]

const installationReports: DocumentedView = {
  name: 'installation_reports',
  says:
    'On which days an installation reported, with which version and environment, and when ' +
    'first and last on that day.',
  columns: environmentDaysTable.columns.map((column) => ({
    ...column,
    type: valueType(column.type)
  })),
  sql: toShow(sql`
    SELECT
      ${renamed('d', reportKeys)},
      ${instantOf('min(d.first_at)')} AS first_at,
      ${instantOf('max(d.last_at)')} AS last_at
    FROM ${raw(environmentDaysTable.name)} AS d
    GROUP BY ${of('d', reportKeys)}`)
}

const dailyKeys = ['product', 'day', 'name', 'kind', ...dailyDimensions, ...doorMarks]

const daily: DocumentedView = {
  name: 'daily',
  says:
    'Counts by day, name, version and environment. Installations of two rows may be the same, ' +
    'so they do not add up.',
  columns: dailyTable.columns.map((column) =>
    column.name === 'installations'
      ? { ...column, type: 'UInt64', says: 'distinct installations' }
      : { ...column, type: valueType(column.type) }
  ),
  sql: toShow(sql`
    SELECT
      ${renamed('s', dailyKeys)},
      sum(s.records) AS records,
      uniqCombined64Merge(s.installations) AS installations
    FROM ${raw(dailyTable.name)} AS s
    GROUP BY ${of('s', dailyKeys)}`)
}

const history: DocumentedView = {
  name: 'history',
  says:
    'Plain counts of days, weeks and months whose records have expired, by one dimension at a ' +
    'time.',
  columns: [
    ...frozenTable.columns.filter(({ name }) => name !== 'source'),
    {
      name: 'late_records',
      type: 'UInt64',
      says:
        'how many of the records came after the period was frozen: of whose distinct ' +
        'installations nothing can be told'
    }
  ],
  sql: toShow(frozenSums)
}

const driftKeys = ['product', 'day', 'record', 'name_digest', 'kind', 'reason']

const driftColumns: Readonly<Record<string, TableColumn>> = {
  installations: { name: 'installations', type: 'UInt64', says: 'distinct installations' },
  oldest_version: {
    name: 'oldest_version',
    type: 'Nullable(String)',
    says: 'the oldest version that sent it on that day, where one was told'
  }
}

function valued(column: TableColumn): TableColumn {
  return { ...column, type: valueType(column.type) }
}

const drift: DocumentedView = {
  name: 'drift',
  says:
    'What arrived undeclared and was not kept, by day: its name where it may be shown, and how ' +
    'often.',
  columns: driftStatesTable.columns.map((column) => driftColumns[column.name] ?? valued(column)),
  // A name that may be shown once may be shown for its earlier days too.
  sql: toShow(sql`
    SELECT
      ${renamed('d', driftKeys)},
      d.count AS count, d.installations AS installations, d.last_received AS last_received,
      nullIf(d.oldest_version, '') AS oldest_version,
      max(d.shown) OVER (PARTITION BY d.product, d.record, d.name_digest) AS name
    FROM (
      SELECT
        ${renamed('s', driftKeys)},
        max(s.name) AS shown,
        sum(s.count) AS count,
        uniqCombined64Merge(s.installations) AS installations,
        ${instantOf('max(s.last_received)')} AS last_received,
        argMinMerge(s.oldest_version) AS oldest_version
      FROM ${raw(driftStatesTable.name)} AS s
      GROUP BY ${of('s', driftKeys)}
    ) AS d`)
}

const quarantine: DocumentedView = {
  name: 'quarantine',
  says: 'What arrived and could not become a row, and why.',
  columns: quarantineRowsTable.columns,
  sql: plain(quarantineRowsTable.columns, quarantineRowsTable.name)
}

/** As they are kept. */
function plain(columns: readonly TableColumn[], from: string): string {
  return toShow(sql`
    SELECT ${names(columns)}
    FROM ${raw(from)}`)
}

function names(columns: readonly TableColumn[]): Sql {
  return list(columns.map((column) => id(column.name)))
}

/** A view's column would be called `s.day` else. */
function renamed(table: string, keys: readonly string[]): Sql {
  return list(keys.map((key) => raw(`${table}.${key} AS ${key}`)))
}

function of(table: string, keys: readonly string[]): Sql {
  return list(keys.map((key) => raw(`${table}.${key}`)))
}

/** Else the view's column would have the type of the state that it was merged from. */
function instantOf(expression: string): Sql {
  return sql`CAST(${raw(expression)}, ${instantType})`
}

/** What a state's column is once merged. */
function valueType(type: string): string {
  const latest =
    /^AggregateFunction\(argMax, (?:LowCardinality\((.*)\)|(.*)), DateTime64\(3, 'UTC'\)\)$/.exec(
      type
    )
  if (latest !== null) return latest[1] ?? latest[2] ?? type
  return /^SimpleAggregateFunction\(\w+(?:\(\d+\))?, (.*)\)$/.exec(type)?.[1] ?? type
}
