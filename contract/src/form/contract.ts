/**
 * What a contract is, once parsed: the words a maintainer may use, each with its shape and its
 * default.
 */

import type { PublicNumbers } from './public-numbers.ts'

/** `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = `sha256:${string}`

/**
 * A whole contract. Frozen; made only by `parseContract`. Defaults are filled in here, never in the
 * digest's input.
 */
export interface Contract {
  readonly product: string
  readonly title: string
  readonly purpose: string
  readonly contact: string | undefined
  /** SHA-256 of the authored document as canonical JSON (RFC 8785). */
  readonly digest: Digest
  /** SHA-256 of only what concerns a user. Consent refers to it. */
  readonly terms: Digest
  readonly recipients: readonly Recipient[]
  readonly location: string | undefined
  readonly source: string | undefined
  /** Where the page for users stands on the web. */
  readonly page: string | undefined
  /** The maintainers' own words for the notice; otherwise the SDK composes them. */
  readonly notice: string | undefined
  /** Why somebody might leave it on, in the maintainers' words: the page says it beside the way off. */
  readonly appeal: string | undefined
  /** What of the data is made public, and how. */
  readonly publication: PublicNumbers | undefined
  readonly retention: Retention
  readonly consent: Consent
  readonly identity: Identity
  readonly environment: readonly EnvironmentPart[]
  readonly presence: readonly PresencePeriod[]
  /** Question name to the sentence that says it. */
  readonly questions: ReadonlyMap<string, string>
  /** Events, snapshots and counters by their own name. */
  readonly records: ReadonlyMap<string, RecordDeclaration>
  readonly versionCheck:
    | {
        readonly feed: string
        readonly says: string
        /** Where programs fetch the signed feed, if not from their collector. */
        readonly url: string | undefined
        /** The Ed25519 public keys that programs believe. */
        readonly keys: readonly { readonly id: string; readonly key: string }[]
      }
    | undefined
  readonly controls: readonly Control[]
  readonly endpoint: Readonly<Record<string, string>> | undefined
  /** Whether a process of the SDK's own may send for a program that has ended. */
  readonly delivery: 'detached' | 'in-process'
  readonly never: { readonly sdk: readonly string[]; readonly collector: readonly string[] }
  /** Set when the product no longer collects: native reports are answered 410. */
  readonly retired: boolean
  /** Other editions than the open one, which everything above describes. */
  readonly editions: ReadonlyMap<string, Edition>
  /** Of what belongs to one edition, see `editionContract` and `Stream`: which. */
  readonly edition?: Edition
  /** Of a stream's contract: the product whose open edition it does not belong to. */
  readonly streamOf?: string
  /** The authored document as plain JSON, for publication and for generators. */
  readonly document: unknown
}

/** How a product is had otherwise than in the open: what its programs send beside the open stream. */
export interface Edition {
  readonly name: string
  readonly title: string
  /** Who has it, in a sentence. */
  readonly says: string
  /** By name, required ones first. */
  readonly streams: ReadonlyMap<string, Stream>
}

/** What an edition sends for a purpose of its own, under an id and to recipients of its own. */
export interface Stream {
  readonly name: string
  readonly edition: string
  /** Undefined: nothing follows from switching it off. */
  readonly required: { readonly basis: LegalBasis; readonly because: string } | undefined
  /** Whom it concerns, in words that they understand. */
  readonly account: string | undefined
  /**
   * It read as a contract: `<product>-<stream>`, with what it does not say taken from the open one.
   * So it has tables of its own, and no statistic of the open edition sees it.
   */
  readonly contract: Contract
}

/** On which nobody need agree: a required stream stands on one of these, or is none. */
export const legalBases = ['contract', 'legal-obligation'] as const
type LegalBasis = (typeof legalBases)[number]

export interface Recipient {
  readonly name: string
  readonly where: string
  readonly for: string
}

/**
 * Days, as whole numbers. `2 years` is 730, `25 months` is 761 (30.44 days a month, rounded up).
 */
export interface Retention {
  readonly recordsDays: number
  readonly aggregatesDays: number
  /** For how long backups hold what is gone: 0 where none are made, undefined where nobody says. */
  readonly backupsDays?: number
}

export interface Consent {
  readonly default: 'opt-out' | 'opt-in' | 'ask'
  /** Lowest first. Never empty: a contract without levels has the one level `all`. */
  readonly levels: readonly { readonly name: string; readonly says: string }[]
  /** How far a yes goes that names no level; undefined: to the highest. */
  readonly defaultLevel?: string
  /** Hours that a service waits between the notice in its log and its first report. */
  readonly graceHours: number
}

