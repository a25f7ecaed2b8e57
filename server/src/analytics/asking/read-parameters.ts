/**
 * Reads what a question was asked with, in one place, or says what is wrong and what was perhaps
 * meant.
 */
import { dayOf } from '#values/days'
import { strict as assert } from 'node:assert'
import type { CompiledContract } from '@candor/contract'
import { closest } from 'fastest-levenshtein'
import { CandorError } from '../../errors.ts'
import type { Instant } from '../../record.ts'
import { fieldDimension, ownDimension, ownDimensions } from '../reading/dimension.ts'
import { type AskableField, fieldsOf, isCountable, isNumber } from '../reading/fields.ts'
import {
  type Chosen,
  type ChosenField,
  commonParameters,
  type Dimension,
  type Filter,
  filterNames,
  type Parameter
} from './parameter.ts'
import type { Question } from './question.ts'
import { isDay, readSince, type Span, type Unit, units, wholePeriods } from '../reading/span.ts'

export interface ReadParameters {
  readonly span: Span
  readonly chosen: Chosen
  /** What was asked and what was assumed. */
  readonly shown: Readonly<Record<string, string>>
}

type Value =
  | { readonly is: 'word'; readonly word: string }
  | { readonly is: 'words'; readonly words: readonly string[] }
  | { readonly is: 'count'; readonly count: number }
  | { readonly is: 'dimension'; readonly dimension: Dimension }
  | { readonly is: 'field'; readonly chosen: ChosenField }

const sinceUsual = '30d'
/** A text that somebody typed; longer ones are none. */
const lengthMax = 1_000
const wordsMax = 50
const countMax = 10_000

/** All that a question takes, in the order of its help. */
export function parametersOf(question: Question): readonly Parameter[] {
  return [
    ...question.parameters,
    ...commonParameters
      .filter(({ name }) => question.common.includes(name))
      .map((parameter) =>
        parameter.name === 'since'
          ? { ...parameter, default: question.since ?? sinceUsual }
          : parameter
      )
  ]
}

/** Throws PARAMETER_INVALID. */
export function readParameters(
  question: Question,
  given: ReadonlyMap<string, string>,
  { product, now }: { readonly product: CompiledContract; readonly now: Instant }
): ReadParameters {
  const declared = parametersOf(question)
  const names = declared.map(({ name }) => name)
  for (const name of given.keys()) {
    if (names.includes(name)) continue
    throw invalid(
      `"${question.name}" takes no "${printable(name)}"; did you mean "${closest(name.slice(0, 60), names)}"? It takes: ${names.join(', ')}`
    )
  }
  const values = new Map<string, Value>()
  const shown: Record<string, string> = { product: product.contract.product }
  for (const parameter of declared) {
    const text = given.get(parameter.name)?.trim() || parameter.default
    if (text === undefined || parameter.type === 'day') {
      if (parameter.required === true) throw missing(question, parameter, product)
      continue
    }
    if (text.length > lengthMax)
      throw invalid(`"${parameter.name}" is longer than ${lengthMax} characters`)
    values.set(parameter.name, readValue(parameter, text, product))
    shown[parameter.name] = text
  }
  const span = readSpan(question, given, now, unitOf(values))
  return {
    span,
    chosen: chosenFrom(values, new Set(names)),
    shown: {
      product: shown['product'] ?? '',
      since: span.first,
      ...(given.has('until') ? { until: span.last } : {}),
      ...shown
    }
  }
}

function unitOf(values: ReadonlyMap<string, Value>): Unit | undefined {
  const unit = values.get('unit')
  return units.find((name) => unit?.is === 'word' && unit.word === name)
}

function readSpan(
  question: Question,
  given: ReadonlyMap<string, string>,
  now: Instant,
  unit: Unit | undefined
): Span {
  const last = given.get('until')?.trim() || dayOf(now)
  if (!isDay(last)) throw invalid(`"${printable(last)}" is no day; for example until=2026-08-31`)
  const since = given.get('since')?.trim() || (question.since ?? sinceUsual)
  const first = readSince(since, last)
  if (first === undefined)
    throw invalid(
      `"${printable(since)}" is no day and no span of time; for example 30d, 12w, 6m or 1y, or 2026-08-01`
    )
  if (first > last) throw invalid(`since (${first}) lies behind until (${last})`)
  const span = { first, last }
  return unit === undefined ? span : wholePeriods(span, unit)
}

function readValue(parameter: Parameter, text: string, product: CompiledContract): Value {
  switch (parameter.type) {
    case 'choice':
      return { is: 'word', word: oneOf(text, parameter.values ?? [], parameter.name) }
    case 'version':
      return { is: 'word', word: text }
    case 'count':
      return { is: 'count', count: readCount(text, parameter) }
    case 'record':
      return { is: 'words', words: [recordOf(text, product)] }
    case 'records':
      return { is: 'words', words: readRecords(text, product) }
    case 'words':
      return { is: 'words', words: readWords(text, parameter, product) }
    case 'dimension':
      return { is: 'dimension', dimension: readDimension(text, product) }
    case 'field':
      return { is: 'field', chosen: readField(text, parameter, product, isCountable) }
    case 'number-field':
      return { is: 'field', chosen: readField(text, parameter, product, isNumber) }
    case 'boolean-field':
      return {
        is: 'field',
        chosen: readField(text, parameter, product, ({ type }) => type.is === 'boolean')
      }
    case 'day':
      throw new Error('days are read with the span')
  }
}

