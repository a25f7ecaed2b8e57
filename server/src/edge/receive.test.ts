import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  openTestCollector,
  START,
  type TestCollector
} from '../collector/collector.test-support.ts'
import { Budgets } from '../http/budgets.ts'
import type { HttpAnswer, HttpRoute } from '../http/route.ts'
import { digestOf } from './digest.ts'
import { sealed, type SealedHandover } from './handing-on.ts'
import type { Handover } from './handover.ts'
import { handoverRoute } from './receive.ts'
import { sealFor } from './seal.ts'
import { edgeKeyOf } from './unseal.ts'

const token = 'a-token-of-an-edge'
const network = '192.0.2.0/24'

describe('what is handed on', () => {
  let test: TestCollector
  let route: HttpRoute
  let publicKey: Uint8Array
  let counted: string[]
  beforeEach(async () => {
    test = await openTestCollector()
    counted = []
    const key = edgeKeyOf(test.keyring.edgeSeed())
    publicKey = Buffer.from(key.publicKey, 'base64url')
    const clock = { now: () => START }
    const much = { burst: 2_000, perHour: 1 }
    route = handoverRoute({
      key,
      collector: test.collector,
      requests: { count: (protocol, outcome) => void counted.push(`${protocol} ${outcome}`) },
      protocols: new Set(['segment']),
      tokens: [digestOf(token)],
      budgets: {
        kibibytes: new Budgets(clock, { share: much, most: much }),
        records: new Budgets(clock, {
          share: { burst: 3, perHour: 1 },
          most: { burst: 5, perHour: 1 }
        })
      }
    })
  })
  afterEach(() => test.close())

  const handover = (records: number): Handover => ({
    id: randomUUID(),
    protocol: 'segment',
    receivedAt: START - 1_000,
    decoded: {
      is: 'records',
      records: Array.from({ length: records }, (_, index) => ({
        source: { product: 'sample', installation: `machine-${index}` },
        wire: 'kept' as const,
        name: 'load',
        fields: {}
      })),
      dropped: [],
      duplicates: { by: 'none' }
    }
  })
  const post = async (
    handovers: readonly SealedHandover[],
    bearer?: string
  ): Promise<Pick<HttpAnswer, 'status'> & { readonly body: unknown }> => {
    const request = {
      path: '/v1/handovers',
      query: '',
      headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
      body: Buffer.from(JSON.stringify({ candor: 1, handovers })),
      receivedAt: START
    }
    const exchange = { network, onAnswered: () => undefined, onLeft: () => undefined }
    const { status, body } = await route.handle(request, exchange)
    return { status, body: JSON.parse(String(body)) }
  }
  const closed = (records: number): Promise<SealedHandover> =>
    sealed(handover(records), { publicKey })

  it('is kept with the time that an edge with a token says, and with ours of anybody else', async () => {
    const [known, stranger] = [await closed(1), await closed(1)]
    expect(await post([known], 'another-token')).toMatchObject({ status: 401 })
    expect(await test.rows()).toEqual([])
    for (const bearer of [token, undefined])
      expect(await post([known], bearer)).toEqual({
        status: 200,
        body: { kept: [known.id], refused: [] }
      })
    expect(await test.rows()).toMatchObject([{ received_at: START - 1_000 }])
    await post([stranger])
    expect(await test.rows()).toMatchObject([{ received_at: START }])
  })

  it('is refused by its name alone where it was sealed under another', async () => {
    const [mine, other] = [await closed(1), await closed(1)]
    expect(await post([mine, { id: other.id, box: mine.box }])).toEqual({
      status: 200,
      body: { kept: [mine.id], refused: [{ id: other.id, code: 'HANDOVER_UNREADABLE' }] }
    })
  })

  it('is refused where it was sealed for the key of another secret', async () => {
    const other = Buffer.from(edgeKeyOf(Buffer.alloc(32, 7)).publicKey, 'base64url')
    const { id, box } = await sealed(handover(1), { publicKey: other })
    expect(await post([{ id, box }])).toEqual({
      status: 200,
      body: { kept: [], refused: [{ id, code: 'HANDOVER_UNREADABLE' }] }
    })
    expect(counted).toEqual(['edge not-for-us'])
  })

  it('counts against the share of a stranger by its records, as at every other door', async () => {
    expect((await post([await closed(3)])).status).toBe(200)
    expect((await test.rows()).map((row) => row['over_budget'])).toEqual(Array(3).fill(undefined))
    expect((await post([await closed(2)])).status).toBe(200)
    expect((await test.rows()).map((row) => row['over_budget'])).toEqual([true, true])
    expect((await post([await closed(1)])).status).toBe(503)
    expect(await test.rows()).toEqual([])
    expect(counted).toEqual(['edge over-budget'])
    expect((await post([await closed(100)], token)).status).toBe(200)
    expect(await test.rows()).toHaveLength(100)
  })

  it('counts against the share of a stranger by what it unpacks to', async () => {
    const id = randomUUID()
    const packed = gzipSync(Buffer.alloc(4 * 1_024 * 1_024, ' '))
    const box = Buffer.from(await sealFor(publicKey, id, packed)).toString('base64')
    expect(box.length).toBeLessThan(10_000)
    expect((await post([{ id, box }])).status).toBe(503)
    expect(counted).toEqual(['edge over-budget'])
  })
})
