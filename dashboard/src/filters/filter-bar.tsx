/** Holds period, comparison and filters of the whole page, each in the address. */
import {
  Button,
  CloseButton,
  Group,
  Popover,
  SegmentedControl,
  Stack,
  Switch,
  TextInput
} from '@mantine/core'
import { useState, type ReactElement } from 'react'
import { formatDay } from '../look/numbers-and-dates.ts'
import { FilterIcon } from '../look/icons.tsx'
import { SavedFilters } from './saved-filters.tsx'
import { FilterValues } from './filter-values.tsx'
import classes from './filter-bar.module.css'
import { filterNames, filterTitles, whose, whoseOf, whoseTitles } from './view.ts'
import { useView } from './use-view.ts'

const periods = [
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
  { value: '90d', label: '90 days' },
  { value: '1y', label: 'A year' }
]

export function FilterBar(): ReactElement {
  const { view, change } = useView()
  const isStandard = view.until === undefined && periods.some(({ value }) => value === view.since)
  return (
    <div className={classes['bar']} role="group" aria-label="Period and filters">
      <Group gap="xs" wrap="wrap" className="no-print">
        <SegmentedControl
          size="xs"
          aria-label="Period"
          data={periods}
          value={isStandard ? view.since : ''}
          onChange={(since) => change({ since, until: undefined })}
        />
        <CustomPeriod isChosen={!isStandard} />
        <Switch
          size="sm"
          label="Compare"
          title="With the period before"
          checked={view.compare}
          onChange={({ currentTarget }) => change({ compare: currentTarget.checked })}
        />
        <WhoseRuns />
        <AddFilter />
        <SavedFilters />
      </Group>
      <p className="print-only">
        {view.until === undefined
          ? `Since ${view.since}, until today`
          : `${formatDay(view.since)} – ${formatDay(view.until)}`}
        {view.compare && ', compared with the period before'}
        {whoseOf(view) === 'people' && ', people alone'}
        {whoseOf(view) === 'automation' && ', automation alone'}
      </p>
      <ChosenFilters />
    </div>
  )
}

function WhoseRuns(): ReactElement {
  const { view, setFilter } = useView()
  return (
    <SegmentedControl
      size="xs"
      aria-label="Whose runs"
      data={(['people', 'automation', 'all'] as const).map((value) => ({
        value,
        label: whoseTitles[value]
      }))}
      value={whoseOf(view) ?? ''}
      onChange={(value) => {
        const chosen = (['people', 'automation', 'all'] as const).find((one) => one === value)
        if (chosen !== undefined) setFilter('automation', whose[chosen])
      }}
    />
  )
}

function CustomPeriod({ isChosen }: { readonly isChosen: boolean }): ReactElement {
  const { view, change } = useView()
  const isDay = /^\d{4}/.test(view.since)
  const [from, setFrom] = useState(isDay ? view.since : '')
  const [to, setTo] = useState(view.until ?? '')
  const [isOpen, setOpen] = useState(false)
  const problem =
    from !== '' && to !== '' && from > to ? 'The first day is after the last' : undefined
  const shown = isDay
    ? `${formatDay(view.since)} – ${view.until === undefined ? 'today' : formatDay(view.until)}`
    : view.since
  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      trapFocus
      position="bottom-start"
      shadow="sm"
      withinPortal={false}
    >
      <Popover.Target>
        <Button
          size="xs"
          variant={isChosen ? 'light' : 'default'}
          onClick={() => setOpen(!isOpen)}
          aria-expanded={isOpen}
        >
          {isChosen ? shown : 'Days…'}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (from === '' || problem !== undefined) return
            change({ since: from, until: to === '' ? undefined : to })
            setOpen(false)
          }}
        >
          <Stack gap="xs">
            <TextInput
              type="date"
              label="First day"
              value={from}
              onChange={({ currentTarget }) => setFrom(currentTarget.value)}
              required
            />
            <TextInput
              type="date"
              label="Last day"
              description="Today, if left empty. Days are UTC."
              value={to}
              error={problem}
              onChange={({ currentTarget }) => setTo(currentTarget.value)}
            />
            <Button type="submit" size="xs">
              Show
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}

function AddFilter(): ReactElement {
  const { view } = useView()
  const [isOpen, setOpen] = useState(false)
  const [name, setName] = useState<(typeof filterNames)[number]>('version')
  const count = filterNames.filter((one) => (view.filters[one]?.length ?? 0) > 0).length
  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      trapFocus
      position="bottom-start"
      shadow="sm"
      width={300}
      withinPortal={false}
    >
      <Popover.Target>
        <Button
          size="xs"
          variant="default"
          leftSection={<FilterIcon />}
          onClick={() => setOpen(!isOpen)}
          aria-expanded={isOpen}
        >
          Filter{count > 0 ? ` (${count})` : ''}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <div role="radiogroup" aria-label="Filter by" className={classes['names']}>
            {filterNames.map((one) => (
              <Button
                key={one}
                size="compact-xs"
                role="radio"
                aria-checked={one === name}
                variant={one === name ? 'filled' : 'default'}
                onClick={() => setName(one)}
              >
                {filterTitles[one]}
              </Button>
            ))}
          </div>
          <FilterValues key={name} name={name} isWanted={isOpen} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

function ChosenFilters(): ReactElement | null {
  const { view, change, toggleFilter } = useView()
  const chosen = filterNames
    // The switch says it already.
    .filter((name) => name !== 'automation' || whoseOf(view) === undefined)
    .flatMap((name) => (view.filters[name] ?? []).map((value) => ({ name, value })))
  if (chosen.length === 0) return null
  return (
    <ul className={classes['chosen']} aria-label="Filters">
      {chosen.map(({ name, value }) => (
        <li key={`${name} ${value}`} className={classes['chip']}>
          <span>
            {filterTitles[name]}: <strong>{value}</strong>
          </span>
          <CloseButton
            size="sm"
            className="no-print"
            aria-label={`Remove the filter ${filterTitles[name]} ${value}`}
            onClick={() => toggleFilter(name, value)}
          />
        </li>
      ))}
      {chosen.length > 1 && (
        <li className="no-print">
          <Button size="compact-xs" variant="subtle" onClick={() => change({ filters: {} })}>
            Remove all
          </Button>
        </li>
      )}
    </ul>
  )
}
