/** The frame of every page: which product, which page, which colours, who is signed in. */
import {
  ActionIcon,
  Container,
  Group,
  Menu,
  NativeSelect,
  Stack,
  Text,
  useComputedColorScheme,
  useMantineColorScheme
} from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, type ReactElement, type ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import type { ProductSummary, Session } from '../api/answers.ts'
import { isAwayError } from '../api/away.ts'
import { ask } from '../api/client.ts'
import { useProducts, useQuestions } from '../api/queries.ts'
import { writeView } from '../filters/view.ts'
import { useView } from '../filters/use-view.ts'
import { Command } from '../look/command.tsx'
import { MenuIcon, MoonIcon, PersonIcon, SunIcon } from '../look/icons.tsx'
import { AsOf, ServerAway } from './server-state.tsx'
import { PageSkeleton } from './page-skeleton.tsx'
import { PrintButton, usePrintPage } from './print-button.tsx'
import { Problem } from '../look/problem.tsx'
import classes from './shell.module.css'

const pages = [
  { path: '/products', title: 'Products' },
  { path: '/overview', title: 'Overview' },
  { path: '/explore', title: 'Explore' },
  { path: '/versions', title: 'Versions' },
  { path: '/boards', title: 'Boards' },
  { path: '/live', title: 'Live' },
  { path: '/contract', title: 'Contract' },
  { path: '/health', title: 'Health' }
]

export function Shell({
  session,
  children
}: {
  readonly session: Session
  readonly children: ReactNode
}): ReactElement {
  const { data: products, error, refetch } = useProducts()
  const { view, choose } = useView()
  const [path] = useLocation()
  // Beside the products and not after them; every page that asks something needs it next.
  useQuestions(view.product ?? '')
  const product = products?.find((one) => one.product === view.product)
  const first = products === undefined ? undefined : busiest(products)
  // The start page is of all of them: it needs none, and keeps the one that was chosen.
  const isUnnamed = view.product === undefined && path !== '/products'
  useEffect(() => {
    if (isUnnamed && first !== undefined) choose(first.product)
  }, [isUnnamed, first, choose])
  const address = (page: string): string => `${page}${writeView(view)}`
  return (
    <>
      <a href="#content" className={classes['skip']}>
        Skip to the content
      </a>
      <header className={classes['header']}>
        <Container size={1320} className={classes['head'] ?? ''}>
          <Link href={address('/products')} className={classes['mark'] ?? ''}>
            Candor
          </Link>
          {products !== undefined && products.length > 0 && (
            <NativeSelect
              aria-label="Product"
              size="sm"
              className={classes['product'] ?? ''}
              value={product?.product ?? ''}
              onChange={({ currentTarget }) => choose(currentTarget.value)}
              data={[
                ...(product === undefined
                  ? [{ value: '', label: 'Choose a product', disabled: true }]
                  : []),
                ...products.map((one) => ({ value: one.product, label: one.title }))
              ]}
            />
          )}
          <nav aria-label="Pages" className={classes['nav']}>
            {pages.map(({ path: page, title }) => (
              <Link
                key={page}
                href={address(page)}
                className={classes['link'] ?? ''}
                aria-current={path === page ? 'page' : undefined}
              >
                {title}
              </Link>
            ))}
          </nav>
          <Group gap={4} wrap="nowrap" className={classes['end'] ?? ''}>
            <div className={classes['printer']}>
              <PrintButton />
            </div>
            <ColorScheme />
            <Account session={session} />
            <PagesMenu address={address} path={path} />
          </Group>
        </Container>
      </header>
      <Container
        size={1320}
        component="main"
        id="content"
        tabIndex={-1}
        className={classes['main'] ?? ''}
      >
        <ServerAway />
        {error !== null && !isAwayError(error) ? (
          <Problem error={error} retry={() => void refetch()} />
        ) : products === undefined ? (
          <PageSkeleton />
        ) : products.length === 0 ? (
          <NoProducts />
        ) : path === '/products' ? (
          <>
            {children}
            <AsOf />
          </>
        ) : product === undefined && !isUnnamed ? (
          <Unknown name={view.product ?? ''} products={products} />
        ) : product === undefined ? (
          <PageSkeleton />
        ) : (
          <>
            {children}
            <AsOf />
          </>
        )}
      </Container>
    </>
  )
}

/**
 * What was seen last is what its maintainer comes for; before the first record, the first by name.
 */
function busiest(products: readonly ProductSummary[]): ProductSummary | undefined {
  return products.toSorted((a, b) => b.records - a.records || a.product.localeCompare(b.product))[0]
}

function ColorScheme(): ReactElement {
  const { setColorScheme } = useMantineColorScheme()
  const isDark = useComputedColorScheme('light') === 'dark'
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={isDark ? 'Use light colours' : 'Use dark colours'}
      title={isDark ? 'Light colours' : 'Dark colours'}
      onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
    >
      {isDark ? <SunIcon /> : <MoonIcon />}
    </ActionIcon>
  )
}

function Account({ session }: { readonly session: Session }): ReactElement {
  const queries = useQueryClient()
  const { printPage } = usePrintPage()
  const [, navigate] = useLocation()
  const signOut = async (): Promise<void> => {
    await ask('DELETE session', { csrf: session.csrf ?? '' })
    queries.clear()
    navigate('/sign-in')
  }
  return (
    <Menu position="bottom-end" shadow="sm" withinPortal={false}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={`Signed in as ${session.name ?? 'somebody'}`}
          title="Who is signed in"
        >
          <PersonIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {session.name} may {session.scopes.join(', ')}
        </Menu.Label>
        <Menu.Item onClick={() => void printPage()}>Print this page</Menu.Item>
        <Menu.Item component={Link} href="/sessions">
          Sessions
        </Menu.Item>
        <Menu.Item onClick={() => void signOut()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function PagesMenu({
  address,
  path
}: {
  readonly address: (page: string) => string
  readonly path: string
}): ReactElement {
  return (
    <div className={classes['menu']}>
      <Menu position="bottom-end" shadow="sm" width={200} withinPortal={false}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Pages">
            <MenuIcon />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {pages.map(({ path: page, title }) => (
            <Menu.Item
              key={page}
              component={Link}
              href={address(page)}
              aria-current={path === page ? 'page' : undefined}
              fw={path === page ? 600 : 400}
            >
              {title}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  )
}

function NoProducts(): ReactElement {
  return (
    <Stack maw={640}>
      <Text fw={600}>No product is known yet</Text>
      <Text size="sm">
        A product begins with its contract: what it collects, why, and for how long. This writes one
        with comments:
      </Text>
      <Command line="npx candor init my-product" label="How to add a product" />
      <Text size="sm">
        Name its folder under `products:` in candor.yaml and start the server again.
      </Text>
    </Stack>
  )
}

function Unknown({
  name,
  products
}: {
  readonly name: string
  readonly products: readonly ProductSummary[]
}): ReactElement {
  return (
    <Stack maw={640}>
      <Text fw={600}>No product is called “{name}” here</Text>
      <Text size="sm">
        There are: {products.map(({ product }) => product).join(', ')}. Choose one above. If you
        just added it, start the server again.
      </Text>
    </Stack>
  )
}
