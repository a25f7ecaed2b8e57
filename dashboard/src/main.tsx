/** Starts the dashboard: styles, colours, queries, and the pages by their addresses. */
import './look/mantine.css'
import './look/global.css'
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core'
import { QueryClientProvider, type QueryClient } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { askAhead, createQueries } from './api/queries.ts'
import { loadEngine } from './chart/load-engine.ts'
import { readView } from './filters/view.ts'
import { Catch } from './frame/catch.tsx'
import { askOverviewAhead } from './overview/ask-ahead.ts'
import { firstPath, loadFirstPage, Pages } from './pages.tsx'
import { theme, variables } from './look/theme.ts'
import { reloadAfterUpgrade } from './frame/reload-after-upgrade.ts'
import { printInLight } from './look/use-printing.ts'

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.nonce ?? ''
const place = document.getElementById('root')
if (place === null) throw new Error('index.html has no #root')

reloadAfterUpgrade()
printInLight(document.documentElement)
void start(place)

async function askFirst(queries: QueryClient): Promise<void> {
  const view = readView(location.search)
  const isOverview = firstPath() === '/overview'
  if (isOverview) void loadEngine()
  const { isSignedIn } = await askAhead(queries, view.product)
  if (isSignedIn && isOverview)
    void askOverviewAhead(queries, { view, own: new URLSearchParams(location.search) })
}

/** Side by side, and drawn once. What fails here fails again where there is a place to say so. */
async function start(root: HTMLElement): Promise<void> {
  const queries = createQueries()
  await Promise.allSettled([loadFirstPage(), askFirst(queries)])
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={variables}
        defaultColorScheme="auto"
        colorSchemeManager={localStorageColorSchemeManager({ key: 'candor-color-scheme' })}
        getStyleNonce={() => nonce}
      >
        <QueryClientProvider client={queries}>
          <Catch>
            <Pages />
          </Catch>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>
  )
}
