/** For an address that no page has. */
import { Anchor, Stack, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { Link } from 'wouter'
import { PageTitle } from '../look/page-title.tsx'

export function NotFound(): ReactElement {
  return (
    <Stack align="flex-start">
      <PageTitle title="There is no such page" />
      <Text>The address may be of another version of Candor.</Text>
      <Anchor component={Link} href="/overview">
        To the overview
      </Anchor>
    </Stack>
  )
}
