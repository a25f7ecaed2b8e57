/**
 * Brings the store's tables and views to what this program and the given contracts need, from any
 * earlier state.
 */
import { createHash } from 'node:crypto'
import type { CompiledContract } from '@candor/contract'
import { quoteName, quoteText, type TableColumn } from './column-types.ts'
import { deleteRows } from '../jobs/mutate.ts'
import { productSchemas, type ProductSchema, typeChanged } from './product-schema.ts'
import { recordTable } from './rows.ts'
import { driftView, type MaterializedView, materializedViewsOf } from './materialized-views.ts'
import { columnDefinition, createMaterializedView, rememberBlocks } from './schema.ts'
import { onCluster, storedDatabase } from '../cluster/cluster.ts'
import { makeTable } from '../cluster/make-table.ts'
import { isCandorError } from '../../errors.ts'
import type { HeldProduct, StorageRun } from '../storage.ts'
import { retentionTable, schemaVersionTable } from './side-tables.ts'
import type { Table } from './table.ts'
import {
  blocksRemembered,
  environmentDaysTable,
  incomingTable,
  numberStatesTable,
  pastRecordsTable,
  recordsTable,
  sharedBlocksRemembered,
  sharedTables,
  snapshotsTable,
  valueStatesTable
} from './tables.ts'
import { makeNarrowViews } from '../user-sql/narrow-views.ts'
import { mergedType } from './type-merging.ts'
import { holdVersions } from './version-history.ts'
import { documentedViews } from './views.ts'

// A minute: DDL waits for a running insert at most, never for a merge.
const deadlineMs = 60_000
// This is enough for a day of fifty million records. What a deadline cuts off begins anew at the
// next try.
const fillMsMax = 600_000

/**
 * Numbered and never edited once released. Each may be run again: it is marked done only after its
 * last statement.
 */
const steps: readonly {
  readonly step: number
  readonly tables: readonly Table[]
  readonly views?: readonly MaterializedView[]
}[] = [
  { step: 1, tables: sharedTables, views: [driftView] },
  { step: 2, tables: [environmentDaysTable] },
  { step: 4, tables: [valueStatesTable, numberStatesTable] }
]

/**
 * Materialized views as they are needed now; or none of them, while tables are copied into; or,
 * behind that, made without a backfill, since their targets were copied too.
 */
type ViewsWanted = 'current' | 'without' | 'filled'

/**
 * Idempotent, and safe when killed at any statement: the next start goes on. A product whose kept
 * column would change its type is held back alone: its tables and views stay as they are.
 */
export async function migrate(
  run: StorageRun,
  contracts: readonly CompiledContract[],
  /** Whose views stand once more for guests; undefined: there are none. */
  database?: string,
  views: ViewsWanted = 'current'
): Promise<readonly HeldProduct[]> {
  const products = [...new Set(contracts.map(({ contract }) => contract.product))]
  const held: HeldProduct[] = []
  const unlessHeld = async (product: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (!isCandorError(error) || error.code !== 'PRODUCT_INVALID') throw error
      held.push({ product, says: error.message })
    }
  }
  await applySteps(run, products.length)
  const found = await foundTables(run)
  // What a later program added to the tables of all products.
  for (const table of sharedTables)
    await ensureTable(run, found, { table, blocks: sharedBlocksRemembered(products.length) })
  if (views !== 'without') await ensureViews(run, [driftView], { product: '', isNew: false })
  for (const product of products) {
    const own = contracts.filter(({ contract }) => contract.product === product)
    await unlessHeld(product, async () => {
      for (const schema of productSchemas(own)) await migrateProduct(run, found, schema, views)
    })
  }
  await rememberEnough(run, products.length)
  const isHeld = new Set(held.map(({ product }) => product))
  const holds = contracts.filter(({ contract }) => !isHeld.has(contract.product))
  const documented = documentedViews(holds)
  for (const view of documented) {
    await run.command({
      // A reader sees what it shows with the rights of whoever made it, and has none of their own.
      sql:
        `CREATE OR REPLACE VIEW ${quoteName(view.name)}${onCluster(run.cluster)} DEFINER = ` +
        `CURRENT_USER SQL SECURITY DEFINER AS ${view.sql}`,
      deadlineMs
    })
  }
  if (database !== undefined) await makeNarrowViews(run, database, documented)
  return held
}

async function applySteps(run: StorageRun, products: number): Promise<void> {
  await makeTable(run, schemaVersionTable, blocksRemembered)
  const applied = await appliedSteps(run)
  for (const { step, tables, views = [] } of steps) {
    if (applied.has(step)) continue
    for (const table of tables) await makeTable(run, table, sharedBlocksRemembered(products))
    for (const view of views) await onShards(run, createMaterializedView(view, run.cluster))
    await markApplied(run, step)
  }
}

function onShards(run: StorageRun, sql: string): Promise<void> {
  return run.command({ sql, deadlineMs, place: 'shards' })
}

