/** Says a type and its bounds in plain words; names and values stand in backticks. */
import { sqlShapes } from '#values/sql-shape'
import type { Coarsen, Counts, FieldType } from '../form/contract.ts'
import { durationSecondsDefault } from '../form/limits.ts'
import { patternExample } from './schema/pattern-example.ts'

/**
 * Lists of more values than a table's cell should hold, each told once; gives the name to look it
 * up under.
 */
export type ListName = (values: readonly string[]) => string

const valuesShownMax = 12
const othersInWords = {
  collapse: 'anything else becomes `other`',
  violation: 'anything else is not kept'
} as const

export function typeInWords(type: FieldType, nameOfList: ListName): string {
  switch (type.is) {
    case 'boolean':
      return 'yes or no'
    case 'integer':
    case 'number':
      return joined([
        (type.is === 'integer' ? 'whole number' : 'number') +
          (type.unit === undefined ? '' : ` of ${type.unit}`),
        bounds(
          type.min,
          type.max,
          type.is === 'integer' ? Number.MAX_SAFE_INTEGER : Number.MAX_VALUE
        ),
        coarseness(type.coarsen)
      ])
    case 'duration':
      return joined([
        'length of time, kept in seconds',
        type.max === durationSecondsDefault ? '' : `at most ${shownNumber(type.max)} s`,
        coarseness(type.coarsen)
      ])
    case 'timestamp':
      return `point in time${type.round === undefined ? '' : `, rounded down to the ${type.round}`}`
    case 'version':
      return type.parts === undefined
        ? 'version: numbers, and words such as `rc`'
        : `version: its first ${type.parts === 1 ? 'number' : `${type.parts} numbers`}`
    case 'enum':
      return `one of ${valuesInWords(type.values, nameOfList)}; ` + othersInWords[type.other]
    case 'pattern':
      return `text ${formInWords(type.pattern, type.lengthMax)}; ` + othersInWords[type.other]
    case 'uuid':
      return 'UUID'
    case 'keyed-hash':
      return type.scope === 'product'
        ? 'token that only the collector can make; the same value gets the same token everywhere'
        : 'token that only the collector can make, for your installation alone'
    case 'sql-shape':
      return type.dialect === undefined
        ? `kind of SQL statement: ${valuesInWords(sqlShapes, nameOfList)}`
        : 'shape of a SQL statement: keywords, built-in functions and types as they are, a ' +
            'token for each name, a hole for each value'
    case 'string':
      return `free text of at most ${type.lengthMax} characters, reviewed: ${type.reviewed}`
    case 'list':
      return `at most ${shownNumber(type.itemsMax)} of these: ${inner(type.of, nameOfList)}`
    case 'map':
      if (type.counts !== undefined) return countsInWords(type, type.counts, nameOfList)
      return (
        `at most ${shownNumber(type.entriesMax)} entries, named ` +
        `${keysInWords(type, nameOfList)}; for each: ${inner(type.values, nameOfList)}`
      )
    case 'object':
      if (type.fields.size === 0)
        return type.others === 'count' ? 'only how many there were' : 'nothing'
      return `the fields below${type.others === 'count' ? ', and how many others there were' : ''}`
  }
}

export function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return longest > 0 || text === '' ? `${fence} ${text} ${fence}` : `${fence}${text}${fence}`
}

function shownNumber(value: number): string {
  const [whole = '', ...rest] = String(value).split('.')
  return /^-?\d+$/.test(whole)
    ? [whole.replace(/\B(?=(\d{3})+$)/g, ','), ...rest].join('.')
    : String(value)
}

function inner(type: FieldType, nameOfList: ListName): string {
  return type.is === 'object' ? 'the fields below' : typeInWords(type, nameOfList)
}

function countsInWords(
  type: FieldType & { readonly is: 'map' },
  counts: Counts,
  nameOfList: ListName
): string {
  if (counts.is === 'labels')
    return `how often each of these came: ${keysInWords(type, nameOfList)}`
  const unit = counts.unit === undefined ? '' : ` ${counts.unit}`
  return (
    'only how many fell into each range, and none of the numbers themselves; the ranges begin at ' +
    `${counts.bounds.map(shownNumber).join(', ')}${unit}`
  )
}

function keysInWords(type: FieldType & { readonly is: 'map' }, nameOfList: ListName): string {
  const names =
    type.keys.is === 'enum'
      ? valuesInWords(type.keys.values, nameOfList)
      : formInWords(type.keys.pattern, type.keys.lengthMax)
  switch (type.others) {
    case 'violation':
      return names
    case 'count':
      return `${names} (others are only counted)`
    case 'sum':
      return `${names} (others are added up as \`other\`)`
  }
}

function valuesInWords(values: readonly string[], nameOfList: ListName): string {
  return values.length <= valuesShownMax
    ? values.map(code).join(', ')
    : `the ${values.length} words of the list ${code(nameOfList(values))}`
}

/** A form is read more easily from an example than from its expression; both are told. */
function formInWords(pattern: string, lengthMax: number): string {
  const example = patternExample(pattern, lengthMax)
  return (
    `${example === undefined ? '' : `such as ${code(example)}, `}of the form ${code(pattern)}, ` +
    `at most ${lengthMax} characters`
  )
}

function bounds(min: number, max: number, most: number): string {
  const [hasMin, hasMax] = [min > -most, max < most]
  if (hasMin && hasMax) return `from ${shownNumber(min)} to ${shownNumber(max)}`
  if (hasMin) return `${shownNumber(min)} or more`
  return hasMax ? `at most ${shownNumber(max)}` : ''
}

function coarseness(coarsen: Coarsen | undefined): string {
  switch (coarsen?.by) {
    case undefined:
      return ''
    case 'digits':
      return `rounded to ${coarsen.digits} ${coarsen.digits === 1 ? 'digit' : 'digits'}`
    case 'nearest':
      return `rounded to steps of ${shownNumber(coarsen.step)}`
    case 'bucket':
      return (
        'kept as the lower end of a range that begins at ' +
        `${coarsen.bounds.map(shownNumber).join(', ')}`
      )
  }
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(', ')
}
