/** Names the columns of a product's table: one for each field name over all its records. */
import type { FieldDeclaration, FieldType, RecordDeclaration } from './contract.ts'
import { columnNameLengthMax } from './limits.ts'
import type { Column, ColumnType } from './validated.ts'

/** What every record has of its own, whatever its contract says. `env_…` is reserved as well. */
export const reservedColumns = [
  'product',
  'name',
  'kind',
  'received_at',
  'occurred_at',
  'occurred_from',
  'installation',
  'account',
  'lineage',
  'sender',
  'session',
  'window',
  'key_epoch',
  'version',
  'version_from',
  'version_order',
  'level',
  'contract',
  'sdk_name',
  'sdk_version',
  'protocol',
  'seq',
  'message_digest',
  'deletion',
  'over_budget',
  'imported',
  'accepted_terms',
  'loaded_at'
] as const

const reserved: ReadonlySet<string> = new Set(reservedColumns)

export function isReservedColumn(name: string): boolean {
  return reserved.has(name) || name.startsWith('env_')
}

export interface ColumnConflict {
  readonly is: 'type' | 'twice' | 'reserved' | 'long'
  readonly column: string
  /** The field's place in the document, key by key. */
  readonly path: readonly string[]
  /** The field that had the column first. */
  readonly other: string
}

/** In declaration order. What conflicts is left out and told. */
export function columnsOfRecords(records: ReadonlyMap<string, RecordDeclaration>): {
  readonly columns: readonly Column[]
  readonly conflicts: readonly ColumnConflict[]
} {
  const columns = new Map<string, { readonly column: Column; readonly owner: string }>()
  const conflicts: ColumnConflict[] = []
  for (const record of records.values()) {
    const section = `${record.kind}s`
    const inRecord = new Map<string, string>()
    for (const { column, path } of columnsOfFields(record.fields, '', [section, record.name])) {
      const known = columns.get(column.name)
      const owner = path.filter((key) => key !== 'fields').join('.')
      const twice = inRecord.get(column.name)
      if (isReservedColumn(column.name))
        conflicts.push({ is: 'reserved', column: column.name, path, other: owner })
      else if (column.name.length > columnNameLengthMax)
        conflicts.push({ is: 'long', column: column.name, path, other: owner })
      else if (twice !== undefined)
        conflicts.push({ is: 'twice', column: column.name, path, other: twice })
      else if (known === undefined) columns.set(column.name, { column, owner })
      else if (!sameType(known.column.type, column.type))
        conflicts.push({ is: 'type', column: column.name, path, other: known.owner })
      inRecord.set(column.name, owner)
    }
  }
  return { columns: [...columns.values()].map(({ column }) => column), conflicts }
}

/**
 * The columns that a record's fields fill. `type` is undefined for those that count undeclared
 * keys.
 */
export function columnsFilledBy(
  record: Pick<RecordDeclaration, 'fields'>
): readonly { readonly name: string; readonly type: FieldType | undefined }[] {
  return [...columnsOfFields(record.fields, '', [])].map(({ column, type }) => ({
    name: column.name,
    type
  }))
}

/** True when the field, or a collection in it, only counts its undeclared keys. */
export function countsOthers(type: FieldType): boolean {
  switch (type.is) {
    case 'map':
      return type.others === 'count' || countsOthers(type.values)
    case 'list':
      return countsOthers(type.of)
    case 'object':
      return (
        type.others === 'count' ||
        [...type.fields.values()].some(
          (field) => field.collector !== 'drops' && countsOthers(field.type)
        )
      )
    default:
      return false
  }
}

function columnType(type: FieldType): ColumnType {
  switch (type.is) {
    case 'boolean':
    case 'integer':
    case 'number':
    case 'timestamp':
      return { is: type.is }
    case 'duration':
      return { is: 'number' }
    case 'version':
    case 'enum':
    case 'sql-shape':
      return { is: 'word' }
    case 'pattern':
      return { is: type.lengthMax <= wordLengthMax ? 'word' : 'text' }
    case 'uuid':
      return { is: 'uuid' }
    case 'keyed-hash':
      return { is: 'token' }
    case 'string':
      return { is: 'text' }
    case 'list':
      return { is: 'list', of: columnType(type.of) }
    case 'map':
      return { is: 'map', values: columnType(type.values) }
    case 'object':
      return {
        is: 'tuple',
        fields: [...type.fields.values()].flatMap((field) =>
          field.collector === 'drops' ? [] : [{ name: field.name, type: columnType(field.type) }]
        )
      }
  }
}

/** Patterns this short name things of a small set; longer ones name single things (a commit). */
const wordLengthMax = 32

function* columnsOfFields(
  fields: ReadonlyMap<string, FieldDeclaration>,
  prefix: string,
  parent: readonly string[]
): Generator<{ column: Column; path: readonly string[]; type: FieldType | undefined }> {
  for (const field of fields.values()) {
    if (field.collector === 'drops') continue
    const name = `${prefix}${field.name}`
    const path = [...parent, 'fields', field.name]
    const { type } = field
    if (type.is === 'object') yield* columnsOfFields(type.fields, `${name}_`, path)
    else yield { column: { name, says: field.says, type: columnType(type) }, path, type }
    const counts = type.is === 'object' ? type.others === 'count' : countsOthers(type)
    if (counts)
      yield {
        column: {
          name: `${name}_others`,
          says: `how many undeclared keys came in ${name}`,
          type: { is: 'integer' }
        },
        path,
        type: undefined
      }
  }
}

function sameType(one: ColumnType, other: ColumnType): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
