/** Charts as inline SVG inside of tables, so that they read without a script and without sight. */
import { notTold, others, whole } from '../control/count-table.ts'
import { escaped } from '../data/open-data.ts'
import { type PublishedCell, type PublishedTable, totalOf, valueOf } from '../published.ts'

const numbers = new Intl.NumberFormat('en', { maximumFractionDigits: 3 })

export function counted(value: number): string {
  return numbers.format(value)
}

function named(value: string): string {
  const words: Readonly<Record<string, string>> = {
    [others]: 'all others',
    [notTold]: 'not told',
    [whole]: 'all'
  }
  return words[value] ?? value
}

/** The bounds of a bin, as a reader says them: 16 GiB and not 17179869184 bytes. */
function binName(name: string, unit: string | undefined): string {
  const bounds = name.replaceAll(/\d+(?:\.\d+)?(?:e[+-]?\d+)?/g, (number) => {
    const value = Number(number)
    if (unit !== 'bytes') return counted(value)
    const power = value === 0 ? 0 : Math.min(5, Math.floor(Math.log2(value) / 10))
    const size = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'][power] ?? ''
    return `${counted(value / 2 ** (10 * power))} ${size}`
  })
  return unit === undefined || unit === 'bytes' ? bounds : `${bounds} ${unit}`
}

/** A long name breaks where its words do. */
function broken(name: string): string {
  return escaped(name).replaceAll('_', '_<wbr>')
}

/** Values last that name nothing. */
function rank(value: string): number {
  return value === others ? 1 : value === notTold ? 2 : 0
}

/** The chart that fits the table: a number, bars, or a field of two things. */
export function chartOf(tables: readonly PublishedTable[]): string {
  const [table] = tables
  if (table === undefined) return ''
  if (table.dimensions.length === 0) return lineChart(tables)
  return table.dimensions.length === 1 ? bars(tables) : heat(table)
}

function partsOf(table: PublishedTable): readonly PublishedCell[] {
  const parts = table.cells.filter(({ at }) => at[0] !== whole)
  if (table.order === 'ordered') return parts
  return parts.toSorted(
    (one, other) =>
      rank(one.at[0] ?? '') - rank(other.at[0] ?? '') ||
      (valueOf(other) ?? -1) - (valueOf(one) ?? -1) ||
      ((one.at[0] ?? '') < (other.at[0] ?? '') ? -1 : 1)
  )
}

const barsMax = 25

function bars(tables: readonly PublishedTable[]): string {
  const [table] = tables
  if (table === undefined) return ''
  const parts = partsOf(table)
  const shown = parts.slice(0, barsMax)
  const most = Math.max(1, ...parts.map((cell) => valueOf(cell) ?? 0))
  const total = totalOf(table) ?? parts.reduce((sum, cell) => sum + (valueOf(cell) ?? 0), 0)
  const hasShare = !table.overlaps && table.measure === 'installations' && total > 0
  const hasPast = tables.length > 1
  const rows = shown.map((cell) => {
    const value = valueOf(cell)
    const own = named(cell.at[0] ?? '')
    const name = table.order === 'ordered' ? binName(own, table.unit) : own
    const count =
      value === undefined ? '<td class="n hidden">few</td>' : `<td class="n">${counted(value)}</td>`
    const share = hasShare
      ? `<td class="n soft">${value === undefined ? '' : percent(value / total)}</td>`
      : ''
    const past = hasPast ? `<td class="n soft past">${changeOf(tables, cell)}</td>` : ''
    return `<tr><th scope="row" class="name">${broken(name)}</th><td class="bar">${bar(
      value ?? 0,
      most
    )}</td>${count}${share}${past}</tr>`
  })
  const heads = [
    `<th scope="col">${escaped(table.dimensions[0]?.replaceAll('_', ' ') ?? '')}</th>`,
    '<td></td>',
    `<th scope="col" class="n">${table.measure === 'records' ? 'records' : 'installations'}</th>`,
    ...(hasShare ? ['<th scope="col" class="n">share</th>'] : []),
    ...(hasPast ? ['<th scope="col" class="n past">period before</th>'] : [])
  ]
  const left = parts.length - shown.length
  return `<table class="bars"><thead><tr>${heads.join('')}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table>${left > 0 ? `<p class="soft">${left} more are in the data.</p>` : ''}`
}

