/** What may a question be asked with, and what does it see of it once it is checked? */
import type { AskableField } from '../reading/fields.ts'
import { units, type Unit } from '../reading/span.ts'

export interface Parameter {
  readonly name: string
  /** One clause, for `--help`. */
  readonly says: string
  /**
   * dimension: a part of the environment, or a field of the contract with few values. field: any
   * field, as `field` or `record.field`;
   * number-field and boolean-field: one that holds that. records: an ordered comma list. count: a
   * whole number. words: a comma list.
   */
  readonly type:
    | 'choice'
    | 'dimension'
    | 'field'
    | 'number-field'
    | 'boolean-field'
    | 'record'
    | 'records'
    | 'count'
    | 'version'
    | 'words'
    | 'day'
  /** Of a choice, and of words that are not free. */
  readonly values?: readonly string[]
  readonly default?: string
  readonly required?: boolean
}

/** What records can be told apart by. */
export interface Dimension {
  /** Its column in an answer. */
  readonly name: string
  readonly title: string
  /** Over the columns of a record; of a list it is to be joined. */
  readonly sql: string
  readonly isList: boolean
  /** True when the daily aggregates have it. */
  readonly isDaily: boolean
  /** Records that have it; undefined: all. */
  readonly records: readonly string[] | undefined
  readonly field: AskableField | undefined
}

export interface ChosenField {
  readonly field: AskableField
  /** Those that declare it, or the one that was named with it. */
  readonly records: readonly string[]
}

export interface Filter {
  readonly name: FilterName
  readonly values: readonly string[]
}

/**
 * Parameters by their names. Asking for one that the question does not declare is a mistake of its
 * author.
 */
export interface Chosen {
  word(name: string): string | undefined
  count(name: string): number
  dimension(name: string): Dimension | undefined
  field(name: string): ChosenField | undefined
  records(name: string): readonly string[]
  readonly filters: readonly Filter[]
  readonly isCompared: boolean
}

/** Filters that the daily aggregates have, too. */
export const filterNames = ['version', 'os', 'class', 'automation', 'container', 'level'] as const
type FilterName = (typeof filterNames)[number]

const since: Parameter = {
  name: 'since',
  says: 'the first day, or how far back, the last day included: 30d, 12w, 6m, 1y, 2026-08-01',
  type: 'day'
}
const until: Parameter = {
  name: 'until',
  says: 'the last day, UTC; today if nothing is said',
  type: 'day'
}
const compare: Parameter = {
  name: 'compare',
  says: 'puts the same numbers of the period before beside each',
  type: 'choice',
  values: ['previous']
}

export const commonParameters = [
  since,
  until,
  {
    name: 'version',
    says: 'only these versions; unknown for records that state none',
    type: 'words'
  },
  { name: 'os', says: 'only these operating systems', type: 'words' },
  {
    name: 'class',
    says: 'only these kinds of use',
    type: 'words',
    values: ['interactive', 'service', 'batch', 'unknown']
  },
  {
    name: 'automation',
    says: 'only what ran by itself so, or none for what people ran',
    type: 'words',
    values: ['none', 'ci', 'agent', 'test', 'unknown']
  },
  {
    name: 'container',
    says: 'only inside containers, or only outside',
    type: 'words',
    values: ['true', 'false', 'unknown']
  },
  { name: 'level', says: 'only reports of these consent levels', type: 'words' },
  compare
] as const satisfies readonly Parameter[]
export type CommonName = (typeof commonParameters)[number]['name']

export const spanOnly: readonly CommonName[] = ['since', 'until']
export const allFilters: readonly CommonName[] = ['since', 'until', ...filterNames]

/** `all` is the whole span as one. */
export function unitParameter(
  standard: Unit | 'all',
  choices: readonly (Unit | 'all')[] = [...units, 'all']
): Parameter {
  return {
    name: 'unit',
    says: choices.includes('all')
      ? 'count each period by itself, or all together'
      : 'how long a period is',
    type: 'choice',
    values: choices,
    default: standard
  }
}
