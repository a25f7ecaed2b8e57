/**
 * A pipeline small enough to read: takes rows from a JSON file, makes tables of them, and writes
 * each as JSON lines.
 */
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Pipeline {
  readonly name: string
  readonly dataset: string
  readonly source: string
  readonly destination: string
  /** The file of rows. */
  readonly from: string
}

const rowsPerBatch = 500

type LoadedRow = Readonly<Record<string, unknown>>
export type Tables = ReadonlyMap<string, readonly LoadedRow[]>

/** A JSON list, or an object whose members are lists: one resource each. */
export async function extract({ from, source }: Pipeline): Promise<Tables> {
  const read: unknown = JSON.parse(await readFile(from, 'utf8'))
  if (Array.isArray(read)) return new Map([[source, read as readonly LoadedRow[]]])
  if (typeof read !== 'object' || read === null)
    throw new TypeError(`${from} holds neither a list nor lists.`)
  return new Map(
    Object.entries(read).map(([name, rows]) => [
      name,
      Array.isArray(rows) ? (rows as readonly LoadedRow[]) : []
    ])
  )
}

/**
 * Lists inside rows become tables of their own, as dlt makes them: `orders` with `items` gives
 * `orders` and `orders__items`.
 */
export function normalize(tables: Tables): Tables {
  const flat = new Map<string, LoadedRow[]>()
  const add = (table: string, row: LoadedRow): void => {
    const own: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(row)) {
      if (Array.isArray(value))
        for (const child of value) add(`${table}__${name}`, isRow(child) ? child : { value: child })
      else own[name] = value
    }
    const rows = flat.get(table)
    if (rows === undefined) flat.set(table, [own])
    else rows.push(own)
  }
  for (const [table, rows] of tables)
    for (const row of rows) add(table, isRow(row) ? row : { value: row })
  return flat
}

/** One file a table, in a folder named after the dataset. Returns the files written. */
export async function load({ dataset }: Pipeline, tables: Tables): Promise<readonly string[]> {
  await mkdir(dataset, { recursive: true })
  const written: string[] = []
  for (const [table, rows] of tables) {
    const path = join(dataset, `${table}.jsonl`)
    const file = await open(path, 'w')
    try {
      // In batches, so that a large table neither fills memory nor holds everything else up.
      for (let from = 0; from < rows.length; from += rowsPerBatch)
        await file.write(
          rows
            .slice(from, from + rowsPerBatch)
            .map((row) => `${JSON.stringify(row)}\n`)
            .join('')
        )
    } finally {
      await file.close()
    }
    written.push(path)
  }
  return written
}

function isRow(value: unknown): value is LoadedRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
