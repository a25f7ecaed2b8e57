/**
 * The result of holding one record against a contract: what may be kept, and what was not and why.
 */
import type { SqlDialect } from './contract.ts'

/** A value as it is stored: JSON that fits the column of `columnsOf`. */
export type ColumnValue =
  | boolean
  | number
  | string
  | null
  | readonly ColumnValue[]
  | { readonly [key: string]: ColumnValue }

/** Column name → value. Absent columns are absent, never `undefined` or null. */
export type KeptFields = Record<string, ColumnValue>

export type ViolationCode =
  | 'RECORD_NOT_IN_CONTRACT'
  | 'FIELD_NOT_IN_CONTRACT'
  | 'FIELD_WRONG_TYPE'
  | 'FIELD_OUT_OF_BOUNDS'
  | 'VALUE_NOT_IN_CONTRACT'
  | 'KEY_NOT_IN_CONTRACT'
  | 'TEXT_REMOVED'
  | 'ABOVE_CONSENT'
  | 'EXPIRED'
  | 'LIMIT_EXCEEDED'

export type JsonKind = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object'

/** `field` is as the client sent it: never log or store it raw unless `declared`. */
export interface Violation {
  readonly code: ViolationCode
  /** Record name for RECORD_NOT_IN_CONTRACT, else the path as sent, keys joined by `.`. */
  readonly field: string
  readonly kind: JsonKind
  /** True when `field` is a declared name of this contract and so may be shown. */
  readonly declared: boolean
  /** True when the name is a key inside a map or list, and so must never be shown. */
  readonly insideCollection: boolean
}

export interface ValidationInput {
  /** The record's name as sent. */
  readonly name: string
  /**
   * native: our SDK's wire (field names as declared). client: the product's own (paths of `from`).
   * kept: the `fields` of an earlier validation, whose tokens are still the values that they will
   * be made of: held again, they come out as they are.
   */
  readonly wire: 'native' | 'client' | 'kept'
  /**
   * The object that paths are relative to. Untrusted, any shape, possibly hostile keys
   * (`__proto__`).
   */
  readonly fields: unknown
  /**
   * native: how many undeclared keys the sender counted itself, by the path of the field that has
   * `others: count`: `{ db_metadata: 2 }`. Untrusted, any shape.
   */
  readonly others?: unknown
  /**
   * When it is held: what the contract says has ended by then is dropped. Nothing has ended where
   * no moment is given.
   */
  readonly at?: number | undefined
  /**
   * native: the stated level, or undefined for none stated (keeps only the lowest). client wires
   * have no levels.
   */
  readonly level: string | undefined
  /**
   * Turns a raw text into a token; called for every kept keyed-hash. `scope: product` ones get no
   * installation.
   */
  readonly rekey: (request: {
    readonly field: string
    readonly value: string
    readonly scope: 'installation' | 'product'
  }) => string
  /**
   * Turns a statement into its shape; called for every kept sql-shape with a dialect. Left away,
   * only
   * the kind of statement is kept, as without a dialect.
   */
  readonly shapeOf?: ShapeOf
}

export type ShapeOf = (statement: { readonly text: string; readonly dialect: SqlDialect }) => string

export type Validation =
  | {
      readonly is: 'kept'
      readonly name: string
      readonly kind: 'event' | 'snapshot' | 'counter'
      readonly fields: KeptFields
      readonly violations: readonly Violation[]
    }
  /** The record itself is not in the contract or above consent: nothing is kept. */
  | { readonly is: 'dropped'; readonly violations: readonly Violation[] }

/** A column of the product's table. Objects are flattened (`pools.fs_type` → `pools_fs_type`). */
export interface Column {
  readonly name: string
  readonly says: string
  readonly type: ColumnType
}

export type ColumnType =
  | { readonly is: 'boolean' | 'integer' | 'number' | 'timestamp' | 'text' | 'token' | 'uuid' }
  /** Few distinct values: version, enum, pattern with a small vocabulary. */
  | { readonly is: 'word' }
  | { readonly is: 'list'; readonly of: ColumnType }
  | { readonly is: 'map'; readonly values: ColumnType }
  | {
      readonly is: 'tuple'
      readonly fields: readonly { readonly name: string; readonly type: ColumnType }[]
    }
