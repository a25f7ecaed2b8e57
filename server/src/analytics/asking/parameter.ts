/** What may a question be asked with, and what does it see of it once it is checked? */
import type { Sql } from '../../storage/sql.ts'
import type { dailyDimensions } from '../../storage/tables/tables.ts'
import type { AskableField } from '../reading/fields.ts'
import { units, type Unit } from '../reading/span.ts'

/**
 * dimensions: parts of the environment, or fields of the contract with few values, two at most.
 * field: any field, as `field` or `record.field`; number-field, boolean-field and shape-field: one
 * that holds that. steps: an ordered comma list of records, each with conditions in brackets.
 * advisory: the id of a published one. count: a whole number. words: a comma list. conditions: a
 * list of `field=value,value`.
 */
export const parameterTypes = [
  'choice',
  'dimensions',
  'field',
  'number-field',
  'boolean-field',
  'shape-field',
  'record',
  'steps',
  'count',
  'version',
  'advisory',
  'words',
  'conditions',
  'day'
] as const

export interface Parameter {
  readonly name: string
  /** One clause, for `--help`. */
  readonly says: string
  readonly type: (typeof parameterTypes)[number]
  /** Of a choice, and of words that are not free. */
  readonly values?: readonly string[]
  readonly default?: string
  readonly required?: boolean
}

/** What the aggregates of a day tell apart. */
export type DailyDimension = (typeof dailyDimensions)[number] | 'name'

/** What records can be told apart by. */
export interface Dimension {
  /** Its column in an answer. */
  readonly name: string
  readonly title: string
  /** Over the columns of a record. */
  readonly sql: Sql
  /** What is made of the column that `daily` names, or of that of the record: a minor line. */
  readonly over: (column: Sql) => Sql
  /** The same of one value, where counts were frozen by it. */
  readonly ofValue: (value: string | null) => string | null
  /** Whether a record has one value of it, or one for each item or key. */
  readonly each: 'record' | 'item' | 'key'
  /** Which column of the daily aggregates it is made of; undefined: they have none. */
  readonly daily: DailyDimension | undefined
  /** Records that have it; undefined: all. */
  readonly records: readonly string[] | undefined
  readonly field: AskableField | undefined
}

export interface ChosenField {
  readonly field: AskableField
  /** Those that declare it, or the one that was named with it. */
  readonly records: readonly string[]
}

/** among: one of the values; `unknown` stands for what was not told. */
export interface Filter {
  readonly dimension: Dimension
  readonly is: 'among' | 'not among' | '>' | '>=' | '<' | '<='
  readonly values: readonly string[]
}

export interface Step {
  readonly record: string
  readonly filters: readonly Filter[]
}

/**
 * Parameters by their names. Asking for one that the question does not declare is a mistake of its
 * author.
 */
export interface Chosen {
  word(name: string): string | undefined
  words(name: string): readonly string[]
  count(name: string): number
  dimensions(name: string): readonly Dimension[]
  field(name: string): ChosenField | undefined
  record(name: string): string | undefined
  steps(name: string): readonly Step[]
  readonly filters: readonly Filter[]
  /** All that are named anywhere: to count, to tell apart by, to filter by. */
  readonly fields: readonly AskableField[]
  readonly isCompared: boolean
  /** Whether each day, week or month is counted by itself. */
  readonly hasPeriods: boolean
}

/** Filters that have a parameter of their own; `where` takes any. */
export const filterNames = ['version', 'os', 'class', 'automation', 'container', 'level'] as const

const since: Parameter = {
  name: 'since',
  says: 'the first day, or how far back, the last day included: 30d, 12w, 6m, 1y, 2026-08-01',
  type: 'day'
}
const until: Parameter = {
  name: 'until',
  says: 'the last day, UTC: a day, today or yesterday; today if nothing is said',
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
    says: 'only these versions; unknown for what never stated one; !1.2.0 for all others',
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
  {
    name: 'where',
    says:
      'only where all of these hold, of any field or part of the environment: ' +
      'arch=arm64;success!=true;elapsed>=10',
    type: 'conditions'
  },
  compare
] as const satisfies readonly Parameter[]
export type CommonName = (typeof commonParameters)[number]['name']

export const spanOnly: readonly CommonName[] = ['since', 'until']
export const allFilters: readonly CommonName[] = ['since', 'until', ...filterNames, 'where']

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

export const byParameter: Parameter = {
  name: 'by',
  says: 'count each value of this by itself, or of two: version, or version_line,os',
  type: 'dimensions'
}

export const keyParameter: Parameter = {
  name: 'key',
  says: 'of a map, only these keys',
  type: 'words'
}
