/** Starts the dashboard: styles, colours, queries, and the pages by their addresses. */
import './layout/mantine.css'
import './layout/global.css'
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createQueries } from './api/queries.ts'
import { Catch } from './layout/catch.tsx'
import { Pages } from './layout/pages.tsx'
import { theme, variables } from './layout/theme.ts'
import { reloadAfterUpgrade } from './layout/reload-after-upgrade.ts'
import { printInLight } from './layout/use-printing.ts'

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.nonce ?? ''
const place = document.getElementById('root')
if (place === null) throw new Error('index.html has no #root')

reloadAfterUpgrade()
printInLight(document.documentElement)
createRoot(place).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      defaultColorScheme="auto"
      colorSchemeManager={localStorageColorSchemeManager({ key: 'candor-color-scheme' })}
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={createQueries()}>
        <Catch>
          <Pages />
        </Catch>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>
)
