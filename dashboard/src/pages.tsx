/**
 * Which page stands at which address. The two that a morning begins with come with the frame; each
 * other is loaded when it is first opened.
 */
import { lazy, Suspense, type ComponentType, type ReactElement } from 'react'
import { Redirect, Route, Switch, useSearch } from 'wouter'
import { isAwayError } from './api/away.ts'
import { ApiError } from './api/client.ts'
import { useSession } from './api/queries.ts'
import { NotFound } from './frame/not-found.tsx'
import { PageSkeleton } from './frame/page-skeleton.tsx'
import { Problem } from './look/problem.tsx'
import { ServerAway } from './frame/server-state.tsx'
import { Shell } from './frame/shell.tsx'
import { OverviewPage } from './overview/overview-page.tsx'
import { StartPage } from './start/start-page.tsx'

const load = {
  '/sign-in': async () => ({ default: (await import('./sign-in/sign-in-page.tsx')).SignInPage }),
  '/explore': async () => ({ default: (await import('./explore/explore-page.tsx')).ExplorePage }),
  '/versions': async () => ({
    default: (await import('./versions/versions-page.tsx')).VersionsPage
  }),
  '/boards': async () => ({ default: (await import('./boards/boards-page.tsx')).BoardsPage }),
  '/shared': async () => ({ default: (await import('./boards/shared-page.tsx')).SharedPage }),
  '/live': async () => ({ default: (await import('./live/live-page.tsx')).LivePage }),
  '/contract': async () => ({
    default: (await import('./contract/contract-page.tsx')).ContractPage
  }),
  '/sessions': async () => ({
    default: (await import('./sign-in/sessions-page.tsx')).SessionsPage
  }),
  '/health': async () => ({ default: (await import('./health/health-page.tsx')).HealthPage })
}
type LoadedPath = keyof typeof load
const atOnce = { '/products': StartPage, '/overview': OverviewPage }
type Path = LoadedPath | keyof typeof atOnce
const pages = new Map<Path, ComponentType>([
  ...(Object.entries(atOnce) as [Path, ComponentType][]),
  ...(Object.keys(load) as LoadedPath[]).map((path) => [path, lazy(load[path])] as const)
])
const paths = [...pages.keys()]
const signedInPaths = paths.filter((path) => path !== '/sign-in' && path !== '/shared')

/** Where no product is named, all are shown. */
function firstPathOf(search: string): Path {
  return new URLSearchParams(search).has('product') ? '/overview' : '/products'
}

/** Of the address that the browser opened. */
export function firstPath(): Path {
  return paths.find((one) => one === location.pathname) ?? firstPathOf(location.search)
}

/**
 * The page of the address, before anything is drawn: React shows what it had to wait for no sooner
 * than 300 ms after its placeholder.
 */
export async function loadFirstPage(): Promise<void> {
  const path = firstPath()
  if (path in load) pages.set(path, (await load[path as LoadedPath]()).default)
}

function PageAt({ path }: { readonly path: Path }): ReactElement | null {
  const Page = pages.get(path)
  return Page === undefined ? null : <Page />
}

export function Pages(): ReactElement {
  return (
    <Suspense fallback={null}>
      <Switch>
        <Route path="/sign-in">
          <PageAt path="/sign-in" />
        </Route>
        <Route path="/shared">
          <PageAt path="/shared" />
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
  const isSignedOut =
    session?.signedIn === false || (error instanceof ApiError && error.status === 401)
  if (isSignedOut)
    return (
      <Redirect
        to={`/sign-in?to=${encodeURIComponent(location.pathname + (search === '' ? '' : `?${search}`))}`}
        replace
      />
    )
  if (session === undefined)
    return isAwayError(error) ? (
      <ServerAway />
    ) : error === null ? null : (
      <Problem error={error} retry={() => void refetch()} />
    )
  return (
    <Shell session={session}>
      <Suspense fallback={<PageSkeleton />}>
        <Switch>
          <Route path="/">
            <Redirect to={`${firstPathOf(search)}${search === '' ? '' : `?${search}`}`} replace />
          </Route>
          {signedInPaths.map((path) => (
            <Route key={path} path={path}>
              <PageAt path={path} />
            </Route>
          ))}
          <Route>
            <NotFound />
          </Route>
        </Switch>
      </Suspense>
    </Shell>
  )
}
