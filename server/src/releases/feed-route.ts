/** How a feed is fetched: `GET /v1/feed/<product>.json`, cacheable by anybody. */
import { hasAlready } from '../http/etag.ts'
import type { HttpAnswer, HttpRequest, HttpRoute } from '../http/route.ts'
import type { Feed } from './feed.ts'

const prefix = '/v1/feed/'

export function feedRoute({
  feed,
  products
}: {
  readonly feed: Pick<Feed, 'of'>
  readonly products: () => readonly { readonly name: string }[]
}): HttpRoute {
  return {
    method: 'GET',
    path: `${prefix}*`,
    bodyBytesMax: 0,
    cors: true,
    handle: (request) => answer(request, feed, products()),
    refused: (problem) =>
      problemAnswer(
        problem === 'method-not-allowed' ? 405 : 400,
        'PARAMETER_INVALID',
        'A feed is read with GET and no body.'
      )
  }
}

function answer(
  request: HttpRequest,
  feed: Pick<Feed, 'of'>,
  products: readonly { readonly name: string }[]
): HttpAnswer {
  const product = products.find(({ name }) => request.path === `${prefix}${name}.json`)
  if (product === undefined)
    return problemAnswer(404, 'PRODUCT_UNKNOWN', 'There is no feed of this name.')
  const signed = feed.of(product.name)
  if (signed.is === 'unknown')
    return problemAnswer(
      503,
      'RELEASES_INVALID',
      'The list of releases can not be read now, and an empty one is not signed in its place.'
    )
  if (signed.is === 'no-keys')
    return problemAnswer(
      404,
      'KEYS_MISSING',
      'This collector has no keys to sign a feed with. Its operator runs `candor keys create`.'
    )
  const { body, etag } = signed.feed
  // An hour: an advisory should not wait for a cache longer than that.
  const caching = { ETag: etag, 'Cache-Control': 'public, max-age=3600' }
  if (hasAlready(request, etag)) return { status: 304, headers: caching, body: '' }
  return { status: 200, headers: { 'Content-Type': 'application/json', ...caching }, body }
}

function problemAnswer(status: number, code: string, message: string): HttpAnswer {
  return {
    status,
    headers: {
      'Content-Type': 'application/json',
      ...(status === 503 ? { 'Retry-After': '3600' } : {})
    },
    body: JSON.stringify({ code, message })
  }
}
