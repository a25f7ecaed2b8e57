/**
 * What of an answer is drawn: which column is the axis, which splits it, which is the measure.
 * Nothing is computed here.
 */
import type { Answer, Cell, ChartKind, Column, AnswerRow } from '../api/answers.ts'
import { isNumeric } from '../api/queries.ts'
import { formatCell } from '../look/numbers-and-dates.ts'
import { seriesMax } from './palette.ts'
import { compareNames } from './name-order.ts'

export interface Series {
  readonly name: string
  /** One for each place of the axis; null where the answer has no row. */
  readonly values: readonly (number | null)[]
  /** The same measure of the previous period, place for place. */
  readonly previous?: readonly (number | null)[]
}

export interface SeriesPlot {
  readonly is: 'series'
  readonly kind: 'line' | 'stacked' | 'histogram'
  readonly axis: Column
  /** As the answer has them: days as `YYYY-MM-DD`. */
  readonly places: readonly string[]
  readonly series: readonly Series[]
  readonly measure: Column
  /** First place whose period is not over. */
  readonly partialFrom: number | undefined
  /** Places from which on the values mean something else than before, in order. */
  readonly breaks: readonly number[]
  /** Series that are in the table only. */
  readonly left: number
}

export interface BarsPlot {
  readonly is: 'bars'
  readonly kind: 'bars' | 'funnel'
  readonly axis: Column
  /** `part`: the answer's own share. */
  readonly bars: readonly {
    readonly name: string
    readonly value: number
    readonly part: number | undefined
    readonly previous: number | undefined
  }[]
  readonly measure: Column
}

export interface FlowPlot {
  readonly is: 'flow'
  readonly links: readonly { readonly from: string; readonly to: string; readonly value: number }[]
  readonly measure: Column
}

export interface HeatPlot {
  readonly is: 'heat'
  readonly rowsOf: Column
  readonly columnsOf: Column
  readonly rows: readonly string[]
  readonly columns: readonly string[]
  /** By row, then by column. */
  readonly cells: readonly (readonly (number | null)[])[]
  /** Likewise: it is of a period that is not whole. */
  readonly partial: readonly (readonly boolean[])[]
  readonly measure: Column
}

export type Plot =
  | SeriesPlot
  | BarsPlot
  | FlowPlot
  | HeatPlot
  | { readonly is: 'numbers'; readonly measures: readonly Column[] }
  | { readonly is: 'shapes' }
  | { readonly is: 'table' }

/** The measures that the reader may choose between. */
export function measuresOf(answer: Answer, kind: ChartKind): readonly Column[] {
  const places = new Set(placesOf(answer, kind))
  return answer.columns.filter(
    (column) => isNumeric(column) && !places.has(column) && !column.name.endsWith('_previous')
  )
}

/** What is drawn while nobody chose; undefined: all measures side by side. */
export function usualMeasure(answer: Answer, kind: ChartKind): Column | undefined {
  const measures = measuresOf(answer, kind)
  if (kind === 'heatmap') return measures.find(({ type }) => type === 'share') ?? measures[0]
  return isSideBySide(answer, kind, measures) ? undefined : measures[0]
}

/** Several measures of a day may overlap, so they are lines beside each other and never stacked. */
function isSideBySide(answer: Answer, kind: ChartKind, measures: readonly Column[]): boolean {
  const axes = placesOf(answer, kind)
  return kind === 'stacked' && axes.length === 1 && axes[0]?.type === 'date' && measures.length > 1
}

export function plotOf(answer: Answer, kind: ChartKind, wanted?: string): Plot {
  if (kind === 'shapes') return { is: 'shapes' }
  const measures = measuresOf(answer, kind)
  const measure = measures.find(({ name }) => name === wanted) ?? measures[0]
  if (measure === undefined || answer.rows.length === 0 || kind === 'table') return { is: 'table' }
  if (kind === 'flow') return flowOf(answer, measure)
  if (kind === 'heatmap') return heatOf(answer, wanted === undefined ? undefined : measure)
  if (kind === 'histogram' && answer.columns[0]?.name === 'from')
    return histogramOf(answer, measure)
  const axes = placesOf(answer, kind)
  const date = axes.find(({ type }) => type === 'date')
  if ((kind === 'line' || kind === 'stacked') && date !== undefined) {
    if (isSideBySide(answer, kind, measures))
      return measuresSideBySide(answer, date, wanted === undefined ? measures : [measure])
    return seriesOf(answer, kind, date, measure)
  }
  if (axes.length > 0 && kind !== 'numbers')
    return barsOf(answer, kind === 'funnel' ? 'funnel' : 'bars', axes, measure)
  return answer.rows.length === 1 && axes.length === 0
    ? { is: 'numbers', measures }
    : { is: 'table' }
}

