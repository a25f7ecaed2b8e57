/**
 * How does the embedded store hold still while it is copied? A second database gets a clone of each
 * table, whose files are the same ones; what is loaded, erased or merged later changes no clone.
 */
import type { Instant } from '../../record.ts'
import type { StorageRun } from '../storage.ts'
import { quoteName } from '../tables/column-types.ts'
import { schemaVersionTable, startsTable } from '../tables/side-tables.ts'

const database = 'candor_moving'
const deadlineMs = 300_000

export interface Snapshot {
  readonly id: string
  /** All that was loaded before is in it, and nothing that was loaded from then on. */
  readonly takenAt: Instant
}

export interface MovedTable {
  readonly name: string
  readonly engine: string
  /** As the source would make it; for products whose folder is gone. */
  readonly create: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/** A run of rows of one part; parts of a snapshot never change. */
export interface Piece {
  readonly name: string
  readonly rows: number
  readonly condition: string
}

/** What another store makes itself, or must say otherwise. */
const own: readonly string[] = [schemaVersionTable.name, startsTable.name, 'opened_products']

/** Nothing may be loaded or erased meanwhile. */
export async function takeSnapshot(run: StorageRun, snapshot: Snapshot): Promise<void> {
  await dropSnapshot(run)
  await command(run, `CREATE DATABASE ${database}`)
  for (const name of await storedTables(run, 'candor')) {
    if (own.includes(name)) continue
    await command(run, `CREATE TABLE ${inSnapshot(name)} CLONE AS candor.${quoteName(name)}`)
    // Parts that are merged would be other pieces than those that were copied before a restart.
    await command(
      run,
      `ALTER TABLE ${inSnapshot(name)} MODIFY SETTING ` +
        'max_bytes_to_merge_at_max_space_in_pool = 1, ' +
        'max_bytes_to_merge_at_min_space_in_pool = 1'
    )
  }
  // Last, so that one that was cut off is none.
  await command(
    run,
    `CREATE TABLE ${database}.snapshot ENGINE = Log AS SELECT
    '${snapshot.id}' AS id, toInt64(${snapshot.takenAt}) AS taken_at`
  )
}

export async function foundSnapshot(run: StorageRun): Promise<Snapshot | undefined> {
  if (!(await allTables(run, database)).some(({ name }) => name === 'snapshot')) return undefined
  const [found] = await run.query<{ id: string; taken_at: number }>({
    sql: `SELECT id, taken_at FROM ${database}.snapshot`,
    deadlineMs
  })
  return found === undefined ? undefined : { id: found.id, takenAt: Number(found.taken_at) }
}

/** What it holds is on the disk until then, also what was erased since. */
export function dropSnapshot(run: StorageRun): Promise<void> {
  return command(run, `DROP DATABASE IF EXISTS ${database} SYNC`)
}

export async function snapshotTables(run: StorageRun): Promise<readonly MovedTable[]> {
  const tables = await allTables(run, database)
  const columns = await run.query<{ table: string; name: string; type: string }>({
    sql: `SELECT table, name, type FROM system.columns
      WHERE database = '${database}' AND default_kind = '' ORDER BY table, position`,
    deadlineMs
  })
  return tables
    .filter(({ name }) => name !== 'snapshot')
    .map(({ name, engine, create }) => ({
      name,
      engine,
      create: create.replace(`${database}.`, ''),
      columns: columns.filter(({ table }) => table === name)
    }))
}

/** Oldest rows first, so that of two that replace each other the same one is the newer. */
export async function piecesOf(
  run: StorageRun,
  table: string,
  bytesMax: number
): Promise<readonly Piece[]> {
  const parts = await run.query<{ name: string; rows: number; bytes: number }>({
    sql: `SELECT name, toUInt32(rows) AS rows, data_uncompressed_bytes AS bytes
      FROM system.parts WHERE database = '${database}' AND table = {table:String} AND active
      ORDER BY partition_id, min_block_number`,
    parameters: { table },
    deadlineMs
  })
  return parts.flatMap(({ name, rows, bytes }) => {
    const most = Math.max(1, Math.min(500_000, Math.floor((rows * bytesMax) / (Number(bytes) + 1))))
    return Array.from({ length: Math.ceil(rows / most) }, (_, index) => {
      const [from, to] = [index * most, Math.min(rows, (index + 1) * most)]
      return {
        name: `${name}/${from}`,
        rows: to - from,
        condition: `_part = '${name}' AND _part_offset >= ${from} AND _part_offset < ${to}`
      }
    })
  })
}

export function inSnapshot(table: string): string {
  return `${database}.${quoteName(table)}`
}

async function storedTables(run: StorageRun, of: string): Promise<readonly string[]> {
  return (await allTables(run, of)).map(({ name }) => name)
}

function allTables(
  run: StorageRun,
  of: string
): Promise<readonly { readonly name: string; readonly engine: string; readonly create: string }[]> {
  return run.query({
    sql: `SELECT t.name AS name, t.engine AS engine, t.create_table_query AS create
      FROM system.tables AS t
      WHERE t.database = {of:String} AND (t.engine LIKE '%MergeTree' OR t.engine = 'Log')
      ORDER BY t.name`,
    parameters: { of },
    deadlineMs
  })
}

function command(run: StorageRun, sql: string): Promise<void> {
  return run.command({ sql, deadlineMs })
}
