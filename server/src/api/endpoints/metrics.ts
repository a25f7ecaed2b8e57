/**
 * What Prometheus scrapes: counts and states under names of our own; no label holds anything that a
 * client sent.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Registry } from 'prom-client'
import type { EngineEndings } from '../../storage/engine/engine-endings.ts'
import type { ForwarderState } from '../../forwarding/forwarder.ts'
import { AnswerTimes } from '../answer-times.ts'

export interface DoorState {
  readonly connections: number
  readonly silent: number
  readonly closedCrowded: number
  readonly connectionsMax: number
  readonly bodiesBytes: number
  readonly bodiesTurnedAway: number
  readonly bodiesBytesMax: number
}

/** What networks sent above their shares since the start. */
export interface BudgetStates {
  /** Records that were kept and marked. */
  readonly marked: number
  /** Records, KiB of requests, and keys of deletions that were turned away. */
  readonly turnedAway: number
  readonly kibibytesTurnedAway: number
  readonly deletionKeysTurnedAway: number
  /** Buckets in memory: a network and a product each. */
  readonly networks: number
}

export interface MetricSources {
  readonly inbox: () => {
    readonly entriesWaiting: number
    readonly bytesWaiting: number
    readonly oldestWaitingAt: number | undefined
    readonly refusing: string | undefined
  }
  readonly store: () => {
    readonly is: 'starting' | 'ready' | 'unreachable'
    readonly endings?: EngineEndings
  }
  /** What each address that is listened on has taken of its bounds. */
  readonly doors: () => readonly DoorState[]
  readonly budgets: () => BudgetStates
  /**
   * Records by product and outcome, since the start. `outcome` is kept, duplicate or a drop's code.
   */
  readonly records: () => readonly {
    readonly product: string
    readonly outcome: string
    readonly count: number
  }[]
  /** Whole requests that became no records, by protocol and outcome. */
  readonly requests: () => readonly {
    readonly protocol: string
    readonly outcome: string
    readonly count: number
  }[]
  /**
   * SQL statements since the start: `shape`, or why only the kind of one is kept. Each is asked
   * once for a request.
   */
  readonly statements: () => Readonly<Partial<Record<string, number>>>
  /** Whom records are passed on to, and what became of each. */
  readonly forwarding: () => readonly Pick<
    ForwarderState,
    'product' | 'to' | 'failing' | 'refused' | 'counts'
  >[]
  /** Whose a route is; undefined: every product's. */
  readonly productOf: (route: string) => string | undefined
  readonly isClockBelieved: () => boolean
  readonly now: () => number
}

export interface Metrics {
  /** The text that Prometheus reads: what is about these products, or about none. */
  text(isAmong?: (product: string) => boolean): Promise<string>
  /** One answer went out. `route` is the route's own path, never the request's. */
  answered(route: string, status: number, seconds: number): void
}

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry()
  const meters = metersOf(registry)
  measureInbox(meters, sources)
  measureDoors(meters, sources)
  measureBudgets(meters, sources)
  measureProcess(meters)
  countOutcomes(meters, sources)
  measureForwarding(meters, sources)
  const times = new AnswerTimes()
  return {
    async text(isAmong = () => true) {
      const lines = (await registry.metrics()).split('\n')
      const told = lines.filter((line) => {
        const product = /[{,]product="([^"]*)"/.exec(line)?.[1]
        return product === undefined || isAmong(product)
      })
      const isTold = (route: string): boolean => {
        const product = sources.productOf(route)
        return product === undefined || isAmong(product)
      }
      return told.join('\n') + times.text(isTold)
    },
    answered: (route, status, seconds) => times.observe(route, status, seconds)
  }
}

/** How one metric is told: each is read when Prometheus asks. */
interface Meters {
  readonly gauge: (name: string, help: string, value: () => number) => void
  readonly counter: (name: string, help: string, value: () => number) => void
  /** A counter for each set of labels that has counted something. */
  readonly counters: <Label extends string>(
    name: string,
    help: string,
    labels: readonly Label[],
    values: () => Iterable<readonly [Readonly<Record<Label, string>>, number]>
  ) => void
}

/**
 * Every metric is registered in this registry and nowhere else, so that two servers of one process
 * do not share any.
 */
function metersOf(registry: Registry): Meters {
  const registers: Registry[] = []
  return {
    gauge: (name, help, value) =>
      registry.registerMetric(
        new Gauge({
          name,
          help,
          registers,
          collect() {
            this.set(value())
          }
        })
      ),
    counter: (name, help, value) =>
      registry.registerMetric(
        new Counter({
          name,
          help,
          registers,
          collect() {
            this.reset()
            this.inc(value())
          }
        })
      ),
    counters: (name, help, labels, values) =>
      registry.registerMetric(
        new Counter({
          name,
          help,
          labelNames: [...labels],
          registers,
          collect() {
            this.reset()
            for (const [labelled, count] of values()) this.inc(labelled, count)
          }
        })
      )
  }
}

