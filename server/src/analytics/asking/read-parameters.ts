/**
 * Reads what a question was asked with, in one place, or says what is wrong and what was perhaps
 * meant.
 */
import { strict as assert } from 'node:assert'
import type { CompiledContract } from '@candor/contract'
import type { Instant } from '../../record.ts'
import { type AskableField, fieldsOf, isCountable, isNumber } from '../reading/fields.ts'
import {
  addDays,
  dayOf,
  isDay,
  readSince,
  type Span,
  type Unit,
  units,
  wholePeriods
} from '../reading/span.ts'
import { commaList, invalid, nearest, oneOf, printable } from './invalid.ts'
import {
  type Chosen,
  type ChosenField,
  commonParameters,
  type Dimension,
  type Filter,
  filterNames,
  type Parameter,
  type Step
} from './parameter.ts'
import type { Question } from './question.ts'
import { readConditions, readFilter, readSteps } from './read-conditions.ts'
import { readDimensions, readField } from './read-field.ts'

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
  | { readonly is: 'dimensions'; readonly dimensions: readonly Dimension[] }
  | { readonly is: 'field'; readonly chosen: ChosenField }
  | { readonly is: 'steps'; readonly steps: readonly Step[] }
  | { readonly is: 'filters'; readonly filters: readonly Filter[] }

const sinceUsual = '30d'
/** A text that somebody typed; longer ones are none. */
const lengthMax = 1_000
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
      `"${question.name}" takes no "${printable(name)}"; did you mean ` +
        `"${nearest(name, names)}"? It takes: ${names.join(', ')}`
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
  checkKeys(values)
  const unit = unitOf(values)
  const isTogether = question.until === 'yesterday' || (unit === undefined && values.has('compare'))
  const span = readSpan(question, given, { now, unit, isTogether })
  return {
    span,
    chosen: chosenFrom(values, new Set(names)),
    shown: {
      product: shown['product'] ?? '',
      since: span.first,
      ...(given.has('until') || isTogether ? { until: span.last } : {}),
      ...shown
    }
  }
}

/** Only a map has keys to choose from. */
function checkKeys(values: ReadonlyMap<string, Value>): void {
  if (!values.has('key')) return
  const fields = [...values.values()].flatMap((value) =>
    value.is === 'field' ? [value.chosen.field] : []
  )
  if (!fields.some(({ type }) => type.is === 'map'))
    throw invalid('"key" chooses among the keys of a map, and no field that is asked for is one')
}

function unitOf(values: ReadonlyMap<string, Value>): Unit | undefined {
  const unit = values.get('unit')
  return units.find((name) => unit?.is === 'word' && unit.word === name)
}

/**
 * What is compared as one is made of whole days: today would always fall short of the day before.
 */
function readSpan(
  question: Question,
  given: ReadonlyMap<string, string>,
  {
    now,
    unit,
    isTogether
  }: { readonly now: Instant; readonly unit: Unit | undefined; readonly isTogether: boolean }
): Span {
  const today = dayOf(now)
  const words: Readonly<Record<string, string>> = { today, yesterday: addDays(today, -1) }
  const said = given.get('until')?.trim() || (isTogether ? 'yesterday' : 'today')
  const last = (Object.hasOwn(words, said) ? words[said] : undefined) ?? said
  if (!isDay(last)) throw invalid(`"${printable(last)}" is no day; for example until=2026-08-31`)
  const since = given.get('since')?.trim() || (question.since ?? sinceUsual)
  const first = readSince(since, last)
  if (first === undefined)
    throw invalid(
      `"${printable(since)}" is no day and no span of time; for example 30d, 12w, 6m or 1y, ` +
        'or 2026-08-01'
    )
  if (first > last) throw invalid(`since (${first}) lies behind until (${last})`)
  const span = { first, last }
  return unit === undefined ? span : wholePeriods(span, unit)
}

function readValue(parameter: Parameter, text: string, product: CompiledContract): Value {
  const { name, type, values } = parameter
  switch (type) {
    case 'choice':
      return { is: 'word', word: oneOf(text, values ?? [], name) }
    case 'version':
    case 'advisory':
      return { is: 'word', word: text }
    case 'count':
      return { is: 'count', count: readCount(text, parameter) }
    case 'record':
      return { is: 'word', word: oneOf(text, [...product.contract.records.keys()], 'record') }
    case 'steps':
      return { is: 'steps', steps: readSteps(text, product, name) }
    case 'words':
      return filterNames.some((filter) => filter === name)
        ? { is: 'filters', filters: [readFilter(name, text, knownValues(parameter, product))] }
        : { is: 'words', words: commaList(text, name) }
    case 'conditions':
      return { is: 'filters', filters: readConditions(text, product) }
    case 'dimensions':
      return { is: 'dimensions', dimensions: readDimensions(text, product) }
    case 'field':
    case 'number-field':
    case 'boolean-field':
    case 'shape-field':
      return { is: 'field', chosen: readField(text, parameter, product) }
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

function knownValues(
  { name, values }: Parameter,
  product: CompiledContract
): readonly string[] | undefined {
  return name === 'level'
    ? [...product.contract.consent.levels.map((level) => level.name), 'unknown']
    : values
}

function missing(
  question: Question,
  { name, says, type }: Parameter,
  product: CompiledContract
): Error {
  const fields = fieldsOf(product).filter(type === 'number-field' ? isNumber : isCountable)
  const example =
    type === 'record' || type === 'steps'
      ? [...product.contract.records.keys()].slice(0, 3).join(type === 'steps' ? ',' : ' or ')
      : fields
          .slice(0, 3)
          .map((field) => field.name)
          .join(' or ')
  return invalid(
    `"${question.name}" needs "${name}", ` +
      `${says}${example === '' ? '' : `; for example ${name}=${example}`}`
  )
}

function chosenFrom(values: ReadonlyMap<string, Value>, declared: ReadonlySet<string>): Chosen {
  const get = (name: string): Value | undefined => {
    assert(declared.has(name), `the question does not declare ${name}`)
    return values.get(name)
  }
  const filters = [...values.values()].flatMap((value) =>
    value.is === 'filters' ? value.filters : []
  )
  return {
    word(name) {
      const value = get(name)
      return value?.is === 'word' ? value.word : undefined
    },
    words(name) {
      const value = get(name)
      return value?.is === 'words' ? value.words : []
    },
    count(name) {
      const value = get(name)
      assert(value?.is === 'count')
      return value.count
    },
    dimensions(name) {
      const value = get(name)
      return value?.is === 'dimensions' ? value.dimensions : []
    },
    field(name) {
      const value = get(name)
      return value?.is === 'field' ? value.chosen : undefined
    },
    record(name) {
      const value = get(name)
      return value?.is === 'word' ? value.word : undefined
    },
    steps(name) {
      const value = get(name)
      return value?.is === 'steps' ? value.steps : []
    },
    filters,
    fields: [...values.values()].flatMap(fieldsIn),
    isCompared: values.has('compare'),
    hasPeriods: unitOf(values) !== undefined
  }
}

function fieldsIn(value: Value): readonly AskableField[] {
  switch (value.is) {
    case 'field':
      return [value.chosen.field]
    case 'dimensions':
      return value.dimensions.flatMap(({ field }) => field ?? [])
    case 'filters':
      return value.filters.flatMap(({ dimension }) => dimension.field ?? [])
    case 'steps':
      return value.steps.flatMap(({ filters }) =>
        filters.flatMap(({ dimension }) => dimension.field ?? [])
      )
    case 'word':
    case 'words':
    case 'count':
      return []
  }
}
