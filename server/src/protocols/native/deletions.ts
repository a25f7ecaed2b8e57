/**
 * How somebody has their records erased: by revealing the random key whose hash their reports
 * carried.
 */
import { isCandorError } from '../../errors.ts'
import { jsonAnswer } from '../json.ts'
import type { Answer, WireRequest, Fault } from '../protocol.ts'
import { openBody, type NativeServices } from './native.ts'
import { problemAnswer, nativeRefusals } from './problems.ts'
import { sentence } from './shape.ts'

export interface DeletionRequest {
  readonly product: string
  /**
   * As their owner sent them, no two the same: deletion keys, whose hashes reports carry, or ids of
   * installations. Never logged or stored.
   */
  readonly keys: readonly string[]
}

export interface DeletionServices {
  readonly productOf: NativeServices['productOf']
  /**
   * Resolves once the request is durable. Rejects with a CandorError when it cannot be kept now.
   */
  readonly requestDeletion: (request: DeletionRequest) => Promise<void>
}

export interface DeletionRoute {
  readonly method: 'POST'
  readonly path: '/v1/deletions'
  readonly bodyBytesMax: number
  /** `mayAsk`: whether whoever sent this may have so many keys more looked for. */
  handle(request: WireRequest, mayAsk: (keys: number) => boolean): Promise<Answer>
  refused(problem: Fault | 'overloaded'): Answer
}

// A hundred keys of the longest kind fit into the bytes; nobody has had more installations than
// that and deletes them in one request.
const bodyBytesMax = 64 * 1024
const keysMax = 100
// Our client's keys are 43 characters of base64url (256 bits); shorter than 16 could be guessed,
// and would erase what is somebody else's.
const keyShape = /^[\x21-\x7e]{16,256}$/

/** The same whether anything was found or not, so that a key cannot be used to ask who reports. */
const accepted = jsonAnswer(202, { accepted: true, erasedWithinHours: 72 })

export function createDeletions(services: DeletionServices): DeletionRoute {
  return {
    method: 'POST',
    path: '/v1/deletions',
    bodyBytesMax,
    refused: (problem) =>
      problem === 'overloaded' ? problemAnswer('OVERLOADED') : nativeRefusals[problem],
    async handle(request, mayAsk) {
      const opened = openBody(request)
      if (opened.is === 'refused') return opened.answer
      const { product, keys } = opened.body
      if (typeof product !== 'string') return malformed('product', 'be a text')
      // A retired product still owes its users their deletion.
      if (services.productOf(product) === undefined) return problemAnswer('PRODUCT_UNKNOWN')
      if (!Array.isArray(keys) || keys.length === 0)
        return malformed('keys', 'be a list of deletion keys')
      if (keys.length > keysMax) return problemAnswer('TOO_MANY_KEYS')
      const checked = new Set<string>()
      for (const [index, key] of keys.entries()) {
        if (typeof key !== 'string' || !keyShape.test(key))
          return malformed(
            `keys[${index}]`,
            'be 16 to 256 printable ASCII characters without spaces'
          )
        checked.add(key)
      }
      // Keys that are made up fill what is remembered of strangers, an hour at a time.
      if (!mayAsk(checked.size)) return problemAnswer('OVERLOADED')
      try {
        await services.requestDeletion({ product, keys: [...checked] })
      } catch (error) {
        if (isCandorError(error)) return problemAnswer('OVERLOADED')
        throw error
      }
      return accepted
    }
  }
}

function malformed(path: string, must: string): Answer {
  return problemAnswer('REQUEST_MALFORMED', sentence({ path, must }))
}
