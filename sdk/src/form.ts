/**
 * What is a contract once it is compiled into a program? The form that `candor contract generate
 * typescript` writes, and all that the SDK knows of a product.
 */

/** `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = `sha256:${string}`

/**
 * A contract as a program carries it: plain JSON, so that it can be embedded, compared and stored.
 * Made by
 * `candor contract generate typescript`; nothing in it is read from disk or network. What is at its
 * default is absent.
 */
export interface ContractForm {
  readonly candor: 1
  readonly product: string
  readonly title: string
  readonly purpose: string
  /** Names the authored document. */
  readonly digest: Digest
  /** Names what a user agrees to. */
  readonly terms: Digest
  /** Where users ask. */
  readonly contact?: string
  /** Where the page for users stands. */
  readonly page?: string
  /** The maintainers' own words for the notice; otherwise the SDK composes them from the rest. */
  readonly notice?: string
  readonly consent: {
    readonly default: 'opt-out' | 'opt-in' | 'ask'
    /** Lowest first, never empty. */
    readonly levels: readonly { readonly name: string; readonly says: string }[]
    /** How far a yes goes that names no level; without it, to the highest. */
    readonly defaultLevel?: string
    /**
     * Hours that a service waits after it wrote the notice to its log; 24 unless the contract says
     * otherwise.
     */
    readonly graceHours: number
  }
  readonly identity: {
    readonly kind: 'none' | 'window' | 'persistent'
    /** Days, for `window`. */
    readonly days?: number
    /** A second id travels beside the installation's, which copies of it share. */
    readonly lineage?: true
    /** The user-supplied identifier that may travel; `from` names the variable that holds it. */
    readonly account?: { readonly from?: string }
    readonly says: string
  }
  readonly environment: readonly EnvironmentPart[]
  readonly presence: readonly PresencePeriod[]
  readonly recipients: readonly {
    readonly name: string
    readonly where: string
    readonly for: string
  }[]
  readonly location?: string
  /** `backupsDays` is how long backups hold what is gone; nobody says it where it is undefined. */
  readonly retention: {
    readonly recordsDays: number
    readonly aggregatesDays: number
    readonly backupsDays?: number
  }
  readonly records: { readonly [name: string]: RecordForm }
  /**
   * `keys` are the Ed25519 public keys (32 raw bytes, base64, as `candor keys` prints them) that
   * sign the feed; without them no feed is believed.
   */
  readonly versionCheck?: {
    readonly says: string
    readonly url?: string
    readonly keys?: readonly FeedKey[]
  }
  /**
   * Each way to say no or to see, as authored: flag, variable, key, file, status, scope, off, was,
   * at …
   */
  readonly controls: readonly ControlForm[]
  /**
   * What is due is sent while the program runs, or by a later one: never by a process of its own.
   */
  readonly delivery?: 'in-process'
  /**
   * As authored: default, segment, write_key, variable, key, segment_key …; `default` or `segment`
   * is where reports go.
   */
  readonly endpoint?: Readonly<Record<string, string>>
  readonly never: readonly string[]
  readonly retired?: true
  /** Of an edition's client: which one, and what it sends beside the open edition. */
  readonly edition?: EditionForm
}

interface EditionForm {
  readonly name: string
  readonly says: string
  /** Required ones first. */
  readonly streams: readonly StreamForm[]
}

/** What an edition sends for a purpose of its own, in reports of its own. */
export interface StreamForm {
  readonly name: string
  /** What its reports call themselves, and what they are held against. */
  readonly product: string
  readonly digest: Digest
  readonly purpose: string
  readonly contact?: string
  /** Nobody who has the edition may do without it; off stops it nevertheless. */
  readonly required?: { readonly basis: string; readonly because: string }
  readonly account?: { readonly says: string; readonly from?: string }
  readonly identity: { readonly kind: 'none' | 'persistent'; readonly says: string }
  readonly recipients: ContractForm['recipients']
  readonly location?: string
  readonly retention: ContractForm['retention']
  /** Names of `records` in the form. */
  readonly records: readonly string[]
}

export interface FeedKey {
  readonly id: string
  readonly key: string
}

export type EnvironmentPart =
  | 'class'
  | 'automation'
  | 'container'
  | 'os'
  | 'os_version'
  | 'arch'
  | 'runtime'
  | 'cpu'
