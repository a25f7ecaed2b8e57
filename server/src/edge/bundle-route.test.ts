import { expect, it } from 'vitest'
import type { HttpAnswer } from '../http/route.ts'
import type { EdgeBundle } from './bundle.ts'
import { bundleRoute } from './bundle-route.ts'

let made = 0
const route = bundleRoute((): EdgeBundle => {
  made++
  const nothing = { products: [], parts: [], writeKeys: {}, paths: {}, paces: {}, releases: {} }
  return { v: 1, publicKey: `key ${made}`, accounts: false, ...nothing }
})

async function ask(receivedAt: number, tag?: string): Promise<HttpAnswer> {
  const headers = tag === undefined ? {} : { 'if-none-match': tag }
  const request = { path: '/v1/edge.json', query: '', headers, body: Buffer.alloc(0), receivedAt }
  const exchange = { network: undefined, onAnswered: () => undefined, onLeft: () => undefined }
  return route.handle(request, exchange)
}

it('is put together once for all that ask within seconds, and again for whoever asks later', async () => {
  const first = await ask(0)
  for (let at = 0; at < 5_000; at += 100) expect(await ask(at)).toEqual(first)
  expect(made).toBe(1)
  expect((await ask(5_000)).body).toContain('key 2')
})

it('is not sent again to an edge that has it, though a proxy packed it on the way', async () => {
  const { ETag } = (await ask(0)).headers
  expect(await ask(0, `W/${ETag}`)).toMatchObject({ status: 304, body: '' })
  expect(await ask(0, '"another"')).toMatchObject({ status: 200 })
})
