/**
 * Which field or part of the environment does a name mean, in the contract of the product that is
 * asked about?
 */
import type { CompiledContract } from '@candor/contract'
import { fieldDimension, ownDimension, ownDimensions } from '../reading/dimension.ts'
import { type AskableField, fieldsOf, holdsNumbers, isCountable } from '../reading/fields.ts'
import { commaList, invalid, nearest } from './invalid.ts'
import type { ChosenField, Dimension, Parameter } from './parameter.ts'

/** What a parameter of each type may name. */
const fitting: Readonly<Record<string, (field: AskableField) => boolean>> = {
  field: isCountable,
  'number-field': holdsNumbers,
  'boolean-field': ({ type }) => type.is === 'boolean',
  'shape-field': ({ isShape }) => isShape,
  dimensions: ({ isDimension }) => isDimension
}

const holding: Readonly<Partial<Record<Parameter['type'], string>>> = {
  'number-field': ' that holds a number',
  'boolean-field': ' that is true or false',
  'shape-field': ' of type sql-shape'
}

const groupingsMax = 2

/** One or two, each another one. */
export function readDimensions(text: string, product: CompiledContract): readonly Dimension[] {
  const names = commaList(text, 'by')
  if (names.length > groupingsMax || new Set(names).size < names.length)
    throw invalid(`"by" takes one or two different things; for example by=version,os`)
  return names.map((name) => readDimension(name, product))
}

/** `field`, or `record.field` for that record alone. */
export function readField(
  text: string,
  { name: parameter, type }: Pick<Parameter, 'name' | 'type'>,
  product: CompiledContract
): ChosenField {
  const fields = fieldsOf(product).filter(fitting[type] ?? isCountable)
  const found = fieldNamed(text, fields)
  if (found !== undefined) return found
  const choices = [
    ...(type === 'dimensions' ? ownDimensions : []),
    ...fields.map((candidate) => candidate.name)
  ]
  const what = holding[type] ?? ''
  const says =
    type === 'dimensions'
      ? 'Nothing can be counted by that'
      : `"${parameter}" must be a field${what}, alone or as record.field`
  if (choices.length === 0) throw invalid(`${says}; this contract declares none`)
  const meant = nearest(text.slice(text.indexOf('.') + 1), choices)
  throw invalid(`${says}; did you mean "${meant}"? There are: ${choices.join(', ')}`)
}

/** Anything that a condition may be about. */
export function readAnything(text: string, product: CompiledContract): Dimension {
  const own = ownDimension(text)
  if (own !== undefined) return own
  const { field, records } = readField(text, { name: 'where', type: 'field' }, product)
  return fieldDimension(field, records)
}

function readDimension(text: string, product: CompiledContract): Dimension {
  const own = ownDimension(text)
  if (own !== undefined) return own
  const { field, records } = readField(text, { name: 'by', type: 'dimensions' }, product)
  return fieldDimension(field, records)
}

/** A field's own name may have a point (`jobs.total_runs`), so the whole text is tried first. */
function fieldNamed(text: string, fields: readonly AskableField[]): ChosenField | undefined {
  const whole = fields.find(({ name }) => name === text)
  if (whole !== undefined) return { field: whole, records: whole.records }
  const dot = text.indexOf('.')
  const record = text.slice(0, dot)
  const field = fields.find(({ name }) => name === text.slice(dot + 1))
  return dot > 0 && field?.records.includes(record) === true
    ? { field, records: [record] }
    : undefined
}
