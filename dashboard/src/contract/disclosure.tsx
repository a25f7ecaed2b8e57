/** The page about this contract, exactly as its users see it, in a frame that can run nothing. */
import { Anchor, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import classes from './contract.module.css'

export function Disclosure({
  path,
  title
}: {
  readonly path: string
  readonly title: string
}): ReactElement {
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs">
        Generated from the contract. In a repository:{' '}
        <code>candor contract generate disclosure</code>.{' '}
        <Anchor href={path} size="sm" target="_blank" rel="noreferrer">
          Open it alone
        </Anchor>
      </Text>
      <iframe
        className={classes['frame']}
        src={path}
        title={`What ${title} tells its users`}
        sandbox=""
      />
    </>
  )
}
