/** Who is signed in: one's own browsers, for an operator everybody's; each ended with one press. */
import { Button, Group, Paper, Skeleton, Stack, Table, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import type { OpenSession } from '../api/answers.ts'
import { ask } from '../api/client.ts'
import { useSession } from '../api/queries.ts'
import { formatMoment } from '../look/numbers-and-dates.ts'
import { PageTitle } from '../look/page-title.tsx'
import { Problem } from '../look/problem.tsx'

export function SessionsPage(): ReactElement {
  const { data: session } = useSession()
  const isOperator = session?.scopes.includes('operate') === true
  const { data, error, refetch } = useQuery({
    queryKey: ['sessions'],
    queryFn: async ({ signal }) => (await ask('GET sessions', { signal })).sessions
  })
  const end = useEnd(session?.csrf ?? '')
  return (
    <Stack gap="md">
      <PageTitle
        title="Sessions"
        says={
          isOperator
            ? 'Every browser that is signed in here. What is ended opens nothing from then on.'
            : 'Your browsers that are signed in here.'
        }
      />
      {[error, end.error].map(
        (one) =>
          one !== null && <Problem key={one.message} error={one} retry={() => void refetch()} />
      )}
      {session !== undefined && <Rights rights={session.rights} />}
      {data === undefined ? (
        error === null && <Skeleton height={240} />
      ) : (
        <Sessions sessions={data} end={(id) => end.mutate({ id })} isBusy={end.isPending} />
      )}
      <Group>
        <Button
          size="xs"
          variant="default"
          color="red"
          loading={end.isPending}
          onClick={() => end.mutate({})}
        >
          Sign me out everywhere
        </Button>
      </Group>
    </Stack>
  )
}

function useEnd(csrf: string): ReturnType<typeof useMutation<unknown, Error, { id?: string }>> {
  const queries = useQueryClient()
  return useMutation<unknown, Error, { id?: string }>({
    mutationFn: ({ id }) =>
      id === undefined
        ? ask('DELETE sessions', { csrf })
        : ask('DELETE sessions/{session}', { path: { session: id }, csrf }),
    // One's own may be among them: then the page of signing in follows.
    onSuccess: () => queries.invalidateQueries()
  })
}

interface RightsProps {
  readonly rights: readonly {
    readonly scopes: readonly string[]
    readonly products: readonly string[] | null
  }[]
}

function Rights({ rights }: RightsProps): ReactElement {
  const lines = rights.map(
    ({ scopes, products }) =>
      `${scopes.join(', ')} on ${products === null ? 'all products' : products.join(', ')}`
  )
  return <Text size="sm">You may {lines.join('; ')}.</Text>
}

interface SessionsProps {
  readonly sessions: readonly OpenSession[]
  readonly end: (id: string) => void
  readonly isBusy: boolean
}

function Sessions({ sessions, end, isBusy }: SessionsProps): ReactElement {
  return (
    <Paper component="section">
      <Table.ScrollContainer minWidth={560}>
        <Table>
          <Table.Caption>Open sessions</Table.Caption>
          <Table.Thead>
            <Table.Tr>
              {['Who', 'By', 'Signed in', 'Last used', 'Ends', ''].map((title) => (
                <Table.Th key={title}>{title}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sessions.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  {one.name}
                  {one.isThis ? ' (this browser)' : ''}
                </Table.Td>
                <Table.Td>{one.from}</Table.Td>
                <Table.Td>{formatMoment(one.openedAt)}</Table.Td>
                <Table.Td>{formatMoment(one.usedAt)}</Table.Td>
                <Table.Td>{formatMoment(one.endsAt)}</Table.Td>
                <Table.Td>
                  <Button
                    size="compact-xs"
                    variant="default"
                    color="red"
                    disabled={isBusy}
                    aria-label={`End the session of ${one.name}`}
                    onClick={() => end(one.id)}
                  >
                    End
                  </Button>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  )
}
