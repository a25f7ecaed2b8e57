/**
 * The few numbers that somebody looks at first, over full days and beside as many before, each a
 * link to the question that it comes from.
 */
import { Skeleton, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { Link } from 'wouter'
import type { Glance } from '../api/answers.ts'
import { isAwayError } from '../api/away.ts'
import { useAsOf, useGlance } from '../api/queries.ts'
import { Change } from '../chart/change.tsx'
import { exploreAddress } from '../filters/address.ts'
import { useView } from '../filters/use-view.ts'
import { formatCell, formatDay, formatMoment } from '../look/numbers-and-dates.ts'
import { Problem } from '../look/problem.tsx'
import { glanceParameters } from './ask-ahead.ts'
import classes from './headline.module.css'

export function Headline(): ReactElement {
  const { view } = useView()
  const asOf = useAsOf()
  const glance = useGlance(glanceParameters(view))
  if (glance.error !== null && !isAwayError(glance.error))
    return <Problem error={glance.error} retry={() => void glance.refetch()} />
  if (glance.data === undefined) return <Skeleton height={110} />
  const isCompared = glance.data.figures.some(({ before }) => before !== null)
  return (
    <div>
      <Text size="sm" c="dimmed" mb={6}>
        Full days, {formatDay(glance.data.span.first)} to {formatDay(glance.data.span.last)} (UTC)
        {isCompared
          ? ', beside as many before'
          : ', beside nothing, since too little is known of as many before'}
        {asOf !== undefined && `; as of ${formatMoment(new Date(asOf).toISOString())}`}. Bars below
        count the same days, lines go on to today.
      </Text>
      <dl
        className={classes['headline']}
        aria-label="Over full days"
        data-stale={glance.isPlaceholderData}
      >
        {glance.data.figures.map((figure) => (
          <Told key={figure.name} figure={figure} />
        ))}
      </dl>
    </div>
  )
}

function Told({ figure }: { readonly figure: Glance['figures'][number] }): ReactElement {
  const { view } = useView()
  const { name, title, type, value, before, says, asked } = figure
  const { product } = view
  const address = exploreAddress(
    { product, since: '', until: undefined, compare: false, filters: {} },
    asked.question,
    asked.parameters
  )
  return (
    <div data-number={name}>
      <dt>
        <Link href={address} className={classes['source'] ?? ''}>
          {title}
        </Link>
      </dt>
      <dd>
        {value === null ? (
          <span data-value="">not told</span>
        ) : (
          <span data-value={value}>{formatCell(value, { type })}</span>
        )}
        {value !== null && before !== null && (
          <Change now={value} before={before} measure={{ type }} />
        )}
      </dd>
      {says !== null && <dd className={classes['says']}>{says}</dd>}
    </div>
  )
}
