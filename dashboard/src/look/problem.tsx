/** What went wrong and what to do about it, where the answer would have stood. */
import { Alert, Button, Group, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { ApiError } from '../api/client.ts'
import { Prose } from './prose.tsx'

const advice: Readonly<Record<string, string>> = {
  STORAGE_UNAVAILABLE:
    'The store is starting or unreachable. Records wait in the inbox meanwhile, and none is ' +
    'lost. Health tells more.',
  STORAGE_TIMEOUT: 'Choose a shorter period, or fewer filters.',
  QUERY_TIMEOUT: 'Choose a shorter period, or fewer filters.',
  RATE_LIMITED: 'Too many questions in a short time. Wait a moment.',
  SCOPE_MISSING:
    'Ask the operator of this collector for a token with that scope: candor token create.'
}

export function Problem({
  error,
  retry
}: {
  readonly error: Error
  readonly retry?: (() => void) | undefined
}): ReactElement {
  const code = error instanceof ApiError ? error.code : 'UNEXPECTED'
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      title={`This could not be answered (${code})`}
      styles={{ title: { color: 'var(--candor-bad)' } }}
    >
      <Text size="sm">
        <Prose text={error.message} />
      </Text>
      {advice[code] !== undefined && <Text size="sm">{advice[code]}</Text>}
      {retry !== undefined && (
        <Group mt="xs">
          <Button size="compact-sm" variant="default" onClick={retry}>
            Try again
          </Button>
        </Group>
      )}
    </Alert>
  )
}
