/** One SELECT over the documented views, for what no question answers. */
import { Button, Group, Paper, Stack, Text, Textarea, Title } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import type { Answer, Cell, Rows } from '../api/answers.ts'
import { ask } from '../api/client.ts'
import { useSession } from '../api/queries.ts'
import { AnswerTable } from '../chart/answer-table.tsx'
import { useView } from '../filters/use-view.ts'
import { Problem } from '../look/problem.tsx'
import classes from './explore.module.css'

export function SqlConsole(): ReactElement {
  const { view, own, setOwn } = useView()
  const { data: session } = useSession()
  const product = view.product ?? 'records'
  const table = /^[a-z][a-z0-9_]*$/.test(product) ? product : 'records'
  const [sql, setSql] = useState(
    own.get('sql') ??
      `SELECT name, version, count() AS records FROM ${table} GROUP BY name, version ORDER ` +
        'BY records DESC LIMIT 20'
  )
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: async () =>
      asAnswer(await ask('POST query', { body: { sql, rowsMax: 1000 }, csrf: session?.csrf ?? '' }))
  })
  const run = (): void => {
    setOwn({ sql })
    mutate()
  }
  return (
    <Stack gap="md" className={classes['asked'] ?? ''}>
      <div>
        <Title order={2}>SQL</Title>
        <Text size="sm" c="dimmed" maw="78ch">
          One SELECT over the documented views: records, installations, drift, quarantine, and one
          for each product with its fields as columns. Nothing can be changed by it.
        </Text>
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          run()
        }}
      >
        <Textarea
          label="Statement"
          autosize
          minRows={4}
          maxRows={16}
          spellCheck={false}
          value={sql}
          onChange={({ currentTarget }) => setSql(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
              event.preventDefault()
              run()
            }
          }}
          classNames={{ input: classes['sql'] ?? '' }}
        />
        <Group mt="xs" gap="xs">
          <Button type="submit" size="sm" loading={isPending} disabled={sql.trim() === ''}>
            Run
          </Button>
          <Text size="xs" c="dimmed">
            Ctrl + Enter
          </Text>
        </Group>
      </form>
      {error !== null && <Problem error={error} />}
      {data !== undefined && error === null && (
        <Paper className={classes['answer'] ?? ''}>
          {data.rows.length === 0 ? (
            <Text size="sm">No rows.</Text>
          ) : (
            <AnswerTable answer={data} caption="Rows" />
          )}
          {data.notes.map((note) => (
            <Text size="sm" c="dimmed" key={note} mt="xs">
              {note}
            </Text>
          ))}
        </Paper>
      )}
    </Stack>
  )
}

/** Rows of a SELECT as a table of text and numbers; lists and maps are written out. */
function asAnswer({ columns, rows, ...rest }: Rows): Answer {
  return {
    ...rest,
    columns: columns.map(({ name }) => ({
      name,
      title: name.replaceAll('_', ' '),
      type: 'text' as const
    })),
    rows: rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cellOf(value)]))
    )
  }
}

function cellOf(value: unknown): Cell {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value
  return value === null || value === undefined ? null : JSON.stringify(value)
}
