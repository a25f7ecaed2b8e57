/**
 * The contract, as much of it as a program must know; a generator writes it in this place. Each is
 * a constant of its own, so that a minifier leaves out what this contract has not.
 */
/** `held`: nothing is recorded, and nothing is decided. A number is a yes up to that level. */
export type Word = 'on' | 'off' | 'held' | number | undefined

export interface Place {
  /** As far as reports tell of it. */
  readonly automation: 'none' | 'ci' | 'agent' | 'test'
  /** A scheduler or a function; also a test, where reports do not tell of it. */
  readonly isScheduled: boolean
  /** In CI, tests, schedulers and functions nothing is recorded. */
  readonly isUnattended: boolean
  readonly isContainer: boolean
  readonly isTerminal: boolean
  /** Somebody comes back to what is written here. */
  readonly isKept: boolean
  /** A person reads what is written here. */
  readonly isRead: boolean
}

/** What may be sent of a value; undefined for none of it. */
export type Read = (raw: unknown) => unknown

export interface RecordForm {
  /** The place of its level among the contract's. */
  readonly level: number
  /** Milliseconds since 1970, from which on it is over. */
  readonly until?: number
  /** Milliseconds to which its time is coarsened. */
  readonly grain?: number
  /** The share that is sent. */
  readonly sample?: number
  readonly fields: { readonly [name: string]: Read }
  /** Of fields with another level or end than their record's. */
  readonly bounds?: { readonly [field: string]: readonly [level: number, until: number] }
}

export type TellsEnvironment = (
  place: Place,
  isService: boolean
) => { readonly [name: string]: unknown }

export declare const productName: string
export declare const productTitle: string
export declare const contractDigest: string
/** Names all that a user agrees to. */
export declare const termsDigest: string
/** Names what no notice is enough for: recipients, places, purposes, ids, retention. */
export declare const frameDigest: string
export declare const isOptOut: boolean
export declare const levelNames: readonly string[]
export declare const hasLevels: boolean
/** The highest of whoever names none. */
export declare const usualLevel: number
/** The one that switches it. */
export declare const variable: string
export declare const graceMs: number
/** Whether reports say what runs the program. */
export declare const tellsAutomation: boolean
export declare const hasSwitches: boolean
/** What the product's own variables say. */
export declare const hearSwitches: (hear: (variable: string, word: Word) => void) => void
export declare const usualEndpoint: string
export declare const endpointVariables: readonly string[]
/** What a user is told first. */
export declare const noticeText: string
export declare const pageText: string
export declare const recordForms: { readonly [name: string]: RecordForm }
export declare const hasWindows: boolean
/** Whether any record has such a thing. */
export declare const hasEnds: boolean
export declare const hasGrains: boolean
export declare const hasSamples: boolean
export declare const hasBounds: boolean
/** What is told of where it runs. */
export declare const environmentOf: TellsEnvironment
/** Of the report that is made now; empty where the contract has no windows. */
export declare const windowAt: (now: number) => string
export declare const idsOf: (folder: string, window: string) => object

/** What tells where a program runs, in the lines of `surroundings`. */
export declare const ciSigns: RegExp
export declare const testSigns: RegExp
export declare const agentSigns: RegExp
export declare const schedulerSigns: RegExp
export declare const containerSigns: RegExp
/** What speaks for a program that reads, whatever it is called. */
export declare const readerSigns: RegExp
/** What is also somebody's taste, but for both at once. */
export declare const pagingSigns: RegExp
export declare const editingSigns: RegExp
