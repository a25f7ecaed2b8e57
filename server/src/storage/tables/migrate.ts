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
import { columnDefinition, createFiller, createTable, rememberBlocks } from './schema.ts'
import type { StorageRun } from '../storage.ts'
import {
  blocksRemembered,
  driftFiller,
  environmentDaysOf,
  environmentDaysTable,
  fillersOf,
  incomingTable,
  numberStatesTable,
  recordsTable,
  retentionTable,
  schemaVersionTable,
  sharedBlocksRemembered,
  sharedTables,
  snapshotsTable,
  type Filler,
  type Table,
  valueStatesTable
} from './tables.ts'
import { mergedType } from './type-merging.ts'
import { documentedViews } from './views.ts'

// A minute: DDL waits for a running insert at most, never for a merge.
const deadlineMs = 60_000
// A day of fifty million records. What a deadline cuts off begins anew at the next try.
const fillMsMax = 600_000

/**
 * Numbered and never edited once released. Each may be run again: it is marked done only after its
 * last statement.
 */
const steps: readonly {
  readonly step: number
  readonly statements: (products: number) => readonly string[]
}[] = [
  {
    step: 1,
    statements: (products) => [
      ...sharedTables.map((table) => createTable(table, sharedBlocksRemembered(products))),
      createFiller(driftFiller)
    ]
  },
  {
    step: 2,
    statements: (products) => [createTable(environmentDaysTable, sharedBlocksRemembered(products))]
  },
  {
    step: 4,
    statements: (products) =>
      [valueStatesTable, numberStatesTable].map((table) =>
        createTable(table, sharedBlocksRemembered(products))
      )
  }
]
/**
 * Fills `installation_environment_days` from what was kept before it was there. After the fillers
 * are, so that nothing falls between.
 */
const backfillStep = 3

/**
 * Idempotent, and safe when killed at any statement: the next start goes on. Throws PRODUCT_INVALID
 * when a kept column would change its type.
 */
export async function migrate(
  run: StorageRun,
  contracts: readonly CompiledContract[]
): Promise<void> {
  const schemas = productSchemas(contracts)
  await applySteps(run, schemas.length)
  for (const schema of schemas) await migrateProduct(run, schema)
  await backfill(run, schemas)
  await rememberEnough(run, schemas.length)
  for (const view of documentedViews(contracts)) {
    await run.command({
      sql: `CREATE OR REPLACE VIEW ${quoteName(view.name)} AS ${view.sql}`,
      deadlineMs
    })
  }
}

