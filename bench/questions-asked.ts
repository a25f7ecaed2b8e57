/**
 * What is asked: every question that the server lists, once, and what the dashboard's overview asks
 * of a product.
 */

export interface Ask {
  readonly path: string
  readonly parameters: Readonly<Record<string, string>>
}

/**
 * Those that need a parameter, or say more of another product; the others are asked of dlt as they
 * stand.
 */
const asks: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  breakdown: { product: 'dlt', field: 'destination_type' },
  distribution: { product: 'dlt', field: 'elapsed' },
  // dlt declares no snapshot.
  fleet: { product: 'timescaledb' },
  funnel: { product: 'dlt', records: 'pipeline_extract,pipeline_normalize,pipeline_load' }
}

export function askOf(question: string): Ask {
  return { path: `questions/${question}`, parameters: asks[question] ?? { product: 'dlt' } }
}

const since = '30d'

function card(question: string, own: Readonly<Record<string, string>> = {}): Ask {
  return { path: `questions/${question}`, parameters: { product: 'dlt', since, ...own } }
}

/**
 * What `dashboard/src/overview` asks before anybody scrolls: its headline, its first chart, and the
 * two cards that a desk's screen shows below.
 */
const firstScreen: readonly Ask[] = [
  { path: 'session', parameters: {} },
  { path: 'products', parameters: {} },
  { path: 'questions', parameters: { product: 'dlt' } },
  { path: 'glance', parameters: { product: 'dlt', since } },
  card('active-installations', { unit: 'day' }),
  card('versions', { unit: 'all' }),
  card('active-installations', { unit: 'all', by: 'os' })
]

/**
 * All that a name of the bench's own asks at once. The whole overview: as if somebody scrolled to
 * its end in a moment.
 */
export const pages: Readonly<Record<string, readonly Ask[]>> = {
  'overview-first-screen': firstScreen,
  overview: [
    ...firstScreen,
    card('events', { unit: 'all' }),
    card('events', { unit: 'all', since: '7d', compare: 'previous' }),
    card('new-returning-lost', { unit: 'week' }),
    card('failures'),
    ...['destination_type', 'source_name', 'success', 'operation', 'exec_info', 'run_context'].map(
      (field) => card('breakdown', { field })
    ),
    card('distribution', { field: 'elapsed' })
  ]
}
