/** Prints an answer as a table that fits the terminal, or as TSV, CSV or JSON for programs. */
import Table from 'cli-table3'
import { csvChunks } from '../../api/csv.ts'
import { forPeople, forPrograms, isNumeric, plain, type PrintedColumn } from './cell-text.ts'

export interface PrintableTable {
  readonly columns: readonly PrintedColumn[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly notes?: readonly string[]
  readonly partial?: readonly { readonly period: string; readonly because: string }[]
}

export const tableFormats = ['table', 'tsv', 'json', 'csv'] as const
export type TableFormat = (typeof tableFormats)[number]

export interface PrintOptions {
  /** Of the terminal, in characters. */
  readonly width?: number
  /** Numbers as they are: no groups, no units. */
  readonly isRaw?: boolean
  readonly columns?: readonly string[] | undefined
  /** A column, with `-` before it where the greatest comes first. */
  readonly sort?: string | undefined
}

/** A list whose cells are all texts. */
export function textTable(names: readonly string[], rows: PrintableTable['rows']): PrintableTable {
  return { columns: names.map((name) => ({ name, type: 'text' })), rows }
}

const widthUsual = 100

/** Longer cells push the others away; JSON, CSV and TSV keep all. */
const cellWidthMax = 80
const cellWidthMin = 8

/** The whole text to print, ending in a newline. JSON is the answer as the API gave it. */
export function printTable(
  answer: PrintableTable,
  format: TableFormat,
  options: PrintOptions = {}
): string {
  if (format === 'json') return `${JSON.stringify(answer, undefined, 2)}\n`
  const chosen = chosenFrom(answer, options)
  if (format === 'csv') return [...csvChunks(withMark(chosen))].join('')
  return format === 'tsv' ? asTsv(withMark(chosen)) : asTable(chosen, options)
}

/** Throws a RangeError that names the columns that there are. */
function chosenFrom(answer: PrintableTable, { columns, sort }: PrintOptions): PrintableTable {
  const find = (name: string): PrintedColumn => {
    const found = answer.columns.find((column) => column.name === name)
    if (found !== undefined) return found
    const names = answer.columns.map((column) => column.name).join(', ')
    throw new RangeError(`There is no column "${name}". There are: ${names}.`)
  }
  const shown = columns === undefined ? answer.columns : columns.map(find)
  if (sort === undefined) return { ...answer, columns: shown }
  const by = find(sort.replace(/^-/, ''))
  const rows = answer.rows.toSorted((one, other) => compare(one[by.name], other[by.name]))
  return { ...answer, columns: shown, rows: sort.startsWith('-') ? rows.toReversed() : rows }
}

/** What is not known comes first, so that the greatest do where they are asked for. */
function compare(one: unknown, other: unknown): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  const isEmpty = (value: unknown): boolean => value === null || value === undefined
  if (isEmpty(one) || isEmpty(other)) return Number(isEmpty(other)) - Number(isEmpty(one))
  return plain(one) < plain(other) ? -1 : plain(one) > plain(other) ? 1 : 0
}

/** Programs must see, too, which periods are not whole: a column says it. */
function withMark(answer: PrintableTable): PrintableTable {
  const { columns, rows, partial = [] } = answer
  const period = periodColumn(answer)
  if (partial.length === 0 || period === undefined) return answer
  return {
    ...answer,
    columns: [...columns, { name: 'partial', type: 'text' }],
    rows: rows.map((row) => ({
      ...row,
      partial: partial.find((one) => one.period === row[period.name])?.because ?? ''
    }))
  }
}

/** Where each row is another field, each has a unit of its own, in the column of that name. */
function withUnit(column: PrintedColumn, row: Readonly<Record<string, unknown>>): PrintedColumn {
  const { unit } = row
  return column.type === 'number' && column.unit === undefined && typeof unit === 'string'
    ? { ...column, unit }
    : column
}

/** `start` is the later period of a cohort. */
function periodColumn({ columns }: PrintableTable): PrintedColumn | undefined {
  return columns.find(
    ({ name, type }) => type === 'date' && /^(?:day|week|month|start)$/.test(name)
  )
}

function asTsv({ columns, rows }: PrintableTable): string {
  const lines = rows.map((row) => columns.map(({ name }) => forPrograms(row[name])).join('\t'))
  return [columns.map(({ name }) => name).join('\t'), ...lines, ''].join('\n')
}

function asTable(given: PrintableTable, options: PrintOptions): string {
  const answer = withoutEmpty(given, options)
  const { rows, columns, notes = [], partial = [] } = answer
  const text = textOf(answer, options)
  const cells = rows.map((row) => columns.map((column) => text(row, column)))
  const heads = columns.map(({ name, unit }) => head(name, unit, options))
  const widths = fitting(heads, cells, columns, options.width ?? widthUsual)
  const body =
    widths === undefined || areAlike(cells, widths)
      ? asLists(heads, cells)
      : asGrid({ heads, cells, columns, widths })
  const isMarked = partial.length > 0 && periodColumn(answer) !== undefined && rows.length > 0
  return `${[
    rows.length === 0 ? '(no rows)' : body,
    ...(isMarked ? ['… marks a period that is not whole: not over yet, cut, or expired.'] : []),
    ...notes.map((note) => `· ${note}`)
  ].join('\n')}\n`
}

