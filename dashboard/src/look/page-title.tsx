/** The page's heading, one line about it, and the document's title. */
import { Text, Title } from '@mantine/core'
import { useEffect, type ReactElement, type ReactNode } from 'react'

export function PageTitle({
  title,
  says,
  of
}: {
  readonly title: string
  readonly says?: ReactNode
  readonly of?: string
}): ReactElement {
  useEffect(() => {
    document.title = `${title}${of === undefined ? '' : ` · ${of}`} · Candor`
  }, [title, of])
  return (
    <div>
      <Title order={1}>{title}</Title>
      {says !== undefined && (
        <Text size="sm" c="dimmed" maw="72ch">
          {says}
        </Text>
      )}
    </div>
  )
}
