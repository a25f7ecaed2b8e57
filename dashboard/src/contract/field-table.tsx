/** The fields of one record; a field opens to everything that its contract says of it. */
import type { ContractField, ContractRecord } from '../api/answers.ts'
import { Anchor, Text, UnstyledButton } from '@mantine/core'
import { useId, useState, type ReactElement } from 'react'
import { Link } from 'wouter'
import { exploreAddress } from '../filters/address.ts'
import { useView } from '../filters/use-view.ts'
import { formatDay, formatShare } from '../look/numbers-and-dates.ts'
import { Prose } from '../look/prose.tsx'
import { expiryOf } from './expiry.ts'
import classes from './contract.module.css'

export interface FieldTableProps {
  readonly product: string
  readonly record: ContractRecord
  /** The contract's questions by name. */
  readonly purposes: Readonly<Record<string, string>>
}

export function FieldTable({ record, purposes }: FieldTableProps): ReactElement {
  if (record.fields.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No fields: that it happened is all that is told.
      </Text>
    )
  return (
    <ul className={classes['fields']} aria-label={`Fields of ${record.name}`}>
      {keptFirst(record.fields).map((field) => (
        <FieldRow key={field.name} record={record} field={field} purposes={purposes} />
      ))}
    </ul>
  )
}

const collectorWords = {
  keeps: 'keeps it',
  reduces: 'keeps less than arrives',
  drops: 'drops it on arrival'
} as const

/** What is dropped on arrival is promised, but seldom what somebody looks for. */
function keptFirst(fields: readonly ContractField[]): readonly ContractField[] {
  return [
    ...fields.filter(({ collector }) => collector !== 'drops'),
    ...fields.filter(({ collector }) => collector === 'drops')
  ]
}

function FieldRow({
  record,
  field,
  purposes
}: {
  readonly record: ContractRecord
  readonly field: ContractField
  readonly purposes: Readonly<Record<string, string>>
}): ReactElement {
  const { view } = useView()
  const [isOpen, setOpen] = useState(false)
  const details = useId()
  const isKept = field.collector !== 'drops'
  const expiry = expiryOf(field.expires, new Date())
  const seen = !isKept
    ? 'dropped on arrival'
    : (field.observedShare ?? 0) === 0
      ? 'not seen'
      : `in ${formatShare(field.observedShare ?? 0)}`
  return (
    <li>
      <UnstyledButton
        className={classes['field'] ?? ''}
        aria-expanded={isOpen}
        aria-controls={details}
        onClick={() => setOpen(!isOpen)}
      >
        <span className={classes['fieldname']}>{field.name}</span>
        <span className={classes['fieldtype']}>
          {field.type}
          {field.unit !== null && ` (${field.unit})`}
        </span>
        <span className={classes['fieldsays']}>
          <Prose text={field.says} />
        </span>
        <span className={classes['fieldseen']} data-kept={isKept}>
          {seen}
        </span>
      </UnstyledButton>
      {isOpen && (
        <div id={details} className={classes['details']}>
          <dl className={classes['facts']}>
            <Fact name="What it is" value={field.says} />
            <Fact name="Level" value={field.level} />
            <Fact name="Since" value={field.since ?? record.since} />
            <Fact
              name="Expires"
              value={
                expiry.is === 'fine'
                  ? (field.expires ?? record.expires)
                  : `${field.expires ?? ''} (${expiry.says})`
              }
            />
            <Fact name="Owner" value={field.owner ?? record.owner} />
            <Fact name="Our SDK" value={field.sdk === 'sends' ? 'sends it' : 'never sends it'} />
            <Fact
              name="The collector"
              value={[collectorWords[field.collector], field.because ?? []].flat().join(': ')}
            />
            <Fact name="Values" value={field.values?.join(', ')} />
            <Fact
              name="Last seen"
              value={field.lastSeen === null ? null : formatDay(field.lastSeen)}
            />
            <Fact
              name="Asked for"
              value={field.questions.map((name) => purposes[name] ?? name).join(' ')}
            />
          </dl>
          {isKept && (
            <Anchor
              component={Link}
              href={exploreAddress(view, 'breakdown', { field: `${record.name}.${field.name}` })}
              size="sm"
            >
              Break it down in Explore
            </Anchor>
          )}
        </div>
      )}
    </li>
  )
}

function Fact({
  name,
  value
}: {
  readonly name: string
  readonly value: string | null | undefined
}): ReactElement | null {
  if (value === undefined || value === null || value === '') return null
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <Prose text={value} />
      </dd>
    </>
  )
}
