/** Where an edge asks what it has to know: `GET /v1/edge.json`. Nothing in it is secret. */
import type { HttpRoute } from '../http/route.ts'
import { jsonAnswer } from '../protocols/json.ts'
import type { EdgeBundle } from './bundle.ts'
import { digestOf } from './digest.ts'

export const bundlePath = '/v1/edge.json'

export function bundleRoute(bundle: () => EdgeBundle): HttpRoute {
  return {
    method: 'GET',
    path: bundlePath,
    bodyBytesMax: 0,
    handle: ({ headers }) => {
      const body = JSON.stringify(bundle())
      const etag = `"${digestOf(body).slice(0, 32)}"`
      // An edge asks every ten minutes: what was published is known there by then.
      const caching = { ETag: etag, 'Cache-Control': 'public, max-age=60' }
      return headers['if-none-match'] === etag
        ? { status: 304, headers: caching, body: '' }
        : { status: 200, headers: { 'Content-Type': 'application/json', ...caching }, body }
    },
    refused: () => jsonAnswer(400, { code: 'PARAMETER_INVALID', message: 'A GET has no body.' })
  }
}
