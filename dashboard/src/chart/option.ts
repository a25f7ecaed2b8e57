/**
 * Turns a plot into what ECharts draws: calm axes, no animation that somebody has to wait for,
 * tooltips without inline styles.
 */
import type { ComposeOption } from 'echarts/core'
import type { BarSeriesOption, LineSeriesOption, SankeySeriesOption } from 'echarts/charts'
import type {
  GridComponentOption,
  LegendComponentOption,
  TooltipComponentOption
} from 'echarts/components'
import type { Column } from '../api/answers.ts'
import {
  formatCell,
  formatCompact,
  formatDay,
  formatShare,
  formatShortDay
} from '../look/numbers-and-dates.ts'
import type { Palette } from './palette.ts'
import type { FlowPlot, Series, SeriesPlot } from './plot.ts'
import { segmentsOf } from './segments.ts'
import { tooltipOf } from './tooltip.ts'

export type ChartOption = ComposeOption<
  | LineSeriesOption
  | BarSeriesOption
  | SankeySeriesOption
  | GridComponentOption
  | LegendComponentOption
  | TooltipComponentOption
>

/** A day with a word: a release. */
export interface Mark {
  readonly day: string
  readonly label: string
}

export interface Drawing {
  readonly palette: Palette
  readonly width: number
  readonly marks: readonly Mark[]
  readonly isStill: boolean
}

const font = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif'

/** No series of an answer: only there to shade what is not over. */
const partialName = '(not over)'

export function optionOf(plot: SeriesPlot | FlowPlot, drawing: Drawing): ChartOption {
  const base = {
    animation: !drawing.isStill,
    animationDuration: 250,
    animationDurationUpdate: 200,
    textStyle: { fontFamily: font, color: drawing.palette.text },
    color: [...drawing.palette.series]
  }
  return plot.is === 'flow'
    ? { ...base, ...flow(plot, drawing) }
    : { ...base, ...axes(plot, drawing) }
}

function axes(plot: SeriesPlot, drawing: Drawing): ChartOption {
  const { series } = plot
  const hasLegend = series.length > 1 || series.some(({ previous }) => previous !== undefined)
  const shown = [
    ...series.flatMap((one, index) => drawn(one, index, plot, drawing)),
    ...partialArea(plot, drawing)
  ]
  const names = [...new Set(shown.map(({ name }) => String(name)))]
  return {
    grid: {
      left: 4,
      right: 16,
      top: (hasLegend ? 40 : 16) + (drawing.marks.length > 0 ? 14 : 0),
      bottom: 4,
      containLabel: true
    },
    legend: hasLegend
      ? legendOf(
          names.filter((name) => name !== partialName),
          drawing
        )
      : { show: false },
    tooltip: pointed(plot, drawing),
    xAxis: placesAxis(plot, drawing),
    yAxis: measureAxis(plot, drawing),
    series: shown
  } as ChartOption
}

function legendOf(names: string[], { palette }: Drawing): LegendComponentOption {
  return {
    type: 'scroll',
    data: names,
    top: 0,
    left: 0,
    right: 0,
    icon: 'roundRect',
    itemWidth: 12,
    itemHeight: 8,
    textStyle: { color: palette.text, fontSize: 12 },
    pageTextStyle: { color: palette.faint },
    pageIconColor: palette.text,
    pageIconInactiveColor: palette.line
  }
}

