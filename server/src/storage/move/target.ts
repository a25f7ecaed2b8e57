/** How is the ClickHouse spoken to that a store is moved to, and what was moved so far? */
import type { Effects } from '../../effects.ts'
import { CandorError } from '../../errors.ts'
import { connectClickHouse } from '../client/clickhouse-client.ts'
import { insertSettings } from '../client/insert-settings.ts'
import type { StorageRun } from '../storage.ts'
import { quoteName, quoteText } from '../tables/column-types.ts'
import type { MovedTable, Piece, Snapshot } from './snapshot.ts'

export interface TargetAddress {
  readonly url: string
  readonly user: string
  readonly password: string
  readonly database: string
}

export interface Target {
  readonly run: StorageRun
  /** The same token again changes nothing. */
  insert(table: MovedTable, token: string, rows: Buffer): Promise<void>
  close(): Promise<void>
}

const deadlineMs = 120_000
const piecesTable = 'moved_pieces'

export function connectTarget(
  address: TargetAddress,
  effects: Pick<Effects, 'clock' | 'random'>
): Target {
  const clickHouse = connectClickHouse({ is: 'remote', ...address }, effects)
  return {
    run: {
      query: ({ lane = 'control', ...request }) => clickHouse.rows({ ...request, lane }),
      command: ({ sql, parameters, deadlineMs }) =>
        clickHouse.command({ sql, parameters, deadlineMs, lane: 'control' })
    },
    insert: ({ name, columns }, token, rows) =>
      clickHouse.insert({
        table: name,
        columns: columns.map((column) => column.name),
        format: 'Native',
        lines: rows,
        deadlineMs,
        settings: { ...insertSettings, insert_deduplication_token: token }
      }),
    close: () => clickHouse.close()
  }
}

/** Rejects where the database holds records that are not of this move. */
export async function openPieces(
  { run }: Target,
  snapshot: Snapshot
): Promise<ReadonlySet<string>> {
  const tables = await run.query<{ name: string; rows: number }>({
    sql: `SELECT t.name AS name, toUInt64(ifNull(t.total_rows, 0)) AS rows FROM system.tables AS t
      WHERE t.database = currentDatabase()
        AND (t.name LIKE 'records\\_%' OR t.name = '${piecesTable}')`,
    deadlineMs
  })
  if (!tables.some(({ name }) => name === piecesTable)) {
    if (tables.some(({ rows }) => Number(rows) > 0)) throw notEmpty()
    await run.command({
      sql:
        `CREATE TABLE ${piecesTable} (snapshot String, piece String) ` +
        'ENGINE = MergeTree ORDER BY piece',
      deadlineMs
    })
  }
  const moved = await run.query<{ snapshot: string; piece: string }>({
    sql: `SELECT snapshot, piece FROM ${piecesTable}`,
    deadlineMs
  })
  if (moved.some((piece) => piece.snapshot !== snapshot.id)) throw notEmpty()
  return new Set(moved.map(({ piece }) => piece))
}

export function notePiece({ run }: Target, snapshot: Snapshot, piece: string): Promise<void> {
  return run.command({
    sql: `INSERT INTO ${piecesTable} VALUES (${quoteText(snapshot.id)}, ${quoteText(piece)})`,
    deadlineMs
  })
}

export function dropPieces({ run }: Target): Promise<void> {
  return run.command({ sql: `DROP TABLE IF EXISTS ${piecesTable} SYNC`, deadlineMs })
}

export function nameOfPiece(table: string, piece: Piece): string {
  return `${table}/${piece.name}`
}

/**
 * What no contract of today asks for is moved too: a product whose folder is gone, a former field.
 */
export async function widen({ run }: Target, table: MovedTable): Promise<void> {
  const found = await run.query<{ name: string }>({
    sql: `SELECT name FROM system.columns
      WHERE database = currentDatabase() AND table = {table:String}`,
    parameters: { table: table.name },
    deadlineMs
  })
  if (found.length === 0) return run.command({ sql: table.create, deadlineMs })
  const known = new Set(found.map(({ name }) => name))
  for (const { name, type } of table.columns)
    if (!known.has(name))
      await run.command({
        sql: `ALTER TABLE ${quoteName(table.name)} ADD COLUMN ${quoteName(name)} ${type}`,
        deadlineMs
      })
}

function notEmpty(): CandorError {
  return new CandorError(
    'CONFIG_INVALID',
    'There are records in that database already, and they are not of this move. Name an empty one.'
  )
}
