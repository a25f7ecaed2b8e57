/**
 * What a caller of this room says about one route, and what it sees of a request: the same shapes
 * as a protocol's, without importing it.
 */
import type { Readable } from 'node:stream'
import type { Instant } from '../record.ts'

/** A request whose body has been read whole and decompressed. Header names are in lower case. */
export interface HttpRequest {
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  readonly receivedAt: Instant
}

/**
 * An answer as it goes out: header names keep their case; only Date, Connection, Content-Length and
 * (cors, 405) their own headers are added.
 */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** A stream goes out chunk by chunk until it ends or its reader leaves, and is then destroyed. */
  readonly body: string | Buffer | Readable
}

/** What is wrong with a request before its handler could see it. */
export type Refusal =
  | 'too-large'
  | 'bad-encoding'
  | 'unsupported-encoding'
  | 'not-found'
  | 'method-not-allowed'
  | 'malformed'
  /** Too many others are being read: come back later. */
  | 'overloaded'

export interface Exchange {
  /** Whose share this takes; undefined: nobody's. Never to be logged or stored. */
  readonly network: string | undefined
  /**
   * Calls once, when the answer was handed whole to the operating system (true) or the client had
   * closed its side before, or left (false).
   */
  onAnswered(call: (whole: boolean) => void): void
  /**
   * Calls once when the client closes its side: nearly always it is gone, though a few still read.
   */
  onLeft(call: () => void): void
}

export interface HttpRoute {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /**
   * Exact (`/v1/track`), a suffix (`*\/dlt`: any path that ends so) or a prefix (`/assets/*`).
   * Exact goes before prefix, longer prefixes before shorter, prefix before suffix, and what has
   * the method before what has not.
   */
  readonly path: string
  /**
   * The path may be asked for with a slash behind it, and with several between its parts: clients
   * put bases and paths together as they like, and a redirect would lose what they post.
   */
  readonly anySlashes?: boolean
  /** Of the body, before and after decompression. */
  readonly bodyBytesMax: number
  /** Browsers on other sites may call it: OPTIONS is answered, and every answer says so. */
  readonly cors?: boolean
  handle(request: HttpRequest, exchange: Exchange): HttpAnswer | Promise<HttpAnswer>
  refused(problem: Refusal): HttpAnswer
}
