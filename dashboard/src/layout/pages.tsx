/** Which page stands at which address; each is loaded when it is first opened. */
import { lazy, Suspense, type ReactElement } from 'react'
import { Redirect, Route, Switch, useSearch } from 'wouter'
import { useSession } from '../api/queries.ts'
import { ApiError } from '../api/client.ts'
import { NotFound } from './not-found.tsx'
import { PageSkeleton } from './page-skeleton.tsx'
import { Problem } from './problem.tsx'
import { Shell } from './shell.tsx'

const load = {
  '/sign-in': async () => ({ default: (await import('../sign-in/sign-in-page.tsx')).SignInPage }),
  '/overview': async () => ({ default: (await import('../overview/overview-page.tsx')).OverviewPage }),
  '/explore': async () => ({ default: (await import('../explore/explore-page.tsx')).ExplorePage }),
  '/versions': async () => ({ default: (await import('../versions/versions-page.tsx')).VersionsPage }),
  '/live': async () => ({ default: (await import('../live/live-page.tsx')).LivePage }),
  '/contract': async () => ({ default: (await import('../contract/contract-page.tsx')).ContractPage }),
  '/health': async () => ({ default: (await import('../health/health-page.tsx')).HealthPage })
}
const SignInPage = lazy(load['/sign-in'])
const OverviewPage = lazy(load['/overview'])
const ExplorePage = lazy(load['/explore'])
const VersionsPage = lazy(load['/versions'])
const LivePage = lazy(load['/live'])
const ContractPage = lazy(load['/contract'])
const HealthPage = lazy(load['/health'])

/** Asked for at once, not after the session is known: the first view waits for as little as it can. */
const first = Object.entries(load).find(([path]) => path === location.pathname)?.[1] ?? load['/overview']
void first()

export function Pages(): ReactElement {
  return (
    <Suspense fallback={null}>
      <Switch>
        <Route path="/sign-in">
          <SignInPage />
        </Route>
        <Route>
          <SignedIn />
        </Route>
      </Switch>
    </Suspense>
  )
}

function SignedIn(): ReactElement | null {
  const { data: session, error, refetch } = useSession()
  const search = useSearch()
  const isSignedOut = session?.signedIn === false || (error instanceof ApiError && error.status === 401)
  if (isSignedOut)
    return (
      <Redirect to={`/sign-in?to=${encodeURIComponent(`${location.pathname}${search === '' ? '' : `?${search}`}`)}`} replace />
    )
  if (error !== null) return <Problem error={error} retry={() => void refetch()} />
  if (session === undefined) return null
  return (
    <Shell session={session}>
      <Suspense fallback={<PageSkeleton />}>
        <Switch>
          <Route path="/">
            <Redirect to={`/overview${search === '' ? '' : `?${search}`}`} replace />
          </Route>
          <Route path="/overview">
            <OverviewPage />
          </Route>
          <Route path="/explore">
            <ExplorePage />
          </Route>
          <Route path="/versions">
            <VersionsPage />
          </Route>
          <Route path="/live">
            <LivePage />
          </Route>
          <Route path="/contract">
            <ContractPage />
          </Route>
          <Route path="/health">
            <HealthPage session={session} />
          </Route>
          <Route>
            <NotFound />
          </Route>
        </Switch>
      </Suspense>
    </Shell>
  )
}