export type PresencePeriod = 'day' | 'week' | 'month'
export type ControlForm = Readonly<Record<string, string | number | boolean>>

export interface RecordForm {
  readonly kind: 'event' | 'snapshot' | 'counter'
  readonly when: string
  /** A name of `consent.levels`. */
  readonly level: string
  readonly perDayMax?: number
  /** It travels in a report of its own that carries no id. */
  readonly identity?: 'none'
  /** How exactly it is told when it happened; absent: to the millisecond. */
  readonly time?: 'hour' | 'day'
  /** The share of them that is sent, chosen by chance. */
  readonly sample?: number
  /** The last day on which it is recorded, as `2027-11-20`. */
  readonly expires?: string
  /** Only what the SDK sends. */
  readonly fields: { readonly [name: string]: FieldForm }
}

export interface FieldForm {
  readonly says: string
  /** Where it is above its record's. */
  readonly level?: string
  /** Its own last day, where it is another than that of what holds it. */
  readonly expires?: string
  readonly type: TypeForm
  /** Sent only if the other field's value is in the list. */
  readonly onlyWhen?: { readonly [field: string]: readonly string[] }
  /** What the collector makes of it, if it does not keep it as sent. */
  readonly collector?: 'reduces' | 'drops'
  /**
   * Where it lies in a Segment call of this product: `properties.x`, `context.y`; default
   * `properties.<name>`.
   */
  readonly at?: string
}

/** Bounds are inclusive. A value outside its type stays home and is counted. */
export type TypeForm =
  | { readonly is: 'boolean' }
  | {
      readonly is: 'integer' | 'number'
      readonly unit?: string
      readonly min: number
      readonly max: number
      readonly coarsen?: CoarsenForm
    }
  /** Given and sent as a number in `unit`; `max` is in seconds. */
  | {
      readonly is: 'duration'
      readonly unit: 's' | 'ms' | 'us' | 'ns'
      readonly max: number
      readonly coarsen?: CoarsenForm
    }
  | { readonly is: 'timestamp'; readonly round?: 'second' | 'minute' | 'hour' | 'day' }
  | { readonly is: 'version'; readonly parts?: 1 | 2 | 3 }
  | {
      readonly is: 'enum'
      readonly values: readonly string[]
      readonly aliases?: { readonly [raw: string]: string }
      readonly strip?: readonly string[]
      readonly ignoreCase?: true
      readonly matches?: { readonly [value: string]: string }
      /** Unknown becomes `other`; otherwise it stays home. */
      readonly collapse?: true
    }
  | {
      readonly is: 'pattern'
      readonly pattern: string
      readonly lengthMax: number
      readonly collapse?: true
    }
  | { readonly is: 'uuid'; readonly form: 'uuid' | 'hex32' }
  /**
   * The program gives the name; the SDK sends HMAC-SHA-256 of it with the installation's own salt,
   * 64 hexadecimal digits.
   */
  | { readonly is: 'keyed-hash'; readonly lengthMax: number }
  /**
   * With a dialect: the shape that `@candor/sql` made, given as its result. A plain text is always
   * reduced to the kind of statement, so that no SQL leaves by mistake.
   */
  | { readonly is: 'sql-shape'; readonly dialect?: 'postgres' | 'mysql' | 'any' }
  | { readonly is: 'string'; readonly lengthMax: number }
  | { readonly is: 'list'; readonly of: TypeForm; readonly itemsMax: number }
  | {
      readonly is: 'map'
      readonly keys:
        | { readonly values: readonly string[] }
        | { readonly pattern: string; readonly lengthMax: number }
      readonly values: TypeForm
      readonly entriesMax: number
      readonly others?: 'count' | 'sum'
      /** A labelled counter, or a distribution: what is given is counted by these. */
      readonly counts?: CountsForm
    }
  | {
      readonly is: 'object'
      readonly fields: { readonly [name: string]: FieldForm }
      readonly others?: 'count'
    }

export type CoarsenForm =
  | { readonly by: 'digits'; readonly digits: number }
  | { readonly by: 'bucket'; readonly bounds: readonly number[] }
  | { readonly by: 'nearest'; readonly step: number }

export type CountsForm =
  | { readonly is: 'labels' }
  | { readonly is: 'buckets'; readonly bounds: readonly number[] }
