/** Mounts a protocol on a path: a request is decoded, collected and answered in the protocol's own words, whatever happens. */
import type { Exchange, HttpAnswer, HttpRequest, HttpRoute } from '../http/route.ts'
import { isCandorError } from '../errors.ts'
import type { IngestRoute } from '../protocols/protocol.ts'
import type { Collector } from './collect.ts'

/** What became of whole requests: a protocol's name and our own word for the outcome. */
export interface RequestCounter {
  count(protocol: string, outcome: string): void
}

export function ingestRoute(
  { method, path, protocol }: IngestRoute,
  { collector, requests }: { readonly collector: Collector; readonly requests: RequestCounter }
): HttpRoute {
  const { name } = protocol
  return {
    method,
    path,
    bodyBytesMax: protocol.bodyBytesMax,
    // Segment's browser library posts from pages of other sites.
    cors: name === 'segment',
    async handle(request: HttpRequest, exchange: Exchange): Promise<HttpAnswer> {
      const decoded = protocol.decode(request)
      if (decoded.is === 'refused') {
        requests.count(name, decoded.code)
        return decoded.answer
      }
      if (decoded.is === 'answered') {
        requests.count(name, decoded.because)
        return decoded.answer
      }
      try {
        const outcomes = await collector.collect(decoded, { protocol: name, receivedAt: request.receivedAt })
        if (decoded.duplicates.by === 'unanswered') exchange.onAnswered((whole) => whole && collector.answered(decoded))
        return protocol.accepted(decoded, outcomes)
      } catch (error) {
        if (!isCandorError(error)) throw error
        requests.count(name, 'overloaded')
        return protocol.overloaded(error.code === 'INBOX_FULL' ? 'overload' : 'storage', decoded)
      }
    },
    refused(problem) {
      requests.count(name, problem)
      return protocol.refused(problem)
    }
  }
}