function readCount(text: string, { name, default: usual = '10' }: Parameter): number {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (count < 1 || count > countMax)
    throw invalid(`"${name}" must be a whole number from 1 to ${countMax}; for example ${usual}`)
  return count
}

function readWords(
  text: string,
  parameter: Parameter,
  product: CompiledContract
): readonly string[] {
  const words = commaList(text, parameter.name)
  const known =
    parameter.name === 'level'
      ? [...product.contract.consent.levels.map(({ name }) => name), 'unknown']
      : parameter.values
  return known === undefined ? words : words.map((word) => oneOf(word, known, parameter.name))
}

function readRecords(text: string, product: CompiledContract): readonly string[] {
  const records = commaList(text, 'records').map((name) => recordOf(name, product))
  if (new Set(records).size < records.length) throw invalid('each record can be one step only')
  return records
}

function commaList(text: string, name: string): readonly string[] {
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
  if (words.length === 0 || words.length > wordsMax)
    throw invalid(`"${name}" must be a comma list of 1 to ${wordsMax}`)
  return [...words]
}

function recordOf(name: string, product: CompiledContract): string {
  return oneOf(name, [...product.contract.records.keys()], 'record')
}

function readDimension(text: string, product: CompiledContract): Dimension {
  const own = ownDimension(text)
  if (own !== undefined) return own
  const { field, records } = readField(
    text,
    { name: 'by', says: '', type: 'dimension' },
    product,
    (it) => it.isDimension
  )
  return fieldDimension(field, records)
}

/** `field`, or `record.field` for that record alone. */
function readField(
  text: string,
  parameter: Parameter,
  product: CompiledContract,
  fits: (field: AskableField) => boolean
): ChosenField {
  const fields = fieldsOf(product).filter(fits)
  const [record, name] = text.includes('.') ? splitOnce(text) : [undefined, text]
  const field = fields.find((candidate) => candidate.name === name)
  if (field !== undefined && (record === undefined || field.records.includes(record)))
    return { field, records: record === undefined ? field.records : [record] }
  const choices = [
    ...(parameter.type === 'dimension' ? ownDimensions : []),
    ...fields.map((candidate) => candidate.name)
  ]
  const what =
    parameter.type === 'number-field'
      ? ' that holds a number'
      : parameter.type === 'boolean-field'
        ? ' that is true or false'
        : ''
  const says =
    parameter.type === 'dimension'
      ? 'Nothing can be counted by that'
      : `"${parameter.name}" must be a field${what}, alone or as record.field`
  if (choices.length === 0) throw invalid(`${says}; this contract declares none`)
  throw invalid(
    `${says}; did you mean "${closest((name ?? '').slice(0, 60), choices)}"? There are: ${choices.join(', ')}`
  )
}

function splitOnce(text: string): readonly [string, string] {
  const dot = text.indexOf('.')
  return [text.slice(0, dot), text.slice(dot + 1)]
}

function oneOf(value: string, values: readonly string[], name: string): string {
  if (values.includes(value)) return value
  if (values.length === 0) throw invalid(`There is no ${name} to choose`)
  throw invalid(
    `"${printable(value)}" is no ${name}; did you mean "${closest(value.slice(0, 60), values)}"? There are: ${values.join(', ')}`
  )
}

function missing(
  question: Question,
  { name, says, type }: Parameter,
  product: CompiledContract
): CandorError {
  const fields = fieldsOf(product).filter(type === 'number-field' ? isNumber : isCountable)
  const example =
    type === 'record' || type === 'records'
      ? [...product.contract.records.keys()].slice(0, 3).join(type === 'records' ? ',' : ' or ')
      : fields
          .slice(0, 3)
          .map((field) => field.name)
          .join(' or ')
  return invalid(
    `"${question.name}" needs "${name}", ${says}${example === '' ? '' : `; for example ${name}=${example}`}`
  )
}

function chosenFrom(values: ReadonlyMap<string, Value>, declared: ReadonlySet<string>): Chosen {
  const get = (name: string): Value | undefined => {
    assert(declared.has(name), `the question does not declare ${name}`)
    return values.get(name)
  }
  const filters = filterNames.flatMap((name): Filter[] => {
    const value = values.get(name)
    return value?.is === 'words' ? [{ name, values: value.words }] : []
  })
  return {
    word(name) {
      const value = get(name)
      return value?.is === 'word' ? value.word : undefined
    },
    count(name) {
      const value = get(name)
      assert(value?.is === 'count')
      return value.count
    },
    dimension(name) {
      const value = get(name)
      return value?.is === 'dimension' ? value.dimension : undefined
    },
    field(name) {
      const value = get(name)
      return value?.is === 'field' ? value.chosen : undefined
    },
    records(name) {
      const value = get(name)
      return value?.is === 'words' ? value.words : []
    },
    filters,
    isCompared: values.has('compare')
  }
}

function invalid(message: string): CandorError<'PARAMETER_INVALID'> {
  return new CandorError('PARAMETER_INVALID', message)
}

/** An operator's own words back to the operator, bounded and without control characters. */
function printable(text: string): string {
  return text.slice(0, 60).replaceAll(/\p{Cc}/gu, '·')
}
