/** What a program holds: four verbs, a few shapes of recording, and the user's side. */
import type { ConsentState, Decision } from './consent/decision.ts'
import type { Effects } from './effects.ts'
import type { ContractForm, FeedKey } from './form.ts'

export type FieldValue =
  | string
  | number
  | boolean
  | Date
  | null
  | undefined
  | readonly FieldValue[]
  | { readonly [key: string]: FieldValue }
export type Fields = { readonly [name: string]: FieldValue }

/** Record name to the fields that it takes: the generated client gives the exact one. */
export type RecordShapes = { readonly [name: string]: object }

export interface TelemetryOptions {
  /** From the generated client. */
  readonly contract: ContractForm
  /** The product's own version, as `1.26.0`. */
  readonly version: string
  /**
   * Which edition the program is, if it is not the open one: only the client that was generated for
   * it may say so.
   */
  readonly edition?: string
  /**
   * `program` (default): runs and ends, and what it records is sent once it has ended. `service`:
   * sends in the background.
   */
  readonly runs?: 'program' | 'service'
  /**
   * `in-process`: nothing is started to send once a program has ended; what it did not send while
   * it ran waits for a later run. Default:
   * where something is due, at most once a period, one process of the SDK's own sends it and ends
   * within ten seconds.
   */
  readonly delivery?: 'in-process'
  /** Where reports go; default: the contract's. A host without a scheme means https. */
  readonly endpoint?: string
  /** Switches to Segment's wire: the write key of the user's own source. */
  readonly writeKey?: string
  /** Plain http beyond loopback is refused without it. */
  readonly insecure?: boolean
  /** PEM of a certificate authority, besides the system's and NODE_EXTRA_CA_CERTS. */
  readonly ca?: string
  /** The state folder, if the product names its own: `~/.dlt`. `~` is the user's home. */
  readonly folder?: string
  /**
   * An id file of before to take over, relative to `folder`: `.anonymous_id`, `meta/instance_id`.
   */
  readonly idFile?: string
  /** The project's file, a JSON `{ "telemetry": "off" }`; may only lower. */
  readonly projectFile?: string
  /**
   * The identifier that the user supplied; default: what the contract's `account.from` variable
   * holds.
   */
  readonly account?: string
  /**
   * Ids that the host keeps itself, a database's own for instance; only where the contract's
   * identity is persistent.
   */
  readonly ids?: { readonly installation: string; readonly lineage?: string }
  /** What a flag of this run said. */
  readonly flag?: Switch
  /** A build that can't report. */
  readonly compiledOut?: boolean
  /**
   * `sdk` (default) writes the notice to a terminal's stderr; `host` shows it itself and calls
   * `controls.noticeShown()`.
   */
  readonly notice?: 'sdk' | 'host'
  /**
   * How the program spells its users' subcommand: `dlt telemetry`. Notices name it; default: what
   * the contract's `status` control says, if that is one.
   */
  readonly command?: string
  /**
   * Of a contract with `default: ask`: asks the person at the terminal in the host's own way, and
   * tells their answer; undefined if there is none. Default: y/n on the terminal itself.
   */
  readonly ask?: (notice: string) => Promise<boolean | undefined>
  /** The host prints for machines now: no notice. */
  readonly machineOutput?: boolean
  /** A service's log: gets the notice, line by line, and nothing else. Default: its stderr. */
  readonly log?: (line: string) => void
  /**
   * Besides the contract's: the public keys of whoever signs the list of releases at a collector of
   * the user's own.
   */
  readonly feedKeys?: readonly FeedKey[]
  /**
   * Fields that each record gets which declares them and does not set them. Gathered once, at the
   * first record.
   */
  readonly context?: Fields | (() => Fields)
  /** For tests: the world. */
  readonly effects?: Effects
}

export type Switch = boolean | 'on' | 'off' | 'local' | 'log'

/**
 * Throws only at construction, and only for a mistake of the program: no contract, a version that
 * is none.
 */
