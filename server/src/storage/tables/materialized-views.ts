/**
 * What fills each table from the blocks that are loaded? ClickHouse's materialized views, and how
 * each target is backfilled.
 */
import { quoteName, quoteText } from './column-types.ts'
import { type ProductSchema, sentColumns, storedColumns } from './product-schema.ts'
import { driftTable, pastTable, recordTable } from './rows.ts'
import { driftStatesTable } from './side-tables.ts'
import type { Table } from './table.ts'
import { versionOrder } from './version-order.ts'
import {
  accountAlone,
  dailyDimensions,
  dailyTable,
  doorMarks,
  environmentDaysTable,
  incomingName,
  installationDaysTable,
  installationsTable,
  latestColumns,
  lineagesMax,
  numberStatesTable,
  pastStatesTable,
  snapshotTable,
  valueStatesTable
} from './tables.ts'

/** Fills a table from another one, block by block, as rows are inserted. */
export interface MaterializedView {
  readonly name: string
  readonly to: string
  readonly select: string
  /**
   * Where its target is filled anew from the records when the view is made anew for another query.
   */
  readonly backfill?: {
    readonly table: Pick<Table, 'name' | 'columns'>
    /**
     * A condition: which of the product's rows in the target come from this view. Without one none
     * has to go: the target keeps one of those that are alike.
     */
    readonly rows?: string
    /** The same of the records for which a condition holds. */
    readonly select: (condition: string) => string
  }
}

export function materializedViewsOf(schema: ProductSchema): readonly MaterializedView[] {
  const from = recordTable(schema.product)
  return [
    ...recordViews(schema),
    {
      name: `${from}_to_days`,
      to: dailyTable.name,
      select: daysOf(schema.product),
      backfill: {
        table: dailyTable,
        rows: 'true',
        select: (condition) => daysOf(schema.product, condition)
      }
    },
    ...valueViews(schema),
    {
      name: `${pastTable(schema.product)}_to_states`,
      to: pastStatesTable.name,
      select: valueStatesOf(schema, 'own', 'true', pastTable(schema.product))
    },
    {
      name: `${from}_to_installations`,
      to: installationsTable.name,
      select: installationsOf(schema.product),
      // What is known of an installation outlives its records. Only those were never there that are
      // known by their account alone.
      backfill: {
        table: installationsTable,
        rows: `known_by = 'account'`,
        select: (condition) => installationsOf(schema.product, areAccounts(condition))
      }
    },
    {
      name: `${from}_to_installation_days`,
      to: installationDaysTable.name,
      select: installationDaysOf(schema.product),
      backfill: {
        table: installationDaysTable,
        rows: 'true',
        select: (condition) => installationDaysOf(schema.product, condition)
      }
    },
    {
      name: `${from}_to_environment_days`,
      to: environmentDaysTable.name,
      select: environmentDaysOf(schema.product),
      backfill: {
        table: environmentDaysTable,
        rows: 'true',
        select: (condition) => environmentDaysOf(schema.product, condition)
      }
    },
    ...(schema.numbers.length > 0 ? [numberView(schema)] : []),
    ...(schema.hasSnapshots
      ? [
          {
            name: `${from}_to_snapshots`,
            to: snapshotTable(schema.product),
            select: snapshotsOf(schema),
            // Of whoever is known by an account alone, earlier programs kept none.
            backfill: {
              table: {
                name: snapshotTable(schema.product),
                columns: [...storedColumns(schema), accountAlone]
              },
              select: (condition: string) => snapshotsOf(schema, areAccounts(condition))
            }
          }
        ]
      : [])
  ]
}

/** Of a record: whom counts of installations count, once it is known that there is somebody. */
const sender = 'assumeNotNull(coalesce(r.installation, r.account))'
const hasSender = 'coalesce(r.installation, r.account) IS NOT NULL'
const senders = `uniqCombined64StateIf(${sender}, ${hasSender})`

function snapshotsOf(schema: ProductSchema, condition = 'true'): string {
  const stored = storedColumns(schema).map(
    ({ name }) => `r.${quoteName(name)} AS ${quoteName(name)}`
  )
  return `SELECT ${stored.join(', ')},
  if(r.installation IS NULL, assumeNotNull(r.account), '') AS ${accountAlone.name}
FROM ${recordTable(schema.product)} AS r
WHERE r.kind = 'snapshot' AND ${hasSender} AND ${condition}`
}

function areAccounts(condition: string): string {
  return `r.installation IS NULL AND ${condition}`
}

/**
 * A version that was not stated with a record is the last one that its sender stated before it, in
 * the same block or in an earlier one; what comes late is held against what was stated before it,
 * not against what is newest. Of earlier blocks each day's first and last moment of a version are
 * known. Records that state one, which are most, go their own way, so that nothing has to be looked
 * up for them.
 */