async function applySteps(run: StorageRun, products: number): Promise<void> {
  await run.command({ sql: createTable(schemaVersionTable, blocksRemembered), deadlineMs })
  const applied = await appliedSteps(run)
  for (const { step, statements } of steps) {
    if (applied.has(step)) continue
    for (const sql of statements(products)) await run.command({ sql, deadlineMs })
    await markApplied(run, step)
  }
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

/** Killed half-way, it begins anew. */
async function backfill(run: StorageRun, schemas: readonly ProductSchema[]): Promise<void> {
  if ((await appliedSteps(run)).has(backfillStep)) return
  for (const { product } of schemas)
    await fillFromRecords(run, product, {
      table: environmentDaysTable,
      select: (condition) => environmentDaysOf(product, condition)
    })
  await markApplied(run, backfillStep)
}

/** A day of receipt at a time: all at once would hold every installation of a year in memory. */
async function fillFromRecords(
  run: StorageRun,
  product: string,
  { table, select }: Pick<NonNullable<Filler['refill']>, 'table' | 'select'>
): Promise<void> {
  const days = await run.query<{ day: string }>({
    sql: `SELECT DISTINCT toString(toDate(received_at)) AS day FROM ${recordTable(product)} ORDER BY day`,
    deadlineMs,
    lane: 'control'
  })
  const columns = table.columns.map(({ name }) => name).join(', ')
  for (const { day } of days) {
    // Not held against earlier blocks: two days may count alike.
    const sql = `INSERT INTO ${table.name} (${columns}) SETTINGS insert_deduplicate = 0 ${select(`toDate(received_at) = ${quoteText(day)}`)}`
    await run.command({ sql, deadlineMs: fillMsMax })
  }
}

async function migrateProduct(run: StorageRun, schema: ProductSchema): Promise<void> {
  const tables = [
    ...(schema.hasSnapshots ? [snapshotsTable(schema)] : []),
    recordsTable(schema),
    incomingTable(schema)
  ]
  // Targets before their source, so that no filler ever writes to a column that is not there yet.
  for (const table of tables) await ensureTable(run, schema, table)
  await ensureFillers(run, schema.product, fillersOf(schema))
  await run.command({
    sql: `INSERT INTO ${retentionTable.name} (product, records_days, aggregates_days, has_snapshots, written_at) VALUES ({product:String}, {records:UInt32}, {aggregates:UInt32}, {snapshots:Bool}, now64(3))`,
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
 * A filler that was altered tells blocks apart otherwise than after the engine's next start: one
 * that the engine's end cut off, and that
 * is tried again, would count twice. So none is ever altered. Each carries its query's digest, and
 * is made anew only for another query.
 */
async function ensureFillers(
  run: StorageRun,
  product: string,
  fillers: readonly Filler[]
): Promise<void> {
  const found = await run.query<{ name: string; comment: string }>({
    sql: 'SELECT name, comment FROM system.tables WHERE database = currentDatabase() AND name IN {names:Array(String)}',
    parameters: { names: fillers.map(({ name }) => name) },
    deadlineMs,
    lane: 'control'
  })
  const digests = new Map(found.map(({ name, comment }) => [name, comment]))
  for (const filler of fillers) {
    const digest = createHash('sha256').update(filler.select).digest('hex')
    if (digests.get(filler.name) === digest) continue
    // Nothing is loaded before all of this is done, and what is killed half-way has no filler yet:
    // the next start does it whole.
    await run.command({ sql: `DROP VIEW IF EXISTS ${quoteName(filler.name)}`, deadlineMs })
    if (filler.refill !== undefined) {
      await deleteRows(run, filler.to, `product = ${quoteText(product)} AND ${filler.refill.rows}`)
      await fillFromRecords(run, product, filler.refill)
    }
    await run.command({ sql: `${createFiller(filler)} COMMENT ${quoteText(digest)}`, deadlineMs })
  }
}

async function ensureTable(run: StorageRun, schema: ProductSchema, table: Table): Promise<void> {
  await run.command({ sql: createTable(table, blocksRemembered), deadlineMs })
  const computed = table.columns.flatMap(({ name, computed: sql }) =>
    sql === undefined ? [] : [{ name, sql }]
  )
  // The engine writes an expression in its own form, so it is asked for that form of ours.
  const rows = await run.query<{ name: string; type: string; same: number }>({
    sql: `SELECT name, type, formatQuerySingleLineOrNull('SELECT ' || default_expression)
        IS NOT DISTINCT FROM formatQuerySingleLineOrNull('SELECT ' || transform(name, {names:Array(String)}, {computed:Array(String)}, '')) AS same
      FROM system.columns WHERE database = currentDatabase() AND table = {table:String}`,
    parameters: {
      table: table.name,
      names: computed.map(({ name }) => name),
      computed: computed.map(({ sql }) => sql)
    },
    deadlineMs,
    lane: 'control'
  })
  const existing = new Map(rows.map((row) => [row.name, row]))
  const changes = table.columns.flatMap((column) => {
    const { type, same } = existing.get(column.name) ?? {}
    return [
      ...columnChange(schema.product, column, type),
      // What a column computes changes with the rule that it follows; nothing of it is stored.
      ...(same === 0 ? [`MODIFY COLUMN ${columnDefinition(column)}`] : [])
    ]
  })
  if (changes.length > 0)
    await run.command({
      sql: `ALTER TABLE ${quoteName(table.name)} ${changes.join(', ')}`,
      deadlineMs
    })
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
    await run.command({
      sql: `ALTER TABLE ${quoteName(table.name)} MODIFY SETTING ${setting}`,
      deadlineMs
    })
  }
}
