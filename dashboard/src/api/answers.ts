/**
 * What the API takes and answers. Written by `npm run reference` from the endpoints of
 * server/src/api; a test holds it against them.
 */

export interface Act {
  readonly at: string
  readonly who: string
  readonly act: string
  readonly product?: string
  readonly day?: string
  readonly to?: string
  readonly installation?: readonly string[]
  readonly reason?: string
  readonly found?: boolean
  readonly token?: string
  readonly scopes?: readonly string[]
  readonly products?: readonly string[]
}

export interface Advisory {
  readonly id: string
  readonly date: string
  readonly severity: 'info' | 'low' | 'medium' | 'high' | 'critical'
  readonly title: string
  readonly message?: string
  readonly url: string
  readonly affected: string
  readonly fixed?: string
  readonly fixed_versions?: readonly string[]
  readonly cve?: readonly string[]
  readonly cvss?: readonly string[]
  readonly platforms?: Readonly<Record<string, readonly (string | number)[]>>
  readonly package?: {
    readonly ecosystem: string
    readonly name: string
  }
  readonly modified?: string
  readonly withdrawn?: boolean
}

export interface Annotation {
  readonly id: string
  readonly product?: string
  readonly day: string
  readonly says: string
  readonly by: string
}

export interface Answer {
  readonly question: string
  readonly parameters: Readonly<Record<string, string>>
  readonly columns: readonly Column[]
  readonly rows: readonly AnswerRow[]
  readonly notes: readonly string[]
  readonly partial?: readonly {
    readonly period: string
    readonly because: 'unfinished' | 'cut' | 'expired'
  }[]
  readonly marks?: readonly {
    readonly day: string
    readonly says: string
    readonly isBreak?: boolean
  }[]
  readonly sql?: string
}

export type AnswerRow = Readonly<Record<string, Cell>>

export interface Askable {
  readonly dimensions: readonly string[]
  readonly advisories: readonly string[]
  readonly fields: readonly QuestionField[]
  readonly records: readonly {
    readonly name: string
    readonly kind: string
  }[]
  readonly questions: readonly {
    readonly name: string
    readonly says: string
    readonly asks: readonly {
      readonly title: string
      readonly question: string
      readonly parameters: Readonly<Record<string, string>>
    }[]
  }[]
}

export interface AuthoredContract {
  readonly product: string
  readonly title: string
  readonly purpose: string
  readonly contact?: string
  readonly retention?: Readonly<Record<string, string>>
  readonly recipients?: readonly {
    readonly name: string
    readonly where?: string
    readonly for?: string
  }[]
  readonly consent?: {
    readonly default?: string
    readonly levels?: Readonly<Record<string, string>>
  }
  readonly identity?: {
    readonly kind?: string
    readonly says?: string
  }
  readonly questions?: Readonly<Record<string, string>>
}

export interface Board {
  readonly name: string
  readonly title: string
  readonly product: string
  readonly since: string
  readonly cards: readonly {
    readonly question: string
    readonly title?: string
    readonly parameters: Readonly<Record<string, string>>
  }[]
  readonly from: 'saved' | 'file'
}

export type Cell = string | number | boolean | Trend | null

export type ChartKind =
  | 'line'
  | 'bars'
  | 'stacked'
  | 'histogram'
  | 'funnel'
  | 'flow'
  | 'heatmap'
  | 'numbers'
  | 'shapes'
  | 'table'

export interface Clock {
  readonly clock: 'believed' | 'held'
  readonly says: string
  readonly is: string
}

export interface Column {
  readonly name: string
  readonly title: string
  readonly type: ColumnType
  readonly unit?: string
}

export type ColumnType =
  | 'text'
  | 'integer'
  | 'number'
  | 'date'
  | 'timestamp'
  | 'boolean'
  | 'share'
  | 'trend'

export interface ContractField {
  readonly name: string
  readonly type: string | null
  readonly unit: string | null
  readonly values: readonly string[] | null
  readonly says: string
  readonly level: string
  readonly since: string | null
  readonly owner: string | null
  readonly expires: string | null
  readonly collector: 'keeps' | 'reduces' | 'drops'
  readonly sdk: 'sends' | 'never'
  readonly because: string | null
  readonly questions: readonly string[]
  readonly observedShare: number | null
  readonly lastSeen: string | null
}