/** What is told of the place that the pointer is at. */
function pointed(
  { kind, measure, places, partialFrom, ...plot }: SeriesPlot,
  { palette }: Drawing
): ChartOption['tooltip'] {
  return {
    trigger: 'axis',
    confine: true,
    transitionDuration: 0,
    backgroundColor: palette.ground,
    borderColor: palette.line,
    padding: 0,
    axisPointer: {
      type: kind === 'line' ? 'line' : 'shadow',
      lineStyle: { color: palette.faint, type: 'solid' },
      shadowStyle: { color: palette.shade }
    },
    formatter: (given) => {
      const all = (Array.isArray(given) ? given : [given]).filter(
        ({ seriesName }) => seriesName !== partialName
      )
      // Two segments of a line share the place where they meet.
      const told = new Map(
        all.filter(({ value }) => typeof value === 'number').map((item) => [item.seriesName, item])
      )
      const items = told.size === 0 ? all : [...told.values()]
      const place = items[0]?.dataIndex ?? 0
      const isPartial = partialFrom !== undefined && place >= partialFrom
      return tooltipOf({
        title: areDays({ kind, ...plot }) ? formatDay(places[place] ?? '') : (places[place] ?? ''),
        note: isPartial ? 'not over yet' : undefined,
        lines: items.flatMap(({ seriesName, color, value }) =>
          typeof value === 'number'
            ? [
                {
                  name: seriesName ?? '',
                  color: String(color),
                  value: formatCell(value, measure)
                }
              ]
            : []
        )
      })
    }
  }
}

function areDays({ axis, kind }: Pick<SeriesPlot, 'axis' | 'kind'>): boolean {
  return axis.type === 'date' && kind !== 'histogram'
}

function placesAxis(plot: SeriesPlot, { palette, width }: Drawing): ChartOption['xAxis'] {
  const { places, kind } = plot
  const isDate = areDays(plot)
  // A label needs about 90 px: a phone shows fewer, and none is cut at the edge.
  const labels = Math.max(2, Math.floor(width / 90))
  return {
    type: 'category',
    data: [...places],
    boundaryGap: kind === 'histogram',
    axisTick: { show: false },
    axisLine: { lineStyle: { color: palette.line } },
    axisLabel: {
      color: palette.faint,
      fontSize: 12,
      hideOverlap: true,
      interval: isDate ? Math.max(0, Math.ceil(places.length / labels) - 1) : 'auto',
      ...(kind === 'histogram' ? {} : { alignMinLabel: 'left', alignMaxLabel: 'right' }),
      formatter: (place: string) => (isDate ? formatShortDay(place) : place)
    }
  }
}

function measureAxis({ measure }: SeriesPlot, { palette }: Drawing): ChartOption['yAxis'] {
  return {
    type: 'value',
    min: 0,
    ...(measure.type === 'integer' ? { minInterval: 1 } : {}),
    splitNumber: 4,
    axisLabel: {
      color: palette.faint,
      fontSize: 12,
      formatter: (value: number) => axisNumber(value, measure)
    },
    splitLine: { lineStyle: { color: palette.line } }
  }
}

function drawn(
  one: Series,
  index: number,
  plot: SeriesPlot,
  drawing: Drawing
): readonly (LineSeriesOption | BarSeriesOption)[] {
  const { palette, marks } = drawing
  const color = palette.series[index % palette.series.length] ?? palette.text
  if (plot.kind === 'histogram')
    return [
      {
        type: 'bar',
        name: one.name,
        data: [...one.values],
        itemStyle: { color, borderRadius: [2, 2, 0, 0] },
        barCategoryGap: '8%'
      }
    ]
  const isStacked = plot.kind === 'stacked'
  const lines = segmentsOf(one.values, plot).map(
    ({ values, isDashed }, segment): LineSeriesOption => ({
      type: 'line',
      name: one.name,
      data: [...values],
      ...(isStacked && { stack: `segment ${segment}`, areaStyle: { color, opacity: 0.75 } }),
      ...(!isStacked && plot.series.length === 1 && { areaStyle: { color, opacity: 0.08 } }),
      // Beyond four lines colours alone are hard to tell apart.
      lineStyle: {
        color,
        width: isStacked ? 1 : 2,
        type: isDashed ? 'dotted' : !isStacked && index >= 4 ? 'dashed' : 'solid'
      },
      itemStyle: { color },
      symbol: 'circle',
      symbolSize: 5,
      showSymbol: values.filter((value) => value !== null).length < (segment === 0 ? 3 : 2),
      emphasis: { disabled: true },
      ...(index === 0 &&
        segment === 0 &&
        marks.length > 0 && { markLine: markLine(marks, plot.places, palette) })
    })
  )
  if (one.previous === undefined) return lines
  const before: LineSeriesOption = {
    type: 'line',
    name: plot.series.length === 1 ? 'previous period' : `${one.name}, previous period`,
    data: [...one.previous],
    lineStyle: { color: palette.faint, width: 1.5, type: 'dashed' },
    itemStyle: { color: palette.faint },
    showSymbol: false,
    emphasis: { disabled: true }
  }
  return isStacked ? lines : [...lines, before]
}

