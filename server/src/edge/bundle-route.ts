/** Where an edge asks what it has to know: `GET /v1/edge.json`. Nothing in it is secret. */
import { etagOf, hasAlready } from '../http/etag.ts'
import type { HttpRoute } from '../http/route.ts'
import { jsonAnswer } from '../protocols/json.ts'
import type { Instant } from '../record.ts'
import type { EdgeBundle } from './bundle.ts'

export const bundlePath = '/v1/edge.json'

/** All contracts are walked for it, which takes 30 ms and more: whoever asks often gets the same. */
const keptForMs = 5_000

interface Made {
  readonly at: Instant
  readonly body: string
  readonly etag: string
}

export function bundleRoute(bundle: () => EdgeBundle): HttpRoute {
  let kept: Made | undefined
  const madeAt = (now: Instant): Made => {
    if (kept === undefined || Math.abs(now - kept.at) >= keptForMs) {
      const body = JSON.stringify(bundle())
      kept = { at: now, body, etag: etagOf(body) }
    }
    return kept
  }
  return {
    method: 'GET',
    path: bundlePath,
    bodyBytesMax: 0,
    handle: (request) => {
      const { body, etag } = madeAt(request.receivedAt)
      // An edge asks every ten minutes: what was published is known there by then.
      const caching = { ETag: etag, 'Cache-Control': 'public, max-age=60' }
      return hasAlready(request, etag)
        ? { status: 304, headers: caching, body: '' }
        : { status: 200, headers: { 'Content-Type': 'application/json', ...caching }, body }
    },
    refused: () => jsonAnswer(400, { code: 'PARAMETER_INVALID', message: 'A GET has no body.' })
  }
}
