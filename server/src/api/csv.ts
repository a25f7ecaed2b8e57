/** Writes a table as CSV, row by row: RFC 4180, and nothing in it that a spreadsheet would run. */
import { Readable } from 'node:stream'

export interface CsvTable {
  readonly columns: readonly { readonly name: string }[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

/**
 * A few dozen KiB: large enough that writing costs nothing, small enough that a slow reader holds
 * little.
 */
const rowsPerChunk = 500

/** Goes out as its reader takes it. `cut`: why it is not whole, said in a last line. */
export function csvStream(table: CsvTable, cut?: string): Readable {
  return Readable.from(csvChunks(table, cut), { objectMode: false })
}

export function* csvChunks({ columns, rows }: CsvTable, cut?: string): Generator<string> {
  let chunk = line(columns.map(({ name }) => name))
  for (const [index, row] of rows.entries()) {
    chunk += line(columns.map(({ name }) => row[name]))
    if ((index + 1) % rowsPerChunk !== 0) continue
    yield chunk
    chunk = ''
  }
  // A reader who sees only the file must not take a part for the whole.
  if (cut !== undefined) chunk += line([`# ${cut}`])
  if (chunk !== '') yield chunk
}

function line(values: readonly unknown[]): string {
  return `${values.map(csvCell).join(',')}\r\n`
}

/**
 * A text that begins like a formula gets an apostrophe before it, since spreadsheets would run it;
 * a number never does, also where it is
 * a text because no JSON number holds it.
 */
export function csvCell(value: unknown): string {
  const plain = cellText(value)
  const isRun =
    typeof value !== 'number' && /^[=+\-@\t\r\n]/.test(plain) && !/^[+-]?\d+(\.\d+)?$/.test(plain)
  const safe = isRun ? `'${plain}` : plain
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
