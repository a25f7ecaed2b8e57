/**
 * Which fields can be asked about: each with the records that declare it, its type, its unit and
 * its values.
 */
import {
  columnsFilledBy,
  type ColumnType,
  type CompiledContract,
  type FieldType
} from '@candor/contract'
import { quoteName } from '../../storage/tables/column-types.ts'
import { fieldColumn } from '../../storage/tables/rows.ts'

export interface AskableField {
  /** The column's name: that of the field, behind those of the objects that it lies in. */
  readonly name: string
  readonly says: string
  /** Records that declare it. */
  readonly records: readonly string[]
  readonly type: ColumnType
  readonly unit: string | undefined
  /** Of an enum: what it may be. */
  readonly values: readonly string[] | undefined
  /** How the contract coarsens it; undefined: not at all. */
  readonly coarsened: string | undefined
  /**
   * True for few distinct values: an enum, a boolean, a version, a short pattern, or a list of
   * these.
   */
  readonly isDimension: boolean
  /** Its column in the tables. */
  readonly column: string
  /** SQL over records as `r`: a field may be named as a column of an answer is (`records`). */
  readonly sql: string
}

/** In the order of their declaration. Only what is kept. */
export function fieldsOf({ contract, columns }: CompiledContract): readonly AskableField[] {
  const declared = new Map<
    string,
    { readonly records: string[]; readonly type: FieldType | undefined }
  >()
  for (const record of contract.records.values()) {
    for (const { name, type } of columnsFilledBy(record)) {
      const known = declared.get(name)
      if (known === undefined) declared.set(name, { records: [record.name], type })
      else known.records.push(record.name)
    }
  }
  return columns.map(({ name, says, type }) => {
    const { records = [], type: field } = declared.get(name) ?? {}
    return {
      name,
      says,
      records,
      type,
      unit: unitOf(field),
      values: valuesOf(field),
      coarsened: coarsenedOf(field),
      isDimension: isDimension(type),
      column: quoteName(fieldColumn(name)),
      sql: `r.${quoteName(fieldColumn(name))}`
    }
  })
}

export function isNumber(field: AskableField): boolean {
  return field.type.is === 'integer' || field.type.is === 'number'
}

/** What can be told apart at all: everything but lists and maps of things with parts. */
export function isCountable({ type }: AskableField): boolean {
  return type.is === 'list' ? isScalar(type.of) : type.is === 'map' || isScalar(type)
}

function isScalar(type: ColumnType): boolean {
  return type.is !== 'list' && type.is !== 'map' && type.is !== 'tuple'
}

function isDimension(type: ColumnType): boolean {
  const { is } = type.is === 'list' ? type.of : type
  return is === 'boolean' || is === 'word'
}

/** A duration is kept in seconds, whatever unit it was sent in. */
function unitOf(type: FieldType | undefined): string | undefined {
  if (type?.is === 'duration') return 's'
  return type?.is === 'integer' || type?.is === 'number' ? type.unit : undefined
}

function coarsenedOf(type: FieldType | undefined): string | undefined {
  if (type?.is !== 'integer' && type?.is !== 'number' && type?.is !== 'duration') return undefined
  switch (type.coarsen?.by) {
    case undefined:
      return undefined
    case 'digits':
      return `rounded to ${type.coarsen.digits} ${type.coarsen.digits === 1 ? 'digit' : 'digits'}`
    case 'nearest':
      return `rounded to multiples of ${type.coarsen.step}`
    case 'bucket':
      return `kept as the lower bound of its bucket (${type.coarsen.bounds.join(', ')})`
  }
}

function valuesOf(type: FieldType | undefined): readonly string[] | undefined {
  if (type?.is === 'list') return valuesOf(type.of)
  if (type?.is !== 'enum') return undefined
  return type.other === 'collapse' && !type.values.includes('other')
    ? [...type.values, 'other']
    : type.values
}
