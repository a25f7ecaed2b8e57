/** Puts what is asked on a board: one that is there, or a new one. */
import { Button, Group, NativeSelect, Popover, Stack, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useState, type ReactElement } from 'react'
import { nameFor, useBoards, useSaveBoard } from '../api/boards.ts'
import { useMay } from '../api/queries.ts'
import { Problem } from '../look/problem.tsx'

export interface AddToBoardProps {
  readonly question: string
  readonly parameters: Readonly<Record<string, string>>
}

/** Nothing for whoever may only read. */
export function AddToBoard({ question, parameters }: AddToBoardProps): ReactElement | null {
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const { data } = useBoards()
  const save = useSaveBoard()
  const [chosen, choose] = useState('')
  const [title, setTitle] = useState('')
  const { product = '', ...own } = parameters
  const mayWrite = useMay('maintain', product)
  const boards = (data?.boards ?? []).filter(
    (board) => board.product === product && board.from === 'saved'
  )
  if (!mayWrite) return null
  const board = boards.find(({ name }) => name === chosen)
  const name = nameFor(title)
  const card = { question, parameters: own }
  const add = (): void =>
    save.mutate(
      board === undefined
        ? { name, title: title.trim(), product, since: '30d', cards: [card] }
        : { ...board, cards: [...board.cards, card] },
      { onSuccess: close }
    )
  return (
    <Popover opened={isOpen} onChange={(open) => (open ? undefined : close())} trapFocus>
      <Popover.Target>
        <Button size="xs" variant="default" onClick={toggle} aria-expanded={isOpen}>
          {save.isSuccess ? 'On the board' : 'Add to a board'}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs" maw={280}>
          {boards.length > 0 && (
            <NativeSelect
              label="Board"
              size="sm"
              value={chosen}
              onChange={({ currentTarget }) => choose(currentTarget.value)}
              data={[
                { value: '', label: 'A new one' },
                ...boards.map((one) => ({ value: one.name, label: one.title }))
              ]}
            />
          )}
          {board === undefined && (
            <TextInput
              label="Its title"
              size="sm"
              maxLength={80}
              value={title}
              onChange={({ currentTarget }) => setTitle(currentTarget.value)}
            />
          )}
          {save.error !== null && <Problem error={save.error} />}
          <Group justify="space-between">
            <Text size="xs" c="dimmed">
              With the period and filters as they are.
            </Text>
            <Button
              size="xs"
              onClick={add}
              loading={save.isPending}
              disabled={board === undefined && name === ''}
            >
              Add
            </Button>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
