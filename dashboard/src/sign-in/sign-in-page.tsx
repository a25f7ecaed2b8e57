/**
 * Signs in: by the one-time link that the server printed, or with a token that its operator made.
 */
import { Alert, Button, Container, Paper, PasswordInput, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState, type ReactElement } from 'react'
import { useLocation, useSearch } from 'wouter'
import { ApiError, ask } from '../api/client.ts'
import { useSession } from '../api/queries.ts'
import { Command } from '../look/command.tsx'
import { PageTitle } from '../look/page-title.tsx'
import classes from './sign-in-page.module.css'

export function SignInPage(): ReactElement {
  const [, navigate] = useLocation()
  const search = useSearch()
  const queries = useQueryClient()
  const { data: session } = useSession()
  const [token, setToken] = useState('')
  const [error, setError] = useState(failureOf(search))
  const [isBusy, setBusy] = useState(false)
  const wasTried = useRef(false)

  const signIn = useCallback(
    async (secret: { link: string } | { token: string }) => {
      setBusy(true)
      setError(undefined)
      try {
        const session = await ask('POST session', { body: secret })
        queries.clear()
        queries.setQueryData(['session'], session)
        navigate(destination(search), { replace: true })
      } catch (problem) {
        setError(problem instanceof ApiError ? problem.message : 'That did not work; try again.')
      } finally {
        setBusy(false)
      }
    },
    [navigate, queries, search]
  )

  useEffect(() => {
    const link = location.hash.slice(1)
    // A link works once, and React runs effects twice while developing.
    if (link === '' || wasTried.current) return
    wasTried.current = true
    // The secret must not stay in the history.
    history.replaceState(null, '', `${location.pathname}${location.search}`)
    void signIn({ link })
  }, [signIn])

  return (
    <Container size={480} component="main" className={classes['page'] ?? ''}>
      <Paper className={classes['card'] ?? ''}>
        <Stack gap="md">
          <PageTitle
            title="Sign in to Candor"
            says="On the machine that it runs on, this prints a link that works once:"
          />
          <Command line="npx candor dashboard" label="How to get a link" />
          {error !== undefined && (
            <Alert
              color="red"
              role="alert"
              title="Not signed in"
              styles={{ title: { color: 'var(--candor-bad)' } }}
            >
              {error}
            </Alert>
          )}
          {session?.provider != null && (
            <Button
              component="a"
              href={`/api/v1/session/oidc?to=${encodeURIComponent(destination(search))}`}
            >
              Sign in with {session.provider}
            </Button>
          )}
          <form
            onSubmit={(event) => {
              event.preventDefault()
              if (token.trim() !== '') void signIn({ token: token.trim() })
            }}
          >
            <Stack gap="sm">
              <PasswordInput
                label="Or with a token"
                description="From the operator of this collector: candor token create"
                autoComplete="current-password"
                value={token}
                onChange={({ currentTarget }) => setToken(currentTarget.value)}
                visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the token' }}
              />
              <Button type="submit" loading={isBusy} disabled={token.trim() === ''}>
                Sign in
              </Button>
            </Stack>
          </form>
          <Text size="xs" c="dimmed">
            A cookie keeps you signed in on this browser; no other is set, and nothing here asks
            anything of another host.
          </Text>
        </Stack>
      </Paper>
    </Container>
  )
}

/** What came of a provider, by our own word for it. */
function failureOf(search: string): string | undefined {
  const failed = new URLSearchParams(search).get('failed')
  if (failed === null) return undefined
  return failed === 'away'
    ? 'The provider does not answer. Try again, or use a link or a token.'
    : 'The provider’s word opened nothing here: it was refused, came too late, or your account ' +
        'has no role. Ask the operator of this collector.'
}

/** Only a page of ours: an address that somebody else wrote must not lead away. */
function destination(search: string): string {
  const to = new URLSearchParams(search).get('to') ?? '/products'
  return /^\/(?![/\\])/.test(to) && !to.startsWith('/sign-in') ? to : '/products'
}