/**
 * A stretch of the axis that is shaded, since its periods are not over: it would look like a fall.
 */
function partialArea(
  { partialFrom, places, kind }: SeriesPlot,
  { palette }: Drawing
): readonly LineSeriesOption[] {
  if (partialFrom === undefined || places.length < 2 || kind === 'histogram') return []
  const from = places[Math.max(0, partialFrom - 1)] ?? ''
  return [
    {
      type: 'line',
      name: partialName,
      data: [],
      silent: true,
      markArea: {
        silent: true,
        itemStyle: { color: palette.shade },
        data: [[{ xAxis: from }, { xAxis: places.at(-1) ?? '' }]]
      }
    }
  ]
}

function markLine(
  marks: readonly Mark[],
  places: readonly string[],
  palette: Palette
): NonNullable<LineSeriesOption['markLine']> {
  // A release between two places (weeks, months) stands at the place whose period it fell into.
  const data = marks.flatMap(({ day, label }) => {
    const place = places.findLast((one) => one <= day)
    return place === undefined ? [] : [{ xAxis: place, name: label, label: { formatter: label } }]
  })
  return {
    symbol: 'none',
    silent: true,
    lineStyle: { color: palette.faint, type: 'dotted', width: 1 },
    label: { color: palette.text, fontSize: 11, position: 'end', distance: 2 },
    data
  }
}

function flow({ links, measure }: FlowPlot, { palette, width }: Drawing): ChartOption {
  // Two columns, so that somebody who went back to an older version makes no circle, which this
  // chart can't draw.
  const left = [...new Set(links.map(({ from }) => from))].map((name) => ({
    name: `from ${name}`,
    depth: 0
  }))
  const right = [...new Set(links.map(({ to }) => to))].map((name) => ({
    name: `to ${name}`,
    depth: 1
  }))
  const bare = (name: string): string => name.replace(/^(from|to) /, '')
  return {
    tooltip: {
      trigger: 'item',
      confine: true,
      transitionDuration: 0,
      backgroundColor: palette.ground,
      borderColor: palette.line,
      padding: 0,
      formatter: (given) => {
        const { data, name, value } = (Array.isArray(given) ? given[0] : given) as {
          data: { source?: string; target?: string }
          name: string
          value: number
        }
        const title =
          data.source === undefined ? name : `${bare(data.source)} → ${bare(data.target ?? '')}`
        return tooltipOf({
          title,
          note: undefined,
          lines: [
            {
              name: measure.title ?? measure.name,
              color: undefined,
              value: formatCell(value, measure)
            }
          ]
        })
      }
    },
    series: [
      {
        type: 'sankey',
        left: 4,
        right: 4,
        top: 8,
        bottom: 8,
        nodeWidth: 10,
        nodeGap: 10,
        draggable: false,
        emphasis: { focus: 'adjacency' },
        nodeAlign: 'left',
        data: [
          ...left.map((node, index) => ({
            ...node,
            itemStyle: { color: palette.series[index % palette.series.length] as string }
          })),
          ...right.map((node) => ({
            ...node,
            itemStyle: { color: palette.faint },
            label: { position: 'left' as const }
          }))
        ],
        links: links.map(({ from, to, value }) => ({
          source: `from ${from}`,
          target: `to ${to}`,
          value
        })),
        lineStyle: { color: 'source', opacity: 0.3, curveness: 0.5 },
        label: {
          color: palette.text,
          fontSize: 12,
          width: width / 3,
          overflow: 'truncate',
          formatter: ({ name }: { name: string }) => bare(name)
        }
      }
    ]
  } as ChartOption
}

function axisNumber(value: number, measure: Column): string {
  if (measure.type === 'share') return formatShare(value)
  return measure.unit === 'bytes' ? formatCell(value, measure) : formatCompact(value)
}
