/** Draws an answer in the way that its question asks for. */
import { Text } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Answer, ChartKind } from '../api/answers.ts'
import { formatCell, formatWhole } from '../look/numbers-and-dates.ts'
import { AnswerTable } from './answer-table.tsx'
import { BarList } from './lists/bar-list.tsx'
import { Change } from './change.tsx'
import { Chart } from './chart.tsx'
import { HeatTable } from './heat-table.tsx'
import classes from './answer-view.module.css'
import type { Mark } from './option.ts'
import { ShapeList } from './lists/shape-list.tsx'
import { numberOf, plotOf } from './plot.ts'

export interface AnswerViewProps {
  readonly answer: Answer
  readonly title: string
  readonly kind: ChartKind
  readonly measure?: string | undefined
  readonly height?: number
  readonly rowsMax?: number
  readonly marks?: readonly Mark[] | undefined
  readonly onPick?: ((name: string) => void) | undefined
  readonly picked?: readonly string[] | undefined
  readonly byChange?: boolean | undefined
}

/** What happened on a day stands in the notes; here is where it did. */
function markedOn({ marks = [] }: Answer): readonly Mark[] {
  return marks.map(({ day, says, isBreak }) => ({
    day,
    label:
      isBreak === true
        ? 'new meaning'
        : says
            .split(/[ ,(:]/)
            .slice(0, 2)
            .join(' ')
  }))
}

export function AnswerView(props: AnswerViewProps): ReactElement {
  const {
    answer,
    title,
    kind,
    measure,
    height = 280,
    rowsMax,
    marks,
    onPick,
    picked,
    byChange
  } = props
  const plot = plotOf(answer, kind, measure)
  switch (plot.is) {
    case 'series':
      return (
        <>
          <Chart
            title={title}
            plot={plot}
            height={height}
            marks={[...(marks ?? []), ...markedOn(answer)]}
          />
          {plot.left > 0 && (
            <Text size="xs" c="dimmed" mt={4}>
              The {plot.series.length} largest of {formatWhole(plot.series.length + plot.left)} are
              drawn; the table has all.
            </Text>
          )}
        </>
      )
    case 'flow':
      return <Chart title={title} plot={plot} height={height} />
    case 'bars':
      return (
        <BarList
          plot={plot}
          title={title}
          onPick={onPick}
          picked={picked}
          byChange={byChange}
          {...(rowsMax !== undefined && { rowsMax })}
        />
      )
    case 'heat':
      return <HeatTable plot={plot} title={title} />
    case 'numbers':
      return (
        <dl className={classes['numbers']}>
          {plot.measures.map((column) => {
            const value = answer.rows[0]?.[column.name]
            const before = numberOf(answer.rows[0]?.[`${column.name}_previous`])
            const now = numberOf(value)
            return (
              <div key={column.name}>
                <dt>{column.title}</dt>
                <dd>
                  {formatCell(value, column)}{' '}
                  {before !== null && now !== null && (
                    <Change now={now} before={before} measure={column} />
                  )}
                </dd>
              </div>
            )
          })}
        </dl>
      )
    case 'shapes':
      return <ShapeList answer={answer} title={title} {...(rowsMax !== undefined && { rowsMax })} />
    case 'table':
      return <AnswerTable answer={answer} caption={title} />
  }
}
