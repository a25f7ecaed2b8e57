/**
 * What is asked: every question that the server lists, once; some of them where a field has a
 * value, which no aggregate tells; and what the dashboard's overview asks of a product.
 */

export interface Ask {
  readonly path: string
  readonly parameters: Readonly<Record<string, string>>
}

const advisory = { id: 'BENCH-1', daysAgo: 30, affected: '<1.28.0' } as const

/** The file of dlt's advisories, as an operator has it. */
export function releasesFile(now: number): string {
  const date = new Date(now - advisory.daysAgo * 86_400_000).toISOString().slice(0, 10)
  const { id, affected } = advisory
  return (
    `releases: []\nadvisories:\n  - { id: ${id}, date: ${date}, level: high, title: A bench, ` +
    `url: 'https://example.org/${id}', affected: '${affected}' }\n`
  )
}

/**
 * Those that need a parameter, or say more of another product; the others are asked of dlt as they
 * stand.
 */
const asks: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  breakdown: { product: 'dlt', field: 'destination_type' },
  distribution: { product: 'dlt', field: 'elapsed' },
  // dlt declares no snapshot, and no shape of a statement.
  fleet: { product: 'timescaledb' },
  'query-shapes': { product: 'readyset' },
  exposure: { product: 'dlt', advisory: advisory.id },
  funnel: { product: 'dlt', records: 'pipeline_extract,pipeline_normalize,pipeline_load' }
}

export function askOf(question: string): Ask {
  return { path: `questions/${question}`, parameters: asks[question] ?? { product: 'dlt' } }
}

const since = '30d'

function card(question: string, own: Readonly<Record<string, string>> = {}): Ask {
  return { path: `questions/${question}`, parameters: { product: 'dlt', since, ...own } }
}

const where = 'destination_type=duckdb'

/** By the names that the bench gives them. */
export const filtered: Readonly<Record<string, Ask>> = {
  'active-installations, a part of the environment': card('active-installations', { os: 'linux' }),
  'active-installations, a field': card('active-installations', { where }),
  'events, a field': card('events', { where }),
  'breakdown, a field': card('breakdown', { field: 'exec_info', where }),
  'failures, a field': card('failures', { where }),
  'retention, a field': card('retention', { where })
}

/** What is one number for the whole period counts full days. */
function total(question: string, own: Readonly<Record<string, string>> = {}): Ask {
  return card(question, { until: 'yesterday', ...own })
}

/**
 * What `dashboard/src/overview` asks before anybody scrolls: its headline, its first chart, and the
 * two cards that a desk's screen shows below.
 */
const firstScreen: readonly Ask[] = [
  { path: 'session', parameters: {} },
  { path: 'products', parameters: {} },
  { path: 'questions', parameters: { product: 'dlt' } },
  { path: 'segments', parameters: {} },
  { path: 'annotations', parameters: { product: 'dlt' } },
  { path: 'glance', parameters: { product: 'dlt', since } },
  card('active-installations', { unit: 'day' }),
  total('versions', { unit: 'all' }),
  total('active-installations', { unit: 'all', by: 'os' })
]

/**
 * All that a name of the bench's own asks at once. The whole overview: as if somebody scrolled to
 * its end in a moment.
 */
export const pages: Readonly<Record<string, readonly Ask[]>> = {
  'overview-first-screen': firstScreen,
  overview: [
    ...firstScreen,
    { path: 'products/dlt', parameters: {} },
    total('events', { unit: 'all' }),
    card('events', { unit: 'all', since: '7d', compare: 'previous' }),
    card('new-returning-lost', { unit: 'week' }),
    total('failures'),
    ...['destination_type', 'source_name', 'success', 'operation', 'exec_info', 'run_context'].map(
      (field) => total('breakdown', { field })
    ),
    total('distribution', { field: 'elapsed' })
  ]
}

/** Questions that the overview asks: the bar of the design is theirs. */
export function isOfOverview(name: string): boolean {
  return pages['overview']?.some(({ path }) => path === `questions/${name}`) ?? false
}