function measureForwarding({ gauge, counters }: Meters, sources: MetricSources): void {
  counters(
    'candor_forwarded_total',
    'Records and deletions by recipient and outcome, since the start: sent, deletion, refused, ' +
      'deleted, or why a record stays.',
    ['product', 'recipient', 'outcome'],
    () =>
      sources
        .forwarding()
        .flatMap(({ product, to: recipient, counts }) =>
          [...counts].map(([outcome, count]) => [{ product, recipient, outcome }, count] as const)
        )
  )
  gauge(
    'candor_forwarding_away_seconds',
    'For how long the recipient that has been away longest takes nothing; 0 while all take.',
    () =>
      Math.max(
        0,
        ...sources
          .forwarding()
          .map(({ failing }) =>
            failing === undefined ? 0 : (sources.now() - failing.since) / 1000
          )
      )
  )
  gauge(
    'candor_forwarding_refused_batches',
    'Batches that a recipient said it never takes, and that are tried again once a day.',
    () => sources.forwarding().reduce((total, { refused }) => total + refused.length, 0)
  )
}

function measureInbox({ gauge }: Meters, sources: MetricSources): void {
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
  gauge('candor_inbox_accepting', '1 while what is sent can be kept.', () =>
    sources.inbox().refusing === undefined ? 1 : 0
  )
  gauge('candor_store_ready', '1 while the store answers.', () =>
    sources.store().is === 'ready' ? 1 : 0
  )
}

function measureDoors({ gauge, counter }: Meters, sources: MetricSources): void {
  const sumOf = (name: keyof DoorState): number =>
    sources.doors().reduce((total, door) => total + door[name], 0)
  gauge('candor_connections', 'Open connections.', () => sumOf('connections'))
  gauge('candor_connections_max', 'How many there may be.', () => sumOf('connectionsMax'))
  gauge('candor_connections_silent', 'Open connections that have not sent a byte.', () =>
    sumOf('silent')
  )
  gauge(
    'candor_bodies_bytes',
    'Memory that bodies take which are not whole yet, or are being answered.',
    () => sumOf('bodiesBytes')
  )
  gauge('candor_bodies_bytes_max', 'How much they may take.', () => sumOf('bodiesBytesMax'))
  counter('candor_connections_crowded_total', 'Connections closed to make room for others.', () =>
    sumOf('closedCrowded')
  )
  counter('candor_bodies_turned_away_total', 'Bodies turned away to make room for others.', () =>
    sumOf('bodiesTurnedAway')
  )
}

function measureBudgets({ gauge, counter }: Meters, sources: MetricSources): void {
  gauge(
    'candor_budget_networks',
    'Networks with a budget that were heard of lately, each once for a product.',
    () => sources.budgets().networks
  )
  counter(
    'candor_budget_marked_records_total',
    'Records above the share of their network: kept and marked.',
    () => sources.budgets().marked
  )
  counter(
    'candor_budget_turned_away_records_total',
    'Records far above the share of their network: answered as overload.',
    () => sources.budgets().turnedAway
  )
  gauge('candor_clock_believed', '1 while the machine’s clock is plausible.', () =>
    sources.isClockBelieved() ? 1 : 0
  )
}

function countOutcomes({ counters }: Meters, sources: MetricSources): void {
  counters(
    'candor_engine_ended_total',
    'How often the embedded engine’s process ended and was started again, by why.',
    ['because'],
    () =>
      Object.entries(sources.store().endings?.counts ?? {}).map(([because, count]) => [
        { because },
        count
      ])
  )
  counters(
    'candor_records_total',
    'Records by product and what became of them.',
    ['product', 'outcome'],
    () => sources.records().map(({ count, ...labels }) => [labels, count])
  )
  counters(
    'candor_requests_total',
    'Requests that became no records, by protocol and why.',
    ['protocol', 'outcome'],
    () => sources.requests().map(({ count, ...labels }) => [labels, count])
  )
  counters(
    'candor_statements_total',
    'SQL statements by what is kept of them: a shape, or only their kind and why.',
    ['outcome'],
    () => Object.entries(sources.statements()).map(([outcome, count = 0]) => [{ outcome }, count])
  )
}

/**
 * A few of prom-client's, under the same names: all of them would watch each garbage collection
 * and walk every open handle.
 */
function measureProcess({ gauge, counter }: Meters): void {
  const everyMs = 20
  const delay = monitorEventLoopDelay({ resolution: everyMs })
  delay.enable()
  counter(
    'candor_process_cpu_seconds_total',
    'Processor time, user and system, in seconds.',
    () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    }
  )
  gauge('candor_process_resident_memory_bytes', 'Memory in use.', () => process.memoryUsage.rss())
  gauge(
    'candor_nodejs_heap_size_used_bytes',
    "Of it, JavaScript's.",
    () => process.memoryUsage().heapUsed
  )
  gauge(
    'candor_nodejs_eventloop_lag_p99_seconds',
    'How late the event loop was, since the last look.',
    () => {
      // What is measured is the time between two looks, so a loop that is never late has the
      // interval itself.
      const seconds = Math.max(0, delay.percentile(99) / 1e9 - everyMs / 1e3)
      delay.reset()
      return seconds
    }
  )
}
