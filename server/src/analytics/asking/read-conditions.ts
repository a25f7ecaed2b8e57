/** Reads filters: those that have a parameter of their own, and conditions on any field. */
import type { CompiledContract } from '@candor/contract'
import { ownDimension } from '../reading/dimension.ts'
import { commaList, invalid, oneOf, printable } from './invalid.ts'
import type { Dimension, Filter, Step } from './parameter.ts'
import { readAnything } from './read-field.ts'

const conditionsMax = 10
const stepsMax = 20
const form = /^([A-Za-z_][A-Za-z0-9_.-]*)\s*(!=|>=|<=|=|>|<)\s*(.+)$/s

/** `1.2.0,1.3.0`, or `!1.2.0` for all but that. `values`: the only ones that there are. */
export function readFilter(
  name: string,
  text: string,
  values: readonly string[] | undefined
): Filter {
  const dimension = ownDimension(name)
  if (dimension === undefined) throw new Error(`${name} is no part of the environment`)
  const isNot = text.startsWith('!')
  const words = commaList(isNot ? text.slice(1) : text, name)
  return {
    dimension,
    is: isNot ? 'not among' : 'among',
    values: values === undefined ? words : words.map((word) => oneOf(word, values, name))
  }
}

/** `arch=arm64;success!=true;elapsed>=10`: all of them must hold. */
export function readConditions(text: string, product: CompiledContract): readonly Filter[] {
  const conditions = text
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one !== '')
  if (conditions.length === 0 || conditions.length > conditionsMax)
    throw invalid(
      `"where" must be 1 to ${conditionsMax} conditions; for example where=os=linux;arch!=arm64`
    )
  return conditions.map((one) => readCondition(one, product))
}

/** `started,worked(success=true;os=linux),stopped` */
export function readSteps(
  text: string,
  product: CompiledContract,
  parameter: string
): readonly Step[] {
  const steps = text.match(/[^,(]+(?:\([^)]*\))?/g) ?? []
  const whole = steps.join(',').replaceAll(/\s/g, '')
  if (steps.length === 0 || steps.length > stepsMax || whole !== text.replaceAll(/\s/g, ''))
    throw invalid(
      `"${parameter}" must be a comma list of 1 to ${stepsMax} records, each with its ` +
        'conditions in brackets; for example first,second(os=linux)'
    )
  const read = steps.map((step): Step => {
    const [, name = '', conditions] = /^\s*([^(]*?)\s*(?:\((.*)\))?\s*$/s.exec(step) ?? []
    return {
      record: oneOf(name, [...product.contract.records.keys()], 'record'),
      filters: conditions === undefined ? [] : readConditions(conditions, product)
    }
  })
  const keys = read.map(({ record, filters }) => JSON.stringify([record, filters]))
  if (new Set(keys).size < keys.length) throw invalid('each record can be one step only')
  return read
}

function readCondition(text: string, product: CompiledContract): Filter {
  const [, name = '', sign = '', said = ''] = form.exec(text) ?? []
  if (name === '')
    throw invalid(
      `"${printable(text)}" is no condition; for example os=linux, arch!=arm64 or elapsed>=10`
    )
  const dimension = readAnything(name, product)
  if (sign === '=' || sign === '!=')
    return {
      dimension,
      is: sign === '=' ? 'among' : 'not among',
      values: commaList(said, name).map((value) => checked(value, dimension))
    }
  if (!isNumeric(dimension))
    throw invalid(`"${name}" is no number: it can be = or != something, with several after commas`)
  return { dimension, is: sign as '>', values: [checked(said, dimension)] }
}

/** What the field's column can be compared with. */
function checked(value: string, dimension: Dimension): string {
  if (value === 'unknown') return value
  const { field } = dimension
  const type = field?.type.is === 'list' ? field.type.of : field?.type
  if (type?.is === 'boolean') return oneOf(value, ['true', 'false', 'unknown'], dimension.name)
  if (type?.is === 'timestamp' && !/^\d{4}-\d{2}-\d{2}/.test(value))
    throw invalid(`"${printable(value)}" is no moment; for example 2026-11-20T00:00:00.000Z`)
  if (isNumeric(dimension) && !(/^-?\d+(\.\d+)?$/.test(value) && Number.isFinite(Number(value))))
    throw invalid(`"${printable(value)}" is no number, which "${dimension.title}" is`)
  if (field?.values !== undefined)
    return oneOf(value, [...field.values, 'unknown'], dimension.title)
  return value
}

function isNumeric({ field }: Dimension): boolean {
  const type = field?.type.is === 'list' ? field.type.of : field?.type
  return type?.is === 'integer' || type?.is === 'number'
}
