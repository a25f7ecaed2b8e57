/** One line of the live view: a summary that opens to every field. */
import { Badge, Text, UnstyledButton } from '@mantine/core'
import { memo, useId, useState, type ReactElement } from 'react'
import { formatClock, formatWhole } from '../look/numbers-and-dates.ts'
import classes from './live.module.css'
import type { Dropped, LiveLine } from './live-lines.ts'

const reasons: Readonly<Record<string, string>> = {
  RECORD_NOT_IN_CONTRACT: 'the contract has no such record',
  FIELD_NOT_IN_CONTRACT: 'the contract has no such field',
  FIELD_WRONG_TYPE: 'the value is of another kind than the contract says',
  FIELD_OUT_OF_BOUNDS: 'the value is beyond what the contract allows',
  VALUE_NOT_IN_CONTRACT: 'the value is none that the contract names',
  TEXT_REMOVED: 'a path, address or token was taken out of a text',
  KEY_NOT_IN_CONTRACT: 'the key is none that the contract names',
  ABOVE_CONSENT: 'above the level that the user agreed to',
  LIMIT_EXCEEDED: 'more than a record may hold',
  EVENT_TOO_LARGE: 'the record is too large',
  TOO_MANY_EVENTS: 'the request holds too many records',
  EVENT_MALFORMED: 'the record can’t be read',
  PRODUCT_RETIRED: 'the product no longer collects',
  DELETED: 'its user had it deleted'
}

export const LiveRow = memo(function LiveRow({
  line,
  withProduct
}: {
  readonly line: LiveLine
  readonly withProduct: boolean
}): ReactElement {
  const [isOpen, setOpen] = useState(false)
  const details = useId()
  const {
    at,
    product,
    is,
    name,
    version,
    installation,
    fields,
    dropped = [],
    protocol,
    count
  } = line
  if (is === 'skipped' || is === 'missed')
    return (
      <li className={classes['note']}>
        {formatWhole(count ?? 0)} records were too many for{' '}
        {is === 'skipped' ? 'one second of this view' : 'this connection'}. They were treated as all
        others; only their lines are left out.
      </li>
    )
  return (
    <li>
      <UnstyledButton
        className={classes['row'] ?? ''}
        aria-expanded={isOpen}
        aria-controls={details}
        onClick={() => setOpen(!isOpen)}
      >
        <time className={classes['time']} dateTime={at}>
          {formatClock(at)}
        </time>
        <span className={classes['what']}>
          {withProduct && <span className={classes['product']}>{product}</span>}
          <strong>{name ?? (is === 'dropped' ? 'not kept' : '')}</strong>
          {version !== undefined && <span className={classes['faint']}>{version}</span>}
          <span className={classes['summary']}>{summaryOf(fields)}</span>
        </span>
        {is === 'dropped' ? (
          <Badge color="red" variant="light" className={classes['badge'] ?? ''}>
            not kept
          </Badge>
        ) : (
          dropped.length > 0 && (
            <Badge color="orange" variant="light" className={classes['badge'] ?? ''}>
              {dropped.length} dropped
            </Badge>
          )
        )}
      </UnstyledButton>
      {isOpen && (
        <div id={details} className={classes['details']}>
          <dl>
            <dt>product</dt>
            <dd>{product}</dd>
            {installation !== undefined && (
              <>
                <dt>installation</dt>
                <dd>{installation}…</dd>
              </>
            )}
            {protocol !== undefined && (
              <>
                <dt>wire</dt>
                <dd>{protocol}</dd>
              </>
            )}
            {Object.entries(fields ?? {}).map(([field, value]) => (
              <FieldValue key={field} name={field} value={value} />
            ))}
          </dl>
          {dropped.length > 0 && (
            <>
              <Text size="sm" fw={600} mt="xs">
                Not kept
              </Text>
              <ul>
                {dropped.map((drop, index) => (
                  <li key={index}>{dropSays(drop)}</li>
                ))}
              </ul>
            </>
          )}
        </div>
      )}
    </li>
  )
})

function FieldValue({
  name,
  value
}: {
  readonly name: string
  readonly value: unknown
}): ReactElement {
  return (
    <>
      <dt>{name}</dt>
      <dd>{typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)}</dd>
    </>
  )
}

function summaryOf(fields: Readonly<Record<string, unknown>> = {}): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== null && typeof value !== 'object')
    .map(([name, value]) => `${name}=${String(value)}`)
    .join('  ')
}

function dropSays({ code, field }: Dropped): string {
  const reason = reasons[code] ?? code.toLowerCase().replaceAll('_', ' ')
  return field === undefined ? reason : `${field}: ${reason}`
}
