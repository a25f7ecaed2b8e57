/** The contract, as much of it as a program must know; a generator writes it in this place. */
/** `held`: nothing is recorded, and nothing is decided. A number is a yes up to that level. */
export type Word = 'on' | 'off' | 'held' | number | undefined

export interface Place {
  readonly automation: 'none' | 'ci' | 'agent' | 'test'
  readonly isScheduled: boolean
  readonly isContainer: boolean
  readonly isTerminal: boolean
  /** Somebody reads, or comes back to, what is written here. */
  readonly isKept: boolean
  readonly isRead: boolean
}

export interface RecordForm {
  /** The place of its level among the contract's. */
  readonly level: number
  /** Milliseconds since 1970, from which on it is over. */
  readonly until?: number
  /** Milliseconds to which its time is coarsened. */
  readonly grain?: number
  /** The share that is sent. */
  readonly sample?: number
  /** What may be sent of a value; undefined for none of it. */
  readonly fields: { readonly [name: string]: (raw: unknown) => unknown }
  /** Of fields with another level or end than their record's. */
  readonly bounds?: { readonly [field: string]: readonly [level: number, until: number] }
}

export interface Form {
  readonly product: string
  readonly title: string
  readonly digest: string
  /** Names all that a user agrees to. */
  readonly terms: string
  /** Names what no notice is enough for: recipients, places, purposes, ids, retention. */
  readonly frame: string
  readonly isOptOut: boolean
  readonly levels: readonly string[]
  /** The highest of whoever names none. */
  readonly level: number
  readonly graceMs: number
  /** What the product's own variables say. */
  readonly switches: (hear: (variable: string, word: Word) => void) => void
  readonly endpoint: string
  readonly variables: readonly string[]
  /** What a user is told first. */
  readonly notice: string
  readonly page: string
  readonly records: { readonly [name: string]: RecordForm }
  /** What is told of where it runs. */
  readonly environment: (place: Place, isService: boolean) => { readonly [name: string]: unknown }
  readonly windowOf: (now: number) => string
  readonly idsOf: (folder: string, window: string) => object
}

export declare const form: Form

/** Variables that tell where a program runs, see `holds`; each enough by itself. */
export declare const ciSigns: readonly string[]
export declare const testSigns: readonly string[]
export declare const agentSigns: readonly string[]
export declare const schedulerSigns: readonly string[]
export declare const containerSigns: readonly string[]
