/** What the API answers, as types: see docs/reference/routes.md and /api/v1/openapi.json. */

type ColumnType =
  | 'text'
  | 'integer'
  | 'number'
  | 'date'
  | 'timestamp'
  | 'boolean'
  | 'share'
  | 'trend'

export interface Column {
  readonly name: string
  readonly title?: string
  readonly type: ColumnType
  readonly unit?: string
}

/** Oldest first; null where nothing is known. */
export type Trend = readonly (number | null)[]
export type Cell = string | number | boolean | Trend | null
export type AnswerRow = Readonly<Record<string, Cell>>

export interface Answer {
  readonly question: string
  readonly parameters: Readonly<Record<string, string>>
  readonly columns: readonly Column[]
  readonly rows: readonly AnswerRow[]
  readonly notes: readonly string[]
  /** Periods that are not whole, as they stand in the rows, and why. */
  readonly partial?: readonly {
    readonly period: string
    readonly because: 'unfinished' | 'cut' | 'expired'
  }[]
  /** Days on which something happened, so that numbers before and after don't compare. */
  readonly marks?: readonly {
    readonly day: string
    readonly says: string
    /** What is counted means something else from then on. */
    readonly isBreak?: boolean
  }[]
  readonly sql?: string
}

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

export interface Parameter {
  readonly name: string
  readonly says: string
  readonly type:
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
    | 'words'
    | 'conditions'
    | 'day'
  readonly values: readonly string[] | null
  readonly default: string | null
  readonly required: boolean
}

export interface Question {
  readonly name: string
  readonly title: string
  readonly says: string
  readonly explains: string
  readonly chart: ChartKind
  /** Its own; the common ones are filters of the whole page. */
  readonly parameters: readonly Parameter[]
  /** The common filters that it takes. */
  readonly common: readonly string[]
}

export interface Session {
  readonly signedIn: boolean
  readonly scopes: readonly ('read' | 'operate' | 'delete')[]
  /** Null where nobody is signed in. */
  readonly csrf: string | null
  readonly name: string | null
}

export interface ProductSummary {
  readonly product: string
  readonly title: string
  readonly purpose: string
  readonly identity: 'none' | 'window' | 'persistent'
  readonly records: number
  readonly lastSeen: string | null
  readonly newest: string | null
}
