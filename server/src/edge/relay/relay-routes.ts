/** Which routes does a relay serve? An edge's, and whether it lives and takes more. */
import { answerProblem } from '../../http/problems.ts'
import type { HttpAnswer, HttpRequest, HttpRoute } from '../../http/route.ts'
import { jsonAnswer } from '../../protocols/json.ts'
import { AskThrough, askedThrough, nobody, type EdgeRoutes } from '../edge-routes.ts'
import { askThrough, heardOf, type CollectorAt } from '../handing-on.ts'
import type { RelayQueue } from './queue.ts'

interface Behind {
  readonly collector: CollectorAt
  readonly queue: Pick<RelayQueue, 'state'>
}

export function relayRoutes(
  { reports }: EdgeRoutes,
  { collector, queue }: Behind
): readonly HttpRoute[] {
  return [
    ...reports.map((route): HttpRoute => ({
      ...route,
      async handle(request) {
        try {
          return await route.handle(request, nobody)
        } catch (error) {
          if (!(error instanceof AskThrough)) throw error
          return askedOf(route, request, collector)
        }
      }
    })),
    ...askedThrough.map((route): HttpRoute => ({
      ...route,
      handle: (request) => askedOf(route, request, collector),
      refused: (problem) =>
        problem === 'method-not-allowed' ? answerProblem('METHOD_NOT_ALLOWED') : unreadable
    })),
    told('/livez', () => jsonAnswer(200, { alive: true })),
    told('/readyz', () => {
      const { refusing } = queue.state()
      return jsonAnswer(refusing === undefined ? 200 : 503, {
        ready: refusing === undefined,
        ...(refusing === undefined ? {} : { because: refusing })
      })
    })
  ]
}

function askedOf(
  { method }: Pick<HttpRoute, 'method'>,
  { path, query, headers, body, receivedAt }: HttpRequest,
  collector: CollectorAt
): Promise<HttpAnswer> {
  const { 'content-encoding': _unpacked, ...heard } = heardOf((name) => headers[name])
  const url = query === '' ? path : `${path}?${query}`
  return askThrough({ method, url, headers: heard, body, receivedAt }, collector)
}

const unreadable = jsonAnswer(400, {
  code: 'REQUEST_MALFORMED',
  message: 'This is not what the collector behind this relay is asked.'
})

function told(path: string, handle: () => HttpAnswer): HttpRoute {
  return { method: 'GET', path, bodyBytesMax: 0, handle, refused: () => unreadable }
}
