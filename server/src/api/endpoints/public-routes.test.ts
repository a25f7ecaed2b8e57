import { describe, expect, it } from 'vitest'
import type { HttpAnswer } from '../../http/route.ts'
import { testContract } from '../../storage/contract.test-support.ts'
import { createPublicRoutes, type PublicServices } from './public-routes.ts'

const digest = `sha256:${'a'.repeat(64)}` as const
const newest = testContract()
const services: PublicServices = {
  products: () => [{ newest, published: new Map([[digest, newest]]), paths: ['/in/dlt', '*/dlt'] }],
  notReady: () => undefined,
  store: () => 'ready',
  feedKeys: () => [{ id: 'k', key: 'public' }]
}

async function get(path: string, changes: Partial<PublicServices> = {}): Promise<HttpAnswer> {
  const routes = createPublicRoutes({ ...services, ...changes })
  const route = routes.find(
    (one) => one.path === path || (one.path.endsWith('*') && path.startsWith(one.path.slice(0, -1)))
  )
  if (route === undefined) throw new Error(`no route ${path}`)
  const request = { path, query: '', headers: {}, body: Buffer.alloc(0), receivedAt: 0 }
  return route.handle(request, {
    network: undefined,
    onAnswered: () => undefined,
    onLeft: () => undefined
  })
}

function bodyOf({ body }: HttpAnswer): unknown {
  return JSON.parse(String(body))
}

describe('readiness', () => {
  it('follows the write path, and only tells of the store, since records wait while it is away', async () => {
    expect(await get('/readyz')).toMatchObject({
      status: 200,
      body: '{"ready":true,"store":"ready"}'
    })
    const away = await get('/readyz', { store: () => 'unreachable' })
    expect([away.status, bodyOf(away)]).toEqual([200, { ready: true, store: 'unreachable' }])
    const full = await get('/readyz', { notReady: () => 'disk-low' })
    expect([full.status, bodyOf(full)]).toEqual([
      503,
      { ready: false, because: 'disk-low', store: 'ready' }
    ])
  })

  it('is another thing than being alive', async () => {
    expect((await get('/livez', { notReady: () => 'full' })).status).toBe(200)
  })
})

describe('what anyone may read', () => {
  it('says what is accepted, from whom, for how long, and where to say no', async () => {
    const told = bodyOf(await get('/.well-known/telemetry.json'))
    expect(told).toMatchObject({
      candor: 1,
      products: [
        {
          product: 'dlt',
          retention: { recordsDays: 90 },
          deletion: '/v1/deletions',
          contracts: [`/contracts/dlt/${'a'.repeat(64)}.json`],
          accepts: { own: ['/in/dlt', '*/dlt'] }
        }
      ],
      feedKeys: [{ id: 'k' }]
    })
  })

  it('keeps a published contract under its digest for ever', async () => {
    const path = `/contracts/dlt/${'a'.repeat(64)}.json`
    const found = await get(path)
    expect(found.status).toBe(200)
    expect(found.headers['Cache-Control']).toContain('immutable')
    expect(bodyOf(found)).toEqual(newest.contract.document)
  })

  it('does not know other contracts, nor ways out of the folder', async () => {
    const wrong = [
      `/contracts/dlt/${'b'.repeat(64)}.json`,
      `/contracts/nobody/${'a'.repeat(64)}.json`,
      '/contracts/../secret'
    ]
    for (const path of wrong) expect((await get(path)).status, path).toBe(404)
  })
})
