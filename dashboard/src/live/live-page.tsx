/**
 * What is being kept and dropped right now, record by record; values that the contract drops are
 * never here.
 */
import {
  Button,
  Group,
  Paper,
  SegmentedControl,
  Stack,
  Switch,
  Text,
  TextInput
} from '@mantine/core'
import { useState, type ReactElement } from 'react'
import { useProducts } from '../api/queries.ts'
import { useView } from '../filters/use-view.ts'
import { NothingYet } from '../first-record/empty.tsx'
import { formatWhole } from '../look/numbers-and-dates.ts'
import { PageTitle } from '../look/page-title.tsx'
import { Problem } from '../look/problem.tsx'
import { LiveRow } from './live-row.tsx'
import classes from './live.module.css'
import { linesMax, type LiveState } from './live-lines.ts'
import { isMatching } from './matching.ts'
import { useLiveLines } from './use-live-lines.ts'

export function LivePage(): ReactElement {
  const { view } = useView()
  const { data: products } = useProducts()
  const [isAll, setAll] = useState(false)
  const [isPaused, setPaused] = useState(false)
  const [shown, setShown] = useState('all')
  const [looked, setLooked] = useState('')
  const { lines, state, error, waiting, clear } = useLiveLines({
    product: isAll ? undefined : view.product,
    isPaused
  })
  const product = products?.find((one) => one.product === view.product)
  const matching = lines.filter(
    (line) =>
      (shown === 'all' || (line.dropped?.length ?? 0) > 0 || line.is !== 'kept') &&
      isMatching(line, looked)
  )
  const title = product?.title ?? view.product ?? ''
  return (
    <Stack gap="md">
      <PageTitle
        title="Live"
        of={title}
        says={
          'Records as they are kept, and what was not kept and why. Ids are shortened; a value ' +
          'that the contract drops is shown to nobody.'
        }
      />
      <Group gap="sm">
        <Button
          size="xs"
          variant={isPaused ? 'filled' : 'default'}
          onClick={() => setPaused(!isPaused)}
          aria-pressed={isPaused}
        >
          {isPaused ? `Go on${waiting > 0 ? ` (${formatWhole(waiting)} wait)` : ''}` : 'Pause'}
        </Button>
        <Button size="xs" variant="default" onClick={clear} disabled={lines.length === 0}>
          Clear
        </Button>
        <SegmentedControl
          size="xs"
          aria-label="Which records"
          value={shown}
          onChange={setShown}
          data={[
            { value: 'all', label: 'All' },
            { value: 'dropped', label: 'Only with something dropped' }
          ]}
        />
        <TextInput
          size="xs"
          type="search"
          aria-label="Only records with"
          placeholder="Only with…"
          value={looked}
          onChange={({ currentTarget }) => setLooked(currentTarget.value)}
        />
        <Switch
          size="sm"
          label="All products"
          checked={isAll}
          onChange={({ currentTarget }) => setAll(currentTarget.checked)}
        />
        <State state={isPaused ? 'paused' : state} />
      </Group>
      {error !== undefined && <Problem error={error} />}
      <Paper className={classes['card'] ?? ''}>
        {matching.length > 0 ? (
          <ol className={classes['lines']} aria-label="Records, the newest first">
            {matching.map((line) => (
              <LiveRow key={line.id} line={line} withProduct={isAll} />
            ))}
          </ol>
        ) : product !== undefined && product.records === 0 && !isAll ? (
          <NothingYet product={product.product} title={product.title} />
        ) : (
          <Text size="sm" c="dimmed" py="md">
            {whyNone(lines.length, looked.trim())}
          </Text>
        )}
      </Paper>
      {lines.length >= linesMax && (
        <Text size="xs" c="dimmed">
          The latest {formatWhole(linesMax)} are shown.
        </Text>
      )}
    </Stack>
  )
}

function whyNone(seen: number, looked: string): string {
  if (seen === 0) return 'Nothing in this moment. A record shows up here as soon as it is kept.'
  return looked === ''
    ? 'Nothing was dropped from the records that were seen so far.'
    : `None of the ${formatWhole(seen)} records that were seen so far has “${looked}”.`
}

const stateSays = {
  paused: 'Paused',
  open: 'Watching',
  connecting: 'Connecting…',
  ended: 'The connection ended; trying again'
} as const

function State({ state }: { readonly state: LiveState | 'paused' }): ReactElement {
  return (
    <Text size="sm" c="dimmed" role="status" className={classes['state'] ?? ''}>
      <span className={classes['dot']} data-state={state} aria-hidden />
      {stateSays[state]}
    </Text>
  )
}
