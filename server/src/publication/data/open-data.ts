/** Writes the same numbers for programs: CSV, Parquet, a schema, a feed of changes, an index. */
import { parquetWriteBuffer } from 'hyparquet-writer'
import { z } from 'zod'
import { type PublishedTable, publishedTable, valueOf } from '../published.ts'
import { fileNameOf } from '../ledger.ts'
import { latestOf } from './latest.ts'

interface Row {
  readonly product: string
  readonly table: string
  readonly period: string
  readonly first: string
  readonly last: string
  readonly version: number
  readonly dimension1: string | null
  readonly value1: string | null
  readonly dimension2: string | null
  readonly value2: string | null
  readonly measure: string
  /** Null: it is hidden. */
  readonly count: number | null
  /** The true count differs by less than it. */
  readonly within: number
}

const columns = [
  'product',
  'table',
  'period',
  'first',
  'last',
  'version',
  'dimension1',
  'value1',
  'dimension2',
  'value2',
  'measure',
  'count',
  'within'
] as const satisfies readonly (keyof Row)[]

function rowsOf(tables: readonly PublishedTable[]): readonly Row[] {
  return latestOf(tables).flatMap((table) =>
    table.cells.map((cell) => ({
      product: table.product,
      table: table.table,
      period: table.period.name,
      first: table.period.first,
      last: table.period.last,
      version: table.version,
      dimension1: table.dimensions[0] ?? null,
      value1: cell.at[0] ?? null,
      dimension2: table.dimensions[1] ?? null,
      value2: cell.at[1] ?? null,
      measure: table.measure,
      count: valueOf(cell) ?? null,
      within: table.rounding
    }))
  )
}

export function csvOf(tables: readonly PublishedTable[]): string {
  const lines = rowsOf(tables).map((row) => columns.map((name) => quoted(row[name])).join(','))
  return `${[columns.join(','), ...lines].join('\r\n')}\r\n`
}

/** A spreadsheet takes a text that begins so for a formula. */
function quoted(value: string | number | null): string {
  if (value === null) return ''
  const text = typeof value === 'string' && /^[=+\-@\t]/.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function parquetOf(tables: readonly PublishedTable[]): Uint8Array {
  const rows = rowsOf(tables)
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: columns.map((name) => ({
        name,
        data: rows.map((row) => row[name]),
        type: name === 'version' || name === 'count' || name === 'within' ? 'INT32' : 'STRING',
        nullable: true
      })),
      codec: 'UNCOMPRESSED'
    })
  )
}

export function schemaText(): string {
  return `${JSON.stringify(z.toJSONSchema(publishedTable), null, 2)}\n`
}

/** Every version of every table, so that a reader finds what was withdrawn as well. */
export function indexText(tables: readonly PublishedTable[]): string {
  const files = tables.map((table) => ({
    table: table.table,
    period: table.period.name,
    version: table.version,
    published: table.published,
    ...(table.withdrawn === undefined ? {} : { withdrawn: table.withdrawn.because }),
    path: `data/${fileNameOf(table)}`
  }))
  return `${JSON.stringify({ candor: 1, kind: 'publication', files }, null, 2)}\n`
}

const entriesMax = 200

/** Atom: one entry for each file that was added, the newest first. */
export function atomOf(
  title: string,
  product: string,
  address: string | undefined,
  tables: readonly PublishedTable[]
): string {
  const newest = tables.toSorted((one, other) => (one.published < other.published ? 1 : -1))
  const base = address === undefined ? '' : `${address.replace(/\/$/, '')}/`
  const entries = newest.slice(0, entriesMax).map((table) => {
    const path = `data/${fileNameOf(table)}`
    const what =
      table.withdrawn === undefined
        ? `${table.title}, ${table.period.name}`
        : `Withdrawn: ${table.title}, ${table.period.name}`
    return `  <entry>
    <id>urn:candor:${product}:${path}</id>
    <title>${escaped(what)}</title>
    <updated>${table.published}</updated>
    <link href="${escaped(base)}${path}"/>
    <summary>${escaped(table.withdrawn?.because ?? table.says)}</summary>
  </entry>`
  })
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <id>urn:candor:${product}:publication</id>
  <title>${escaped(title)}: published numbers</title>
  <updated>${newest[0]?.published ?? '1970-01-01T00:00:00.000Z'}</updated>
  <author><name>${escaped(title)}</name></author>
${entries.join('\n')}
</feed>
`
}

export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
