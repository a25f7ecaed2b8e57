/** The values that a filter can take: those that this product's installations had lately. */
import { Checkbox, Skeleton, Stack, Text, TextInput } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import { useAnswer } from '../api/queries.ts'
import { Problem } from '../look/problem.tsx'
import { filterTitles, type FilterName } from './view.ts'
import { useView } from './use-view.ts'
import classes from './filter-bar.module.css'

/** More boxes than this are searched, not scrolled. */
const shownMax = 12

export function FilterValues({
  name,
  isWanted
}: {
  readonly name: FilterName
  readonly isWanted: boolean
}): ReactElement {
  const { view, toggleFilter } = useView()
  const [search, setSearch] = useState('')
  const { data, error, refetch } = useAnswer(
    'active-installations',
    { product: view.product, since: '90d', unit: 'all', by: name },
    { isWanted: isWanted && view.product !== undefined }
  )
  const all = view.filters[name] ?? []
  const chosen = all[0]?.startsWith('!') === true ? [] : all
  if (error !== null) return <Problem error={error} retry={() => void refetch()} />
  if (data === undefined) return <Skeleton height={120} />
  const column =
    data.columns.find((one) => one.name === name) ??
    data.columns.find(({ type }) => type === 'text')
  const found = data.rows.map((row) =>
    String((column === undefined ? null : row[column.name]) ?? 'unknown')
  )
  const values = [...new Set([...chosen, ...found])].filter((value) => value !== '')
  const matching = values.filter((value) => value.toLowerCase().includes(search.toLowerCase()))
  return (
    <Stack gap={6}>
      {values.length > shownMax && (
        <TextInput
          size="xs"
          aria-label={`Search ${filterTitles[name]}`}
          placeholder="Search"
          value={search}
          onChange={({ currentTarget }) => setSearch(currentTarget.value)}
        />
      )}
      {matching.length === 0 && (
        <Text size="sm" c="dimmed">
          {values.length === 0
            ? 'This product has told nothing about it in 90 days.'
            : 'Nothing is called that.'}
        </Text>
      )}
      <div className={classes['values']} role="group" aria-label={filterTitles[name]}>
        {matching.slice(0, search === '' ? shownMax : 50).map((value) => (
          <Checkbox
            key={value}
            size="sm"
            label={value}
            checked={chosen.includes(value)}
            onChange={() => toggleFilter(name, value)}
          />
        ))}
      </div>
      {search === '' && matching.length > shownMax && (
        <Text size="xs" c="dimmed">
          And {matching.length - shownMax} more: search for them.
        </Text>
      )}
    </Stack>
  )
}