export interface Telemetry<Records extends RecordShapes = Readonly<Record<string, Fields>>> {
  /** Keeps a record if its user allows it. Returns at once, never throws, never prints. */
  record<Name extends keyof Records & string>(
    name: Name,
    fields: Records[Name],
    options?: RecordOptions
  ): void
  /**
   * Runs an operation, and records its `elapsed` and `success` when it ended; its result or error
   * passes through untouched.
   */
  measure<Name extends keyof Records & string, Result>(
    name: Name,
    fields:
      | Omit<Records[Name], 'elapsed' | 'success'>
      | ((outcome: Outcome) => Omit<Records[Name], 'elapsed' | 'success'>),
    operation: () => Result
  ): Result
  /**
   * Records a key once a process, and again when its fields changed. The key itself never leaves
   * the process.
   */
  recordOnce<Name extends keyof Records & string>(
    name: Name,
    key: string,
    fields: Records[Name]
  ): void
  /** Adds to a counter record's integer fields; the sums travel once an hour and at exit. */
  count<Name extends keyof Records & string>(name: Name, amounts: Records[Name]): void
  /**
   * Sends a snapshot on a schedule, jittered per installation; survives restarts, retries without
   * storms. Returns what stops it.
   */
  report<Name extends keyof Records & string>(
    name: Name,
    gather: () => Records[Name] | Promise<Records[Name]>,
    schedule: ReportSchedule
  ): () => void
  /** One attempt at sending what waits, within a second. Never rejects. */
  flush(): Promise<Delivery>
  /** Spools what is left and stops every timer. Sends nothing. Never rejects. */
  close(): Promise<void>
  /**
   * Whether what this edition requires is sent. Off stops it like everything else, and what follows
   * is the product's to decide.
   *
   * @example
   * const required = telemetry.required()
   * if (required.is === 'off') log(`${required.streams.join()} is off: ${required.because}`)
   */
  required(): RequiredState
  readonly controls: Controls
}

/** Of an edition's required streams, all together. */
export type RequiredState =
  /** The open edition requires nothing. */
  | { readonly is: 'none' }
  /** All of them may be sent. */
  | { readonly is: 'on' }
  | {
      readonly is: 'off'
      /** Those that are off. */
      readonly streams: readonly string[]
      /** Who said so, or what is waited for. */
      readonly because: string
    }

export interface RecordOptions {
  /** On the disk before `record` returns. */
  readonly durable?: true
  /** When it happened, if not now. */
  readonly at?: Date
}

export interface Outcome {
  readonly elapsedMs: number
  readonly success: boolean
  readonly error: unknown
}

export interface ReportSchedule {
  readonly everyHours: number
  /**
   * Whose snapshot this is, if one process serves several: a database's own id. Each has its
   * schedule.
   */
  readonly of?: string
}

export type Delivery =
  | {
      readonly is: 'sent'
      readonly reports: number
      readonly records: number
      readonly dropped: readonly DroppedRecord[]
    }
  | { readonly is: 'nothing' }
  | {
      readonly is: 'kept'
      readonly because: 'network' | 'refused' | 'later' | 'muted' | 'endpoint'
      readonly says: string
    }
  | { readonly is: 'silent'; readonly state: ConsentState }

export interface DroppedRecord {
  readonly name: string
  readonly code: string
  readonly field?: string
}

/** The user's side. Nothing here throws or rejects; what failed is in the answer. */
export interface Controls {
  status(): Promise<Status>
  /** Takes effect before it returns, and before anything that can fail. */
  off(options?: { readonly forget?: boolean; readonly project?: boolean }): Promise<OffResult>
  on(options?: { readonly level?: string }): Promise<Status>
  local(): Promise<Status>
  /**
   * The host's configuration, at start and at each reload: off is obeyed before anything else of
   * the reload can fail.
   */
  configure(settings: Settings): void
  /** The host has shown the notice on a terminal that a human reads, or in its log. */
  noticeShown(): void
  /** What would be shown, in the contract's words. */
  notice(): Promise<string>
  /** The exact bytes of the next delivery; made offline, before or after consent. */
  preview(): Promise<Preview>
  log(): Promise<readonly LogEntry[]>
  /** What a changed contract asks that its user has not accepted. */
  diff(): Promise<TermsDiff>
  accept(): Promise<Status>
  /** A new id; what is already collected is no longer tied to it. */
  reset(): Promise<Status>
  forget(): Promise<ForgetResult>
  /**
   * For sites without a network: the bodies that wait, as lines to carry out and `import`
   * elsewhere.
   */
  export(): Promise<string>
  import(lines: string): Promise<Delivery>
  /** Holds this build's contract against the one that the collector publishes. */
  verify(): Promise<Verification>
  /** Says where this program stands in its fleet, by a signed file alone: nobody is asked. */
  compare(fleetFile: string): Promise<Comparison>
  /** Sends one marked event and says what was answered. */
  test(): Promise<Answer>
  /**
   * The newest release and the advisories that concern this one. `platform`: what it runs on, by
   * the
   * names of the list, so that nobody is told of a release that can't run there.
   *
   * @example
   * await telemetry.controls.versions({ platform: { postgresql: '15.4' } })
   */
  versions(options?: {
    readonly platform?: { readonly [name: string]: string }
  }): Promise<VersionStatus>
}

