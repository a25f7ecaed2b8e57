/** How far a number is from that of the previous period: a sign and words, never colour alone. */
import type { ReactElement } from 'react'
import type { Column } from '../api/answers.ts'
import { formatCell, formatChange } from '../look/numbers-and-dates.ts'
import classes from './change.module.css'

export function Change({
  now,
  before,
  measure
}: {
  readonly now: number
  readonly before: number
  readonly measure: Pick<Column, 'type' | 'unit'>
}): ReactElement {
  // Shares differ by points: 4 % that become 6 % are not “50 % more” to anybody.
  const isShare = measure.type === 'share'
  const change = isShare ? now - before : (now - before) / before
  const text =
    before === 0 && !isShare
      ? now === 0
        ? '±0'
        : 'new'
      : isShare
        ? points(change)
        : formatChange(change)
  return (
    <span
      className={classes['change']}
      title={`${formatCell(before, measure)} in the previous period`}
    >
      <span aria-hidden>{text}</span>
      <span
        className={classes['spoken']}
      >{`, ${formatCell(before, measure)} in the previous period`}</span>
    </span>
  )
}

function points(change: number): string {
  const value = Math.round(change * 1000) / 10
  return `${value > 0 ? '+' : ''}${value.toLocaleString()} pp`
}
