/** Shows a mistake of ours as a sentence, instead of a white page. */
import { Button, Container, Stack, Text, Title } from '@mantine/core'
import { Component, type ReactNode } from 'react'

interface State {
  readonly error: Error | undefined
}

export class Catch extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { error: undefined }

  static getDerivedStateFromError(error: Error): State {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === undefined) return this.props.children
    return (
      <Container size="sm" py="xl" component="main">
        <Stack align="flex-start">
          <Title order={1}>This page failed</Title>
          <Text>
            It is a mistake in the dashboard, and no record is lost by it. The same numbers are in a
            terminal: <code>candor ask --help</code>
          </Text>
          <Text size="sm" c="dimmed">
            {error.message}
          </Text>
          <Button onClick={() => location.reload()}>Load it again</Button>
        </Stack>
      </Container>
    )
  }
}