async function appliedSteps(run: StorageRun): Promise<ReadonlySet<number>> {
  const done = await run.query<{ step: number }>({
    sql: 'SELECT DISTINCT step FROM schema_version',
    deadlineMs,
    lane: 'control'
  })
  return new Set(done.map((row) => row.step))
}

function markApplied(run: StorageRun, step: number): Promise<void> {
  return run.command({
    sql: `INSERT INTO schema_version (step, applied_at) VALUES (${step}, now64(3))`,
    deadlineMs
  })
}

/** A day of receipt at a time: all at once would hold every installation of a year in memory. */
async function fillFromRecords(
  run: StorageRun,
  product: string,
  { table, select }: NonNullable<MaterializedView['backfill']>
): Promise<void> {
  const days = await run.query<{ day: string }>({
    sql:
      `SELECT DISTINCT toString(toDate(received_at)) AS day FROM ${recordTable(product)} ORDER ` +
      'BY day',
    deadlineMs,
    lane: 'control'
  })
  const columns = table.columns.map(({ name }) => name).join(', ')
  for (const { day } of days) {
    // Not held against earlier blocks: two days may count alike.
    const sql = `INSERT INTO ${table.name} (${columns}) SETTINGS insert_deduplicate = 0
      SELECT ${columns} FROM (${select(`toDate(received_at) = ${quoteText(day)}`)})`
    await run.command({ sql, deadlineMs: fillMsMax })
  }
}

async function migrateProduct(
  run: StorageRun,
  found: FoundTables,
  schema: ProductSchema,
  views: ViewsWanted
): Promise<void> {
  const tables = [
    ...(schema.hasSnapshots ? [snapshotsTable(schema)] : []),
    recordsTable(schema),
    incomingTable(schema),
    pastRecordsTable(schema)
  ]
  // Targets before their source, so that no view ever writes to a column that is not there yet.
  for (const table of tables)
    await ensureTable(run, found, { table, blocks: blocksRemembered, product: schema.product })
  const isNew = !found.stored.has(recordTable(schema.product))
  // What a cluster holds was always loaded with the versions that held.
  if (!isNew && run.cluster === undefined) await holdVersions(run, schema)
  if (views !== 'without')
    await ensureViews(run, materializedViewsOf(schema), {
      product: schema.product,
      isNew: isNew || views === 'filled'
    })
  await run.command({
    sql:
      `INSERT INTO ${retentionTable.name} (product, records_days, aggregates_days, ` +
      'has_snapshots, written_at) VALUES ({product:String}, {records:UInt32}, ' +
      '{aggregates:UInt32}, {snapshots:Bool}, now64(3))',
    parameters: {
      product: schema.product,
      records: schema.retention.recordsDays,
      aggregates: schema.retention.aggregatesDays,
      snapshots: schema.hasSnapshots
    },
    deadlineMs
  })
}

/**
 * A view that was altered tells blocks apart otherwise than after the engine's next start: one that
 * the engine's end cut off, and that is tried again, would count twice. So none is ever altered.
 * Each carries its query's digest, and is made anew only for another query.
 */
async function ensureViews(
  run: StorageRun,
  views: readonly MaterializedView[],
  { product, isNew }: { readonly product: string; readonly isNew: boolean }
): Promise<void> {
  const found = await run.query<{ name: string; comment: string }>({
    sql:
      'SELECT name, comment FROM system.tables AS t WHERE t.database = ' +
      `${storedDatabase(run.cluster)} AND name IN {names:Array(String)}`,
    parameters: { names: views.map(({ name }) => name) },
    deadlineMs,
    lane: 'control'
  })
  const digests = new Map(found.map(({ name, comment }) => [name, comment]))
  for (const view of views) {
    // Where its lines break changes nothing.
    const query = view.select.replaceAll(/\s+/g, ' ')
    const digest = createHash('sha256').update(query).digest('hex')
    if (digests.get(view.name) === digest) continue
    // Nothing is loaded before all of this is done, and what is killed half-way has no view yet:
    // the next start does it whole.
    if (digests.has(view.name))
      await onShards(run, `DROP VIEW ${quoteName(view.name)}${onCluster(run.cluster)}${sync(run)}`)
    if (view.backfill !== undefined && !isNew) {
      const { rows } = view.backfill
      if (rows !== undefined)
        await deleteRows(run, view.to, `product = ${quoteText(product)} AND ${rows}`)
      await fillFromRecords(run, product, view.backfill)
    }
    await onShards(run, `${createMaterializedView(view, run.cluster)} COMMENT ${quoteText(digest)}`)
  }
}

/** A name is free again when every server has forgotten it. */
function sync({ cluster }: StorageRun): string {
  return cluster === undefined ? '' : ' SYNC'
}

interface Wanted {
  readonly table: Table
  readonly blocks: number
  /** Whose contract asks for it; a table of all products has columns of our own alone. */
  readonly product?: string
}