/**
 * The columns that say what a row is about: those before the first number, or the first one where
 * it is a number itself.
 */
function placesOf({ columns }: Answer, kind: ChartKind): readonly Column[] {
  const [first, second] = columns
  if (kind === 'heatmap')
    return columns.filter((column) => column === first || column.name === 'period')
  if (kind === 'funnel')
    return columns.filter(({ name, type }) => name === 'step' || type === 'text')
  if (first !== undefined && isNumeric(first) && (kind === 'bars' || kind === 'histogram'))
    return first.name === 'from' && second !== undefined ? [first, second] : [first]
  const count = columns.findIndex(isNumeric)
  return count < 0 ? columns : columns.slice(0, count)
}

function seriesOf(answer: Answer, kind: 'line' | 'stacked', axis: Column, measure: Column): Plot {
  const split = placesOf(answer, kind).filter((column) => column !== axis)
  const places = [...new Set(answer.rows.map((row) => String(row[axis.name])))].toSorted()
  const at = new Map(places.map((place, index) => [place, index]))
  const found = new Map<string, { values: (number | null)[]; previous: (number | null)[] }>()
  const previousName = `${measure.name}_previous`
  const hasPrevious = answer.columns.some(({ name }) => name === previousName)
  for (const row of answer.rows) {
    const name = split.length === 0 ? measure.title : nameOf(row, split)
    let series = found.get(name)
    if (series === undefined) {
      const empty = (): (number | null)[] => Array.from({ length: places.length }, () => null)
      found.set(name, (series = { values: empty(), previous: empty() }))
    }
    const place = at.get(String(row[axis.name])) ?? 0
    series.values[place] = numberOf(row[measure.name])
    if (hasPrevious) series.previous[place] = numberOf(row[previousName])
  }
  const all = [...found].map(([name, { values, previous }]): Series => ({
    name,
    values,
    ...(hasPrevious && { previous })
  }))
  const series = split.length === 0 ? all : largestFirst(all)
  return {
    is: 'series',
    kind,
    axis,
    places,
    series: inOrder(series.slice(0, seriesMax), kind),
    measure,
    partialFrom: partialPlace(answer, places),
    breaks: breaksIn(answer, places),
    left: Math.max(0, series.length - seriesMax)
  }
}

/** Stacked: the oldest version at the bottom. What is not known stays a gap, and is no zero. */
function inOrder(series: readonly Series[], kind: 'line' | 'stacked'): readonly Series[] {
  if (kind === 'line') return series
  return series.toSorted((a, b) => compareNames(a.name, b.name))
}

function measuresSideBySide(answer: Answer, axis: Column, measures: readonly Column[]): Plot {
  const rows = answer.rows.toSorted((a, b) =>
    String(a[axis.name]).localeCompare(String(b[axis.name]))
  )
  const places = rows.map((row) => String(row[axis.name]))
  return {
    is: 'series',
    kind: 'line',
    axis,
    places,
    series: measures.map((measure) => ({
      name: measure.title,
      values: rows.map((row) => numberOf(row[measure.name]))
    })),
    measure: measures[0] ?? axis,
    partialFrom: partialPlace(answer, places),
    breaks: breaksIn(answer, places),
    left: 0
  }
}

function partialPlace({ partial }: Answer, places: readonly string[]): number | undefined {
  const growing = partial?.find(({ because }) => because !== 'expired')?.period
  const place = growing === undefined ? -1 : places.findIndex((one) => one >= growing)
  return place < 0 ? undefined : place
}

/** A week in which the meaning changed has both: the line begins anew with it. */
function breaksIn({ marks = [] }: Answer, places: readonly string[]): readonly number[] {
  const found = marks
    .filter(({ isBreak }) => isBreak === true)
    .map(({ day }) => places.findLastIndex((place) => place <= day))
  return [...new Set(found)].filter((place) => place > 0).toSorted((a, b) => a - b)
}

