/**
 * What a record is while it travels from a request to a table row: raw from the wire, then kept.
 */
import type { KeptFields, Violation } from '@candor/contract'

/** Milliseconds since 1970, UTC. */
export type Instant = number
/** 32 lower-case hexadecimal digits: an HMAC, never a raw id. */
export type Token = string

/**
 * Who sent a record and from where, as the wire said it: raw, untrusted, never logged or stored.
 * Records of one sender share one object.
 */
export interface WireSource {
  readonly product: string
  readonly installation?: string | undefined
  readonly account?: string | undefined
  /** An id that copies of one installation share (TimescaleDB's exported uuid). */
  readonly lineage?: string | undefined
  readonly session?: string | undefined
  /**
   * The rotating window that the installation's id belongs to (`2026-W47`), when identity is
   * `window`.
   */
  readonly window?: string | undefined
  readonly version?: string | undefined
  readonly sdk?: { readonly name: string; readonly version: string } | undefined
  /** Parts of the common environment by name (`os`, `os_version`, `class`, …), any values. */
  readonly environment?: Readonly<Record<string, unknown>> | undefined
  readonly level?: string | undefined
  readonly acceptedTerms?: string | undefined
  readonly contract?: string | undefined
  /** `sha256:` and the hash of the sender's deletion key. */
  readonly deletion?: string | undefined
  /** Native: records that the client lost before sending. */
  readonly lost?: number | undefined
  /** Of an edge: whose messages its message ids are told apart from, where the id itself stays. */
  readonly scope?: string | undefined
}

/** One record as a protocol read it, before anything is kept. Raw: never logged or stored. */
export interface WireRecord {
  readonly source: WireSource
  /** kept: an edge has held it against the contract already. */
  readonly wire: 'native' | 'client' | 'kept'
  readonly name: string
  /**
   * The client's own clock, corrected for skew where the protocol allows; undefined when it sent
   * none that could be read.
   */
  readonly occurredAt?: Instant | undefined
  /** True when `occurredAt` was shifted by receivedAt − sentAt. */
  readonly skewApplied?: boolean | undefined
  /** The object that the contract's paths are relative to. */
  readonly fields: unknown
  /** Native: how many undeclared keys its sender counted, by the field that counts them. */
  readonly others?: unknown
  /** Native: the record's `seq`. */
  readonly seq?: number | undefined
  /**
   * What makes this record a duplicate of another, if the protocol's clients have ids; raw, becomes
   * a keyed digest.
   */
  readonly duplicateOf?: string | undefined
  /** Of an edge: what it found wrong, in the contract's own names. */
  readonly found?: readonly Violation[] | undefined
}

/** A record that may be stored: every text in it is declared, reduced or a token. */
export interface KeptRecord {
  readonly product: string
  readonly name: string
  readonly kind: 'event' | 'snapshot' | 'counter'
  readonly installation: Token | undefined
  readonly account: Token | undefined
  readonly lineage: Token | undefined
  readonly session: Token | undefined
  readonly window: string | undefined
  readonly keyEpoch: number
  readonly receivedAt: Instant
  /** Within [−30 d, +5 min] of receipt, else receivedAt. */
  readonly occurredAt: Instant
  /**
   * none: client sent no time. sent: used as it was. corrected: skew applied. clamped: was out of
   * range, receivedAt used.
   */
  readonly occurredFrom: 'none' | 'sent' | 'corrected' | 'clamped'
  readonly version: string | undefined
  readonly environment: KeptEnvironment
  readonly level: string | undefined
  readonly contract: string
  readonly sdk: { readonly name: string; readonly version: string } | undefined
  readonly protocol: string
  readonly seq: number | undefined
  readonly messageDigest: Token | undefined
  /** 64 hexadecimal digits, or undefined. */
  readonly deletion: string | undefined
  /** Its network had sent more than its share: kept, marked, and in no public number. */
  readonly isOverBudget?: boolean
  /** The digest of the terms that its report said were agreed to; undefined: it stated none. */
  readonly acceptedTerms?: string | undefined
  /** It came by import: its own time stands for the time of receipt. */
  readonly isImported?: boolean
  readonly fields: KeptFields
}

/** Absent parts were not sent, not declared, or not readable. */
export interface KeptEnvironment {
  readonly class: 'interactive' | 'service' | 'batch' | 'unknown'
  readonly automation: 'none' | 'ci' | 'agent' | 'test' | 'unknown'
  readonly container: 'true' | 'false' | 'unknown'
  readonly os?: string
  readonly osVersion?: string
  readonly arch?: string
  readonly runtime?: string
  readonly cpu?: number
}

/** Why something that arrived is not in a table. `field` is set only if it may be shown. */
export interface Dropped {
  readonly code:
    | Violation['code']
    | 'EVENT_TOO_LARGE'
    | 'TOO_MANY_EVENTS'
    | 'EVENT_MALFORMED'
    | 'PRODUCT_RETIRED'
    | 'DELETED'
    // By whoever runs the relay in between: only the client is told.
    | 'WITHHELD'
    | 'TIME_MISSING'
    | 'TOO_OLD'
  readonly field?: string
}
