import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Budgets } from '../http/budgets.ts'
import type { Exchange, HttpAnswer, HttpRequest, HttpRoute } from '../http/route.ts'
import { createSegment } from '../protocols/segment/segment.ts'
import { openTestCollector, START, type TestCollector } from './collector.test-support.ts'
import { ingestRoute } from './ingest-route.ts'

describe('what a network sends', () => {
  let test: TestCollector
  let route: HttpRoute
  const counted: string[] = []
  beforeEach(async () => {
    test = await openTestCollector()
    counted.length = 0
    const clock = { now: () => START }
    const segment = createSegment({
      scheme: 'http',
      resolveKey: () => 'sample',
      readingOf: () => undefined,
      declares: () => true
    })
    const track = segment.routes.find(({ path }) => path === '/v1/track')
    if (track === undefined) throw new Error('no track')
    const much = { burst: 1_000, perHour: 1 }
    route = ingestRoute(track, {
      collector: test.collector,
      requests: { count: (protocol, outcome) => void counted.push(`${protocol} ${outcome}`) },
      malformed: { note: () => undefined },
      budgets: {
        kibibytes: new Budgets(clock, { share: much, most: much }),
        records: new Budgets(clock, {
          share: { burst: 2, perHour: 1 },
          most: { burst: 4, perHour: 1 }
        })
      }
    })
  })
  afterEach(() => test.close())

  const send = async (network: string | undefined, count: number): Promise<HttpAnswer[]> => {
    const answers: HttpAnswer[] = []
    for (let index = 0; index < count; index += 1) {
      const body = {
        writeKey: 'key',
        anonymousId: `i${index}`,
        messageId: `m${network}${index}`,
        event: 'load'
      }
      const request: HttpRequest = {
        path: '/v1/track',
        query: '',
        headers: {},
        body: Buffer.from(JSON.stringify(body)),
        receivedAt: START
      }
      const exchange: Exchange = { network, onAnswered: () => undefined, onLeft: () => undefined }
      answers.push(await route.handle(request, exchange))
    }
    return answers
  }

  it('above its share is marked, and far above it is answered as overload and not kept', async () => {
    const answers = await send('203.0.113.0/24', 6)
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429, 429])
    expect(counted).toEqual(['segment over-budget', 'segment over-budget'])
    const rows = await test.rows()
    expect(rows.map((row) => row['over_budget'] ?? false)).toEqual([false, false, true, true])
  })

  it('is nobody’s budget where nobody can be told apart', async () => {
    const answers = await send(undefined, 6)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect((await test.rows()).some((row) => row['over_budget'] === true)).toBe(false)
  })
})
