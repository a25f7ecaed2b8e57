/**
 * Whether the server answers, and as of when what is shown holds: once for the page, not once a
 * card.
 */
import { Alert, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { useServerAway } from '../api/away.ts'
import { useAsOf } from '../api/queries.ts'
import { formatMoment } from '../look/numbers-and-dates.ts'

/** Nothing while all is well. */
export function ServerAway(): ReactElement | null {
  const isAway = useServerAway()
  const asOf = useAsOf()
  if (!isAway) return null
  const shown =
    asOf === undefined
      ? ''
      : ` What is shown is as of ${formatMoment(new Date(asOf).toISOString())}.`
  return (
    <Alert
      color="orange"
      variant="light"
      role="alert"
      title="The server does not answer"
      styles={{ title: { color: 'var(--candor-warn)' } }}
      mb="md"
    >
      <Text size="sm">
        It is asked again every three seconds, and the page goes on by itself once it answers.
        {shown}
      </Text>
    </Alert>
  )
}

/** Also on paper: a printed page is worth something only with its date. */
export function AsOf(): ReactElement | null {
  const asOf = useAsOf()
  if (asOf === undefined) return null
  return (
    <Text size="xs" c="dimmed" mt="xs" data-as-of={new Date(asOf).toISOString()}>
      as of {formatMoment(new Date(asOf).toISOString())}; days are UTC
    </Text>
  )
}
