/**
 * What a wire format is: how a request becomes records, and how each outcome is answered in words
 * that its clients can bear.
 */
import type { Dropped, Instant, WireRecord } from '../record.ts'

/** A request whose body has been read whole and decompressed. Header names are in lower case. */
export interface WireRequest {
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  readonly receivedAt: Instant
}

/**
 * An answer, exactly as it goes out: header names keep their case, and no others are added but
 * Date, Connection and Content-Length.
 */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

export type Decoded =
  | {
      readonly is: 'records'
      readonly records: readonly WireRecord[]
      /**
       * What was dropped before it could become a record (an oversize event), in the request's
       * order; counted, and quarantined where `product` is known.
       */
      readonly dropped: readonly DroppedEarly[]
      readonly duplicates: DuplicateRule
      /** What the client's own clock said when it sent this. */
      readonly saidAt?: Instant | undefined
      /** Whatever the protocol needs again to answer. */
      readonly context?: unknown
    }
  /** Input that is no request of this protocol. It is final for the client: never 5xx. */
  | { readonly is: 'refused'; readonly answer: Answer; readonly code: string }
  /** Answered without keeping anything: a constant, an unknown key, a user's no. */
  | {
      readonly is: 'answered'
      readonly answer: Answer
      readonly because: 'constant' | 'unknown-key' | 'retired' | 'refusal'
    }

export interface DroppedEarly {
  readonly product: string
  readonly code: Dropped['code']
  /** The event's name, only if the product's contract declares it. */
  readonly name?: string
  readonly bytes: number
  /**
   * How many events this stands for; 1 when absent. One entry may stand for all events beyond a
   * limit, or a hostile batch would cost a million.
   */
  readonly events?: number
  /** Judged at an edge already: there is nothing to look at again. */
  readonly isOnlyCounted?: true
}

/**
 * record: each record by its `duplicateOf`. request: the whole body. unanswered: the whole body,
 * but only when the earlier request was
 * stored and its answer never went out. none: never.
 */
export type DuplicateRule =
  | { readonly by: 'none' }
  | { readonly by: 'record'; readonly ttlMs: number }
  | {
      readonly by: 'request'
      readonly ttlMs: number
      readonly key: string | Buffer
      readonly scope: string
    }
  | {
      readonly by: 'unanswered'
      readonly ttlMs: number
      readonly key: string | Buffer
      readonly scope: string
    }

/** What became of each record of `Decoded.records`, in order. A duplicate counts as kept: it is. */
export type Outcome =
  | {
      readonly is: 'kept'
      readonly dropped: readonly Dropped[]
      /** Its own time was too far from receipt, so that receipt stands for it. */
      readonly isClamped?: true
      /** By import: which day it belongs to, and whether only counts of it are kept. */
      readonly imported?: { readonly day: string; readonly isOnlyCounted: boolean }
    }
  | { readonly is: 'dropped'; readonly dropped: readonly Dropped[] }

/** Found before a format's own decoding; all are final for the client, and none is 5xx. */
export const faults = [
  'too-large',
  'bad-encoding',
  'unsupported-encoding',
  'not-found',
  'method-not-allowed',
  'malformed'
] as const
export type Fault = (typeof faults)[number]

/** A wire has an answer to each of them: that its clients can bear, and in words that they read. */
export type Refusals = Readonly<Record<Fault, Answer>>

export interface Protocol {
  /** Stored in the `protocol` column: `native`, `segment`, `dblab`, … */
  readonly name: string
  /** After decompression. */
  readonly bodyBytesMax: number
  decode(request: WireRequest): Decoded
  /**
   * Everything that the contract keeps is durable. The records are gone by then: what an answer
   * needs of them is in `context`.
   */
  accepted(decoded: Decoded & { is: 'records' }, outcomes: readonly Outcome[]): Answer
  /**
   * Disk full, inbox full or not writable. Decision 7 says so. With `decoded`, where one route
   * serves products that bear different answers.
   */
  overloaded(because: 'overload' | 'storage', decoded?: Decoded & { is: 'records' }): Answer
  /** To what is found before `decode`. */
  readonly refusals: Refusals
}

export interface IngestRoute {
  readonly method: 'POST' | 'GET'
  /** An exact path, or one with a leading wildcard: `*\/dlt` is any path that ends in `/dlt`. */
  readonly path: string
  readonly protocol: Protocol
}

/**
 * Answers "which version is the newest for you?"; the releases room computes it from the product's
 * releases file.
 */
export interface Newest {
  /**
   * The newest release that supports the platform (`postgresql`, 15), or the newest of all.
   * Undefined when no release is known.
   */
  newest(
    product: string,
    platform?: { readonly name: string; readonly major: number }
  ): string | undefined
}