function recordViews(schema: ProductSchema): readonly MaterializedView[] {
  const from = incomingName(recordTable(schema.product))
  const to = recordTable(schema.product)
  const columns = sentColumns(schema).map((column) => quoteName(column.name))
  const others = columns.filter((column) => column !== quoteName('version'))
  const isMute = 'version IS NULL AND coalesce(installation, account) IS NOT NULL'
  return [
    {
      name: `${from}_to_records`,
      to,
      select: `SELECT ${columns.join(', ')}, if(version IS NULL, 'none', 'record') AS version_from,
  now64(3, 'UTC') AS loaded_at
FROM ${from}
WHERE NOT (${isMute})`
    },
    {
      name: `${from}_to_held_records`,
      to,
      select: `WITH mute AS (
  SELECT coalesce(installation, account) AS who
  FROM ${from}
  WHERE ${isMute}
)
SELECT ${others.map((column) => `r.${column} AS ${column}`).join(', ')},
  arrayLast(one -> one.1 <= r.occurred_at, said.versions).2 AS version,
  if(version IS NULL, 'none', 'installation') AS version_from,
  now64(3, 'UTC') AS loaded_at
FROM (
  SELECT *, assumeNotNull(coalesce(installation, account)) AS who
  FROM ${from}
  WHERE ${isMute}
) AS r
LEFT JOIN (
  SELECT who, arraySort(groupArray((at, version))) AS versions
  FROM (
    SELECT assumeNotNull(coalesce(installation, account)) AS who, occurred_at AS at,
      CAST(version, 'Nullable(String)') AS version
    FROM ${from}
    WHERE version IS NOT NULL AND coalesce(installation, account) IN mute
    UNION ALL
    SELECT d.installation AS who, arrayJoin([d.first_at, d.last_at]) AS at,
      CAST(d.version, 'Nullable(String)') AS version
    FROM ${environmentDaysTable.name} AS d
    WHERE d.product = ${quoteText(schema.product)} AND d.installation IN mute
  )
  WHERE version IS NOT NULL
  GROUP BY who
) AS said ON said.who = r.who`
    }
  ]
}

function daysOf(product: string, condition = 'true'): string {
  const keys = ['name', 'kind', ...dailyDimensions, ...doorMarks]
  return `SELECT ${quoteText(product)} AS product, toDate(r.occurred_at) AS day,
  ${keys.map((key) => `r.${key} AS ${key}`).join(', ')},
  count() AS records,
  ${senders} AS installations
FROM ${recordTable(product)} AS r
WHERE ${condition}
GROUP BY day, ${keys.map((key) => `r.${key}`).join(', ')}`
}

function installationsOf(product: string, condition = 'true'): string {
  const latest = latestColumns
    .filter((column) => column !== 'version')
    .map((column) => `argMaxState(r.${column}, r.occurred_at) AS ${column}`)
  return `SELECT ${quoteText(product)} AS product, ${sender} AS installation,
  min(r.occurred_at) AS first_seen, max(r.occurred_at) AS last_seen,
  max(r.received_at) AS last_received, count() AS records, max(r.key_epoch) AS key_epoch,
  max(if(r.installation IS NULL, 'account', 'installation')) AS known_by,
  min(r.over_budget) AS over_budget,
  argMaxState(if(r.version_from != 'installation', r.version, NULL), r.occurred_at) AS version,
  ${latest.join(',\n  ')}
FROM ${recordTable(product)} AS r
WHERE ${hasSender} AND ${condition}
GROUP BY installation`
}

function installationDaysOf(product: string, condition = 'true'): string {
  return `SELECT ${quoteText(product)} AS product, ${sender} AS installation,
  toDate(r.occurred_at) AS day, r.name AS name, count() AS records,
  groupUniqArray(${lineagesMax})(r.lineage) AS lineages
FROM ${recordTable(product)} AS r
WHERE ${hasSender} AND ${condition}
GROUP BY installation, day, r.name`
}

/** From all records of a product, or from those that a condition holds for. */
function environmentDaysOf(product: string, condition = 'true'): string {
  const keys = [...dailyDimensions, ...doorMarks]
  return `SELECT ${quoteText(product)} AS product, ${sender} AS installation,
  toDate(r.occurred_at) AS day,
  ${keys.map((name) => `r.${name} AS ${name}`).join(', ')},
  min(r.occurred_at) AS first_at, max(r.occurred_at) AS last_at
FROM ${recordTable(product)} AS r
WHERE ${hasSender} AND ${condition}
GROUP BY installation, day, ${keys.map((name) => `r.${name}`).join(', ')}`
}

/**
 * What is known of installations, made of those records of a product that a condition holds for.
 */
export const installationViewSelects: readonly {
  readonly table: Table
  readonly select: (product: string, condition: string) => string
}[] = [
  { table: installationsTable, select: installationsOf },
  { table: installationDaysTable, select: installationDaysOf },
  { table: environmentDaysTable, select: environmentDaysOf }
]

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

function valueViews(schema: ProductSchema): readonly MaterializedView[] {
  return valueParts
    .filter(({ part }) => part === 'own' || schema.counted.length > 0)
    .map(({ part, suffix, rows }) => ({
      name: `${recordTable(schema.product)}_to_${suffix}`,
      to: valueStatesTable.name,
      select: valueStatesOf(schema, part),
      backfill: {
        table: valueStatesTable,
        rows,
        select: (condition: string) => valueStatesOf(schema, part, condition)
      }
    }))
}

