/** What a product brings: its contract, and what its clients say in formats of their own. */
import type { CompiledContract, Digest } from '@candor/contract'
import type { AccountAnswers } from './accounts.ts'
import type { DuplicateRule, IngestRoute, Newest, Protocol } from '../protocols/protocol.ts'
import type { EventReading } from '../protocols/segment/reading.ts'

/** A product as loaded: read-only; replaced whole when its files change. */
export interface Product {
  readonly name: string
  /** The newest contract, compiled. */
  readonly newest: CompiledContract
  /** Every published contract by digest, the newest among them. */
  readonly published: ReadonlyMap<Digest, CompiledContract>
  readonly behaviour: ProductBehaviour
  /** The folder it was loaded from, for `releases.yaml` and messages. */
  readonly folder: string
  /** Of an edition's stream: the product that it is a stream of. */
  readonly streamOf?: string
}

/**
 * What a product's `product.ts` may export as `product`. All optional: a folder with a contract
 * alone speaks native and Segment.
 */
export interface ProductBehaviour {
  /**
   * Formats of its own. `newest` answers the version question from this product's releases file.
   */
  readonly routes?: (services: ProductServices) => readonly IngestRoute[]
  /**
   * How a Segment-shaped event of this product is read; default: `anonymousId` is the installation,
   * `userId` the account.
   */
  readonly segment?: EventReading
  /**
   * What `/in/<product>` speaks; default: a Segment event or batch, answered `200
   * {"success":true}`.
   */
  readonly inbound?: (services: ProductServices) => Protocol
}

export interface ProductServices {
  readonly product: string
  /** Undefined where no accounts are kept: then nothing is kept of what an edition requires. */
  readonly accounts: AccountAnswers | undefined
  readonly newest: Newest
  /** The Segment protocol with this product fixed (no key needed), answering 204 where asked. */
  readonly segmentFor: (options: {
    readonly answer: 'success' | 'no-content'
    readonly duplicates: (body: Buffer) => DuplicateRule
    readonly overload: 'unavailable' | 'drop'
  }) => Protocol
}