/** So that the colours go to those that matter. */
function largestFirst(series: readonly Series[]): readonly Series[] {
  const weight = ({ values }: Series): number =>
    values.reduce<number>((sum, value) => sum + (value ?? 0), 0)
  return series.toSorted((a, b) => weight(b) - weight(a))
}

function histogramOf(answer: Answer, measure: Column): Plot {
  const [from, to] = answer.columns
  if (from === undefined || to === undefined) return { is: 'table' }
  const bare = { type: from.type }
  return {
    is: 'series',
    kind: 'histogram',
    axis: from,
    places: answer.rows.map((row) =>
      row[to.name] === null
        ? `≥ ${formatCell(row[from.name], from)}`
        : `${formatCell(row[from.name], bare)} – ${formatCell(row[to.name], to)}`
    ),
    series: [
      { name: measure.title, values: answer.rows.map((row) => numberOf(row[measure.name])) }
    ],
    measure,
    partialFrom: undefined,
    breaks: [],
    left: 0
  }
}

function barsOf(
  answer: Answer,
  kind: 'bars' | 'funnel',
  axes: readonly Column[],
  measure: Column
): Plot {
  const named = axes.filter(({ name }) => name !== 'step')
  const [axis] = named
  if (axis === undefined) return { is: 'table' }
  const share = answer.columns.find(({ name }) => name === 'share')
  const bars = answer.rows.flatMap((row) => {
    const value = numberOf(row[measure.name])
    if (value === null) return []
    const part =
      share === undefined || share === measure
        ? undefined
        : (numberOf(row[share.name]) ?? undefined)
    return [
      {
        name: nameOf(row, named),
        value,
        part,
        previous: numberOf(row[`${measure.name}_previous`]) ?? undefined
      }
    ]
  })
  return { is: 'bars', kind, axis, bars, measure }
}

function flowOf(answer: Answer, measure: Column): Plot {
  const [from, to] = answer.columns.filter(({ type }) => type === 'text')
  if (from === undefined || to === undefined) return { is: 'table' }
  const links = answer.rows.map((row) => ({
    from: formatCell(row[from.name], from),
    to: formatCell(row[to.name], to),
    value: numberOf(row[measure.name]) ?? 0
  }))
  return { is: 'flow', links, measure }
}

/** Rows are the first column, columns its periods; shares are shown where there are any. */
function heatOf(answer: Answer, wanted: Column | undefined): Plot {
  const [rowsOf, columnsOf] = placesOf(answer, 'heatmap')
  const shown = wanted ?? usualMeasure(answer, 'heatmap')
  if (rowsOf === undefined || columnsOf === undefined || shown === undefined) return { is: 'table' }
  const text = (row: AnswerRow, column: Column): string => String(row[column.name] ?? '')
  const rows = [...new Set(answer.rows.map((row) => text(row, rowsOf)))]
  const columns = [...new Set(answer.rows.map((row) => text(row, columnsOf)))].toSorted(
    compareNames
  )
  const cells = rows.map((): (number | null)[] => columns.map(() => null))
  const partial = rows.map((): boolean[] => columns.map(() => false))
  const cut = new Set(answer.partial?.map(({ period }) => period))
  for (const row of answer.rows) {
    const line = cells[rows.indexOf(text(row, rowsOf))]
    const marks = partial[rows.indexOf(text(row, rowsOf))]
    const place = columns.indexOf(text(row, columnsOf))
    if (line !== undefined) line[place] = numberOf(row[shown.name])
    if (marks !== undefined) marks[place] = cut.has(String(row['start']))
  }
  return { is: 'heat', rowsOf, columnsOf, rows, columns, cells, partial, measure: shown }
}

/**
 * What nobody told is `unknown`, as the filters call it; a state that is of nothing in particular
 * is only itself.
 */
function nameOf(row: AnswerRow, columns: readonly Column[]): string {
  return columns
    .filter(({ name }, index) => index === 0 || name !== 'what' || row[name] !== null)
    .map((column) => (row[column.name] === null ? 'unknown' : formatCell(row[column.name], column)))
    .join(' · ')
}

export function numberOf(value: Cell | undefined): number | null {
  if (value === null || value === undefined || value === '' || typeof value === 'boolean')
    return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}
