/**
 * What can records be told apart by? Parts of the environment, and fields of the contract that have
 * few values.
 */
import type { CompiledContract } from '@candor/contract'
import { dailyDimensions } from '../../storage/tables/tables.ts'
import { type AskableField, fieldsOf } from './fields.ts'
import type { Dimension } from '../asking/parameter.ts'

const titles = {
  name: 'Record',
  version: 'Version',
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
  ...'day week month cohort period records installations automated in_containers share value from to'.split(
    ' '
  ),
  ...'failed reason sessions step count'.split(' ')
])

export function ownDimension(name: string): Dimension | undefined {
  const title = titles[name as keyof typeof titles] as string | undefined
  if (title === undefined || !Object.hasOwn(titles, name)) return undefined
  return {
    name,
    title,
    sql: name,
    isList: false,
    isDaily: daily.has(name),
    records: undefined,
    field: undefined
  }
}

export function fieldDimension(field: AskableField, records: readonly string[]): Dimension {
  const { name, sql, type } = field
  return {
    name: taken.has(name) ? `field_${name}` : name,
    title: name,
    sql,
    isList: type.is === 'list',
    isDaily: false,
    records,
    field
  }
}

/**
 * What a page needs to offer: own dimensions, and each field with its records, type, unit and
 * values.
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
  }[]
  readonly records: readonly { readonly name: string; readonly kind: string }[]
} {
  return {
    dimensions: ownDimensions,
    fields: fieldsOf(product).map(({ name, records, type, unit, values, isDimension }) => ({
      name,
      records,
      type: type.is,
      unit,
      values,
      isDimension
    })),
    records: [...product.contract.records.values()].map(({ name, kind }) => ({ name, kind }))
  }
}
