import { describe, expect, it } from 'vitest'
import type { Answer, Column } from '../api/answers.ts'
import { describe as say } from './describe.ts'
import { measuresOf, plotOf, usualMeasure, type SeriesPlot } from './plot.ts'

const answer = (columns: readonly Column[], rows: Answer['rows'], partial?: string): Answer => ({
  question: 'any',
  parameters: {},
  columns,
  rows,
  notes: [],
  ...(partial !== undefined && { partial: [{ period: partial, because: 'unfinished' as const }] })
})
const day: Column = { name: 'day', title: 'Day', type: 'date' }
const version: Column = { name: 'version', title: 'Version', type: 'text' }
const installations: Column = { name: 'installations', title: 'Installations', type: 'integer' }
const share: Column = { name: 'share', title: 'Share', type: 'share' }

describe('what of an answer is drawn', () => {
  it('draws a day after another, the period before beside it, and marks what is not over', () => {
    const before: Column = {
      name: 'installations_previous',
      title: 'installations previous',
      type: 'integer'
    }
    const plot = plotOf(
      answer(
        [day, installations, before],
        [
          { day: '2026-11-02', installations: 4, installations_previous: 3 },
          { day: '2026-11-01', installations: 2, installations_previous: 1 }
        ],
        '2026-11-02'
      ),
      'line'
    ) as SeriesPlot
    expect(plot.places).toEqual(['2026-11-01', '2026-11-02'])
    expect(plot.series).toEqual([{ name: 'Installations', values: [2, 4], previous: [1, 3] }])
    expect(plot.partialFrom).toBe(1)
    expect(say('Active', plot)).toContain('highest 4 at')
  })

  it('begins anew where a value means something else, and not on the first place', () => {
    const marked = (on: string): SeriesPlot =>
      plotOf(
        {
          ...answer(
            [day, installations],
            [
              { day: '2026-11-01', installations: 2 },
              { day: '2026-11-02', installations: 4 }
            ]
          ),
          marks: [{ day: on, says: 'it counts folders too', isBreak: true }]
        },
        'line'
      ) as SeriesPlot
    expect(marked('2026-11-02').breaks).toEqual([1])
    expect(marked('2026-11-01').breaks).toEqual([])
  })

  it('splits by a column of text, leaves gaps where there is no row, and names what nobody told unknown', () => {
    const plot = plotOf(
      answer(
        [day, version, installations],
        [
          { day: '2026-11-01', version: '1.0', installations: 5 },
          { day: '2026-11-02', version: null, installations: 1 }
        ]
      ),
      'line'
    ) as SeriesPlot
    expect(plot.series).toEqual([
      { name: '1.0', values: [5, null] },
      { name: 'unknown', values: [null, 1] }
    ])
  })

  it('stacks versions from the oldest up', () => {
    const rows = ['1.10', '1.9'].map((name) => ({
      day: '2026-11-01',
      version: name,
      installations: 1
    }))
    const plot = plotOf(answer([day, version, installations], rows), 'stacked') as SeriesPlot
    expect(plot.series.map(({ name }) => name)).toEqual(['1.9', '1.10'])
  })

  it('draws measures that overlap as lines, so that nobody adds them up', () => {
    const lost: Column = { name: 'lost', title: 'Lost', type: 'integer' }
    const plot = plotOf(
      answer([day, installations, lost], [{ day: '2026-11-02', installations: 3, lost: 1 }]),
      'stacked'
    )
    expect(plot).toMatchObject({
      is: 'series',
      kind: 'line',
      series: [{ name: 'Installations' }, { name: 'Lost' }]
    })
  })

  it('shows bars in the order of the answer, with the answer’s own shares', () => {
    const last: Column = { name: 'last_day', title: 'last day', type: 'date' }
    const plot = plotOf(
      answer(
        [version, installations, share, last],
        [{ version: '2.0', installations: 1, share: 0.25, last_day: '2026-11-02' }]
      ),
      'stacked'
    )
    expect(plot).toMatchObject({ is: 'bars', bars: [{ name: '2.0', value: 1, part: 0.25 }] })
  })

  it('counts the values of a number as bars, and the steps of a funnel by their names', () => {
    const value: Column = { name: 'value', title: 'cpu', type: 'integer' }
    expect(
      plotOf(answer([value, installations], [{ value: 8, installations: 3 }]), 'bars')
    ).toMatchObject({
      bars: [{ name: '8', value: 3 }]
    })
    const step: Column = { name: 'step', title: 'step', type: 'integer' }
    const name: Column = { name: 'name', title: 'name', type: 'text' }
    const funnel = answer(
      [step, name, installations, share],
      [{ step: 1, name: 'extract', installations: 9, share: 1 }]
    )
    expect(plotOf(funnel, 'funnel')).toMatchObject({
      kind: 'funnel',
      bars: [{ name: 'extract', value: 9, part: 1 }]
    })
    expect(measuresOf(funnel, 'funnel').map((column) => column.name)).toEqual([
      'installations',
      'share'
    ])
  })

  it('names the ranges of a histogram, the last one open', () => {
    const from: Column = { name: 'from', title: 'from', type: 'number', unit: 's' }
    const to: Column = { name: 'to', title: 'to', type: 'number', unit: 's' }
    const plot = plotOf(
      answer(
        [from, to, installations],
        [
          { from: 0, to: 10, installations: 4 },
          { from: 10, to: null, installations: 1 }
        ]
      ),
      'histogram'
    ) as SeriesPlot
    expect(plot.places).toEqual(['0 – 10 s', '≥ 10 s'])
    expect(plot.measure).toEqual(installations)
  })

  it('marks the cells of a heat map whose period is not over', () => {
    const cohort: Column = { name: 'cohort', title: 'First seen in', type: 'date' }
    const period: Column = { name: 'period', title: 'Periods later', type: 'integer' }
    const start: Column = { name: 'start', title: 'Period from', type: 'date' }
    const row = { cohort: '2026-11-23', installations: 4 }
    const rows = [
      { ...row, period: 0, start: '2026-11-23', share: 1 },
      { ...row, period: 1, start: '2026-11-30', share: 0.1 }
    ]
    const columns = [cohort, installations, period, start, share]
    expect(plotOf(answer(columns, rows, '2026-11-30'), 'heatmap')).toMatchObject({
      cells: [[1, 0.1]],
      partial: [[false, true]]
    })
  })

  it('lays cohorts out as a heat map of shares', () => {
    const cohort: Column = { name: 'cohort', title: 'cohort', type: 'date' }
    const period: Column = { name: 'period', title: 'period', type: 'integer' }
    const rows = [
      { cohort: '2026-11-02', installations: 4, period: 0, share: 1 },
      { cohort: '2026-11-02', installations: 4, period: 1, share: 0.5 },
      { cohort: '2026-11-09', installations: 2, period: 0, share: 1 }
    ]
    expect(plotOf(answer([cohort, installations, period, share], rows), 'heatmap')).toMatchObject({
      rows: ['2026-11-02', '2026-11-09'],
      columns: ['0', '1'],
      cells: [
        [1, 0.5],
        [1, null]
      ],
      measure: share
    })
    expect(usualMeasure(answer([cohort, installations, period, share], rows), 'heatmap')).toBe(
      share
    )
  })

  it('names what is drawn while nobody chose, so that the choice shown is the one drawn', () => {
    const lost: Column = { name: 'lost', title: 'Lost', type: 'integer' }
    const rows = [{ day: '2026-11-02', installations: 3, lost: 1 }]
    expect(usualMeasure(answer([day, installations, lost], rows), 'stacked')).toBeUndefined()
    expect(usualMeasure(answer([day, installations, lost], rows), 'line')).toBe(installations)
  })

  it('shows a single row without a name as numbers, and nothing at all as a table', () => {
    expect(plotOf(answer([installations], [{ installations: 3 }]), 'line')).toMatchObject({
      is: 'numbers'
    })
    expect(plotOf(answer([day, installations], []), 'line')).toEqual({ is: 'table' })
  })
})
