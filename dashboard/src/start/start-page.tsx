/** Every product in a few numbers, over full days: where to look first on a Monday. */
import {
  Alert,
  Anchor,
  Group,
  Paper,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
  Title
} from '@mantine/core'
import { useId, type ReactElement } from 'react'
import { Link, Redirect } from 'wouter'
import type { Glance, ProductSummary } from '../api/answers.ts'
import { isAwayError } from '../api/away.ts'
import { useGlance, useHealth, useProducts } from '../api/queries.ts'
import { Change } from '../chart/change.tsx'
import { writeView } from '../filters/view.ts'
import { formatAgo, formatCell, formatDay } from '../look/numbers-and-dates.ts'
import { PageTitle } from '../look/page-title.tsx'
import { Problem } from '../look/problem.tsx'
import { Sparkline } from './sparkline.tsx'
import classes from './start.module.css'

/** A week beside the week before: what a Monday morning asks. */
const since = '7d'

export function StartPage(): ReactElement {
  const { data: products } = useProducts()
  if (products === undefined) return <Skeleton height={320} />
  const [only, ...others] = products
  if (only !== undefined && others.length === 0)
    return <Redirect to={address('/overview', only)} replace />
  return (
    <Stack gap="md">
      <PageTitle
        title="Products"
        says="The last seven full days of each (UTC), beside the seven before."
      />
      <Failing />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        {products.map((product) => (
          <ProductCard key={product.product} product={product} />
        ))}
      </SimpleGrid>
    </Stack>
  )
}

/** Held tables, a full disk, a missing feed key: what the doctor finds, named once. */
function Failing(): ReactElement | null {
  const { data } = useHealth()
  const found = (data?.doctor ?? []).filter(({ is }) => is === 'failed')
  if (found.length === 0) return null
  return (
    <Alert
      color="red"
      variant="light"
      title="Something needs you"
      styles={{ title: { color: 'var(--candor-bad)' } }}
    >
      {found.map(({ name, says }) => (
        <Text size="sm" key={name}>
          {name}: {says}
        </Text>
      ))}
      <Anchor component={Link} href="/health" size="sm">
        Health
      </Anchor>
    </Alert>
  )
}

function ProductCard({ product }: { readonly product: ProductSummary }): ReactElement {
  const heading = useId()
  const isSilent = product.records === 0
  return (
    <Paper
      component="section"
      className={classes['card'] ?? ''}
      aria-labelledby={heading}
      data-product={product.product}
    >
      <Group justify="space-between" gap="xs" wrap="wrap">
        <Title order={2} id={heading} className={classes['title'] ?? ''}>
          <Link href={address('/overview', product)}>{product.title}</Link>
        </Title>
        <Text size="sm" c="dimmed">
          {product.lastSeen === null
            ? 'no report yet'
            : `last report ${formatAgo(product.lastSeen, Date.now())}`}
        </Text>
      </Group>
      {isSilent ? (
        <Text size="sm">
          Nothing has arrived.{' '}
          <Anchor component={Link} href={address('/overview', product)} size="sm">
            How to send the first record
          </Anchor>
        </Text>
      ) : (
        <Numbers product={product} />
      )}
    </Paper>
  )
}

function address(path: string, { product }: Pick<ProductSummary, 'product'>): string {
  const view = { product, since, until: undefined, compare: false, filters: {} }
  return `${path}${writeView(view)}`
}

const shown: readonly { readonly name: string; readonly path: string }[] = [
  { name: 'people', path: '/overview' },
  { name: 'installations', path: '/overview' },
  { name: 'newest', path: '/versions' },
  { name: 'affected', path: '/versions' },
  { name: 'new_versions', path: '/versions' },
  { name: 'quiet_days', path: '/overview' },
  { name: 'failures', path: '/overview' },
  { name: 'drift', path: '/contract' },
  { name: 'lost', path: '/health' }
]

function Numbers({ product }: { readonly product: ProductSummary }): ReactElement {
  const glance = useGlance({ product: product.product, since })
  if (glance.error !== null && !isAwayError(glance.error))
    return <Problem error={glance.error} retry={() => void glance.refetch()} />
  if (glance.data === undefined) return <Skeleton height={140} />
  const { data } = glance
  return (
    <>
      <Sparkline
        values={data.trend.map(({ value }) => value)}
        label={
          `Records a day, ${formatDay(data.trend[0]?.day ?? data.span.first)} to ` +
          formatDay(data.span.last)
        }
      />
      <dl className={classes['numbers']}>
        {figures(data).map(({ figure, path }) => (
          <div key={figure.name} data-number={figure.name}>
            <dt>
              <Link href={address(path, product)}>{figure.title}</Link>
            </dt>
            <dd>
              {figure.value === null ? 'not told' : formatCell(figure.value, figure)}{' '}
              {figure.value !== null && figure.before !== null && (
                <Change now={figure.value} before={figure.before} measure={{ type: figure.type }} />
              )}
            </dd>
            {figure.says !== null && <dd className={classes['says']}>{figure.says}</dd>}
          </div>
        ))}
      </dl>
    </>
  )
}

function figures({ figures: all }: Glance): readonly {
  readonly figure: Glance['figures'][number]
  readonly path: string
}[] {
  return shown.flatMap(({ name, path }) => {
    const figure = all.find((one) => one.name === name)
    return figure === undefined ? [] : [{ figure, path }]
  })
}
