/** Says in a sentence or two what a chart shows, for those who do not see it. */
import type { Column } from '../api/answers.ts'
import { formatCell } from '../look/numbers-and-dates.ts'
import { type FlowPlot, type Series, type SeriesPlot } from './plot.ts'

export function describe(title: string, plot: SeriesPlot | FlowPlot): string {
  if (plot.is === 'flow') {
    const largest = plot.links.toSorted((a, b) => b.value - a.value)[0]
    const most =
      largest === undefined
        ? ''
        : ` The largest: ${largest.from} to ${largest.to}, ${cell(largest.value, plot.measure)}.`
    return `${title}: ${plot.links.length} flows.${most} The table has every number.`
  }
  const { places, axis, series, measure, left } = plot
  const from = formatCell(places[0], axis)
  const to = formatCell(places.at(-1), axis)
  const range =
    plot.kind === 'histogram'
      ? `${places.length} ranges from ${places[0] ?? ''} to ${places.at(-1) ?? ''}`
      : `${from} to ${to}`
  const lines = series.slice(0, 3).map((one) => sentence(one, plot, measure, series.length === 1))
  const more = series.length + left - 3
  return (
    `${title}, ${measure.title.toLowerCase()}, ${range}. ` +
    `${lines.join(' ')}${more > 0 ? ` And ${more} more.` : ''} The table has every number.`
  )
}

function sentence(
  { name, values }: Series,
  { places, axis, kind }: SeriesPlot,
  measure: Column,
  isOnly: boolean
): string {
  let highest = -1
  let last = -1
  for (const [index, value] of values.entries()) {
    if (value === null) continue
    last = index
    if (highest < 0 || value > (values[highest] ?? 0)) highest = index
  }
  if (last < 0) return isOnly ? 'No values.' : `${name}: no values.`
  const place = (index: number): string =>
    kind === 'histogram' ? (places[index] ?? '') : formatCell(places[index], axis)
  const peak = `highest ${cell(values[highest] ?? 0, measure)} at ${place(highest)}`
  const end = kind === 'histogram' ? '' : `, latest ${cell(values[last] ?? 0, measure)}`
  return `${isOnly ? '' : `${name}: `}${peak}${end}.`
}

function cell(value: number, measure: Column): string {
  return formatCell(value, measure)
}
