/** Which releases began to say what no contract has? */
import { Alert, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { useAnswer } from '../api/queries.ts'
import { formatWeekday, formatWhole } from '../look/numbers-and-dates.ts'

/** What began earlier was seen by now, or waits in the table below. */
const since = '30d'
const shownMax = 5

export function DriftOfVersions({ product }: { readonly product: string }): ReactElement | null {
  const { data } = useAnswer('drift', { product, show: 'versions', since })
  const rows = data?.rows ?? []
  if (rows.length === 0) return null
  return (
    <Alert
      color="yellow"
      variant="light"
      title="Releases that nobody read"
      data-drift="versions"
      styles={{ title: { color: 'var(--mantine-color-text)' } }}
    >
      {rows.slice(0, shownMax).map((row) => (
        <Text size="sm" key={String(row['version'])}>
          {sentenceOf(product, row)}
        </Text>
      ))}
      {rows.length > shownMax && (
        <Text size="sm">
          And {formatWhole(rows.length - shownMax)} more: candor ask drift --show versions
        </Text>
      )}
    </Alert>
  )
}

function sentenceOf(product: string, row: Readonly<Record<string, unknown>>): string {
  const things = Number(row['things'])
  const said = `${formatWhole(things)} ${things === 1 ? 'thing' : 'things'}`
  return (
    `${product} ${String(row['version'])} says ${said} that no contract has, ` +
    `since ${formatWeekday(String(row['first_day']))}.`
  )
}