export interface ContractRecord {
  readonly name: string
  readonly kind: 'event' | 'snapshot' | 'counter'
  readonly when: string
  readonly level: string
  readonly since: string | null
  readonly owner: string | null
  readonly expires: string | null
  readonly questions: readonly string[]
  readonly observedShare: number | null
  readonly lastSeen: string | null
  readonly records30d: number
  readonly fields: readonly ContractField[]
}

export interface DeletionRequested {
  readonly product: string
  readonly deletion: 'requested'
  readonly within: string
  readonly note: string
}

export interface DoctorCheck {
  readonly name: string
  readonly is: 'ok' | 'warning' | 'failed'
  readonly says: string
}

export interface ExportedInstallation {
  readonly product: string
  readonly found: true
  readonly deletion?: 'pending'
  readonly requestedAt?: string
  readonly within?: string
  readonly records: number
  readonly firstSeen: string
  readonly lastSeen: string
  readonly rows: readonly KeptRow[]
  readonly truncated: boolean
}

export interface Glance {
  readonly product: string
  readonly span: {
    readonly first: string
    readonly last: string
  }
  readonly figures: readonly {
    readonly name: string
    readonly title: string
    readonly type: 'integer' | 'share'
    readonly value: number | null
    readonly before: number | null
    readonly says: string | null
    readonly asked: {
      readonly question: string
      readonly parameters: Readonly<Record<string, string>>
    }
  }[]
  readonly trend: readonly {
    readonly day: string
    readonly value: number | null
  }[]
}

export interface Health {
  readonly ingest: {
    readonly perSecond: number
    readonly last24h: number | null
  }
  readonly lagSeconds: number
  readonly inbox: {
    readonly entries: number
    readonly bytes: number
    readonly limitBytes: number
    readonly refusing: string | null
  } | null
  readonly engine: {
    readonly state: 'starting' | 'ready' | 'unreachable'
    readonly kind: 'embedded' | 'remote'
    readonly since: string
    readonly restarts: number
  }
  readonly disk: {
    readonly freeBytes: number
    readonly totalBytes: number
  } | null
  readonly storage: readonly StoredProduct[]
  readonly quarantine: number | null
  readonly dropped: readonly {
    readonly reason: string
    readonly count: number
  }[]
  readonly doctor: readonly DoctorCheck[]
}

export interface Import {
  readonly import: string
  readonly product: string
  readonly next: number
  readonly events: number
  readonly kept: number
  readonly onlyCounted: number
  readonly fieldsDropped: Readonly<Record<string, number>>
  readonly dropped: Readonly<Record<string, number>>
  readonly first: string | null
  readonly last: string | null
  readonly lastAt: string
  readonly isDone: boolean
}

export type KeptRow = Readonly<Record<string, unknown>>

export interface ListedAccount {
  readonly product: string
  readonly name: string | null
  readonly tokens: readonly string[]
  readonly billingActive: boolean | null
  readonly installations: number
  readonly lastSeen: string | null
}

export interface MadeShare {
  readonly id: string
  readonly board: string
  readonly product?: string
  readonly createdBy: string
  readonly endsAt: string
  readonly path: string
}

export interface MadeToken {
  readonly id: string
  readonly name: string
  readonly scopes: readonly ('read' | 'maintain' | 'operate' | 'delete')[]
  readonly products: readonly string[] | null
  readonly createdAt: string
  readonly createdBy: string
  readonly expiresAt: string
  readonly lastUsedOn: string | null
  readonly token: string
}

export interface Move {
  readonly is: 'none' | 'copying' | 'comparing' | 'done' | 'failed'
  /** Why it failed. */
  readonly says: string | null
  /** What was loaded before this moment is copied. */
  readonly takenAt: string | null
  /** Until then the inbox can load what came later, once the collector starts there. */
  readonly startBy: string | null
  readonly tables: readonly {
    readonly table: string
    /** As they lie in parts, unmerged. */
    readonly rows: number
    readonly moved: number
    /** Merged, alike in both stores; null: not compared yet. */
    readonly same: number | null
  }[]
}

export interface NothingKept {
  readonly product: string
  readonly found: false
  readonly deletion?: 'pending'
  readonly requestedAt?: string
  readonly within?: string
  readonly note: string
}

export interface OpenSession {
  readonly id: string
  readonly name: string
  readonly from: 'operator' | 'token' | 'member'
  readonly openedAt: string
  readonly usedAt: string
  readonly endsAt: string
  readonly isThis: boolean
}

