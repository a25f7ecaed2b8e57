/** A line for the terminal, with a button that copies it. */
import { Button, Code } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import type { ReactElement } from 'react'
import classes from './command.module.css'

export function Command({
  line,
  label
}: {
  readonly line: string
  readonly label: string
}): ReactElement {
  const { copy, copied } = useClipboard({ timeout: 2000 })
  return (
    <div className={classes['command']}>
      <Code block className={classes['line'] ?? ''} tabIndex={0} aria-label={label}>
        {line}
      </Code>
      <Button size="compact-sm" variant="default" onClick={() => copy(line)} className="no-print">
        {copied ? 'Copied' : 'Copy'}
      </Button>
    </div>
  )
}
