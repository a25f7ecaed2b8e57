/**
 * A drawn chart: loads the engine once, follows size, colours and print, and says in words what it
 * shows.
 */
import { useComputedColorScheme } from '@mantine/core'
import { useElementSize, useReducedMotion } from '@mantine/hooks'
import type { ECharts } from 'echarts/core'
import { useEffect, useMemo, useRef, useState, type ReactElement } from 'react'
import type { ChartKind } from '../api/answers.ts'
import { usePrinting } from '../look/use-printing.ts'
import classes from './chart.module.css'
import { loadEngine } from './load-engine.ts'
import { describe } from './describe.ts'
import { optionOf, type Mark } from './option.ts'
import { palettes } from './palette.ts'
import type { FlowPlot, SeriesPlot } from './plot.ts'

/** Bars, tables and numbers are the page's own. */
export const isDrawn = (kind: ChartKind): boolean =>
  ['line', 'stacked', 'histogram', 'flow'].includes(kind)

export interface ChartProps {
  readonly title: string
  readonly plot: SeriesPlot | FlowPlot
  readonly height: number
  readonly marks?: readonly Mark[]
}

const noMarks: readonly Mark[] = []

export function Chart({ title, plot, height, marks = noMarks }: ChartProps): ReactElement {
  const scheme = useComputedColorScheme('light')
  const isPrinting = usePrinting()
  const isStill = useReducedMotion() || isPrinting
  const palette = palettes[isPrinting ? 'light' : scheme]
  const { ref: sizeRef, width } = useElementSize<HTMLDivElement>()
  const place = useRef<HTMLDivElement>(null)
  const [chart, setChart] = useState<ECharts>()
  const option = useMemo(
    () => (width === 0 ? undefined : optionOf(plot, { palette, width, marks, isStill })),
    [plot, palette, width, marks, isStill]
  )

  useEffect(() => {
    let made: ECharts | undefined
    let isGone = false
    const start = async (): Promise<void> => {
      const { init } = await loadEngine()
      if (isGone || place.current === null) return
      made = init(place.current, undefined, { renderer: 'canvas' })
      setChart(made)
    }
    void start()
    return () => {
      isGone = true
      made?.dispose()
      setChart(undefined)
    }
  }, [])

  useEffect(() => {
    if (chart === undefined || option === undefined || chart.isDisposed()) return
    chart.resize({ width, height })
    chart.setOption(option, { notMerge: true })
    if (isPrinting) chart.getZr().flush()
  }, [chart, option, width, height, isPrinting])

  return (
    <div ref={sizeRef} className={classes['frame']} style={{ height }}>
      <div
        ref={place}
        role="img"
        aria-label={describe(title, plot)}
        className={classes['canvas']}
        data-drawn={chart !== undefined}
      />
    </div>
  )
}