export interface Parameter {
  readonly name: string
  readonly says: string
  readonly type: ParameterType
  readonly values: readonly string[] | null
  readonly default: string | null
  readonly required: boolean
}

export type ParameterType =
  | 'choice'
  | 'dimensions'
  | 'field'
  | 'number-field'
  | 'boolean-field'
  | 'shape-field'
  | 'record'
  | 'steps'
  | 'count'
  | 'version'
  | 'advisory'
  | 'words'
  | 'conditions'
  | 'day'

export interface ProductContract {
  readonly product: string
  readonly contract: AuthoredContract
  readonly digest: string
  readonly published: readonly {
    readonly digest: string
    readonly firstSeen: string | null
  }[]
  readonly observed: {
    readonly recordDays: number
    readonly fieldDays: number
  }
  readonly records: readonly ContractRecord[]
  readonly retire: readonly {
    readonly field: string
    readonly lastAsked: string | null
  }[]
  readonly disclosureHtml: string
}

export interface ProductSummary {
  readonly product: string
  readonly title: string
  readonly purpose: string
  readonly identity: 'none' | 'window' | 'persistent'
  readonly records: number
  readonly firstSeen: string | null
  readonly lastSeen: string | null
  readonly newest: string | null
}

export interface Quarantined {
  readonly product: string
  readonly at: string
  readonly code: string
  readonly record: string | null
  readonly reason: string | null
  readonly place: number | null
  readonly bytes: number
  readonly isRow: boolean
}

export interface Question {
  readonly name: string
  readonly title: string
  readonly says: string
  readonly explains: string
  readonly chart: ChartKind
  readonly since: string | null
  readonly parameters: readonly Parameter[]
  readonly common: readonly string[]
}

export interface QuestionField {
  readonly name: string
  readonly records: readonly string[]
  readonly type: string
  readonly unit: string | null
  readonly values: readonly string[] | null
  readonly isDimension: boolean
  readonly isShape: boolean
}

export interface Release {
  readonly version: string
  readonly date: string
  readonly supports?: Readonly<Record<string, readonly number[]>>
  readonly withdrawn?: boolean
}

