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
  const [only] = series.length === 1 ? series : []
  const lines =
    only === undefined
      ? series
          .slice(0, 3)
          .map((one) => `${one.name}: ${values(one, plot, measure) ?? 'no values'}.`)
      : [`${values(only, plot, measure) ?? 'No values'}.`]
  const more = series.length + left - 3
  return (
    `${title}, ${measure.title.toLowerCase()}, ${range}. ` +
    `${lines.join(' ')}${more > 0 ? ` And ${more} more.` : ''} The table has every number.`
  )
}

/** Undefined where it has none. */
function values(
  { values: all }: Series,
  { places, axis, kind }: SeriesPlot,
  measure: Column
): string | undefined {
  let highest = -1
  let last = -1
  for (const [index, value] of all.entries()) {
    if (value === null) continue
    last = index
    if (highest < 0 || value > (all[highest] ?? 0)) highest = index
  }
  if (last < 0) return undefined
  const place = (index: number): string =>
    kind === 'histogram' ? (places[index] ?? '') : formatCell(places[index], axis)
  const peak = `highest ${cell(all[highest] ?? 0, measure)} at ${place(highest)}`
  const end = kind === 'histogram' ? '' : `, latest ${cell(all[last] ?? 0, measure)}`
  return `${peak}${end}`
}

function cell(value: number, measure: Column): string {
  return formatCell(value, measure)
}