export interface Identity {
  readonly kind: 'none' | 'window' | 'persistent'
  /** What our SDK sends: the same, or no id at all where clients that we can't change send one. */
  readonly sdkKind: 'none' | 'window' | 'persistent'
  /** What a user of our SDK is told of ids there, where that is not what existing clients do. */
  readonly sdkSays?: string
  /** Days, for `window`. */
  readonly days: number | undefined
  readonly account: boolean
  /** The variable that a user's program reads the account from. */
  readonly accountFrom: string | undefined
  /**
   * True where a second id travels that copies of one installation share: dumps of a database carry
   * it along.
   */
  readonly lineage: boolean
  /**
   * True when ids have ≥ 120 random bits and are not shared between installations: then a user may
   * delete by id.
   */
  readonly random: boolean
  readonly says: string
}

export const environmentParts = [
  'class',
  'automation',
  'container',
  'os',
  'os_version',
  'arch',
  'runtime',
  'cpu'
] as const
export type EnvironmentPart = (typeof environmentParts)[number]
export type PresencePeriod = 'day' | 'week' | 'month'

export interface RecordDeclaration {
  readonly name: string
  /**
   * event: counts; snapshot: the latest per installation counts; counter: summed since the last
   * accepted.
   */
  readonly kind: 'event' | 'snapshot' | 'counter'
  readonly when: string
  readonly level: string
  /** Other spellings that clients send for this record (`engine_starged`). */
  readonly aliases: readonly string[]
  readonly since: string | undefined
  readonly owner: string | undefined
  readonly expires: string | undefined
  readonly serves: readonly string[]
  /**
   * How often an honest installation sends it: `perDayMax` more in a day means that its id is
   * shared.
   */
  /** `none`: it travels in a report that carries no id of any kind. */
  readonly identity?: 'none'
  /** How exactly it is told when it happened; without it, to the millisecond. */
  readonly time?: 'hour' | 'day'
  /** The share of them that our SDK sends, chosen by chance: 0.1 is a tenth. */
  readonly sample?: number
  readonly sensitivity?: Sensitivity
  readonly every: { readonly says: string; readonly perDayMax: number | undefined } | undefined
  readonly fields: ReadonlyMap<string, FieldDeclaration>
}

/**
 * What kind of thing it is, beside how much was agreed to: the four classes that Mozilla's data
 * stewards use. Undefined counts as technical.
 */
export const sensitivities = ['technical', 'interaction', 'content', 'sensitive'] as const
type Sensitivity = (typeof sensitivities)[number]

export interface FieldDeclaration {
  readonly name: string
  readonly type: FieldType
  readonly says: string
  /** Where it is another than its record's. */
  readonly sensitivity?: Sensitivity
  readonly level: string
  readonly serves: readonly string[]
  readonly since: string | undefined
  readonly owner: string | undefined
  readonly expires: string | undefined
  readonly sdk: 'sends' | 'never'
  readonly collector: 'keeps' | 'reduces' | 'drops'
  readonly because: string | undefined
  /**
   * Paths into what a client (not our SDK) sends, the first present one counts. Keys joined by `.`;
   * a key that has a dot is
   * quoted: `properties."a.b"`. Default: the field's own name, at the root that the product's
   * protocol gives.
   */
  readonly from: readonly string[]
  /**
   * Kept only if the other field's raw value (after `strip`, in lower case) is in the list; absent
   * other field means drop.
   */
  readonly onlyWhen: ReadonlyMap<string, readonly string[]> | undefined
  /** From which version of the client on it means something else, the oldest first. */
  readonly changed: readonly MeaningChange[]
  /** Says which per-run or per-product thing a uuid or token links (printed on the page). */
  readonly links: string | undefined
}

/** Charts break where a value begins to mean something else, and say so. */
export interface MeaningChange {
  /** The product's version that first sent it so. */
  readonly since: string
  /** What it means from then on. */
  readonly says: string
}

export const sqlDialects = ['postgres', 'mysql', 'any'] as const
export type SqlDialect = (typeof sqlDialects)[number]

