/** The few numbers that somebody looks at first, each as `candor ask` prints it. */
import { Skeleton } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Answer, Column, Question } from '../api/answers.ts'
import { isAwayError } from '../api/away.ts'
import { useAnswer } from '../api/queries.ts'
import { Change } from '../chart/change.tsx'
import { numberOf } from '../chart/plot.ts'
import { useView } from '../filters/use-view.ts'
import { parametersFor } from '../filters/view.ts'
import { formatCell } from '../look/numbers-and-dates.ts'
import { Problem } from '../look/problem.tsx'
import classes from './headline.module.css'

export interface HeadlineProps {
  /** active-installations. */
  readonly question: Question
  readonly versions: Question | undefined
  readonly newest: string | null
}

const titles: Readonly<Record<string, string>> = { installations: 'Active installations' }

export function Headline({ question, versions, newest }: HeadlineProps): ReactElement {
  const { view } = useView()
  const whole = useAnswer(question.name, parametersFor(view, question, { unit: 'all' }))
  const ofVersions = useAnswer(
    'versions',
    versions === undefined ? {} : parametersFor(view, versions, { unit: 'all' }),
    versions !== undefined
  )
  if (whole.error !== null && !isAwayError(whole.error))
    return <Problem error={whole.error} retry={() => void whole.refetch()} />
  if (whole.data === undefined) return <Skeleton height={86} />
  const measures = whole.data.columns.filter(
    ({ type, name }) => type === 'integer' && !name.endsWith('_previous')
  )
  return (
    <dl
      className={classes['headline']}
      aria-label="In this period"
      data-stale={whole.isPlaceholderData}
    >
      {measures.map((column) => (
        <Figure key={column.name} column={column} answer={whole.data} />
      ))}
      {newest !== null && ofVersions.data !== undefined && (
        <OnNewest answer={ofVersions.data} newest={newest} />
      )}
    </dl>
  )
}

function Figure({
  column,
  answer
}: {
  readonly column: Column
  readonly answer: Answer
}): ReactElement {
  const row = answer.rows[0] ?? {}
  const now = numberOf(row[column.name])
  const before = numberOf(row[`${column.name}_previous`])
  return (
    <div data-number={column.name}>
      <dt>{titles[column.name] ?? column.title}</dt>
      <dd>
        {now === null ? (
          <span data-value="">not told</span>
        ) : (
          <span data-value={now}>{formatCell(now, column)}</span>
        )}
        {now !== null && before !== null && <Change now={now} before={before} measure={column} />}
      </dd>
    </div>
  )
}

function OnNewest({
  answer,
  newest
}: {
  readonly answer: Answer
  readonly newest: string
}): ReactElement {
  const share = numberOf(answer.rows.find(({ version }) => version === newest)?.['share']) ?? 0
  return (
    <div data-number="newest">
      <dt>On the newest, {newest}</dt>
      <dd>
        <span data-value={share}>{formatCell(share, { type: 'share' })}</span>
      </dd>
    </div>
  )
}
