/**
 * Shows shapes of queries, one under the other: the statement, its state now and before, its trend.
 */
import type { ReactElement } from 'react'
import type { Answer, AnswerRow } from '../../api/answers.ts'
import { formatShare, formatWhole } from '../../look/numbers-and-dates.ts'
import { isTrend, Sparkline } from '../../look/sparkline.tsx'
import { numberOf } from '../plot.ts'
import { LongList } from './long-list.tsx'
import classes from './shape-list.module.css'

export function ShapeList({
  answer,
  title,
  rowsMax = 6
}: {
  readonly answer: Answer
  readonly title: string
  readonly rowsMax?: number
}): ReactElement {
  return (
    <LongList
      items={answer.rows}
      label={title}
      rowsMax={rowsMax}
      row={(row, index) => (
        <li key={index} className={classes['row'] ?? ''}>
          <code className={classes['shape']}>{String(row['shape'])}</code>
          <div className={classes['said']}>
            {typeof row['status'] === 'string' && (
              <span className={classes['status']}>{row['status'].replaceAll('_', ' ')}</span>
            )}
            <span>{howMany(row)}</span>
            {isTrend(row['trend']) && <Sparkline trend={row['trend']} />}
          </div>
          {before(row) !== undefined && <div className={classes['before']}>{before(row)}</div>}
        </li>
      )}
    />
  )
}

function howMany(row: AnswerRow): string {
  const installations = numberOf(row['installations'])
  const share = numberOf(row['share'])
  const executions = numberOf(row['executions'])
  const part = share === null ? '' : ` (${formatShare(share)})`
  const counted =
    installations === null
      ? counts(numberOf(row['records']) ?? 0, 'record')
      : `${counts(installations, 'installation')}${part}`
  return executions === null ? counted : `${counted}, run ${formatWhole(executions)} times`
}

/** How many said the same before, and are in another state now. */
function before(row: AnswerRow): string | undefined {
  const gone = numberOf(row['gone_on']) ?? 0
  if (gone === 0) return undefined
  const where = row['went_to']
  if (typeof where !== 'string') return `${formatWhole(gone)} more went on to another state`
  const most = gone === 1 ? '' : ' another state, most of them to'
  return `${formatWhole(gone)} more went on to${most} ${where.replaceAll('_', ' ')}`
}

function counts(count: number, one: string): string {
  return `${formatWhole(count)} ${one}${count === 1 ? '' : 's'}`
}
