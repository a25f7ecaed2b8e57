/** Lays an answer out as a table for people. */
import Table from 'cli-table3'

export interface PrintableTable {
  readonly columns: readonly {
    readonly name: string
    readonly type: string
    readonly unit?: string
  }[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly notes?: readonly string[]
}

/** Characters: wide terminals on today's screens have about that many. */
const widthMax = 200

/** The whole text to print, ending in a newline. */
export function tableText({ columns, rows, notes = [] }: PrintableTable): string {
  const table = new Table({
    head: columns.map(({ name, unit }) => (unit === undefined ? name : `${name} (${unit})`)),
    colAligns: columns.map(({ type }) => (isNumeric(type) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true }
  })
  for (const row of rows)
    table.push(columns.map(({ name, type }) => shorten(readable(row[name], type))))
  const shown = rows.length === 0 ? '(no rows)' : fitting(table.toString(), { columns, rows })
  return `${[shown, ...notes.map((note) => `· ${note}`)].join('\n')}\n`
}

/** For people: a share in percent, a number with the digits that mean something. */
function readable(value: unknown, type: string): string {
  if (typeof value !== 'number') return asText(value)
  if (type === 'share') return `${(value * 100).toFixed(1)} %`
  if (type !== 'number' || Number.isInteger(value)) return asText(value)
  return String(Math.abs(value) >= 100_000 ? Math.round(value) : Number(value.toPrecision(6)))
}

/** Of an answer (`integer`) or of ClickHouse (`Nullable(UInt64)`). */
function isNumeric(type: string): boolean {
  return (
    type === 'integer' ||
    type === 'number' ||
    type === 'share' ||
    /^(Nullable\()?(U?Int|Float|Decimal)/.test(type)
  )
}

/** A table that no terminal is wide enough for becomes a list for each row, of what the row has. */
function fitting(table: string, { columns, rows }: PrintableTable): string {
  if (table.indexOf('\n') <= widthMax) return table
  const width = Math.max(...columns.map(({ name }) => name.length))
  return rows
    .map((row, index) => {
      const said = columns
        .map(({ name, type }) => [name, shorten(readable(row[name], type))])
        .filter(([, text]) => text !== '')
      return [
        `─ row ${index + 1}`,
        ...said.map(([name = '', text]) => `${name.padEnd(width)}  ${text}`)
      ].join('\n')
    })
    .join('\n')
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/**
 * A terminal cell of more than 80 characters makes the whole table unreadable; JSON and CSV keep
 * all.
 */
function shorten(text: string): string {
  // Control characters could move the reader's cursor.
  const plain = text.replaceAll(/\p{Cc}/gu, '·')
  return plain.length > 80 ? `${plain.slice(0, 79)}…` : plain
}
