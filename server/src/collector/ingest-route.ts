/**
 * Mounts a protocol on a path: a request is decoded, collected and answered in the protocol's own
 * words, whatever happens.
 */
import type { Budgets } from '../http/budgets.ts'
import type { Exchange, HttpAnswer, HttpRequest, HttpRoute } from '../http/route.ts'
import { isCandorError } from '../errors.ts'
import type { IngestRoute, Outcome } from '../protocols/protocol.ts'
import type { Collector, DecodedRecords } from './collect.ts'
import type { RequestCounter } from './counts.ts'
import type { MalformedBodies } from './malformed.ts'

interface IngestServices {
  readonly collector: Pick<Collector, 'collect' | 'answered'>
  readonly requests: RequestCounter
  readonly malformed: MalformedBodies
  readonly budgets: NetworkBudgets
}

/** What one network may send: KiB to be read, and records of one product to be kept. */
export interface NetworkBudgets {
  readonly kibibytes: Pick<Budgets, 'take'>
  readonly records: Pick<Budgets, 'take'>
}

export function ingestRoute(
  { method, path, protocol }: IngestRoute,
  { collector, requests, malformed, budgets }: IngestServices,
  product?: string
): HttpRoute {
  const { name } = protocol
  const answer = async (
    collected: Promise<readonly Outcome[]>,
    decoded: DecodedRecords
  ): Promise<HttpAnswer> => {
    try {
      return protocol.accepted(decoded, await collected)
    } catch (error) {
      if (!isCandorError(error)) throw error
      requests.count(name, 'overloaded')
      return protocol.overloaded(error.code === 'INBOX_FULL' ? 'overload' : 'storage', decoded)
    }
  }
  const answerOnce = (
    collected: Promise<readonly Outcome[]>,
    decoded: DecodedRecords,
    exchange: Exchange
  ): Promise<HttpAnswer> =>
    answer(
      collected.then((outcomes) => {
        exchange.onAnswered((whole) => whole && collector.answered(decoded))
        return outcomes
      }),
      decoded
    )
  const turnedAway = (decoded?: DecodedRecords): HttpAnswer => {
    requests.count(name, 'over-budget')
    return protocol.overloaded('overload', decoded)
  }
  return {
    method,
    path,
    bodyBytesMax: protocol.bodyBytesMax,
    anySlashes: true,
    // These have libraries for browsers, which post from pages of other sites.
    cors: name === 'segment' || name === 'posthog',
    handle(request: HttpRequest, exchange: Exchange): HttpAnswer | Promise<HttpAnswer> {
      const { network } = exchange
      const kibibytes = Math.ceil(request.body.length / 1_024)
      if (budgets.kibibytes.take(network, 'bytes', kibibytes) === 'far-over') return turnedAway()
      const decoded = protocol.decode(request)
      if (decoded.is === 'refused') {
        requests.count(name, decoded.code)
        const { body, receivedAt } = request
        // Scanners ask everything of everybody, mostly without a body.
        if (body.length > 0)
          malformed.note({ product, code: decoded.code, body, receivedAt, network })
        return decoded.answer
      }
      if (decoded.is === 'answered') {
        requests.count(name, decoded.because)
        return decoded.answer
      }
      const sender = decoded.records[0]?.source.product ?? ''
      const share = budgets.records.take(network, sender, decoded.records.length)
      if (share === 'far-over') return turnedAway(decoded)
      const outcomes = collector.collect(decoded, {
        protocol: name,
        receivedAt: request.receivedAt,
        isOverBudget: share === 'over',
        network
      })
      // A function that waits keeps all that it was given: the raw records of a hundred waiting
      // batches are what a garbage collection costs.
      return decoded.duplicates.by === 'unanswered'
        ? answerOnce(outcomes, decoded, exchange)
        : answer(outcomes, withoutRecords(decoded))
    },
    refused(problem) {
      requests.count(name, problem)
      return problem === 'overloaded' ? protocol.overloaded('overload') : protocol.refusals[problem]
    }
  }
}

function withoutRecords({ dropped, duplicates, context }: DecodedRecords): DecodedRecords {
  return { is: 'records', records: [], dropped, duplicates, context }
}