function bar(value: number, most: number): string {
  const width = Math.max(value > 0 ? 0.6 : 0, (100 * value) / most)
  return (
    '<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">' +
    '<rect class="track" x="0" y="4.5" width="100" height="1"/>' +
    `<rect class="fill" x="0" y="0" width="${width.toFixed(2)}" height="10" rx="1"/></svg>`
  )
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`
}

/** What the same value had in the period before, where it was shown. */
function changeOf(tables: readonly PublishedTable[], cell: PublishedCell): string {
  const before = tables[1]?.cells.find(({ at }) => at[0] === cell.at[0])
  const value = before === undefined ? undefined : valueOf(before)
  return value === undefined ? '–' : counted(value)
}

/** The sum of everything, period after period, with the band that rounding leaves. */
function lineChart(tables: readonly PublishedTable[]): string {
  const points = tables
    .toReversed()
    .flatMap((table) => {
      const value = totalOf(table)
      return value === undefined ? [] : [{ table, value }]
    })
    .slice(-36)
  const last = points.at(-1)
  if (last === undefined) return ''
  const [width, height, left, bottom, top] = [640, 230, 52, 30, 14]
  const most = niceCeiling(Math.max(...points.map(({ value }) => value)))
  const x = (index: number): number =>
    points.length === 1
      ? (left + width) / 2
      : left + 24 + ((width - left - 48) * index) / (points.length - 1)
  const y = (value: number): number => height - bottom - ((height - bottom - top) * value) / most
  const line = points.map(({ value }, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`)
  const edge = (sign: number): readonly string[] =>
    points.map(
      ({ value, table }, index) =>
        `${x(index).toFixed(1)},${y(Math.max(0, value + sign * (table.rounding - 1))).toFixed(1)}`
    )
  const grid = [0, most / 2, most].map(
    (value) =>
      `<line class="axis" x1="${left}" x2="${width}" y1="${y(value)}" y2="${y(value)}"/>` +
      `<text class="label" x="${left - 8}" y="${y(value) + 4}" text-anchor="end">${counted(
        value
      )}</text>`
  )
  const every = Math.ceil(points.length / 8)
  const labels = points.map(({ table }, index) =>
    index % every === 0 || index === points.length - 1
      ? `<text class="label" x="${x(index).toFixed(1)}" y="${height - 8}" text-anchor="middle">${
          table.period.name
        }</text>`
      : ''
  )
  const dots = points.map(
    ({ value, table }, index) =>
      `<circle class="dot" cx="${x(index).toFixed(1)}" cy="${y(value).toFixed(1)}" r="4"><title>${
        table.period.name
      }: ${counted(value)}</title></circle>`
  )
  const says = points.map(({ value, table }) => `${table.period.name} ${counted(value)}`).join(', ')
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(
    `${last.table.title}: ${says}`
  )}">${grid.join('')}<polygon class="band" points="${[...edge(1), ...edge(-1).toReversed()].join(
    ' '
  )}"/><polyline class="line" points="${line.join(' ')}"/>${dots.join('')}${labels.join('')}</svg>`
}

function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)))
  return ([1, 2, 4, 5, 6, 8, 10].find((step) => step * power >= value) ?? 10) * power
}

const linesMax = 20

function heat(table: PublishedTable): string {
  const values = (dimension: number): readonly string[] =>
    [...new Set(table.cells.map(({ at }) => at[dimension] ?? ''))]
      .filter((value) => value !== whole)
      .map((value) => ({
        value,
        size: table.cells
          .filter(({ at }) => at[dimension] === value)
          .reduce((sum, cell) => sum + (valueOf(cell) ?? 0), 0)
      }))
      .toSorted(
        (one, other) =>
          rank(one.value) - rank(other.value) ||
          other.size - one.size ||
          (one.value < other.value ? -1 : 1)
      )
      .slice(0, linesMax)
      .map(({ value }) => value)
  const [rows, columns] = [values(0), values(1)]
  const most = Math.max(
    1,
    ...table.cells.filter(({ at }) => !at.includes(whole)).map((cell) => valueOf(cell) ?? 0)
  )
  const cellAt = (row: string, column: string): string => {
    const cell = table.cells.find(({ at: [one, other] }) => one === row && other === column)
    const value = cell === undefined ? 0 : valueOf(cell)
    if (value === undefined) return '<td class="hidden">few</td>'
    const level =
      value === 0 ? '' : ` class="h${Math.min(4, 1 + Math.floor((4 * value) / (most + 1)))}"`
    return `<td${level}>${value === 0 ? '–' : counted(value)}</td>`
  }
  const head = columns.map((value) => `<th scope="col">${escaped(named(value))}</th>`)
  const body = rows.map(
    (row) =>
      `<tr><th scope="row" class="name">${escaped(named(row))}</th>${columns
        .map((column) => cellAt(row, column))
        .join('')}</tr>`
  )
  const of = table.dimensions.map((name) => name.replaceAll('_', ' ')).join(' by ')
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escaped(
    table.title
  )}"><table class="heat"><caption>${escaped(of)}</caption><thead><tr><td></td>${head.join(
    ''
  )}</tr></thead><tbody>
${body.join('\n')}
</tbody></table></div>`
}
