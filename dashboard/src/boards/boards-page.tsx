/** Boards: cards that somebody chose, for whoever opens them on a Monday. */
import type { Board } from '../api/answers.ts'
import { Alert, Anchor, Button, Group, NativeSelect, Skeleton, Stack, Text } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import type { ReactElement } from 'react'
import { useBoards, useRemoveBoard, useShareBoard } from '../api/boards.ts'
import { useMay } from '../api/queries.ts'
import { useView } from '../filters/use-view.ts'
import { Command } from '../look/command.tsx'
import { formatMoment } from '../look/numbers-and-dates.ts'
import { PageTitle } from '../look/page-title.tsx'
import { Problem } from '../look/problem.tsx'
import { BoardCards } from './board-cards.tsx'
import { boardFile } from './board-file.ts'

export function BoardsPage(): ReactElement {
  const { view, own, setOwn } = useView()
  const { data, error, refetch } = useBoards()
  const boards = (data?.boards ?? []).filter(({ product }) => product === view.product)
  const board = boards.find(({ name }) => name === own.get('board')) ?? boards[0]
  return (
    <Stack gap="md">
      <PageTitle
        title="Boards"
        of={board?.title ?? ''}
        says={
          'Cards that you choose: in Explore, “Add to a board”. Beside a contract, boards are ' +
          'files.'
        }
      />
      {error !== null && <Problem error={error} retry={() => void refetch()} />}
      {data?.problems.map((problem) => (
        <Alert key={problem} color="orange" title="A file that is no board">
          {problem}
        </Alert>
      ))}
      {data === undefined && error === null && <Skeleton height={320} />}
      {data !== undefined && board === undefined && (
        <Text size="sm" c="dimmed">
          No board of this product yet. Ask something in Explore, then press “Add to a board”.
        </Text>
      )}
      {board !== undefined && (
        <>
          <Group gap="sm" className="no-print">
            <NativeSelect
              aria-label="Board"
              size="sm"
              value={board.name}
              onChange={({ currentTarget }) => setOwn({ board: currentTarget.value })}
              data={boards.map(({ name, title }) => ({ value: name, label: title }))}
            />
            <BoardActions key={board.name} board={board} />
          </Group>
          <BoardCards board={board} />
        </>
      )}
    </Stack>
  )
}

function BoardActions({ board }: { readonly board: Board }): ReactElement {
  const mayWrite = useMay('maintain', board.product)
  const share = useShareBoard()
  const removal = useRemoveBoard()
  const { copy, copied } = useClipboard({ timeout: 2000 })
  return (
    <>
      <Button size="xs" variant="default" onClick={() => copy(boardFile(board))}>
        {copied ? 'Copied' : 'Copy as a file'}
      </Button>
      {mayWrite && (
        <Button
          size="xs"
          variant="default"
          loading={share.isPending}
          onClick={() =>
            share.mutate({ board: board.name, product: board.product, expires: '30d' })
          }
        >
          Make a link for 30 days
        </Button>
      )}
      {mayWrite && board.from === 'saved' && (
        <Button
          size="xs"
          variant="default"
          color="red"
          loading={removal.isPending}
          onClick={() => removal.mutate(board)}
        >
          Remove this board
        </Button>
      )}
      {share.data !== undefined && (
        <Stack gap={4} w="100%">
          <Command
            line={`${location.origin}${share.data.path}`}
            label="A link that shows this board"
          />
          <Text size="xs" c="dimmed">
            Whoever has it sees this board and nothing else, until {formatMoment(share.data.endsAt)}
            . It is shown here once;{' '}
            <Anchor href="/api/v1/shares" size="xs">
              the list of links
            </Anchor>{' '}
            tells which there are.
          </Text>
        </Stack>
      )}
      {[share.error, removal.error].map(
        (error) => error !== null && <Problem key={error.message} error={error} />
      )}
    </>
  )
}
