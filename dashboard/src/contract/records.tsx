/**
 * Every record and field of a contract: what it is for, at which level, since when, until when, and
 * whether it is seen.
 */
import type { ContractRecord, ProductContract } from '../api/answers.ts'
import { Accordion, Badge, Group, Stack, Text, TextInput } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import { formatDay, formatShare, formatWhole } from '../look/numbers-and-dates.ts'
import { Prose } from '../look/prose.tsx'
import { expiryOf } from './expiry.ts'
import { FieldTable } from './field-table.tsx'
import classes from './contract.module.css'

export function Records({ contract }: { readonly contract: ProductContract }): ReactElement {
  const [search, setSearch] = useState('')
  const word = search.trim().toLowerCase()
  const matching = contract.records.flatMap((record) => {
    if (word === '' || record.name.toLowerCase().includes(word)) return [record]
    const fields = record.fields.filter((field) =>
      `${field.name} ${field.says} ${field.type}`.toLowerCase().includes(word)
    )
    return fields.length === 0 ? [] : [{ ...record, fields }]
  })
  const names = matching.map(({ name }) => name)
  const fieldCount = matching.reduce((sum, { fields }) => sum + fields.length, 0)
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-end" gap="xs">
        <TextInput
          label="Search records and fields"
          value={search}
          onChange={({ currentTarget }) => setSearch(currentTarget.value)}
          className={classes['search'] ?? ''}
          type="search"
        />
        <Text size="sm" c="dimmed" role="status">
          {formatWhole(matching.length)} {matching.length === 1 ? 'record' : 'records'},{' '}
          {formatWhole(fieldCount)} {fieldCount === 1 ? 'field' : 'fields'}
        </Text>
      </Group>
      {matching.length === 0 ? (
        <Text size="sm">Neither a record nor a field is called that.</Text>
      ) : (
        <Accordion
          multiple
          variant="separated"
          order={2}
          keepMounted={false}
          key={word}
          defaultValue={word === '' ? names.slice(0, 1) : names}
          classNames={{ item: classes['record'] ?? '' }}
        >
          {matching.map((record) => (
            <Accordion.Item key={record.name} value={record.name}>
              <Accordion.Control>
                <RecordHead record={record} />
              </Accordion.Control>
              <Accordion.Panel>
                <FieldTable
                  product={contract.contract.product}
                  record={record}
                  purposes={contract.contract.questions ?? {}}
                />
              </Accordion.Panel>
            </Accordion.Item>
          ))}
        </Accordion>
      )}
    </Stack>
  )
}

function RecordHead({ record }: { readonly record: ContractRecord }): ReactElement {
  const expiry = expiryOf(record.expires, new Date())
  return (
    <div className={classes['recordhead']}>
      <Group gap="xs">
        <strong>{record.name}</strong>
        <Text size="xs" c="dimmed" span>
          {record.kind}, level {record.level}
        </Text>
        {expiry.is !== 'fine' && (
          <Badge size="sm" variant="light" color="orange" className={classes['warn'] ?? ''}>
            {expiry.says}
          </Badge>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        <Prose text={record.when} />
      </Text>
      <Text size="xs" c="dimmed">
        {record.records30d === 0
          ? 'Not seen in 30 days'
          : [
              `${formatWhole(record.records30d)} in 30 days`,
              record.observedShare === null
                ? []
                : `${formatShare(record.observedShare)} of installations`,
              record.lastSeen === null ? [] : `last ${formatDay(record.lastSeen)}`
            ]
              .flat()
              .join(', ')}
      </Text>
    </div>
  )
}
