import { describe, expect, it } from 'vitest'
import { noEndings } from '../../storage/engine/engine-endings.ts'
import { createMetrics } from './metrics.ts'

const sources = {
  inbox: () => ({
    entriesWaiting: 3,
    bytesWaiting: 700,
    oldestWaitingAt: 1_000,
    refusing: undefined
  }),
  store: () => ({ is: 'ready' as const, endings: noEndings }),
  doors: () => [
    {
      connections: 4,
      silent: 2,
      closedCrowded: 0,
      connectionsMax: 100,
      bodiesBytes: 0,
      bodiesTurnedAway: 0,
      bodiesBytesMax: 1_048_576
    },
    {
      connections: 1,
      silent: 0,
      closedCrowded: 0,
      connectionsMax: 100,
      bodiesBytes: 0,
      bodiesTurnedAway: 0,
      bodiesBytesMax: 1_048_576
    }
  ],
  budgets: () => ({
    marked: 0,
    turnedAway: 0,
    kibibytesTurnedAway: 0,
    deletionKeysTurnedAway: 0,
    networks: 0
  }),
  records: () => [
    { product: 'dlt', outcome: 'kept', count: 7 },
    { product: 'dlt', outcome: 'FIELD_NOT_IN_CONTRACT', count: 1 }
  ],
  requests: () => [{ protocol: 'segment', outcome: 'unknown-key', count: 4 }],
  statements: () => ({ shape: 9, TOO_SLOW: 1 }),
  forwarding: () => [
    {
      product: 'dlt',
      to: 'Acme',
      failing: { since: 1_500, says: 'answers 500' },
      refused: [],
      counts: new Map([['sent', 12]])
    }
  ],
  productOf: () => undefined,
  isClockBelieved: () => true,
  now: () => 3_500
}

describe('metrics', () => {
  it('show states and counts as they are at the moment of looking', async () => {
    const metrics = createMetrics(sources)
    metrics.answered('/v1/track', 200, 0.003)
    metrics.answered('/v1/track', 200, 0.2)
    await metrics.text()
    const text = await metrics.text()
    for (const line of [
      'candor_inbox_entries_waiting 3',
      'candor_inbox_oldest_seconds 2.5',
      'candor_inbox_accepting 1',
      'candor_store_ready 1',
      'candor_engine_ended_total{because="killed"} 0',
      'candor_connections_silent 2',
      'candor_records_total{product="dlt",outcome="kept"} 7',
      'candor_requests_total{protocol="segment",outcome="unknown-key"} 4',
      'candor_statements_total{outcome="TOO_SLOW"} 1',
      'candor_forwarded_total{product="dlt",recipient="Acme",outcome="sent"} 12',
      'candor_forwarding_away_seconds 2',
      'candor_answer_seconds_count{route="/v1/track",status="200"} 2'
    ])
      expect(text.split('\n')).toContain(line)
  })

  it('of two servers in one process are apart', async () => {
    const first = createMetrics(sources)
    const second = createMetrics(sources)
    first.answered('/livez', 200, 0)
    expect(await second.text()).not.toContain('route="/livez"')
  })
})