/** Bounds are inclusive. A value that fits no type is a violation and is not kept. */
export type FieldType =
  | { readonly is: 'boolean' }
  | {
      readonly is: 'integer'
      readonly unit: string | undefined
      readonly min: number
      readonly max: number
      readonly coarsen: Coarsen | undefined
    }
  | {
      readonly is: 'number'
      readonly unit: string | undefined
      readonly min: number
      readonly max: number
      readonly coarsen: Coarsen | undefined
    }
  /**
   * Kept in seconds as a double. Accepts numbers in `unit` and PostgreSQL's four interval styles.
   */
  | {
      readonly is: 'duration'
      readonly unit: 's' | 'ms' | 'us' | 'ns'
      readonly max: number
      readonly coarsen: Coarsen | undefined
    }
  /**
   * Kept as RFC 3339 UTC with milliseconds. Accepts RFC 3339, PostgreSQL's `2000-04-17
   * 10:56:59.427738-04`, `±HH` and `±HHMM` offsets.
   */
  | { readonly is: 'timestamp'; readonly round: 'second' | 'minute' | 'hour' | 'day' | undefined }
  /** ≤ 64 characters of `[A-Za-z0-9._+-]`. */
  | { readonly is: 'version'; readonly parts: 1 | 2 | 3 | undefined }
  | {
      readonly is: 'enum'
      readonly values: readonly string[]
      /** Raw spelling → value. */
      readonly aliases: ReadonlyMap<string, string>
      /** Text taken off the front of the raw value first. */
      readonly strip: readonly string[]
      /** Compare without regard to case. */
      readonly ignoreCase: boolean
      /**
       * Value → anchored-by-you regular expression on the raw text; the first match counts. How
       * free text is reduced to a class.
       */
      readonly matches: ReadonlyMap<string, string>
      /** collapse: unknown becomes `other`; violation: unknown is not kept and counted as drift. */
      readonly other: 'collapse' | 'violation'
    }
  | {
      readonly is: 'pattern'
      readonly pattern: string
      readonly lengthMax: number
      readonly other: 'collapse' | 'violation'
    }
  /** `hex32` accepts 32 hex digits without dashes. Kept as received, in lower case. */
  | { readonly is: 'uuid'; readonly form: 'uuid' | 'hex32' }
  /**
   * Re-keyed by the collector; `scope: product` makes equal values of different installations
   * equal.
   */
  | {
      readonly is: 'keyed-hash'
      readonly scope: 'installation' | 'product'
      readonly lengthMax: number
    }
  /**
   * Without a dialect, only what kind of statement it is. With one, its shape: what the statement
   * does, without names and values. `any` tries MySQL's parser first.
   */
  | { readonly is: 'sql-shape'; readonly dialect: SqlDialect | undefined }
  | { readonly is: 'string'; readonly lengthMax: number; readonly reviewed: string }
  | { readonly is: 'list'; readonly of: FieldType; readonly itemsMax: number }
  /**
   * `others`: what happens to an undeclared key. count: only how many there were is kept, in the
   * column `<field>_others`. sum: numbers are added up under `other`.
   */
  | {
      readonly is: 'map'
      readonly keys: MapKeys
      readonly values: FieldType
      readonly entriesMax: number
      readonly others: 'violation' | 'count' | 'sum'
      /** A labelled counter or a distribution: its values count what its keys name. */
      readonly counts?: Counts
    }
  | {
      readonly is: 'object'
      readonly fields: ReadonlyMap<string, FieldDeclaration>
      readonly others: 'violation' | 'count'
    }

/** Labels, or numbers by bucket: bounds are its lower ends, in the unit. */
export type Counts =
  | { readonly is: 'labels' }
  | {
      readonly is: 'buckets'
      readonly bounds: readonly number[]
      readonly unit: string | undefined
    }

export type MapKeys =
  | { readonly is: 'enum'; readonly values: readonly string[] }
  | { readonly is: 'pattern'; readonly pattern: string; readonly lengthMax: number }

/**
 * digits: significant digits. bucket: the lower bound of the bucket that the value falls into.
 * nearest: multiples of a step.
 */
export type Coarsen =
  | { readonly by: 'digits'; readonly digits: number }
  | { readonly by: 'bucket'; readonly bounds: readonly number[] }
  | { readonly by: 'nearest'; readonly step: number }

/**
 * One way to say no, or to see; printed on the page as something to copy. Keys as authored (flag,
 * variable, key, file, sql, status, scope, off, since, was, …).
 */
export type Control = Readonly<Record<string, string | number | boolean>>