export interface Rows {
  readonly question: 'query'
  readonly parameters: Readonly<Record<string, never>>
  readonly columns: readonly {
    readonly name: string
    readonly type: string
  }[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly notes: readonly string[]
}

export interface Segment {
  readonly name: string
  readonly title: string
  readonly product: string
  readonly filters: Readonly<Record<string, string>>
}

export interface Session {
  readonly signedIn: boolean
  readonly name: string | null
  readonly scopes: readonly ('read' | 'maintain' | 'operate' | 'delete')[]
  readonly rights: readonly {
    readonly scopes: readonly ('read' | 'maintain' | 'operate' | 'delete')[]
    readonly products: readonly string[] | null
  }[]
  readonly csrf: string | null
  readonly provider: string | null
}

export interface Share {
  readonly id: string
  readonly board: string
  readonly product?: string
  readonly createdBy: string
  readonly endsAt: string
}

export interface SharedCard {
  readonly title: string | null
  readonly question: string
  readonly answer: Answer | null
  readonly problem: string | null
}

export interface ShownAccount {
  readonly product: string
  readonly name: string | null
  readonly tokens: readonly string[]
  readonly alias: string | null
  readonly plan: string | null
  readonly billingActive: boolean | null
  readonly purpose: string
  readonly contact: string | null
  readonly recordsDays: number
  readonly installations: number
  readonly records: number
  readonly firstSeen: string | null
  readonly lastSeen: string | null
  /** The newest report of each kind and installation. */
  readonly reports: readonly Readonly<Record<string, unknown>>[]
}

export interface ShownInstallation {
  readonly product: string
  readonly found: true
  readonly deletion?: 'pending'
  readonly requestedAt?: string
  readonly within?: string
  readonly records: number
  readonly firstSeen: string
  readonly lastSeen: string
  readonly names: readonly {
    readonly name: string
    readonly records: number
    readonly last_seen: string
    readonly version: string | null
  }[]
  readonly latest?: KeptRow
}

export interface StagedBackup {
  readonly name: string
  readonly folder: string
  readonly at: string
  readonly tables: 'embedded' | 'remote'
  readonly entriesWaiting: number
  readonly deletions: number
  readonly counts: readonly {
    readonly product: string
    readonly day: string
    readonly is: 'records' | 'frozen'
    readonly records: number
  }[]
}

export interface StoredProduct {
  readonly product: string
  readonly rows: number
  readonly bytes: number
  readonly oldest: string | null
  readonly recordsDays: number
}

export interface Support {
  readonly versions: string
  readonly end_of_security_support: string
  readonly end_of_life: string
}

export interface Token {
  readonly id: string
  readonly name: string
  readonly scopes: readonly ('read' | 'maintain' | 'operate' | 'delete')[]
  readonly products: readonly string[] | null
  readonly createdAt: string
  readonly createdBy: string
  readonly expiresAt: string
  readonly lastUsedOn: string | null
}

export type Trend = readonly (number | null)[]

export interface WriteKey {
  readonly key: string
  readonly product: string
  readonly revoked: boolean
  readonly from: 'configuration' | 'command' | 'name'
  readonly createdAt: string | null
}

/** Each route: what it takes, and what it answers. */
export interface Routes {
  readonly 'GET session': { readonly answer: Session }
  readonly 'POST session': {
    readonly body: {
      readonly link?: string
      readonly token?: string
    }
    readonly answer: Session
  }
  readonly 'DELETE session': { readonly answer: Session }
  readonly 'POST sign-in-links': {
    readonly body: Readonly<Record<string, never>>
    readonly answer: {
      readonly path: string
      readonly expiresAt: string
    }
  }
  readonly 'GET session/oidc': {
    readonly query: {
      readonly to?: string
    }
  }
  readonly 'GET session/oidc/callback': {
  }
  readonly 'GET sessions': {
    readonly answer: {
      readonly sessions: readonly OpenSession[]
    }
  }
  readonly 'DELETE sessions': {
    readonly query: {
      readonly name?: string
    }
    readonly answer: {
      readonly ended: number
    }
  }
  readonly 'DELETE sessions/{session}': {
    readonly answer: {
      readonly ended: number
    }
  }
  readonly 'GET tokens': {
    readonly answer: {
      readonly tokens: readonly Token[]
    }
  }
  readonly 'POST tokens': {
    readonly body: {
      readonly name: string
      readonly scopes: readonly ('read' | 'maintain' | 'operate' | 'delete')[]
      /** On which products; on all, if none are named. */
      readonly products?: readonly string[]
      /** Such as 90d, 12w, 6m or 1y; at most 5y. */
      readonly expires?: string
    }
    readonly answer: MadeToken
  }
  readonly 'DELETE tokens/{token}': {
    readonly answer: {
      readonly revoked: Token
    }
  }
  readonly 'GET write-keys': {
    readonly answer: {
      readonly keys: readonly WriteKey[]
    }
  }
  readonly 'POST write-keys': {
    readonly body: {
      readonly product: string
      readonly key?: string
    }
    readonly answer: {
      readonly made: WriteKey
    }
  }
  readonly 'DELETE write-keys/{key}': {
    readonly answer: {
      readonly revoked: WriteKey
    }
  }
  readonly 'GET accounts': {
    readonly answer: {
      readonly accounts: readonly ListedAccount[]
    }
  }
  readonly 'POST accounts/show': {
    readonly body: {
      readonly product: string
      /** Its name in the file of accounts, its alias, or its token. */
      readonly account?: string
      /** What its programs send; re-keyed before anything looks for it. */
      readonly key?: string
      /** The id of one of its installations, as a customer quotes it. */
      readonly installation?: string
      readonly reason: 'access' | 'support' | 'deletion'
    }
    readonly answer: ShownAccount
  }
  readonly 'POST accounts/link': {
    readonly body: {
      readonly product: string
      readonly name: string
      readonly token?: string
      readonly key?: string
      readonly alias?: string
      readonly id?: number
      readonly plan?: string
      readonly billingActive?: boolean
    }
    readonly answer: {
      readonly name: string
      readonly billingActive: boolean
    }
  }
  readonly 'POST accounts/delete': {
    readonly body: {
      readonly product: string
      /** Its name in the file of accounts, its alias, or its token. */
      readonly account?: string
      /** What its programs send; re-keyed before anything looks for it. */
      readonly key?: string
      /** The id of one of its installations, as a customer quotes it. */
      readonly installation?: string
      readonly reason: 'access' | 'support' | 'deletion'
    }
    readonly answer: {
      readonly product: string
      readonly deletion: 'requested'
      readonly within: string
    }
  }
  readonly 'POST products/{product}/advisories': {
    readonly body: {
      readonly id: string
      readonly date?: string
      readonly level: 'info' | 'low' | 'medium' | 'high' | 'critical'
      readonly title: string
      readonly message?: string
      readonly url: string
      /** Such as `>=2.0.0 <2.14.3`. */
      readonly affected: string
      readonly fixed?: string
    }
    readonly answer: {
      readonly product: string
      readonly published: string
    }
  }
  readonly 'POST products/{product}/publication': {
    readonly body: {
      readonly withdraw?: {
        readonly table: string
        readonly period: string
        readonly because: string
      }
    }
    readonly answer: {
      readonly published: readonly {
        readonly table: string
        readonly period: string
      }[]
      readonly withheld: readonly {
        readonly table: string
        readonly period: string
        readonly because: string
      }[]
      readonly written: readonly string[]
      readonly next: string
    }
  }
  readonly 'GET products/{product}/publication': {
    readonly query: {
      readonly file?: string
    }
    readonly answer: {
      readonly paths: readonly string[]
      readonly content: string | null
    }
  }
  readonly 'POST contract-trials': {
    readonly body: {
      readonly contract: string
      readonly seconds?: number
    }
  }
  readonly 'GET products': {
    readonly answer: {
      readonly ingest: string
      readonly products: readonly ProductSummary[]
    }
  }
  readonly 'GET products/{product}': { readonly answer: ProductContract }
  readonly 'GET products/{product}/disclosure': {
  }
  readonly 'GET products/{product}/releases': {
    readonly answer: {
      readonly newest: string | null
      readonly releases: readonly Release[]
      readonly advisories: readonly Advisory[]
      readonly support: readonly Support[]
    }
  }
  readonly 'GET questions': {
    readonly query: {
      readonly product?: string
    }
    readonly answer: {
      readonly questions: readonly Question[]
      readonly filters: readonly Parameter[]
      readonly dimensionsOf: Readonly<Record<string, Askable>>
    }
  }
  readonly 'GET questions/{question}': {
    readonly query: Readonly<Record<string, string>>
    readonly answer: Answer
  }
  readonly 'GET glance': {
    readonly query: {
      readonly product: string
      readonly since?: string
      readonly until?: string
      readonly version?: string
      readonly os?: string
      readonly class?: string
      readonly automation?: string
      readonly container?: string
      readonly level?: string
      readonly where?: string
    }
    readonly answer: Glance
  }
  readonly 'POST query': {
    readonly body: {
      readonly sql: string
      readonly rowsMax?: number
      readonly deadlineMs?: number
      readonly format?: 'json' | 'csv'
    }
    readonly answer: Rows
  }
  readonly 'POST risk': {
    readonly body: {
      readonly product: string
      readonly record: string
      readonly since?: string
      /** As an earlier answer gave it. */
      readonly until?: string
      readonly groups: readonly (readonly {
        readonly of: 'field' | 'environment'
        readonly name: string
        readonly coarser: readonly ({
          readonly by: 'digits'
          readonly digits: number
        } | {
          readonly by: 'bucket'
          readonly bounds: readonly number[]
        } | {
          readonly by: 'nearest'
          readonly step: number
        } | {
          readonly by: 'time'
          readonly to: 'second' | 'minute' | 'hour' | 'day'
        } | {
          readonly by: 'parts'
          readonly parts: number
        } | {
          readonly by: 'rare'
          readonly below: number
        } | {
          readonly by: 'size'
        } | {
          readonly by: 'presence'
        })[]
      }[])[]
    }
    readonly answer: {
      readonly counted: readonly {
        readonly installations: number
        readonly values: number
        readonly alone: number
        readonly few: number
        readonly bits: number
      }[]
      readonly until: string
    }
  }
  readonly 'GET products/{product}/export': {
    readonly query: {
      readonly since?: string
      readonly until?: string
    }
    readonly answer: {
      readonly product: string
      readonly columns: readonly string[]
      readonly records: readonly string[]
      readonly days: readonly {
        readonly day: string
        readonly rows: number
        readonly parts: number
        readonly before: string
      }[]
    }
  }
  readonly 'GET products/{product}/export/{day}': {
    readonly query: {
      readonly format?: 'ndjson' | 'parquet'
      readonly part?: number
      readonly of?: number
      readonly before?: string
      readonly columns?: string
      readonly records?: string
    }
  }
  readonly 'GET tail': {
    readonly query: {
      readonly product?: string
    }
  }
  readonly 'GET health': { readonly answer: Health }
  readonly 'GET doctor': {
    readonly answer: {
      readonly checks: readonly DoctorCheck[]
    }
  }
  readonly 'GET clock': { readonly answer: Clock }
  readonly 'POST clock': { readonly answer: Clock }
  readonly 'GET move': { readonly answer: Move }
  readonly 'POST move': {
    readonly body: {
      readonly url: string
      readonly user: string
      readonly password: string
      readonly database: string
    }
    readonly answer: Move
  }
  readonly 'GET quarantine': {
    readonly query: {
      readonly product?: string
      readonly limit?: number
    }
    readonly answer: {
      readonly quarantined: readonly Quarantined[]
    }
  }
  readonly 'POST quarantine/replay': {
    readonly body: {
      readonly product: string
    }
    readonly answer: {
      readonly again: number
      readonly gone: number
    }
  }
  readonly 'POST backups': { readonly answer: StagedBackup }
  readonly 'DELETE backups/{name}': {
    readonly answer: {
      readonly removed: string
    }
  }
  readonly 'POST /v1/import': {
    readonly body: {
      readonly product: string
      readonly import: string
      readonly chunk: number
      readonly isLast: boolean
      readonly events: readonly unknown[]
    }
    readonly answer: Import
  }
  readonly 'GET imports': {
    readonly answer: {
      readonly imports: readonly Import[]
    }
  }
  readonly 'POST installation': {
    readonly body: {
      readonly action: 'show' | 'export' | 'delete'
      readonly product: string
      /** As its user sees it; re-keyed before anything looks for it. */
      readonly id: string
      readonly reason: 'access' | 'support' | 'deletion'
    }
    readonly answer: DeletionRequested | NothingKept | ShownInstallation | ExportedInstallation
  }
  readonly 'GET audit': {
    readonly query: {
      readonly limit?: number
    }
    readonly answer: {
      readonly acts: readonly Act[]
    }
  }
  readonly 'GET boards': {
    readonly answer: {
      readonly boards: readonly Board[]
      readonly problems: readonly string[]
    }
  }
  readonly 'POST boards': {
    readonly body: {
      readonly name: string
      readonly title: string
      readonly product: string
      readonly since?: string
      readonly cards: readonly {
        readonly question: string
        readonly title?: string
        readonly parameters?: Readonly<Record<string, string>>
      }[]
    }
    readonly answer: Board
  }
  readonly 'DELETE boards/{name}': {
    readonly query: {
      readonly product?: string
    }
    readonly answer: {
      readonly removed: boolean
    }
  }
  readonly 'GET shares': {
    readonly answer: {
      readonly shares: readonly Share[]
    }
  }
  readonly 'POST shares': {
    readonly body: {
      readonly board: string
      /** Where several have a board of that name. */
      readonly product?: string
      /** Such as 30d or 6m; a year at most. */
      readonly expires?: string
    }
    readonly answer: MadeShare
  }
  readonly 'DELETE shares/{name}': {
    readonly query: {
      readonly product?: string
    }
    readonly answer: {
      readonly removed: boolean
    }
  }
  readonly 'GET shared': {
    readonly answer: {
      readonly board: Board
      readonly cards: readonly SharedCard[]
    }
  }
  readonly 'GET annotations': {
    readonly query: {
      readonly product?: string
    }
    readonly answer: {
      readonly annotations: readonly Annotation[]
    }
  }
  readonly 'POST annotations': {
    readonly body: {
      readonly product?: string
      readonly day: string
      readonly says: string
    }
    readonly answer: Annotation
  }
  readonly 'DELETE annotations/{name}': {
    readonly query: {
      readonly product?: string
    }
    readonly answer: {
      readonly removed: boolean
    }
  }
  readonly 'GET segments': {
    readonly answer: {
      readonly segments: readonly Segment[]
    }
  }
  readonly 'POST segments': {
    readonly body: {
      readonly name: string
      readonly title: string
      readonly product: string
      readonly filters: Readonly<Record<string, string>>
    }
    readonly answer: Segment
  }
  readonly 'DELETE segments/{name}': {
    readonly query: {
      readonly product?: string
    }
    readonly answer: {
      readonly removed: boolean
    }
  }
  readonly 'GET openapi.json': {
    readonly answer: {
      readonly openapi: string
      readonly paths: Readonly<Record<string, unknown>>
    }
  }
}