/**
 * Of all records of a product, or of those that a condition holds for: a row for each day and
 * value. Records that are alike in all that is counted are put together first, since taking each of
 * them apart into twenty values costs ten times as much. What a network sent above its share is not
 * counted: these are the numbers that the public sees.
 */
function valueStatesOf(
  schema: ProductSchema,
  part: ValuePart,
  condition = 'true',
  from = recordTable(schema.product)
): string {
  const columns =
    part === 'own'
      ? ['name', ...dailyDimensions]
      : ['name', ...schema.counted.map(({ name }) => name)]
  const keys = columns.map((name, index) => `r.${quoteName(name)} AS k${index}`)
  const dimensions = part === 'own' ? ['all', ...columns] : columns.slice(1)
  const counted = part === 'own' ? ownValues(columns) : fieldValues(schema)
  const which = part === 'own' ? condition : `${condition} AND r.name ${declaringAny(schema)}`
  return `SELECT ${quoteText(schema.product)} AS product, v.on_day AS day,
  [${dimensions.map(quoteText).join(', ')}][v.counted.1 + 1] AS dimension,
  v.counted.2 AS record, v.counted.3 AS value,
  sum(v.n) AS records, uniqCombined64MergeState(v.ids) AS installations, max(v.epoch) AS key_epoch
FROM (
  SELECT s.on_day AS on_day, s.n AS n, s.ids AS ids, s.epoch AS epoch,
    arrayJoin(${counted}) AS counted
  FROM (
    SELECT toDate(r.occurred_at) AS on_day, ${keys.join(', ')}, count() AS n,
      ${senders} AS ids, max(r.key_epoch) AS epoch
    FROM ${from} AS r
    WHERE NOT r.over_budget AND ${which}
    GROUP BY on_day, ${keys.map((_, index) => `k${index}`).join(', ')}
  ) AS s
) AS v
GROUP BY day, v.counted`
}

function asValue(sql: string): string {
  return `CAST(${sql}, 'LowCardinality(Nullable(String))')`
}

function ownValues(columns: readonly string[]): string {
  const values = ['NULL', ...columns.map((_, index) => `s.k${index}`)].map(
    (value, index) => `(${index}, ${asValue('NULL')}, ${asValue(value)})`
  )
  return `[${values.join(', ')}]`
}

function fieldValues(schema: ProductSchema): string {
  const values = schema.counted.map(({ records, isList }, index) => {
    const value = `s.k${index + 1}`
    const pairs = isList
      ? `arrayMap(one -> (${index}, ${asValue('s.k0')}, ${asValue('one')}), ${value})`
      : `[(${index}, ${asValue('s.k0')}, ${asValue(value)})]`
    return `if(s.k0 ${declaring(records)}, ${pairs}, [])`
  })
  return `arrayConcat(${values.join(', ')})`
}

function declaring(records: readonly string[]): string {
  return `IN (${records.map(quoteText).join(', ')})`
}

function declaringAny(schema: ProductSchema): string {
  return declaring([...new Set(schema.counted.flatMap(({ records }) => records))])
}

function numberView(schema: ProductSchema): MaterializedView {
  return {
    name: `${recordTable(schema.product)}_to_numbers`,
    to: numberStatesTable.name,
    select: numberStatesOf(schema),
    backfill: {
      table: numberStatesTable,
      rows: 'true',
      select: (condition) => numberStatesOf(schema, condition)
    }
  }
}

function numberStatesOf(schema: ProductSchema, condition = 'true'): string {
  const numbers = schema.numbers.map(({ name, records }, index) => {
    const column = `r.${quoteName(name)}`
    const isThere = `r.name ${declaring(records)} AND ${column} IS NOT NULL`
    return `if(${isThere}, [(${index}, toFloat64(assumeNotNull(${column})))], [])`
  })
  const fields = `[${schema.numbers.map(({ name }) => quoteText(name)).join(', ')}]`
  return `SELECT ${quoteText(schema.product)} AS product, n.day AS day,
  ${fields}[n.counted.1 + 1] AS field, n.record AS record, n.counted.2 AS number,
  count() AS records
FROM (
  SELECT toDate(r.occurred_at) AS day, r.name AS record,
    arrayJoin(arrayConcat(${numbers.join(', ')})) AS counted
  FROM ${recordTable(schema.product)} AS r
  WHERE NOT r.over_budget AND ${condition}
) AS n
GROUP BY day, record, n.counted`
}

export const driftView: MaterializedView = {
  name: 'drift_rows_to_states',
  to: driftStatesTable.name,
  select: `SELECT product, day, record, name_digest, kind, reason,
  max(r.name) AS name, sum(r.count) AS count,
  uniqCombined64StateIf(assumeNotNull(r.installation), r.installation IS NOT NULL) AS installations,
  max(r.received_at) AS last_received,
  argMinStateIf(ifNull(r.version, ''), ${versionOrder('r.version')}, r.version IS NOT NULL)
    AS oldest_version
FROM ${driftTable} AS r
GROUP BY product, day, record, name_digest, kind, reason`
}
