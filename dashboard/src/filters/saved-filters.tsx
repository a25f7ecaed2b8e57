/** Filters that somebody gave a name: chosen again with one press, for everybody who reads here. */
import { Button, CloseButton, Group, Popover, Stack, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useState, type ReactElement } from 'react'
import { nameFor, useRemoveSegment, useSaveSegment, useSegments } from '../api/boards.ts'
import type { Segment } from '../api/answers.ts'
import { useMay } from '../api/queries.ts'
import { Problem } from '../look/problem.tsx'
import { useView } from './use-view.ts'
import { filterNames, readView, writeView, type View } from './view.ts'

/** Nothing where none is saved and the reader may save none. */
export function SavedFilters(): ReactElement | null {
  const { view, change } = useView()
  const mayWrite = useMay('maintain', view.product)
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const { data: segments = [] } = useSegments(view.product ?? '')
  const remove = useRemoveSegment()
  if (segments.length === 0 && !mayWrite) return null
  return (
    <Popover
      opened={isOpen}
      onChange={(open) => (open ? undefined : close())}
      trapFocus
      position="bottom-start"
      shadow="sm"
      width={280}
      withinPortal={false}
    >
      <Popover.Target>
        <Button size="xs" variant="default" onClick={toggle} aria-expanded={isOpen}>
          Saved{segments.length > 0 ? ` (${segments.length})` : ''}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          {segments.map((segment) => (
            <Group key={segment.name} gap={4} wrap="nowrap" justify="space-between">
              <Button
                size="compact-sm"
                variant="subtle"
                title={wordsOf(segment)}
                onClick={() => {
                  change({ filters: filtersOf(segment) })
                  close()
                }}
              >
                {segment.title}
              </Button>
              {mayWrite && (
                <CloseButton
                  size="sm"
                  aria-label={`Forget ${segment.title}`}
                  onClick={() => remove.mutate(segment)}
                />
              )}
            </Group>
          ))}
          {remove.error !== null && <Problem error={remove.error} />}
          {mayWrite && <SaveThese view={view} />}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

function SaveThese({ view }: { readonly view: View }): ReactElement {
  const save = useSaveSegment()
  const [title, setTitle] = useState('')
  const filters = Object.fromEntries(
    filterNames.flatMap((name) => {
      const values = view.filters[name] ?? []
      return values.length === 0 ? [] : [[name, values.join(',')]]
    })
  )
  if (Object.keys(filters).length === 0)
    return (
      <Text size="xs" c="dimmed">
        Choose filters, and save them here under a name.
      </Text>
    )
  const name = nameFor(title)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (name === '') return
        const segment = { name, title: title.trim(), product: view.product ?? '', filters }
        save.mutate(segment, { onSuccess: () => setTitle('') })
      }}
    >
      <Stack gap="xs">
        <TextInput
          size="sm"
          label="A name for these filters"
          maxLength={80}
          value={title}
          onChange={({ currentTarget }) => setTitle(currentTarget.value)}
        />
        {save.error !== null && <Problem error={save.error} />}
        <Button type="submit" size="xs" loading={save.isPending} disabled={name === ''}>
          Save
        </Button>
      </Stack>
    </form>
  )
}

/** As they would stand in an address: what no page knows any more is left out. */
function filtersOf({ product, filters }: Segment): View['filters'] {
  return readView(`?${new URLSearchParams({ product, ...filters }).toString()}`).filters
}

function wordsOf(segment: Segment): string {
  const view = { ...readView(''), filters: filtersOf(segment) }
  return decodeURIComponent(writeView(view).replace(/^\?/, '')).replaceAll('&', ', ')
}
