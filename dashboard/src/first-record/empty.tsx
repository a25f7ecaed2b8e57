/** What to do where there is nothing to see: the exact next command for this product. */
import { Button, Group, Stack, Text, Title } from '@mantine/core'
import type { ReactElement } from 'react'
import { useContract, useProducts, useIngest } from '../api/queries.ts'
import { filterNames } from '../filters/view.ts'
import { useView } from '../filters/use-view.ts'
import { Prose } from '../look/prose.tsx'
import { Command } from '../look/command.tsx'
import { firstRecordOf } from './first-record.ts'

/**
 * For an answer without rows: filters that hide all, a period before the first record, or nothing
 * has arrived yet.
 */
export function EmptyAnswer({
  question,
  notes
}: {
  readonly question: string
  readonly notes: readonly string[]
}): ReactElement {
  const { view, change } = useView()
  const { data: products } = useProducts()
  const product = products?.find((one) => one.product === view.product)
  const isFiltered = filterNames.some((name) => (view.filters[name]?.length ?? 0) > 0)
  if (isFiltered)
    return (
      <Stack gap="xs" align="flex-start" py="md">
        <Text size="sm">Nothing matches these filters.</Text>
        <Group>
          <Button size="compact-sm" variant="default" onClick={() => change({ filters: {} })}>
            Remove the filters
          </Button>
        </Group>
      </Stack>
    )
  if (product !== undefined && product.records > 0)
    return (
      <Stack gap="xs" align="flex-start" py="md">
        <Text size="sm">
          {question === 'drift'
            ? 'Nothing arrives that the contract does not declare.'
            : 'Nothing in this period.'}
        </Text>
        {question !== 'drift' &&
          notes.map((note) => (
            <Text size="sm" c="dimmed" key={note}>
              <Prose text={note} />
            </Text>
          ))}
        {question !== 'drift' && view.since !== '1y' && (
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => change({ since: '1y', until: undefined })}
          >
            Look back a year
          </Button>
        )}
      </Stack>
    )
  return (
    <Text size="sm" py="md">
      Nothing has arrived yet.
    </Text>
  )
}

/**
 * For a product from which nothing has arrived: how its real client is pointed here, and one
 * request that proves it.
 */
export function NothingYet({
  product,
  title
}: {
  readonly product: string
  readonly title: string
}): ReactElement {
  const { data } = useContract(product)
  const ingest = useIngest() ?? 'http://127.0.0.1:4700'
  const { says, setting, tryNow } = firstRecordOf(
    product,
    ingest,
    data?.records[0]?.name ?? 'event'
  )
  return (
    <Stack gap="sm" maw={760}>
      <Title order={2}>Nothing from {title} yet</Title>
      <Text size="sm">{says}</Text>
      {setting !== undefined && <Command line={setting} label="What to set" />}
      <Text size="sm">
        Or send one record now, in a terminal in the repository, and watch it arrive on Live:
      </Text>
      <Command line={tryNow} label="How to send the first record" />
      <Text size="sm">To look around first, start a second server with a simulated fleet:</Text>
      <Command
        line="npm start -- --demo --data ./demo --port 4710 --admin-port 4711"
        label="How to start with a simulated fleet"
      />
    </Stack>
  )
}
