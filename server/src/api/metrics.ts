/** What Prometheus scrapes: counts and states under names of our own; no label holds anything that a client sent. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

export interface MetricSources {
  readonly inbox: () => {
    readonly entriesWaiting: number
    readonly bytesWaiting: number
    readonly oldestWaitingAt: number | undefined
    readonly refusing: string | undefined
  }
  readonly store: () => 'starting' | 'ready' | 'unreachable'
  readonly connections: () => { readonly connections: number; readonly silent: number }
  /** Records by product and outcome, since the start. `outcome` is kept, duplicate or a drop's code. */
  readonly records: () => readonly { readonly product: string; readonly outcome: string; readonly count: number }[]
  /** Whole requests that became no records, by protocol and outcome. */
  readonly requests: () => readonly { readonly protocol: string; readonly outcome: string; readonly count: number }[]
  readonly now: () => number
}

export interface Metrics {
  /** The text that Prometheus reads. */
  text(): Promise<string>
  /** One answer went out. `route` is the route's own path, never the request's. */
  answered(route: string, status: number, seconds: number): void
}

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry()
  // Every metric is registered here and nowhere else, so that two servers of one process do not share any.
  const registers: Registry[] = []
  collectDefaultMetrics({ register: registry, prefix: 'candor_' })
  gauge(
    'candor_inbox_entries_waiting',
    'Entries that are durable and not yet in the store.',
    () => sources.inbox().entriesWaiting
  )
  gauge('candor_inbox_bytes_waiting', 'Bytes of those entries.', () => sources.inbox().bytesWaiting)
  gauge('candor_inbox_oldest_seconds', 'How long the oldest of those entries has waited.', () => {
    const { oldestWaitingAt } = sources.inbox()
    return oldestWaitingAt === undefined ? 0 : Math.max(0, (sources.now() - oldestWaitingAt) / 1000)
  })
  gauge('candor_inbox_accepting', '1 while what is sent can be kept.', () => (sources.inbox().refusing === undefined ? 1 : 0))
  gauge('candor_store_ready', '1 while the store answers.', () => (sources.store() === 'ready' ? 1 : 0))
  gauge('candor_connections', 'Open connections.', () => sources.connections().connections)
  gauge('candor_connections_silent', 'Open connections that have not sent a byte.', () => sources.connections().silent)
  registry.registerMetric(
    new Counter({
      name: 'candor_records_total',
      help: 'Records by product and what became of them.',
      labelNames: ['product', 'outcome'],
      registers,
      collect() {
        this.reset()
        for (const { product, outcome, count } of sources.records()) this.inc({ product, outcome }, count)
      }
    })
  )
  registry.registerMetric(
    new Counter({
      name: 'candor_requests_total',
      help: 'Requests that became no records, by protocol and why.',
      labelNames: ['protocol', 'outcome'],
      registers,
      collect() {
        this.reset()
        for (const { protocol, outcome, count } of sources.requests()) this.inc({ protocol, outcome }, count)
      }
    })
  )
  const seconds = new Histogram({
    name: 'candor_answer_seconds',
    help: 'From a request read whole to its answer handed over.',
    labelNames: ['route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers
  })
  registry.registerMetric(seconds)
  const labelled = new Map<string, ReturnType<typeof seconds.labels>>()
  return {
    text: () => registry.metrics(),
    answered(route, status, elapsed) {
      const key = `${status} ${route}`
      let series = labelled.get(key)
      if (series === undefined) {
        series = seconds.labels({ route, status: String(status) })
        labelled.set(key, series)
      }
      series.observe(elapsed)
    }
  }

  function gauge(name: string, help: string, value: () => number): void {
    registry.registerMetric(
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(value())
        }
      })
    )
  }
}