export interface Settings {
  readonly enabled?: Switch
  readonly endpoint?: string
  readonly writeKey?: string
  /** The host showed the notice where this installation's owner reads it. */
  readonly noticeShown?: boolean
  /**
   * Whose configuration it is: a project's may only lower, and its endpoint needs the user's yes.
   * Default: user.
   */
  readonly scope?: 'project' | 'user'
  /**
   * The configuration's own keys as found, so that old names are heard: an old name that says off
   * stays off; an unknown one warns.
   */
  readonly keys?: { readonly [key: string]: unknown }
}

export interface Status extends Decision {
  readonly product: string
  readonly version: string
  /** Every address that this product may contact, and whether it would now. */
  readonly endpoints: readonly {
    readonly what: 'reports' | 'versions' | 'deletions'
    readonly url: string
    readonly from: string
    readonly contacted: boolean
  }[]
  readonly wire: 'native' | 'segment'
  readonly identity: {
    readonly kind: 'none' | 'window' | 'persistent'
    readonly id: string | undefined
    readonly account: string | undefined
  }
  readonly levels: readonly {
    readonly name: string
    readonly says: string
    readonly accepted: boolean
  }[]
  readonly folder: string | undefined
  readonly waiting: { readonly records: number; readonly bytes: number; readonly lost: number }
  readonly lastDelivery: { readonly at: string; readonly answer: string } | undefined
  readonly mutedUntil: string | undefined
  readonly versionCheck: { readonly is: 'on' | 'off' | 'not offered'; readonly because: string }
  /** Why nothing is recorded or sent although the state is `on`: what is new waits for a yes. */
  readonly stops: string | undefined
  /** What the edition requires, each with the sentence that page and notice have too. */
  readonly required: readonly {
    readonly stream: string
    readonly says: string
    readonly state: 'on' | 'off'
  }[]
  readonly unkept: Unkept | undefined
  readonly warnings: readonly string[]
}

/**
 * What could not be kept, and why. A `word` that could not holds for this process only; one for a
 * `project` holds for its user, and not for whoever else works there.
 */
export interface Unkept {
  readonly is: 'word' | 'project' | 'id'
  readonly why: string
}

export interface Preview {
  readonly url: string | undefined
  readonly headers: Readonly<Record<string, string>>
  /** Exactly what the next delivery sends; empty if nothing waits. */
  readonly bodies: readonly string[]
  /** Why nothing would be sent now, if so. */
  readonly silent: string | undefined
  /**
   * Where nothing waits and nobody has agreed: bodies as they could be, made up from the contract,
   * in this environment. None of it happened, and it is kept nowhere.
   */
  readonly example: readonly string[]
}

export interface LogEntry {
  readonly at: string
  readonly url: string
  readonly status: number | 'log'
  readonly body: string
}

export interface TermsDiff {
  readonly accepted: boolean
  /** One sentence for each thing that is new or wider. */
  readonly asks: readonly string[]
  /** Everything stops until accepted: wider recipients, location or retention. */
  readonly stops: boolean
}

export interface OffResult {
  readonly status: Status
  /** Keys that erase what was sent; printed once and then gone, unless `forget` sent them. */
  readonly receipts: readonly string[]
  readonly forgotten: ForgetResult | undefined
}

export type ForgetResult =
  | { readonly is: 'requested'; readonly keys: number }
  | { readonly is: 'nothing' }
  | { readonly is: 'failed'; readonly says: string; readonly keys: readonly string[] }
export type Verification =
  | { readonly is: 'same' }
  | { readonly is: 'differs'; readonly published: readonly string[]; readonly own: string }
  | { readonly is: 'unknown'; readonly says: string }
export type Comparison =
  | {
      readonly is: 'compared'
      readonly says: readonly string[]
      /** Shares of 1; absent where no versions compare. */
      readonly standing?: { readonly newer: number; readonly same: number; readonly older: number }
    }
  | { readonly is: 'ignored'; readonly says: readonly string[] }
export type Answer =
  | { readonly is: 'answered'; readonly status: number; readonly body: string }
  | { readonly is: 'failed'; readonly says: string }
  | { readonly is: 'silent'; readonly says: string }

export interface VersionStatus {
  readonly is: 'known' | 'off' | 'unknown'
  readonly newest: string | undefined
  readonly outdated: boolean | undefined
  readonly advisories: readonly Advisory[]
  /** How long this version is supported; undefined: the list does not say. */
  readonly support: VersionSupport | undefined
  readonly says: string
}

/** Last days, UTC, as `2026-11-20`; undefined: not decided yet. */
export interface VersionSupport {
  /** With security fixes. */
  readonly securityUntil: string | undefined
  /** With any support. */
  readonly until: string | undefined
}

export interface Advisory {
  readonly id: string
  readonly title: string
  readonly severity: string
  readonly fixed: string | undefined
  readonly url: string | undefined
}
