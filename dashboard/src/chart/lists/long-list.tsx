/** A list that begins with its first rows, and shows the rest to whoever asks. */
import { UnstyledButton } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import { formatWhole } from '../../look/numbers-and-dates.ts'
import classes from './long-list.module.css'

export function LongList<Item>({
  items,
  label,
  rowsMax,
  row
}: {
  readonly items: readonly Item[]
  readonly label: string
  readonly rowsMax: number
  /** A list item with a key. */
  readonly row: (item: Item, index: number) => ReactElement
}): ReactElement {
  const [isWhole, setWhole] = useState(false)
  return (
    <>
      <ul className={classes['list']} aria-label={label}>
        {(isWhole ? items : items.slice(0, rowsMax)).map(row)}
      </ul>
      {items.length > rowsMax && (
        <UnstyledButton className={classes['more'] ?? ''} onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Fewer' : `${formatWhole(items.length - rowsMax)} more`}
        </UnstyledButton>
      )}
    </>
  )
}
