/** Every metric of ours that Prometheus scrapes. */
import { createMetrics } from '../../server/src/api/endpoints/metrics.ts'
import { noEndings } from '../../server/src/storage/engine/engine-endings.ts'
import { code, page, table } from './page.ts'

export async function metricsPage(): Promise<string> {
  const metrics = createMetrics({
    inbox: () => ({
      entriesWaiting: 0,
      bytesWaiting: 0,
      oldestWaitingAt: undefined,
      refusing: undefined
    }),
    store: () => ({ is: 'ready', endings: noEndings }),
    doors: () => [],
    budgets: () => ({
      marked: 0,
      turnedAway: 0,
      kibibytesTurnedAway: 0,
      deletionKeysTurnedAway: 0,
      networks: 0
    }),
    records: () => [{ product: 'dlt', outcome: 'kept', count: 1 }],
    requests: () => [{ protocol: 'segment', outcome: 'unknown-key', count: 1 }],
    statements: () => ({ shape: 1 }),
    forwarding: () => [
      {
        product: 'dlt',
        to: 'Acme Analytics',
        failing: undefined,
        refused: [],
        counts: new Map([['sent', 1]])
      }
    ],
    productOf: () => undefined,
    isClockBelieved: () => true,
    now: () => 0
  })
  metrics.answered('/v1/track', 200, 0)
  const text = await metrics.text()
  const rows = [
    ...text.matchAll(/^# HELP (candor_\w+) (.*)\n# TYPE \w+ (\w+)\n(?:\w+(?:\{(.*)\})?)?/gm)
  ].map(([, name, help = '', type = '', labels = '']) => [code(name), type, labelsOf(labels), help])
  return page(
    'Metrics',
    '`GET /metrics`, where the API listens, in the text format of Prometheus. No label holds ' +
      'anything that a client sent: products are declared, routes are our own ' +
      'paths, outcomes our own words.',
    table(['metric', 'type', 'labels', 'what it counts'], rows),
    '`outcome` of records: `kept`, `duplicate`, or the code of what was dropped. `outcome` ' +
      'of requests: why a whole request became no records. `outcome` of statements: `shape`, or ' +
      'why only the kind of a statement is kept, `TOO_SLOW` and `OVERLOADED` among it ' +
      '([all](../../sql/README.md#what-comes-out)). Which of them to watch: ' +
      '[operate](../guide/operate.md).'
  )
}

function labelsOf(labels: string): string {
  return [...labels.matchAll(/(\w+)="/g)]
    .map(([, label]) => code(label))
    .filter((label) => label !== '`le`')
    .join(', ')
}
