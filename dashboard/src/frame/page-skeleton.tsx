/** The shape of a page while it is being loaded. */
import { SimpleGrid, Skeleton, Stack } from '@mantine/core'
import type { ReactElement } from 'react'

export function PageSkeleton(): ReactElement {
  return (
    <Stack aria-busy aria-label="The page is being loaded" role="status">
      <Skeleton height={32} width={220} />
      <Skeleton height={90} />
      <Skeleton height={320} />
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Skeleton height={220} />
        <Skeleton height={220} />
      </SimpleGrid>
    </Stack>
  )
}