/** A column in which no row has anything gives its room to the others; a note names it. */
function withoutEmpty(answer: PrintableTable, { columns }: PrintOptions): PrintableTable {
  const isEmpty = ({ name }: PrintedColumn): boolean =>
    answer.rows.every((row) => row[name] === null || row[name] === undefined || row[name] === '')
  const empty = answer.columns.filter(isEmpty)
  if (columns !== undefined || answer.rows.length === 0 || empty.length === 0) return answer
  const names = empty.map(({ name }) => name).join(', ')
  return {
    ...answer,
    columns: answer.columns.filter((column) => !empty.includes(column)),
    notes: [...(answer.notes ?? []), `Empty in every row, and left out: ${names}.`]
  }
}

function head(name: string, unit: string | undefined, { isRaw = false }: PrintOptions): string {
  // Bytes and seconds stand with each value.
  return unit === undefined || (!isRaw && (unit === 'bytes' || unit === 's'))
    ? name
    : `${name} (${unit})`
}

function textOf(
  { partial = [], columns }: PrintableTable,
  { isRaw = false }: PrintOptions
): (row: Readonly<Record<string, unknown>>, column: PrintedColumn) => string {
  const period = periodColumn({ columns, rows: [] })?.name
  const cut = new Set(partial.map((one) => one.period))
  return (row, column) => {
    const value = row[column.name]
    const written = isRaw ? plain(value) : forPeople(value, withUnit(column, row))
    const mark = column.name === period && cut.has(String(value)) ? ' …' : ''
    return written + mark
  }
}

/**
 * How wide each column is, frame and all within the terminal; undefined: there are too many. Texts
 * give way first, then the heads of numbers: the numbers themselves never do.
 */
function fitting(
  heads: readonly string[],
  cells: readonly (readonly string[])[],
  columns: readonly PrintedColumn[],
  width: number
): readonly number[] | undefined {
  const least = columns.map(({ type }, index) => {
    const longest = Math.max(0, ...cells.map((row) => row[index]?.length ?? 0))
    return isNumeric(type) || type === 'date'
      ? Math.max(cellWidthMin, longest)
      : Math.min(cellWidthMin, Math.max(longest, 1))
  })
  const widths = columns.map((_, index) =>
    Math.min(
      cellWidthMax,
      Math.max(heads[index]?.length ?? 0, ...cells.map((row) => row[index]?.length ?? 0))
    )
  )
  // Each column has two spaces and a line, and the table one more line.
  let over = widths.reduce((sum, each) => sum + each + 3, 1) - width
  while (over > 0) {
    const slack = widths.map((each, index) => each - (least[index] ?? 0))
    const most = Math.max(...slack)
    const isText = ({ type }: PrintedColumn): boolean => !isNumeric(type) && type !== 'date'
    const text = widths.findIndex(
      (_, index) => (slack[index] ?? 0) > 8 && isText(columns[index] ?? { name: '', type: '' })
    )
    const chosen = text >= 0 ? text : slack.indexOf(most)
    if (most <= 0) return undefined
    widths[chosen] = (widths[chosen] ?? 0) - 1
    over -= 1
  }
  return widths
}

/** Where cut texts make different rows look alike, a table tells nothing. */
function areAlike(cells: readonly (readonly string[])[], widths: readonly number[]): boolean {
  const different = (rows: readonly (readonly string[])[]): number =>
    new Set(rows.map((row) => row[0])).size
  const cut = cells.map((row) => row.map((text, index) => shorten(text, widths[index] ?? 0)))
  return different(cut) < different(cells)
}

function asGrid({
  heads,
  cells,
  columns,
  widths
}: {
  readonly heads: readonly string[]
  readonly cells: readonly (readonly string[])[]
  readonly columns: readonly PrintedColumn[]
  readonly widths: readonly number[]
}): string {
  const table = new Table({
    head: heads.map((text, index) => shorten(text, widths[index] ?? 0)),
    colAligns: columns.map(({ type }) => (isNumeric(type) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true }
  })
  for (const row of cells) table.push(row.map((text, index) => shorten(text, widths[index] ?? 0)))
  return table.toString()
}

/** What no terminal is wide enough for is a list for each row, of what the row has. */
function asLists(heads: readonly string[], cells: readonly (readonly string[])[]): string {
  const width = Math.max(...heads.map((text) => text.length))
  return cells
    .map((row, index) =>
      [
        `─ row ${index + 1}`,
        ...row.flatMap((text, column) =>
          text === ''
            ? []
            : [`${(heads[column] ?? '').padEnd(width)}  ${shorten(text, cellWidthMax)}`]
        )
      ].join('\n')
    )
    .join('\n')
}

/** Line breaks would break the frame; what else could move a cursor, the terminal itself spells. */
function shorten(text: string, width: number): string {
  const line = text.replaceAll(/\p{Cc}/gu, '·')
  return line.length > width ? `${line.slice(0, Math.max(0, width - 1))}…` : line
}
