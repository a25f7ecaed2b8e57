/**
 * Bars as a list: names that can be read, numbers beside them, no canvas. A press on a bar may
 * filter by it.
 */
import { UnstyledButton } from '@mantine/core'
import type { ReactElement } from 'react'
import { formatCell, formatShare } from '../../look/numbers-and-dates.ts'
import { Change } from '../change.tsx'
import classes from './bar-list.module.css'
import { LongList } from './long-list.tsx'
import type { BarsPlot } from '../plot.ts'

export interface BarListProps {
  readonly plot: BarsPlot
  readonly title: string
  readonly rowsMax?: number
  readonly onPick?: ((name: string) => void) | undefined
  /** Names that are filtered by now. */
  readonly picked?: readonly string[] | undefined
  /** What differs most from the period before first. */
  readonly byChange?: boolean | undefined
}

export function BarList({
  plot,
  title,
  rowsMax = 8,
  onPick,
  picked = [],
  byChange = false
}: BarListProps): ReactElement {
  const { measure, kind } = plot
  const bars = byChange
    ? plot.bars.toSorted(
        (a, b) => Math.abs(b.value - (b.previous ?? 0)) - Math.abs(a.value - (a.previous ?? 0))
      )
    : plot.bars
  const largest = Math.max(...bars.map(({ value }) => value), 0)
  return (
    <>
      <div className={classes['heads']} aria-hidden>
        <span>{plot.axis.title}</span>
        <span>{measure.title}</span>
      </div>
      <LongList
        items={bars}
        label={`${title}, ${measure.title}`}
        rowsMax={rowsMax}
        row={({ name, value, part, previous }, index) => {
          const content = (
            <>
              <span
                className={classes['bar']}
                style={{ width: `${largest === 0 ? 0 : (100 * value) / largest}%` }}
                aria-hidden
              />
              <span className={classes['name']} title={name}>
                {kind === 'funnel' && <span className={classes['step']}>{index + 1}</span>}
                {name}
              </span>
              {previous !== undefined && <Change now={value} before={previous} measure={measure} />}
              {part !== undefined && <span className={classes['part']}>{formatShare(part)}</span>}
              <span className={classes['value']}>{formatCell(value, measure)}</span>
            </>
          )
          return (
            <li key={name}>
              {onPick === undefined ? (
                <div className={classes['row']}>{content}</div>
              ) : (
                <UnstyledButton
                  className={classes['row'] ?? ''}
                  onClick={() => onPick(name)}
                  aria-pressed={picked.includes(name)}
                  title={picked.includes(name) ? `No longer only ${name}` : `Only ${name}`}
                >
                  {content}
                </UnstyledButton>
              )}
            </li>
          )
        }}
      />
    </>
  )
}