interface FoundTable {
  readonly sorting: string
  readonly columns: ReadonlyMap<string, { readonly type: string; readonly computed: string }>
}
interface FoundTables {
  /** What holds rows. */
  readonly stored: ReadonlyMap<string, FoundTable>
  /** Of a cluster: what spreads them. */
  readonly spread: ReadonlyMap<string, FoundTable>
}

/** All at once: a start that finds everything as it should be asks once. */
async function foundTables(run: StorageRun): Promise<FoundTables> {
  const stored = await tablesOf(run, storedDatabase(run.cluster))
  if (run.cluster === undefined) return { stored, spread: new Map() }
  return { stored, spread: await tablesOf(run, 'currentDatabase()') }
}

async function tablesOf(
  run: StorageRun,
  database: string
): Promise<ReadonlyMap<string, FoundTable>> {
  const rows = await run.query<{
    name: string
    sorting: string
    columns: readonly (readonly [string, string, string])[]
  }>({
    sql: `SELECT t.name AS name, any(t.sorting_key) AS sorting,
        groupArray([c.name, c.type, ${inOneForm('c.default_expression')}]) AS columns
      FROM system.columns AS c
      INNER JOIN system.tables AS t ON t.database = c.database AND t.name = c.table
      WHERE c.database = ${database} AND t.engine NOT LIKE '%View'
      GROUP BY t.name`,
    deadlineMs,
    lane: 'control'
  })
  return new Map(
    rows.map(({ name, sorting, columns }) => [
      name,
      {
        sorting,
        columns: new Map(columns.map(([column, type, computed]) => [column, { type, computed }]))
      }
    ])
  )
}

/** The engine writes an expression in its own form, so it is asked for that form of ours. */
function inOneForm(expression: string): string {
  return `ifNull(formatQuerySingleLineOrNull('SELECT ' || ${expression}), '')`
}

async function engineForms(
  run: StorageRun,
  columns: readonly TableColumn[]
): Promise<readonly string[]> {
  const [row] = await run.query<{ forms: readonly string[] }>({
    sql: `SELECT arrayMap(one -> ${inOneForm('one')}, {computed:Array(String)}) AS forms`,
    parameters: { computed: columns.map(({ computed }) => computed) },
    deadlineMs,
    lane: 'control'
  })
  return row?.forms ?? []
}

async function ensureTable(
  run: StorageRun,
  { stored, spread }: FoundTables,
  wanted: Wanted
): Promise<void> {
  const { table, blocks, product = 'all products' } = wanted
  const existing = stored.get(table.name)
  if (existing === undefined) return makeTable(run, table, blocks)
  const computed = table.columns.filter((column) => column.computed !== undefined)
  const forms = computed.length === 0 ? [] : await engineForms(run, computed)
  const changesOf = ({ columns }: FoundTable): readonly string[] =>
    table.columns.flatMap((column) => {
      const before = columns.get(column.name)
      const form = forms[computed.indexOf(column)]
      return [
        ...columnChange(product, column, before?.type),
        // What a column computes changes with the rule that it follows; nothing of it is stored.
        ...(before !== undefined && form !== undefined && form !== before.computed
          ? [`MODIFY COLUMN ${columnDefinition(column)}`]
          : [])
      ]
    })
  const alter = `ALTER TABLE ${quoteName(table.name)}${onCluster(run.cluster)}`
  const changes = changesOf(existing)
  // A key grows only together with the column that it grows by.
  const { sorting } = existing
  const grows = sorting !== '' && table.orderBy.startsWith(`${sorting}, `)
  const all = grows ? [...changes, `MODIFY ORDER BY (${table.orderBy})`] : changes
  if (changes.length > 0) await onShards(run, `${alter} ${all.join(', ')}`)
  if (run.cluster === undefined) return
  const before = spread.get(table.name)
  if (before === undefined) return makeTable(run, table, blocks)
  const spreadChanges = changesOf(before)
  if (spreadChanges.length > 0)
    await run.command({ sql: `${alter} ${spreadChanges.join(', ')}`, deadlineMs })
}

/**
 * A widened contract adds columns, and members to the tuples inside them; nothing is ever dropped
 * here.
 */
function columnChange(
  product: string,
  column: TableColumn,
  before: string | undefined
): readonly string[] {
  if (before === undefined) return [`ADD COLUMN IF NOT EXISTS ${columnDefinition(column)}`]
  const type = mergedType(before, column.type)
  if (type === undefined) throw typeChanged(product, column.name, before, column.type)
  return type.replaceAll('`', '') === before.replaceAll('`', '')
    ? []
    : [`MODIFY COLUMN ${quoteName(column.name)} ${type}`]
}

/** More products fill the shared tables with more blocks. */
async function rememberEnough(run: StorageRun, products: number): Promise<void> {
  const setting = rememberBlocks(sharedBlocksRemembered(products))
  for (const table of sharedTables.filter(({ engine }) => engine !== 'Null')) {
    const alter = `ALTER TABLE ${quoteName(table.name)}${onCluster(run.cluster)}`
    await onShards(run, `${alter} MODIFY SETTING ${setting}`)
  }
}
