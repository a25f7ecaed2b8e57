/** Prints an answer as a table for people, or as JSON or CSV for programs. */
import Table from 'cli-table3'

export interface PrintableTable {
  readonly columns: readonly { readonly name: string; readonly type: string; readonly unit?: string }[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly notes?: readonly string[]
}

export const tableFormats = ['table', 'json', 'csv'] as const
/** Characters: wide terminals on today's screens have about that many. */
const widthMax = 200

export type TableFormat = (typeof tableFormats)[number]

/** The whole text to print, ending in a newline. JSON is the answer as the API gave it. */
export function printTable(answer: PrintableTable, format: TableFormat): string {
  if (format === 'json') return `${JSON.stringify(answer, undefined, 2)}\n`
  if (format === 'csv') return asCsv(answer)
  return asTable(answer)
}

function asCsv({ columns, rows }: PrintableTable): string {
  const lines = [columns.map(({ name }) => csvCell(name)).join(',')]
  for (const row of rows) lines.push(columns.map(({ name }) => csvCell(asText(row[name]))).join(','))
  return `${lines.join('\r\n')}\r\n`
}

/** RFC 4180; a leading `=`, `+`, `-`, `@`, tab or line break that starts no number gets a quote mark, since spreadsheets would run it. */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r\n]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function asTable({ columns, rows, notes = [] }: PrintableTable): string {
  const table = new Table({
    head: columns.map(({ name, unit }) => (unit === undefined ? name : `${name} (${unit})`)),
    colAligns: columns.map(({ type }) => (isNumeric(type) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true }
  })
  for (const row of rows) table.push(columns.map(({ name }) => shorten(asText(row[name]))))
  return `${[rows.length === 0 ? '(no rows)' : fitting(table.toString(), { columns, rows }), ...notes.map((note) => `· ${note}`)].join('\n')}\n`
}

/** Of an answer (`integer`) or of ClickHouse (`Nullable(UInt64)`). */
function isNumeric(type: string): boolean {
  return type === 'integer' || type === 'number' || /^(Nullable\()?(U?Int|Float|Decimal)/.test(type)
}

/** A table that no terminal is wide enough for becomes a list for each row, of what the row has. */
function fitting(table: string, { columns, rows }: PrintableTable): string {
  if (table.indexOf('\n') <= widthMax) return table
  const width = Math.max(...columns.map(({ name }) => name.length))
  return rows
    .map((row, index) => {
      const said = columns.map(({ name }) => [name, shorten(asText(row[name]))]).filter(([, text]) => text !== '')
      return [`─ row ${index + 1}`, ...said.map(([name = '', text]) => `${name.padEnd(width)}  ${text}`)].join('\n')
    })
    .join('\n')
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** A terminal cell of more than 80 characters makes the whole table unreadable; JSON and CSV keep all. */
function shorten(text: string): string {
  // Control characters could move the reader's cursor.
  const plain = text.replaceAll(/\p{Cc}/gu, '·')
  return plain.length > 80 ? `${plain.slice(0, 79)}…` : plain
}
