/**
 * What can records be told apart by? Parts of the environment, and fields of the contract that have
 * few values.
 */
import type { CompiledContract } from '@candor/contract'
import { raw, type Sql, sql } from '../../storage/sql.ts'
import { dailyDimensions } from '../../storage/tables/tables.ts'
import type { DailyDimension, Dimension } from '../asking/parameter.ts'
import { type AskableField, fieldsOf } from './fields.ts'

const titles = {
  name: 'Record',
  version: 'Version',
  version_line: 'Version line',
  class: 'Kind of use',
  automation: 'Automation',
  container: 'Container',
  os: 'Operating system',
  level: 'Consent level',
  os_version: 'System version',
  arch: 'Architecture',
  runtime: 'Runtime',
  sdk_name: 'Library',
  sdk_version: 'Library version',
  protocol: 'Wire format'
} as const

export const ownDimensions = Object.keys(titles) as readonly (keyof typeof titles)[]
const daily: ReadonlySet<string> = new Set(['name', ...dailyDimensions])
/** Columns of answers that a field's column must not be taken for. */
const taken: ReadonlySet<string> = new Set([
  ...ownDimensions,
  ...(
    'day week month cohort period records installations automated in_containers share value ' +
    'from to'
  ).split(' '),
  ...'failed tried reason sessions step count key'.split(' ')
])

export function ownDimension(name: string): Dimension | undefined {
  if (!Object.hasOwn(titles, name)) return undefined
  const isLine = name === 'version_line'
  const column = isLine ? 'version' : name
  const over = isLine ? lineOf : (given: Sql): Sql => given
  return {
    name,
    title: titles[name as keyof typeof titles],
    sql: over(raw(column)),
    over,
    ofValue: isLine ? lineOfText : (value) => value,
    each: 'record',
    daily: daily.has(column) ? (column as DailyDimension) : undefined,
    records: undefined,
    field: undefined
  }
}

/** A field that holds a version, by its lines: `17.2` is of the major line `17.x`. */
export function byLines(dimension: Dimension, lines: 'minor' | 'major'): Dimension {
  const over = (column: Sql): Sql => lineOf(column, lines === 'minor' ? minorLine : majorLine)
  return { ...dimension, sql: over(dimension.sql), over }
}

const minorLine = '^[vV]?([0-9]+[.][0-9]+)(?:[^0-9]|$)'
const majorLine = '^[vV]?([0-9]+)(?:[^0-9]|$)'

/** `2.29.3` is of the line `2.29.x`; what has no second number is a line of its own. */
function lineOf(version: Sql, pattern = minorLine): Sql {
  const line = sql`extract(ifNull(${version}, ''), ${pattern})`
  return sql`if(${version} IS NULL, NULL, if(${line} = '', ${version}, concat(${line}, '.x')))`
}

function lineOfText(version: string | null): string | null {
  const line = /^[vV]?(\d+\.\d+)(?:\D|$)/.exec(version ?? '')?.[1]
  return line === undefined ? version : `${line}.x`
}

export function fieldDimension(field: AskableField, records: readonly string[]): Dimension {
  const { name, type } = field
  return {
    name: taken.has(name) ? `field_${name}` : name,
    title: name,
    sql: field.sql,
    over: (column) => column,
    ofValue: (value) => value,
    each: type.is === 'list' ? 'item' : type.is === 'map' ? 'key' : 'record',
    daily: undefined,
    records,
    field
  }
}

/**
 * What a page needs to offer: own dimensions, each field with its records, type, unit and values.
 */
export function dimensionsOf(product: CompiledContract): {
  readonly dimensions: readonly string[]
  readonly fields: readonly {
    readonly name: string
    readonly records: readonly string[]
    readonly type: string
    readonly unit: string | undefined
    readonly values: readonly string[] | undefined
    readonly isDimension: boolean
    readonly isShape: boolean
  }[]
  readonly records: readonly { readonly name: string; readonly kind: string }[]
} {
  return {
    dimensions: ownDimensions,
    fields: fieldsOf(product).map(
      ({ name, records, type, unit, values, isDimension, isShape }) => ({
        name,
        records,
        type: type.is,
        unit,
        values,
        isDimension,
        isShape
      })
    ),
    records: [...product.contract.records.values()].map(({ name, kind }) => ({ name, kind }))
  }
}
